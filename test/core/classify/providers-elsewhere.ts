/** Replies of providers and servers that document nothing of the kind, written after the rules had been repaired for those that do. */
import type { Documented } from './providers-documented.ts';

export const elsewhere: Documented = [
  [
    ['reputation_block'],
    [
      '554-mx3.example.net 554 Connection rejected: 192.0.2.30 has a poor reputation with us',
      '550 5.7.1 FortiGuard IP reputation: 192.0.2.30 denied',
      '550 5.7.1 Service unavailable, Client host [192.0.2.30] blocked using FBLW15; To request removal from this list please forward this message to delist.forefront@messaging.example.com',
      '550 "REJECTED - Bad HELO - Host impersonating, IP listed"',
      '550 5.7.1 [MC4] Your mail server IP is on the MagicMail blocklist',
      '550 5.7.1 [CR] 192.0.2.30 is blocked by MailChannels',
      '554 5.7.1 TalkTalk has blocked your server 192.0.2.30 for sending spam',
      '550 5.7.1 Your IP 192.0.2.30 has been temporarily blocked by Shaw',
    ],
  ],
  [
    ['policy_rejection', 'reputation_block'],
    ['554 mx.optimum.example ESMTP not accepting connections from dynamic hosts'],
  ],
  [
    ['rate_limiting'],
    [
      '421 4.7.0 mx1.frontier.example too many connections from 192.0.2.30, try again later',
      '450 4.7.1 greylisted for 300 seconds, please retry',
      '451 4.7.1 Try again in 5 minutes, your host is new to us',
      '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
      '452 4.5.3 Recipients belong to multiple regions ATTR38',
      '550 5.7.1 you have exceeded the hourly limit for outgoing mail of your package',
    ],
  ],
  [
    ['user_not_found'],
    [
      '550 5.1.1 <pat@example.net> - no such account at this provider',
      '550 sorry, no mailbox here by that name (#5.1.1)',
      '550 #5.1.1 no such recipient pat@example.com on SmarterMail',
      '550 5.4.1 [pat@example.org]: Recipient address rejected: Access denied. [AM7EUR06FT003.eop-eur06.prod.protection.outlook.com]',
      "Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient pat@example.org not found by SMTP address lookup'",
      '550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 no such user',
      '550 5.1.1 pat@me.example: recipient does not exist (icloud)',
      '551 5.1.1 not our user',
      '550 5.1.1 The recipient cannot be verified. Please check all recipients of this message to verify they are valid.',
      '511 5.1.1 Bad destination mailbox address, unknown to BT',
    ],
  ],
  [
    ['mailbox_full'],
    [
      '552 5.2.2 <pat@example.net> user has exceeded the mail quota',
      '552 Requested mail action aborted: account pat exceeded its storage allocation',
      '550 5.2.350 Remote server returned mailbox full -> 452 4.2.2 over quota',
    ],
  ],
  [
    ['mailbox_disabled'],
    [
      '550 5.2.1 <pat@example.net> customer has cancelled the service',
      "550 5.2.1 Recipient's mailbox was closed for inactivity",
      '554 5.2.0 The account pat@example.com has been terminated by the provider',
    ],
  ],
  [
    ['policy_rejection'],
    [
      '550 5.7.1 mail from shop@example.org is blocked by the recipient',
      '553 5.1.8 sender domain example.invalid does not resolve',
      '450 4.1.8 <shop@example.invalid>: Sender address rejected: Domain not found',
      '550 5.7.25 client 192.0.2.30 lacks a PTR record',
      '530 5.7.0 you must authenticate to submit mail',
      "Remote server returned '550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient because the sender isn't on the recipient's list of senders to accept mail from'",
      '550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy',
      '550 5.7.1 the list takes posts of its members only',
      '550 5.7.1 outgoing mail from your account has been suspended after abuse reports',
      '550 5.7.1 Message does not meet the delivery requirements of Bigpond',
      '550 5.7.27 Sender address has null MX',
      '557 you are not allowed to send on behalf of this mailbox',
    ],
  ],
  [
    ['spam_filter'],
    [
      '554 5.7.1 rejected by FortiMail: spam (score 98)',
      '550 5.7.1 SpamTitan: message classified as spam',
      '550 This message was classified as SPAM and may not be delivered',
      '550 "JunkMail rejected - mx.example.org is in a list of junk senders"',
      '550 High probability of spam',
      '550 5.7.1 [CB] Content block, please visit https://console.mailchannels.example/insights',
      '541 5.4.1 Recipient address rejected: spam filter of the destination',
    ],
  ],
  [['virus_detected'], ['554 5.7.1 FortiGuard AV found EICAR_TEST_FILE']],
  [['content_filter'], ['554 5.7.1 file type .js is blocked by content rule']],
  [['relay_denied'], ['550 5.7.1 relaying to example.net denied by SonicWall']],
  [
    ['authentication_failed'],
    [
      '550 5.7.1 SPF hardfail for example.org from 192.0.2.30',
      '550 5.7.20 DKIM signature of example.org did not verify',
      '554 5.7.5 permanent error evaluating DMARC policy',
      '550 5.7.23 The message was rejected because of Sender Policy Framework violation -> 550 5.7.1 SPF',
      '550 5.7.1 example.org fails DMARC with p=reject at xtra',
    ],
  ],
  [['server_error', 'authentication_failed'], ['451 4.7.5 temporary error evaluating DMARC policy']],
  [
    ['message_too_large'],
    [
      '552 5.3.4 size of 41943040 is more than the 26214400 allowed',
      '523 5.3.4 message length exceeds administrative limit',
      '550 5.2.350 Remote server returned message too large -> 552 Message size exceeds fixed limit',
    ],
  ],
  [['protocol_error', 'policy_rejection'], ['501 5.1.7 bad sender address syntax']],
  [['policy_rejection', 'protocol_error'], ['550 5.5.4 HELO name localhost.localdomain is not acceptable']],
  [
    ['tls_failure'],
    [
      '530 5.7.0 STARTTLS is needed before mail is taken',
      '454 4.7.5 certificate of mx.example.com could not be verified',
    ],
  ],
  [
    ['connection_timeout'],
    [
      '421 4.4.2 mx.example.com timeout exceeded',
      '5.4.7 delivery time of five days expired: connect to mx.example.com: no route to host',
      'conversation with mx.example.com[192.0.2.31] timed out while receiving the initial server greeting',
      '550 5.4.316 Message expired, connection refused(Socket error code 10061)',
      '550 5.4.312 Message expired, DNS query failed',
      '451 4.4.0 Primary target IP address responded with: "421 4.4.2 Connection dropped due to TimedOut." Attempted failover to alternate host',
      '451 4.4.4 all mail exchangers of example.com are unreachable',
    ],
  ],
  [
    ['server_error'],
    [
      '451 4.3.0 LDAP server unavailable, cannot look up pat@example.com',
      '451 4.3.5 Server configuration problem',
      '554 5.4.6 too many hops (26), loop suspected',
      '451 4.7.0 Temporary server error. Please try again later. PRX2',
      '554 5.6.0 STOREDRV.Deliver; Corrupt message content',
    ],
  ],
  [['system_full'], ['452 4.3.1 no space left on the mail spool']],
  [
    ['authentication_failed', 'policy_rejection', 'spam_filter', 'reputation_block'],
    ['550 5.7.350 Remote server returned message detected as spam -> 550 5.7.26 unauthenticated mail'],
  ],
  [
    ['policy_rejection', 'reputation_block', 'spam_filter', 'relay_denied'],
    ['550 5.7.367 Remote server returned not permitted to relay -> 550 sender blocked'],
  ],
  [
    ['connection_timeout', 'domain_not_found'],
    ['450 4.4.312 DNS query failed [Message=ErrorRetry] [LastAttemptedServerName=example.com]'],
  ],
  [
    ['domain_not_found'],
    [
      '550 5.4.310 DNS domain exmaple.test does not exist [Message=InfoDomainNonexistent]',
      '550 5.1.10 example.com publishes a null MX and takes no mail',
      '556 5.1.10 Recipient address has null MX',
    ],
  ],
  [
    ['tls_failure', 'connection_timeout'],
    [
      '450 4.4.317 Cannot connect to remote server [Message=UntrustedRoot] [LastAttemptedServerName=mx.example.com]',
      '450 4.4.317 Cannot establish session with remote server [Message=TLS negotiation failed with error CertExpired]',
    ],
  ],
  [
    ['policy_rejection', 'connection_timeout', 'tls_failure'],
    ['450 4.4.317 Cannot connect to remote server [Message=451 5.7.3 STARTTLS is required to send mail]'],
  ],
  [
    ['connection_timeout', 'server_error'],
    ['450 4.4.318 Connection was closed abruptly (SuspiciousRemoteServerError)'],
  ],
  [
    ['server_error', 'rate_limiting'],
    [
      '451 4.3.2 Temporary server error. Please try again later ATTR1',
      '421 4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing transmission channel',
      '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded',
      '421 mx.sky.example service unavailable, too busy',
    ],
  ],
  [['rate_limiting', 'server_error', 'relay_denied'], ['451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35']],
  [['rate_limiting', 'server_error'], ['451 4.3.2 STOREDRV.Storage; mailbox database thread limit exceeded']],
  [
    ['content_filter', 'server_error', 'protocol_error'],
    [
      '554 5.6.0 STOREDRV.Submit.Exception:ConversionFailedException; Failed to process message due to a permanent exception with message Content conversion: Failed due to corrupt TNEF',
    ],
  ],
  [
    ['server_error', 'message_too_large', 'content_filter'],
    ['550 5.6.0 CAT.InvalidContent.Exception: ArgumentException, The message content is invalid'],
  ],
  [
    ['reputation_block', 'spam_filter', 'policy_rejection'],
    [
      '550 5.7.1 Service unavailable; Client host [192.0.2.30] blocked using Blocklist 1; To request removal from this list please forward this message to delist@messaging.example.com',
    ],
  ],
  [
    ['policy_rejection', 'spam_filter', 'reputation_block'],
    ['550 5.7.1 Message rejected as spam by Content Filtering.'],
  ],
  [
    ['policy_rejection', 'reputation_block', 'rate_limiting'],
    ['550 5.1.8 Access denied, bad outbound sender. For more information please go to http://go.example.com AS(42003)'],
  ],
  [
    ['relay_denied', 'policy_rejection'],
    [
      "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched the message's recipient domain. The connector had either the RestrictDomainsToIPAddresses or RestrictDomainsToCertificate set",
    ],
  ],
  [
    ['spam_filter', 'policy_rejection', 'content_filter'],
    ['554 5.7.1 [HM07] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137'],
  ],
  [
    ['authentication_failed', 'policy_rejection', 'spam_filter'],
    ['550 5.7.1 [CS01] Message rejected due to local policy'],
  ],
  [
    ['reputation_block', 'rate_limiting'],
    ['421 4.7.1 mail from IP 192.0.2.30 was rejected due to listing in proofpoint dynamic reputation'],
  ],
  [['mailbox_moved'], ['551 5.1.6 Pat has moved to pat@example.net']],
  [
    ['suppressed_by_provider'],
    [
      'Dropped: the address is in the bounce suppression list of the account',
      'not attempted: recipient has hard bounced earlier (global suppression)',
      '554 5.7.1 [internal] recipient address was suppressed due to system policy',
    ],
  ],
  [
    ['policy_rejection', 'rate_limiting'],
    [
      '550 domain example.org has exceeded the max defers and failures per hour (5/5 (100%)) allowed. Message discarded.',
    ],
  ],
  [['spam_filter', 'content_filter'], ['554 5.7.1 Message blocked due to URL listed in SURBL']],
  [
    ['policy_rejection', 'spam_filter', 'rate_limiting'],
    ['550 5.7.1 [UD] Too many unwanted messages from this user. MailChannels'],
  ],
  [['rate_limiting', 'reputation_block'], ['421 4.7.1 192.0.2.30 throttled by Rogers due to complaints']],
];
