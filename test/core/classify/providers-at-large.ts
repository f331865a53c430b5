/**
 * Replies of providers and mail servers as their users meet them, written from memory before the rules were looked at; each accepts what
 * a second reading of it found defensible.
 */
import type { Category } from '../../../src/core/classify/categories.ts';

export const providersAtLarge: readonly (readonly [string, ...Category[]])[] = [
  [
    "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. For more information, go to https://support.google.com/mail/?p=NoSuchUser a1-20020a170906 - gsmtp",
    'user_not_found',
  ],
  [
    "452-4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
    'mailbox_full',
  ],
  [
    "552 5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm",
    'mailbox_full',
  ],
  [
    '550 5.2.1 The email account that you tried to reach is inactive. For more information, go to https://support.google.com/mail/?p=DisabledUser',
    'mailbox_disabled',
  ],
  [
    '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. Please resend your message at a later time. - gsmtp',
    'rate_limiting',
  ],
  [
    '550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass SPF [example.org] with ip: [192.0.2.7] = did not pass',
    'authentication_failed',
  ],
  [
    '550-5.7.1 [192.0.2.44 19] Gmail has detected that this message is likely suspicious due to the very low reputation of the sending domain. To best protect our users from spam, the message has been blocked.',
    'reputation_block',
    'spam_filter',
  ],
  [
    '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited.',
    'rate_limiting',
    'reputation_block',
  ],
  [
    '550-5.7.25 The IP address sending this message does not have a PTR record setup, or the corresponding forward DNS entry does not match the sending IP. As a policy, Gmail does not accept messages from IPs with missing PTR records.',
    'reputation_block',
    'authentication_failed',
    'policy_rejection',
  ],
  [
    '552-5.7.0 This message was blocked because its content presents a potential security issue. Please visit https://support.google.com/mail/?p=BlockedMessage to review our message content and attachment content guidelines.',
    'content_filter',
    'virus_detected',
    'policy_rejection',
  ],
  [
    '550-5.7.1 Messages missing a valid address in From: header, or having no From: header, are not accepted. - gsmtp',
    'protocol_error',
    'policy_rejection',
  ],
  [
    '550 5.7.1 The user or domain that you are sending to (or from) has a policy that prohibited the mail that you sent.',
    'user_not_found',
    'policy_rejection',
  ],
  [
    '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM7EUR03FT052.eop-EUR03.prod.protection.outlook.com]',
    'user_not_found',
  ],
  [
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient pat@example.com not found by SMTP address lookup',
    'user_not_found',
  ],
  [
    '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [VI1EUR04FT032.eop-eur04.prod.protection.outlook.com]',
    'user_not_found',
  ],
  [
    "550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.",
    'reputation_block',
  ],
  [
    '451 4.7.650 The mail server [192.0.2.10] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775)',
    'rate_limiting',
    'reputation_block',
  ],
  [
    "550 5.7.515 Access denied, sending domain example.org does not meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender.",
    'authentication_failed',
  ],
  [
    '550 5.7.606 Access denied, banned sending IP [192.0.2.19]. To request removal from this list please visit https://sender.office.com/',
    'reputation_block',
    'policy_rejection',
  ],
  [
    '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception',
    'mailbox_full',
  ],
  [
    '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group',
    'policy_rejection',
  ],
  ['550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient', 'message_too_large'],
  ['451 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded. Try again later', 'server_error', 'rate_limiting'],
  ['432 4.3.2 STOREDRV.Storage; mailbox server is too busy', 'server_error', 'rate_limiting'],
  [
    '550 5.2.1 STOREDRV.Deliver.Exception:AccountDisabledException.MapiExceptionMailboxDisabled; Failed to process message due to a permanent exception with message The mailbox is disabled',
    'mailbox_disabled',
    'user_not_found',
  ],
  ['554 5.4.14 Hop count exceeded - possible mail loop ATTR34', 'server_error', 'protocol_error', 'connection_timeout'],
  [
    '550 5.4.310 DNS domain exmaple.con does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=exmaple.con]',
    'domain_not_found',
    'server_error',
  ],
  [
    '451 4.4.0 Primary target IP address responded with: "421 4.4.2 Connection dropped due to ConnectionReset." Attempted failover to alternate host, but that did not succeed',
    'connection_timeout',
    'delivery_delay',
  ],
  [
    '421 4.7.0 [TSS04] Messages from 192.0.2.77 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
    'reputation_block',
    'rate_limiting',
  ],
  [
    '553 5.7.1 [BL21] Connections not accepted from 192.0.2.78 : Connection refused; see https://postmaster.yahooinc.com/error-codes',
    'reputation_block',
  ],
  [
    '552 1 Requested mail action aborted, mailbox not found (in reply to end of DATA command) mta7.mail.bf1.yahoo.com',
    'user_not_found',
  ],
  [
    "554 delivery error: dd This user doesn't have a yahoo.com account (pat@example.com) [0] - mta1095.mail.ne1.yahoo.com",
    'user_not_found',
    'mailbox_disabled',
  ],
  [
    '554 delivery error: dd Sorry, your message to pat@example.com cannot be delivered. This mailbox is disabled (554.30).',
    'mailbox_disabled',
  ],
  [
    '554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes',
    'authentication_failed',
    'policy_rejection',
  ],
  ['550 5.1.1 <pat@example.com>: user does not exist (icloud)', 'user_not_found'],
  ['552 5.2.2 <pat@example.com>: user is over quota (in reply to RCPT TO command)', 'mailbox_full'],
  [
    '554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
    'policy_rejection',
    'reputation_block',
    'spam_filter',
  ],
  ['550 5.1.1 unknown or illegal alias: pat@example.com', 'user_not_found'],
  [
    '554-gmx.net (mxgmx016) Nemesis ESMTP Service not available 554-No SMTP service 554-Bad DNS PTR resource record. 554 For explanation visit https://postmaster.gmx.net/en/case?c=r0601',
    'reputation_block',
    'policy_rejection',
  ],
  [
    '550 Requested action not taken: mailbox unavailable 550 For explanation visit https://postmaster.web.de/en/error-messages?ip=192.0.2.4&c=nxmbx',
    'user_not_found',
  ],
  [
    '554 Transaction failed Reject due to policy restrictions. For explanation visit https://postmaster.gmx.net/de/case?c=hi&i=ip&v=192.0.2.33',
    'reputation_block',
    'spam_filter',
  ],
  [
    "550 Transaction failed. Reject due to domain's DMARC policy. For explanation visit https://postmaster.1und1.de",
    'authentication_failed',
  ],
  [
    '450 Requested mail action not taken: mailbox unavailable 450 The sender exceeded the limit of mails per hour for this recipient',
    'rate_limiting',
  ],
  ['550 5.1.1 <pat@example.com> recipient does not exist here - T-Online', 'user_not_found'],
  [
    '554 IP=192.0.2.5 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)',
    'reputation_block',
    'policy_rejection',
  ],
  ['550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]', 'reputation_block', 'spam_filter'],
  [
    '421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR_004 [104]',
    'rate_limiting',
    'reputation_block',
  ],
  ['550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]', 'user_not_found'],
  ['550 5.7.1 spam detecte par le filtre de Free - message refuse', 'spam_filter'],
  ['552 5.2.2 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]', 'mailbox_full'],
  [
    "550 5.5.0 SFR: le domaine de l'expediteur n'est pas autorise par sa politique SPF",
    'authentication_failed',
    'policy_rejection',
  ],
  [
    '550 5.1.1 <pat@laposte.example>: Recipient address rejected: Adresse inconnue (User unknown in virtual mailbox table) LPN106',
    'user_not_found',
  ],
  [
    "554 5.7.1 <unknown[192.0.2.8]>: Client host rejected: Your ip is in Comcast's block list. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000001",
    'reputation_block',
  ],
  ['550 5.1.1 Not our Customer (comcast)', 'user_not_found'],
  [
    '421 4.1.0 192.0.2.8 Throttled - try again later. Please see http://postmaster.comcast.net/smtp-error-codes.php#RL000001',
    'rate_limiting',
  ],
  ['554 cmsmtp 192.0.2.2 blocked AUP#CNCT. Your IP is on a blocklist (charter)', 'reputation_block', 'spam_filter'],
  [
    '554 cxr.mx.cox.net 192.0.2.12 ESMTP server not available: CXBL The sending IP address has been blocked by Cox due to the sender exhibiting spam-like behavior',
    'reputation_block',
  ],
  ['550 5.1.1 <pat@example.com>: Email address could not be found, or was misspelled (G8)', 'user_not_found'],
  [
    '554 5.7.1 The message was rejected because it contains prohibited virus or spam content (mimecast style)',
    'spam_filter',
    'content_filter',
  ],
  [
    '550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550',
    'policy_rejection',
    'spam_filter',
  ],
  [
    '451 Internal resource temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451',
    'rate_limiting',
    'policy_rejection',
    'server_error',
  ],
  ['550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550', 'user_not_found'],
  [
    '550 Rejected by header based Anti-Spoofing policy: shop@example.org - https://community.mimecast.com/docs/DOC-1369#550',
    'authentication_failed',
  ],
  ['554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.20', 'reputation_block'],
  ['550 5.1.1 User Unknown (pphosted)', 'user_not_found'],
  [
    '550 permanent failure for one or more recipients (pat@example.com:blocked) - barracuda reputation',
    'reputation_block',
  ],
  [
    '554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.21',
    'reputation_block',
  ],
  [
    '550 5.7.1 Service unavailable; Client host [192.0.2.22] blocked using Trend Micro Email Reputation Service. Please see http://www.mail-abuse.com/cgi-bin/lookup?ip_address=192.0.2.22',
    'reputation_block',
  ],
  [
    '501 Connection rejected by policy [7.7] 38206, please visit www.messagelabs.com/support for more details about this error message.',
    'reputation_block',
  ],
  [
    '550 Requested action not taken: mailbox unavailable (#5.1.1) [cisco ironport: recipient verification failed]',
    'user_not_found',
  ],
  [
    "554-esa1.example.com 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
    'reputation_block',
  ],
  [
    '550 5.1.1 [internal] recipient is on suppression list due to prior hard bounce (SparkPost: Recipient address suppressed due to customer policy)',
    'suppressed_by_provider',
  ],
  [
    'Bounced Address: this address was previously reported as bounced by SendGrid and is on the bounce list; drop',
    'suppressed_by_provider',
  ],
  ['554 5.7.1 Message rejected: virus Eicar-Test-Signature found by ClamAV', 'virus_detected'],
  ['[PowerMTA] unable to connect to remote MX: 4.4.1 (no answer from host)', 'connection_timeout'],
  ['550 User not found: pat@163.example', 'user_not_found'],
  [
    '554 DT:SPM 163 mx32,PsCowAD3l+3Kv2Rg--.4021S2 1692342234,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.3',
    'spam_filter',
  ],
  [
    '450 MI:DMC 163 the number of connections from this IP exceeds the limit for the domain, please see help_spam_16.htm',
    'rate_limiting',
  ],
  ["550 MI:SPF 163 mx8 the sender's SPF check failed", 'authentication_failed', 'policy_rejection'],
  [
    '550 Mailbox unavailable or access denied [MXQQ: Mailbox not found] http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728',
    'user_not_found',
  ],
  [
    '550 Ip frequency limited [MTAx 192.0.2.6 IP: 192.0.2.6]. http://service.mail.qq.com/cgi-bin/help?subtype=1&id=20022&no=1000725',
    'reputation_block',
    'rate_limiting',
  ],
  [
    '550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726',
    'spam_filter',
    'content_filter',
  ],
  ['550 5.1.1 <pat@naver.example> User unknown [smtp.naver.com]', 'user_not_found'],
  ['452 4.2.2 The email account that you tried to reach is over quota (naver)', 'mailbox_full'],
  ['550 Unknown user pat@docomo.example', 'user_not_found'],
  [
    '550 <pat@ezweb.example>: User refused to receive this mail (in reply to RCPT)',
    'policy_rejection',
    'spam_filter',
    'user_not_found',
  ],
  ['550 Invalid recipient: <pat@softbank.example>', 'user_not_found'],
  ['552 5.2.2 受信者のメールボックスの容量が上限に達しています', 'mailbox_full'],
  ['550 5.1.1 宛先のメールアドレスが見つかりませんでした', 'user_not_found'],
  ['550 5.1.1 Utente sconosciuto: pat@libero.example', 'user_not_found'],
  ["552 5.2.2 Casella piena: l'utente ha superato lo spazio disponibile", 'mailbox_full'],
  ['550 5.1.1 Neznámý příjemce pat@seznam.example', 'user_not_found'],
  ['550 5.2.1 Schránka je zablokovaná z důvodu neaktivity', 'mailbox_disabled'],
  ['452 4.2.2 Skrzynka odbiorcy jest przepełniona', 'mailbox_full'],
  ['550 5.1.1 Nie ma takiego użytkownika (wp.pl)', 'user_not_found'],
  ['550 Konto zostało zablokowane lub usunięte', 'mailbox_disabled'],
  ['552 5.2.2 Caixa postal do destinatário cheia (uol)', 'mailbox_full'],
  ['550 5.1.1 Conta inexistente no Terra', 'user_not_found'],
  [
    '550 Message was not accepted -- invalid mailbox. Local mailbox pat@mail.example is unavailable: user not found',
    'user_not_found',
  ],
  [
    '550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru',
    'spam_filter',
  ],
  [
    '550 Message was not accepted -- invalid mailbox. Local mailbox pat@mail.example is unavailable: account is disabled',
    'mailbox_disabled',
    'user_not_found',
  ],
  ['554 5.7.1 Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1692342234-abc', 'spam_filter'],
  ['550 5.7.1 No such user! yandex', 'user_not_found'],
  ['452 4.2.2 Почтовый ящик переполнен', 'mailbox_full'],
  ['550 5.7.1 Почтовый ящик заблокирован или не используется', 'mailbox_disabled'],
  ['550 5.1.1 sorry, no mailbox here by that name. (#5.1.1 - chkuser)', 'user_not_found'],
  [
    "Hi. This is the qmail-send program. Sorry, I couldn't find any host named exmaple.invalid. (#5.1.2)",
    'domain_not_found',
  ],
  [
    'Host or domain name not found. Name service error for name=example.invalid type=AAAA: Host not found',
    'domain_not_found',
  ],
  ['550 5.1.2 The domain example.invalid has a Null MX: nullMX - domain does not accept mail', 'domain_not_found'],
  [
    'Message could not be delivered within 4 hours; retry time not reached for any host after a long failure period',
    'delivery_delay',
    'connection_timeout',
    'server_error',
  ],
  ['451 4.3.0 Temporary lookup failure while checking aliases', 'server_error'],
  ['unrouteable mail: lowest numbered MX record points to local host', 'server_error'],
  ['550 5.7.1 pat@example.com... we do not relay for you', 'relay_denied'],
  ["553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", 'relay_denied'],
  ['452 4.3.1 Insufficient system storage on the target host', 'system_full'],
  ["can't create user output file: no space left on device", 'system_full'],
  ['552 5.3.4 Message size 31457280 exceeds fixed limit 26214400', 'message_too_large'],
  ['530 5.7.0 Must issue a STARTTLS command first', 'tls_failure'],
  ['TLS is required, but was not offered by host mx.example.net[192.0.2.80]', 'tls_failure'],
  ['551 User not local; please try <pat.new@example.net>', 'mailbox_moved'],
  ['550 5.1.6 Recipient no longer here: has moved to pat@example.net', 'mailbox_moved'],
  [
    '550 5.1.1 <pat@fastmail.example>: Recipient address rejected: This account has been closed by its owner',
    'mailbox_disabled',
    'user_not_found',
  ],
  ['550 5.7.1 <pat@zoho.example> Email policy violation detected; mail rejected per org rule', 'policy_rejection'],
  ['Die Mailbox des Empfängers ist voll: Quota überschritten', 'mailbox_full'],
  ['Empfängeradresse unbekannt: In diesem Verzeichnis gibt es diese Person nicht', 'user_not_found'],
  ['550 High probability of spam: bad HELO argument, dynamic hostname', 'policy_rejection', 'spam_filter'],
  ['503 5.5.1 Sender already specified - nested MAIL command', 'protocol_error'],
  ['501 5.5.4 Syntax error in parameters or arguments to HELO', 'protocol_error'],
  ['553 5.1.3 User address required: the local part contains illegal characters', 'invalid_address'],
  ['501 5.1.3 Bad recipient address syntax <pat@@example.com>', 'invalid_address'],
  ['550 5.7.1 Attachments of the type .exe are not permitted here', 'policy_rejection', 'content_filter'],
  ['452 4.5.3 Your message has too many recipients. For information see limits page', 'rate_limiting'],
  [
    '450 4.2.0 <pat@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.com.html',
    'server_error',
    'policy_rejection',
    'rate_limiting',
  ],
];
