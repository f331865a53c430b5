/**
 * Wordings of many receivers, written for these tests in the form in which such systems speak, with the categories that a person
 * would accept. They are no examples of rules: they show that the rules reach beyond their examples.
 */
import type { Category } from '../../../src/core/classify/categories.ts';

export const wordings: readonly (readonly [string, ...Category[]])[] = [
  // Microsoft 365 and Outlook.com
  [
    '550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.example/EXOSmtpErrors [DU2PEPF00028D0A.eurprd03.prod.outlook.com 2025-02-03T10:00:00.000Z 08DD]',
    'user_not_found',
  ],
  [
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient j.roe@example.com not found by SMTP address lookup',
    'user_not_found',
  ],
  ["550 5.1.1 The email account you tried to reach doesn't exist", 'user_not_found'],
  [
    '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [AM7EUR06FT044.eop-eur06.prod.protection.outlook.com]',
    'user_not_found',
  ],
  [
    '550 5.7.1 Service unavailable, Client host [192.0.2.140] blocked using Customer Block list (AS16012607)',
    'reputation_block',
  ],
  [
    '550 5.7.511 Access denied, banned sender[192.0.2.141]. To request removal from this list please forward this message',
    'reputation_block',
    'policy_rejection',
  ],
  [
    '451 4.7.651 The mail server [192.0.2.142] has been temporarily rate limited due to IP reputation. For e-mail delivery information see https://postmaster.live.com (S775)',
    'rate_limiting',
    'reputation_block',
  ],
  [
    "550 5.7.1 Unfortunately, messages from [192.0.2.143] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    'reputation_block',
  ],
  [
    '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more information please go to http://go.example.com/',
    'reputation_block',
    'policy_rejection',
  ],
  [
    '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException; Failed to process message due to a permanent exception with message The process failed to get the correct properties.',
    'mailbox_full',
  ],
  [
    '550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient because the sender is not on the list',
    'policy_rejection',
  ],
  ['550 5.7.193 UserNotFoundInTenant: the guest cannot be reached', 'user_not_found', 'policy_rejection'],
  ['550 5.4.310 DNS domain exmple.test does not exist [Message=InfoDomainNonexistent]', 'domain_not_found'],
  [
    '450 4.4.312 DNS query failed [Message=InfoNoRecords] [LastAttemptedServerName=example.com]',
    'connection_timeout',
    'domain_not_found',
    'server_error',
  ],
  ['550 5.0.350 Remote server returned an error -> 552 5.2.2 over quota', 'mailbox_full'],
  ['550 5.0.350 Remote server returned an error -> 550 No Such User Here', 'user_not_found'],
  [
    '554 5.6.0 STOREDRV.Deliver.Exception:ConversionFailedException; message content',
    'content_filter',
    'protocol_error',
    'server_error',
  ],
  [
    '550 5.2.0 STOREDRV.Deliver.Exception:StoragePermanentException.MapiExceptionNotFound',
    'server_error',
    'mailbox_disabled',
  ],
  // Google
  [
    '550-5.2.1 The email account that you tried to reach is inactive. For more 550-5.2.1 information, go to 550 5.2.1 https://support.google.com/mail/?p=DisabledUser k7 - gsmtp',
    'mailbox_disabled',
  ],
  [
    "452-4.2.2 The recipient's inbox is out of storage space. Please direct the 452-4.2.2 recipient to 452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp a1 - gsmtp",
    'mailbox_full',
  ],
  [
    '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your SPF domain [news.example.org]. To protect our users from spam, mail sent',
    'rate_limiting',
    'reputation_block',
  ],
  [
    '550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.',
    'authentication_failed',
  ],
  [
    "550-5.7.1 [192.0.2.150] The IP you're using to send mail is not authorized to 550-5.7.1 send email directly to our servers. Please use the SMTP relay at your 550 5.7.1 service provider instead.",
    'reputation_block',
    'policy_rejection',
  ],
  [
    '550-5.7.1 This message is likely suspicious due to the very low reputation of 550-5.7.1 the sending domain. To best protect our users from spam, the message has been blocked.',
    'reputation_block',
    'spam_filter',
  ],
  [
    '552-5.7.0 This message was blocked because its content presents a potential 552-5.7.0 security issue. Please visit 552 5.7.0 https://support.google.com/mail/?p=BlockedMessage',
    'content_filter',
    'policy_rejection',
  ],
  ["552-5.2.3 Your message exceeded Google's message size limits. Please visit", 'message_too_large'],
  // Yahoo, AOL, Apple
  [
    '554 5.7.9 Message not accepted for policy reasons. See https://senders.yahooinc.com/error-codes',
    'policy_rejection',
  ],
  [
    '421 4.7.1 [TS03] All messages from 192.0.2.151 will be permanently deferred; Retrying will NOT succeed.',
    'reputation_block',
    'rate_limiting',
  ],
  [
    '554 30 Sorry, your message to jroe@example.com cannot be delivered. This mailbox is disabled (554.30).',
    'mailbox_disabled',
  ],
  ['552 5.2.2 <j.roe@icloud.example>: user is over quota', 'mailbox_full'],
  ['550 5.1.1 <j.roe@me.example>: inactive email address', 'mailbox_disabled', 'user_not_found'],
  ['550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.152', 'reputation_block'],
  // German hosters
  ['550 5.1.1 <j.roe@example.de>: Recipient address rejected: User unknown in virtual mailbox table', 'user_not_found'],
  [
    '550-Requested action not taken: mailbox unavailable 550-For explanation visit https://www.gmx.net/mail/senderguidelines?c=rob&i=ip',
    'user_not_found',
  ],
  [
    '554-kundenserver.de (mxeue102) Nemesis ESMTP Service not available 554-No SMTP service 554-Bad DNS PTR resource record. 554 For explanation visit https://www.ionos.com/',
    'policy_rejection',
  ],
  ['552-Requested mail action aborted: exceeded storage allocation 552 For explanation visit', 'mailbox_full'],
  ['<j.roe@example.de>: error: quota exceeded. The recipients mailbox is full', 'mailbox_full'],
  ['550 5.7.1 Unbekannter Empfaenger / unknown recipient', 'user_not_found'],
  ['550 Postfach existiert nicht', 'user_not_found'],
  ['550 5.1.1 User unknown / Benutzer unbekannt; mx00.example.de', 'user_not_found'],
  ['554 5.7.1 Mail wurde als Spam abgelehnt', 'spam_filter'],
  // hMailServer
  [
    'Error Type: SMTP Remote server (192.0.2.160) issued an error. hMailServer sent: RCPT TO:<j.roe@example.com> Remote server replied: 550 5.1.1 <j.roe@example.com>: Recipient address rejected: User unknown',
    'user_not_found',
  ],
  [
    "Error Type: SMTP Error Description: No mail servers appear to exists for the recipient's address. Additional information: Please check that you have not misspelled the recipient's email address.",
    'domain_not_found',
  ],
  ['550 Delivery is not allowed to this address.', 'policy_rejection', 'relay_denied', 'user_not_found'],
  [
    'Error Type: SMTP Connection to recipients server failed. Error: Host name: mx.example.com, message: The host name was not found',
    'domain_not_found',
    'connection_timeout',
  ],
  ['Tried 4 time(s) Remote server closed connection', 'connection_timeout'],
  // China
  ['550 User not found: j.roe@163.example', 'user_not_found'],
  ['550 RP:RCL 163 mx39,QMCowAD3 http://mail.163.com/help/help_spam_16.htm', 'user_not_found', 'policy_rejection'],
  ['554 DT:SPM 163 smtp10,DsCowAC http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.161', 'spam_filter'],
  ['550 MI:SPF mx6,Rc8vCgD http://mail.163.com/help/help_spam_16.htm', 'authentication_failed'],
  [
    '550 Mailbox unavailable or access denied [IP: 192.0.2.162]. http://service.mail.qq.com/cgi-bin/help?id=20022',
    'user_not_found',
  ],
  [
    '550 The recipient may contain a non-existent account, please check the recipient address. http://service.mail.qq.com/',
    'user_not_found',
  ],
  [
    '550 Mail content denied [IP: 192.0.2.163]. https://service.mail.qq.com/detail/0/1000726',
    'spam_filter',
    'content_filter',
  ],
  ['550 Invalid User: j.roe@example.cn', 'user_not_found'],
  ['551 5.1.1 收件人地址不存在', 'user_not_found'],
  ['552 5.2.2 用户邮箱已满', 'mailbox_full'],
  // Russia
  [
    '550 Message was not accepted -- invalid mailbox. Local mailbox j.roe@mail.example is unavailable: user not found',
    'user_not_found',
  ],
  [
    '550 Message was not accepted -- invalid mailbox. Local mailbox j.roe@mail.example is unavailable: account is disabled',
    'mailbox_disabled',
  ],
  ['550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=q1', 'spam_filter'],
  ['550 5.1.1 <j.roe@rambler.example>: Recipient address rejected: User not found', 'user_not_found'],
  ['550 5.7.1 No such user! 1488-AbC', 'user_not_found'],
  [
    '451 4.7.1 Sorry, the service is currently unavailable. Please come back later. 17-AbC',
    'server_error',
    'rate_limiting',
  ],
  ['550 5.7.1 Spam message is rejected because of anti-spam policy', 'spam_filter', 'policy_rejection'],
  ['550 Почтовый ящик не найден', 'user_not_found'],
  // Amazon, SendGrid and other senders that answer for themselves
  ['550 5.1.1 Mailbox does not exist in organization', 'user_not_found'],
  ['smtp; 550 5.1.1 Amazon WorkMail: recipient not found', 'user_not_found'],
  ['554 Message rejected: Address is on the suppression list for your account', 'suppressed_by_provider'],
  [
    'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.',
    'suppressed_by_provider',
  ],
  ['605 Not delivering to previously bounced address', 'suppressed_by_provider'],
  ['550 5.1.1 unsubscribed or bounced address: recipient is on the suppression list', 'suppressed_by_provider'],
  // Fastmail, Zoho, ProtonMail, Tutanota
  ['550 5.1.1 <j.roe@fastmail.example>: Recipient address rejected: Mailbox does not exist', 'user_not_found'],
  ['550 5.1.1 <j.roe@fastmail.example>: no such user here', 'user_not_found'],
  ['550 5.1.1 User does not exist - <j.roe@zoho.example>', 'user_not_found'],
  ['552 5.2.3 5.2.2 Mailbox quota exceeded - zoho', 'mailbox_full'],
  ['550 5.1.1 <j.roe@proton.example>: Recipient address rejected: Address does not exist', 'user_not_found'],
  ['450 4.2.2 <j.roe@proton.example>: Recipient address rejected: Recipient mailbox full', 'mailbox_full'],
  // Disabled mailboxes
  ['550 5.2.1 Mailbox disabled for this recipient', 'mailbox_disabled'],
  ['550 account expired', 'mailbox_disabled'],
  ['550 5.2.1 This mailbox has been blocked due to inactivity', 'mailbox_disabled'],
  ['554 The account has been suspended for non-payment', 'mailbox_disabled'],
  ['550 The user is no longer with the company', 'mailbox_disabled', 'user_not_found'],
  ['550 5.1.1 This email address is no longer in use', 'mailbox_disabled', 'user_not_found'],
  ['550 5.2.1 <j.roe@example.com> Address deactivated by its owner', 'mailbox_disabled'],
  ['550 Account inactive', 'mailbox_disabled'],
  ['550 This account is locked', 'mailbox_disabled'],
  ['550 mailbox temporarily disabled: j.roe@example.com', 'mailbox_disabled'],
  // Unknown users
  ['550 5.1.1 sorry, no mailbox here by that name', 'user_not_found'],
  ['550 <j.roe@example.com>: unknown recipient', 'user_not_found'],
  ['550 No user found', 'user_not_found'],
  ['553 5.3.0 <j.roe@example.com>... No such user here', 'user_not_found'],
  ['511 sorry, no mailbox here by that name (#5.1.1 - chkuser)', 'user_not_found'],
  ['550 Cuenta no activa o inexistente', 'user_not_found', 'mailbox_disabled'],
  ['550 5.1.1 Address unknown in relay recipient map', 'user_not_found'],
  ['550 5.1.0 Address rejected j.roe@example.com', 'user_not_found'],
  ['550 5.1.1 Recipient not found', 'user_not_found'],
  ['550 5.1.1 the recipient does not exist on this server', 'user_not_found'],
  ['550 #5.1.0 Address rejected j.roe@example.com', 'user_not_found'],
  ['550 j.roe@example.com is not a valid mailbox', 'user_not_found'],
  ['550 Unknown or unverified recipient', 'user_not_found'],
  ['554 5.4.4 [internal] Domain Lookup Failed', 'domain_not_found', 'connection_timeout'],
  ['550 There is no one at this address', 'user_not_found'],
  ['554 delivery error: dd Not a valid recipient - mta1.mail.example.com', 'user_not_found'],
  ['550 5.1.1 Utilisateur inconnu', 'user_not_found'],
  ['550 utente non esistente', 'user_not_found'],
  ['550 5.1.1 usuário não encontrado', 'user_not_found'],
  ['550 5.1.1 存在しないメールアドレスです', 'user_not_found'],
  // Full mailboxes
  ['452 4.2.2 Mailbox full', 'mailbox_full'],
  ['552 RCPT TO:<j.roe@example.com> Mailbox disk quota exceeded', 'mailbox_full'],
  ['552 5.2.2 The email account that you tried to reach is over quota and inactive', 'mailbox_full'],
  ['550 5.2.2 User has exhausted allowed storage space', 'mailbox_full'],
  ['554 5.2.2 recipient mailbox is over its size quota', 'mailbox_full'],
  ["550 The recipient's mailbox is full. Message returned to sender.", 'mailbox_full'],
  ['552 boîte du destinataire pleine', 'mailbox_full'],
  ['452 casella del destinatario piena', 'mailbox_full'],
  ['4.2.2 Quota exceeded for user', 'mailbox_full'],
  // Authentication, reputation, policy
  ['550 5.7.1 Email rejected per DMARC policy for example.org', 'authentication_failed'],
  ['550 5.7.1 SPF MAIL FROM check failed: -all', 'authentication_failed'],
  ['550-5.7.23 The message was rejected because of Sender Policy Framework violation', 'authentication_failed'],
  ['550 5.7.20 DKIM validation failed and policy demands it', 'authentication_failed'],
  ['554 5.7.1 Rejected: 192.0.2.170 listed at bl.spamcop.net', 'reputation_block'],
  ['571 5.7.1 your IP has a poor reputation with us', 'reputation_block'],
  ["554 Your IP (192.0.2.171) is dynamic, use your provider's smarthost", 'reputation_block', 'policy_rejection'],
  [
    '521 5.2.1 : (AOL) (DYN:T1) https://postmaster.aol.com/error-codes#554rtrbb',
    'reputation_block',
    'policy_rejection',
  ],
  [
    '550 5.7.1 Client host rejected: cannot find your reverse hostname',
    'policy_rejection',
    'authentication_failed',
    'reputation_block',
  ],
  ['550 Administrative prohibition', 'policy_rejection'],
  ['550 5.7.0 Your message violates our terms and was refused for policy reasons', 'policy_rejection'],
  ['550 Rule imposed mailbox access for j.roe@example.com refused: user invalid', 'user_not_found', 'policy_rejection'],
  ['550 5.7.1 Command rejected', 'policy_rejection', 'protocol_error'],
  [
    '554 5.7.1 Message rejected because of unacceptable content. For help, please quote incident ID 12.',
    'content_filter',
    'spam_filter',
    'policy_rejection',
  ],
  ['550 High probability of spam', 'spam_filter'],
  [
    '554 5.7.1 This message has been blocked because it contains a malicious URL',
    'content_filter',
    'virus_detected',
    'spam_filter',
  ],
  ['550 Message contains a virus: Heuristics.Phishing.Email', 'virus_detected', 'spam_filter'],
  // Rates and greylists
  ['421 4.7.0 Too many messages from your IP, slow down', 'rate_limiting'],
  ['451 4.7.1 Please try again later (greylisted)', 'rate_limiting', 'delivery_delay'],
  [
    '450 4.7.1 <j.roe@example.com>: Recipient address rejected: Policy Rejection- Quota Exceeded.',
    'rate_limiting',
    'policy_rejection',
    'mailbox_full',
  ],
  ['421 Exceeded allowable connection time, disconnecting.', 'connection_timeout', 'rate_limiting', 'server_error'],
  ['452 4.5.3 Your message has too many recipients', 'rate_limiting', 'policy_rejection'],
  // Size, relay, servers, network
  ['552 5.3.4 Message size exceeds maximum value', 'message_too_large'],
  ['552 message exceeds fixed size', 'message_too_large'],
  ['554 5.7.1 <j.roe@example.com>: Relay access denied', 'relay_denied'],
  ['550 5.7.1 Unable to relay', 'relay_denied'],
  ['451 4.3.5 Server configuration problem', 'server_error'],
  ['451 Temporary local problem - please try later', 'server_error'],
  ['connect to mx.example.com[192.0.2.180]:25: Network is unreachable', 'connection_timeout'],
  [
    'Host or domain name not found. Name service error for name=exmple.test type=AAAA: Host not found',
    'domain_not_found',
  ],
  ['lost connection with mx.example.com[192.0.2.181] while performing the EHLO handshake', 'connection_timeout'],
  ['454 4.7.0 TLS not available due to local problem', 'tls_failure', 'server_error'],
  ['451 4.4.2 timeout exceeded', 'connection_timeout'],
  ['452 4.3.1 Out of disk space, try later', 'system_full'],
  ['501 5.5.4 Syntax error in parameters', 'protocol_error'],
  ['553 5.1.3 Invalid address format', 'invalid_address', 'user_not_found'],
  ['556 5.1.10 recipient domain has a null MX', 'domain_not_found'],
];
