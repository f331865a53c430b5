/** What Gmail and Google Workspace document (support.google.com/a/answer/3726730), in the words of 2026 and in older ones. */
import type { Documented } from './providers-documented.ts';

export const documentedByGoogle: Documented = [
  [
    ['rate_limiting'],
    [
      '450-4.2.1 The user you are trying to contact is receiving email too quickly. Please resend your message at a later time. If the user is able to receive email at that time, your message will be delivered. For more information, go to 450 4.2.1 https://support.google.com/mail/?p=ReceivingRate x1 - gsmtp',
      '450-4.2.1 The user you are trying to contact is receiving email at a rate that prevents additional messages from being delivered. Please resend your message at a later time. - gsmtp',
      '450 4.2.1 Peak SMTP relay limit exceeded for this customer. This is a temporary error. For more information on SMTP relay limits, contact your administrator or go to SMTP relay service error messages.',
      '421-4.7.28 Gmail has detected an unusual rate of email. To protect our users from spam, email has been temporarily rate limited. To review our bulk email senders guidelines, go to Email sender guidelines.',
      '421-4.7.28 Gmail has detected an unusual rate of email originating from your IP address 192.0.2.4. To protect our users from spam, email sent from your IP address has been temporarily rate limited.',
      '421-4.7.28 Gmail has detected this sender exceeded the quota for sending messages that have the same Message-ID:. To best protect our users, the message has been temporarily rejected.',
      '550-5.2.1 The user you are trying to contact is receiving email at a rate that prevents additional messages from being delivered. For more information, go to Limits for sending & getting email.',
      '550-5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits, go to Gmail sending limits.',
      '550-5.4.5 Daily SMTP relay limit exceeded for user. For more information on SMTP relay sending limits, contact your administrator or go to SMTP relay service error messages.',
      '550-5.7.1 This email has been rate limited. For more information, go to Limits for sending & getting email.',
      '550-5.7.1 Daily SMTP relay sending limit exceeded for this customer. For more information on SMTP relay sending limits, contact your administrator or visit SMTP relay service error messages.',
      '450-4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error. - gsmtp',
    ],
  ],
  [
    ['mailbox_full'],
    [
      "452-4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to Manage files in your Google Drive storage.",
      "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the recipient to Manage files in your Google Drive storage.",
      '452-4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp',
    ],
  ],
  [
    ['server_error'],
    [
      '451 4.3.0 Email server has temporarily rejected this message. Go to About SMTP error messages for more information.',
      '421 4.3.0 Temporary System Problem. Try again later. For more information, go to About SMTP error messages.',
      '554 5.4.6 Message exceeded 50 hops, this may indicate an email loop.',
      '421 4.7.0 Temporary System Problem. Try again later. x2 - gsmtp',
    ],
  ],
  [
    ['protocol_error', 'server_error'],
    [
      '451-4.3.0 Multiple destination domains per transaction is unsupported. Please try again. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
    ],
  ],
  [
    ['connection_timeout'],
    ['451 4.4.2 Timeout - closing connection. For more information, go to About SMTP error messages.'],
  ],
  [
    ['server_error', 'rate_limiting'],
    [
      '421 4.4.5 Server busy, try again later. For more information, go to About SMTP error messages.',
      '421 4.7.0 Try again later, closing connection. (EHLO) For more information, go to About SMTP error messages.',
    ],
  ],
  [
    ['protocol_error'],
    [
      '451 4.5.0 SMTP protocol violation. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
      '503 5.5.1 Bad sequence of commands. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
      '502 5.5.1 Unimplemented command. For more information, go to About SMTP error messages.',
      '502 5.5.1 Too many unrecognized commands, goodbye. For more information, go to About SMTP error messages.',
      '503 5.5.1 No DATA after BDAT. An email transaction protocol command was issued out of sequence.',
      '503 5.5.1 EHLO/HELO first. An email transaction protocol command was issued out of sequence. For more information, go to HELO/EHLO email error.',
      '503 5.5.1 RCPT first. An email transaction protocol command was issued out of sequence.',
      '501 5.5.2 Syntax error, cannot decode response. For more information, go to About SMTP error messages.',
      '555 5.5.2 Syntax error, goodbye. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
      '554 5.6.0 Email message is malformed. Not accepted. For more information, go to Email sender guidelines and review RFC 5322 specifications.',
      '550-5.7.1 Messages missing a valid Message-ID: header are not accepted. For more information, go to Email sender guidelines and review RFC 5322 specifications.',
      '550-5.7.1 This message is not RFC 5322 compliant because it has duplicate headers. To reduce the amount of spam sent to Gmail, this message has been blocked.',
      '550-5.7.1 This message is not RFC 5322 compliant because the From: header has a non-compliant domain name. To reduce the amount of spam sent to Gmail, this message has been blocked.',
      '550-5.7.1 Encoded-word syntax is not permitted in message header Message-ID. To reduce the amount of spam sent to Gmail, this message has been blocked. For more information, go to Email sender guidelines.',
      '550-5.7.1 This message is not RFC 5322 compliant. There are multiple To headers. To reduce the amount of spam sent to Gmail, this message has been blocked.',
      '550-5.7.1 This message is not RFC 5322 compliant. There is a malformed Date header. To reduce the amount of spam sent to Gmail, this message has been blocked.',
      "550-5.7.1 Our system has detected that this message is not RFC 5322 compliant: 550-5.7.1 'From' header has non-compliant domain name. To reduce the amount of spam sent to Gmail, this message has been blocked.",
    ],
  ],
  [
    ['rate_limiting', 'protocol_error', 'policy_rejection'],
    [
      '452 4.5.3 Domain policy size per transaction exceeded, please try this recipient in a separate transaction. For more information, go to Message bounced due to a policy rule.',
    ],
  ],
  [
    ['rate_limiting', 'protocol_error'],
    [
      "452 4.5.3 Your message has too many recipients. For more information regarding Google's sending limits, go to Limits for sending & getting email.",
      '550 5.5.3 Too many recipients for this sender. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
    ],
  ],
  [
    ['connection_timeout', 'server_error'],
    ['421 4.7.0 Connection expired, try reconnecting. For more information, go to About SMTP error messages.'],
  ],
  [
    ['policy_rejection', 'reputation_block'],
    [
      '421 4.7.0 IP not in whitelist for RCPT domain, closing connection. For more information, go to Allowlists, denylists, and approved senders.',
      "550-5.7.25 This message was blocked because the sending IP address doesn't have a PTR record, or the forwarding DNS entry doesn't reference the sending IP address. Gmail requires that sending IP addresses have a PTR record.",
    ],
  ],
  [
    ['policy_rejection', 'reputation_block', 'rate_limiting'],
    [
      '421-4.7.0 The IP address sending this message does not have a PTR record, or the corresponding forward DNS entry does not point to the sending IP. To protect our users from spam, email sent from your IP address has been temporarily rate limited.',
      "451-4.7.23 192.0.2.7 The sending IP address for this message doesn't have a PTR record, or the PTR record's forward DNS entry doesn't match the sending IP address. To protect users from spam, your email has been temporarily rate limited.",
    ],
  ],
  [
    ['policy_rejection', 'rate_limiting'],
    [
      '454 4.7.0 Too many login attempts, please try again later. For more information, go to Add Gmail to another email client.',
    ],
  ],
  [
    ['server_error', 'policy_rejection'],
    [
      '454 4.7.0 Cannot authenticate due to a temporary system problem. Try again later. For more information, go to About SMTP error messages.',
    ],
  ],
  [
    ['tls_failure'],
    [
      '421 4.7.0 TLS required for RCPT domain, closing connection. For more information, go to Email encryption in transit.',
      '530 5.7.0 Must issue a STARTTLS command first. For more information, go to About SMTP error messages and review RFC 3207 specifications.',
      "550-5.7.29 This message was blocked because it wasn't sent over a TLS connection. Gmail requires all bulk email senders to use TLS/SSL for SMTP connections.",
    ],
  ],
  [
    ['reputation_block', 'rate_limiting'],
    [
      '421-4.7.0 This message is suspicious due to the very low reputation of the sending IP address. To protect our users from spam, email sent from your IP address has been temporarily rate limited. For more information, go to Why has Gmail blocked my messages?.',
      '550-5.7.28 There is an unusual rate of unsolicited email originating from your IP address. To protect our users from spam, email sent from your IP address has been blocked.',
      '421-4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily blocked.',
    ],
  ],
  [
    ['reputation_block'],
    [
      '421-4.7.0 This message is suspicious due to the very low reputation of the sending domain. To best protect our users from spam, the message has been blocked.',
      '550-5.7.1 This message is likely suspicious due to the very low reputation of the sending IP address. To best protect our users from spam, the message has been blocked.',
    ],
  ],
  [
    ['spam_filter', 'content_filter'],
    [
      '421-4.7.0 This message is suspicious due to the nature of the content or the links within. To best protect our users from spam, the message has been blocked. For more information, go to Why has Gmail blocked my messages?.',
    ],
  ],
  [
    ['authentication_failed', 'rate_limiting'],
    [
      '451-4.7.24 The SPF record of the sending domain has one or more suspicious entries. To protect our users from spam, email sent from your IP address has been temporarily rate limited. For more information, go to Email sender guidelines.',
      '421-4.7.26 This email has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass SPF example.org with ip: 192.0.2.4 = did not pass.',
      "421-4.7.27 Your email has been rate limited because SPF authentication didn't pass for this message. Gmail requires all bulk email senders to authenticate their email with SPF. Authentication results: SPF example.org with IP address: 192.0.2.4 = Did not pass.",
      "421-4.7.30 Your email has been rate limited because DKIM authentication didn't pass for this message. Gmail requires all email bulk senders to authenticate their email with DKIM. Authentication results: DKIM = Did not pass.",
      "421-4.7.40 Your email has been rate limited because the sending domain doesn't have a DMARC record, or the DMARC record doesn't specify a DMARC policy. Gmail requires all bulk email senders to add a DMARC record to their sending domain.",
      "421-4.7.32 Your email has been rate limited because the From: header (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain.",
    ],
  ],
  [
    ['authentication_failed'],
    [
      "451-4.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy, but temporary DNS failures prevent authentication. Please contact the administrator of example.org domain if this was a legitimate email.",
      "421-5.7.32 Your email was blocked because the From: header (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain.",
      '550-5.7.24 The SPF record of the sending domain has one or more suspicious entries. For more information, go to Email sender guidelines.',
      '550-5.7.26 This email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass SPF [example.org] with ip: [192.0.2.3] = did not pass.',
      '550-5.7.26 The (E)MAIL FROM domain [example.org] has an SPF record with a hard fail policy (-all) but it fails to pass SPF checks with the ip: [192.0.2.3]. To best protect our users from spam and phishing, the message has been blocked.',
      "550-5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy. Contact the administrator of example.org domain if this was legitimate email.",
      "550-5.7.27 This message was blocked because it didn't pass SPF authentication. Gmail requires bulk email senders to authenticate their email with SPF. Authentication results: SPF with 192.0.2.3 = did not pass",
      "550-5.7.30 This message was blocked because it didn't pass DKIM authentication. Gmail requires bulk email senders to authenticate their email with DKIM. Authentication results: DKIM = did not pass",
      "550-5.7.40 Your message was blocked because the sending domain doesn't have a DMARC record or the DMARC record doesn't specify a DMARC policy. Gmail requires all bulk email senders to add a DMARC record to their sending domain.",
    ],
  ],
  [
    ['rate_limiting', 'reputation_block'],
    [
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your IP Netblock 192.0.2.0/24. To protect our users from spam, email sent from your IP Netblock has been temporarily rate limited.',
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your DKIM domain example.org. To protect our users from spam, email sent from your domain has been temporarily rate limited.',
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your SPF domain example.org. To protect our users from spam, email sent from your domain has been temporarily rate limited.',
      '421-4.7.28 Gmail has detected an unusual amount of unsolicited email originating from your IP address. To protect our users from spam, email sent from your IP address has been temporarily blocked.',
      '421-4.7.0 [192.0.2.3 15] Our system has detected that this message is suspicious due to the very low reputation of the sending IP address.',
    ],
  ],
  [
    ['rate_limiting', 'reputation_block', 'spam_filter'],
    [
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited email containing one of your URL domains. To protect our users from spam, email with the URL has been temporarily rate limited.',
    ],
  ],
  [
    ['tls_failure', 'rate_limiting'],
    [
      "421-4.7.29 Your email has been rate limited because you're not using a TLS connection. Gmail requires all bulk email senders to use TLS/SSL for SMTP connections.",
    ],
  ],
  [
    ['user_not_found'],
    [
      "550-5.1.1 The email account that you tried to reach does not exist. Please double-check the recipient's email address for typos or unnecessary spaces. For more information, go to Fix bounced or rejected emails.",
      "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. Learn more at https://support.google.com/mail/answer/6596 - gsmtp",
    ],
  ],
  [
    ['domain_not_found'],
    [
      "553-5.1.2 We weren't able to find the recipient domain. Please check for any spelling errors and make sure you didn't enter any spaces, periods, or other punctuation after the recipient's email address.",
    ],
  ],
  [
    ['invalid_address'],
    [
      '553-5.1.3 The recipient address <pat..doe@example.com> is not a valid RFC 5321 address. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
    ],
  ],
  [
    ['policy_rejection', 'protocol_error'],
    [
      '553-5.1.7 The sender address <news@example> is not a valid RFC 5321 address. For more information, go to About SMTP error messages and review RFC 5321 specifications.',
      '504 5.7.40 XOAUTH is no longer supported. For more information, go to OAuth 2.0 Mechanism for Google Developers.',
    ],
  ],
  [
    ['mailbox_disabled'],
    [
      '550 5.2.1 The email account that you tried to reach is inactive. For more information, go to https://support.google.com/mail/?p=DisabledUser',
      '550 5.2.1 The email account that you tried to reach is disabled.',
    ],
  ],
  [
    ['message_too_large'],
    [
      "552-5.3.4 Your message exceeded Google's message size limits. To view our message size guidelines, go to Send attachments with your Gmail message.",
      "552-5.3.4 The size of your message (38000000 bytes) exceeded Google's message size limits of 35882577 bytes. To view our message size guidelines, go to Gmail receiving limits in Google Workspace.",
    ],
  ],
  [
    ['message_too_large', 'content_filter'],
    [
      "552-5.3.4 The number of attachments (112) exceeds Google's limit of 100 attachments. To view our attachment size guidelines, go to Gmail receiving limits in Google Workspace.",
    ],
  ],
  [
    ['message_too_large', 'protocol_error'],
    [
      "552-5.3.4 Your message exceeded Google's message header size limits. To view our header size guidelines, go to Gmail message header limits.",
      "552-5.3.4 Your message exceeded Google's message header size limits. Messages must not exceed 500000 total header bytes or 1000 header fields.",
      "552-5.3.4 The size of the References header value (120000 bytes) exceeds Google's limit of 100000 bytes per individual header size.",
      "552-5.3.4 The size of one of the header values (120000 bytes) exceeds Google's limit of 100000 bytes per individual header size. To view our header size guidelines, go to Gmail message header limits.",
      "552-5.3.4 The size of a header name (900 bytes) exceeds Google's header name limit of 800 bytes.",
      "552-5.3.4 Your message has a Subject: header that exceeds Google's message header size limits.",
    ],
  ],
  [
    ['protocol_error', 'policy_rejection'],
    [
      '501 5.5.4 HELO/EHLO argument localhost invalid closing connection. For more information, go to HELO/EHLO email error.',
      '501 5.5.4 Empty HELO/EHLO argument not allowed, closing connection. For more information, go to HELO/EHLO email error.',
      '503 5.7.0 No identity changes permitted. For more information, go to About SMTP error messages.',
      '554 5.7.0 Too many unauthenticated commands. For more information, go to About SMTP error messages.',
      '550-5.7.1 Messages missing a valid address in the From: header, or having no From: header, are not accepted. For more information, go to Email sender guidelines and review RFC 5322 specifications.',
      '550-5.7.1 Messages with multiple addresses in the From: header are not accepted. For more information, go to Email sender guidelines and review RFC 5322 specifications.',
      '504 5.7.40 Unrecognized authentication type. For more information, go to About SMTP error messages.',
    ],
  ],
  [
    ['content_filter'],
    [
      '552-5.7.0 This message was blocked because its content presents a potential security issue. To review our message content and attachment content guidelines, go to File types blocked in Gmail.',
    ],
  ],
  [
    ['relay_denied'],
    [
      "550-5.7.0 Email relay denied 192.0.2.9. Invalid credentials for relay for one of the domains in: example.org (as obtained from HELO and (E) MAIL FROM). Email is being sent from a domain or IP address which isn't registered in your Workspace account.",
      "550-5.7.1 Invalid credentials for relay 192.0.2.9. The IP address you've registered in your Workspace SMTP Relay service doesn't match the domain of the account this email is being sent from.",
      '550-5.7.0 Mail relay denied [192.0.2.3]. Invalid credentials for relay for one of the domains in: example.org (as obtained from HELO and MAIL FROM).',
    ],
  ],
  [
    ['policy_rejection', 'relay_denied', 'reputation_block'],
    [
      '550-5.7.0 Email relay denied 192.0.2.9. The sending email account has been temporarily suspended due to abuse. For more information, go to SMTP relay spam policy in Gmail.',
    ],
  ],
  [
    ['policy_rejection', 'relay_denied'],
    ['550 5.7.0 Email sending denied. For more information, go to SMTP relay service error messages.'],
  ],
  [
    ['policy_rejection'],
    [
      "530 5.7.0 Authentication required. For more information, go to Can't sign in to your Google Account.",
      '550-5.7.1 The user or domain that you are sending to (or from) has a policy that prohibits the email that you sent. Contact your domain administrator for assistance. For more information, go to Sorry, a policy is in place that prevents your message from being sent.',
      "534-5.7.14 Please log in through your web browser and then try again. For more information, go to Can't sign in to your Google Account.",
      "535-5.7.80 Username and Password not accepted. For more information, go to Can't sign in to your Google Account.",
      '534-5.7.90 Application-specific password required. For more information, go to Sign in with app passwords.',
      '550 5.7.1 This message violates example.com email policy. - gcdp x7 - gsmtp',
    ],
  ],
  [
    ['spam_filter'],
    [
      '550-5.7.1 This message is likely unsolicited email. To reduce the amount of spam sent to Gmail, this message has been blocked. For more information, go to Why has Gmail blocked my messages?',
      '550-5.7.1 [192.0.2.3 12] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.',
    ],
  ],
  [
    ['policy_rejection', 'authentication_failed', 'reputation_block'],
    [
      '550-5.7.1 This message does not meet IPv6 sending guidelines regarding PTR records and authentication. For more information, go to Email sender guidelines.',
    ],
  ],
  [
    ['protocol_error', 'content_filter'],
    [
      '550-5.7.1 The message contains a unicode character in a disallowed header. To review our message and header content guidelines, go to File types blocked in Gmail.',
    ],
  ],
  [
    ['reputation_block', 'policy_rejection'],
    [
      "550-5.7.1 The IP you're using to send email is not authorized to send email directly to our servers. Use the SMTP relay at your service provider instead.",
    ],
  ],
  [
    ['protocol_error', 'tls_failure'],
    [
      '523-5.7.10 SMTP protocol violation, no commands allowed to pipeline after STARTTLS. For more information, go to About SMTP error messages and review RFC 3207 specifications.',
      '501 5.7.11 Syntax error (no parameters allowed). For more information, go to About SMTP error messages and review RFC 3207 specifications.',
    ],
  ],
  [
    ['policy_rejection', 'authentication_failed'],
    [
      '550-5.7.1 [2001:db8::7] Our system has detected that this message does not meet IPv6 sending guidelines regarding PTR records and authentication.',
    ],
  ],
];
