/**
 * What Microsoft documents of Exchange Online, Exchange Server and Outlook.com: learn.microsoft.com, 'Email non-delivery reports and SMTP
 * errors in Exchange Online' and 'DSNs and NDRs in Exchange Server', and the troubleshooting page for postmasters.
 */
import type { Documented } from './providers-documented.ts';

export const documentedByMicrosoft: Documented = [
  [
    ['rate_limiting', 'server_error'],
    [
      '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
      '451 4.7.500 Server busy. Please try again later from [192.0.2.7]. (AS77712401) [AM6EUR05FT004.eop-eur05.prod.protection.outlook.com]',
    ],
  ],
  [
    ['connection_timeout'],
    [
      '450 4.4.316 Connection refused [Message=Socket error code 10061] [LastAttemptedServerName=mx.example.com]',
      '550 4.4.7 Message expired',
      '550 5.4.300 Message expired -> 451 4.4.1 no answer',
      '451 4.4.1 Connection timed out',
      '421 4.4.2 Connection dropped due to SocketError',
      '400 4.4.7 Message delayed',
      '550 4.4.7 QUEUE.Expired; message expired',
    ],
  ],
  [
    ['rate_limiting', 'protocol_error'],
    ['452 4.5.3 Too many recipients (AS780090) [DB5EUR03FT011.eop-EUR03.prod.protection.outlook.com]'],
  ],
  [
    ['authentication_failed'],
    [
      '450 4.7.26 Service does not accept messages sent over IPv6 [2001:db8::240] unless they pass either SPF or DKIM validation (message not signed)',
      '450 4.7.26 Access denied, a message sent over IPv6 [2001:db8::240] must pass either SPF or DKIM validation, this message is not signed',
      '550 5.7.23 The message was rejected because of Sender Policy Framework violation',
      '550 5.7.509 Access denied, sending domain [EXAMPLE.ORG] does not pass DMARC verification and has a DMARC policy of reject.',
      "550 5.7.515 Access denied, sending domain EXAMPLE.ORG doesn't meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender. To learn how to fix this see: https://go.microsoft.com/fwlink/p/?linkid=2319303",
      '550 5.7.0 DM-001 Mail rejected by Outlook.com for policy reasons: the domain in the From address publishes a DMARC policy of reject',
    ],
  ],
  [
    ['tls_failure'],
    [
      '450 4.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail.',
      "450 4.7.322 certificate-expired: Destination mail server's certificate is expired.",
      '450 4.7.323 tlsa-invalid: The domain failed DANE validation.',
      '450 4.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records',
      '450 4.7.325 certificate-host-mismatch: Remote certificate MUST have a common name or subject alternative name matching the hostname (DANE)',
      '550 5.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail.',
      '550 5.7.325 certificate-host-mismatch: Remote certificate MUST have a common name or subject alternative name matching the hostname (DANE)',
    ],
  ],
  [
    ['rate_limiting', 'reputation_block'],
    [
      '451 4.7.500 Access denied, please try again later',
      '451 4.7.699 Access denied, please try again later. S1024',
      '451 4.7.850 Access denied, please try again later',
      '451 4.7.899 Access denied, please try again later AS(850)',
      '421 RP-001 The mail server IP connecting to Windows Live Hotmail server has exceeded the rate limit allowed. Reason for rate limitation is related to IP/domain reputation problems.',
      '421 RP-002 The mail server IP connecting to Windows Live Hotmail server has exceeded the rate limit allowed on this connection. Reason for rate limitation is related to IP/domain reputation problems.',
      '421 RP-003 The mail server IP connecting to Outlook.com has exceeded the connection limit allowed. Reason for limitation is related to IP/domain reputation problems.',
    ],
  ],
  [
    ['protocol_error'],
    [
      '550 5.0.350 Remote server returned an error -> 550 x-dg-ref header is too long',
      '550 5.6.11 Invalid characters in message',
      '550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant',
      '500 5.3.3 Unrecognized command',
      '503 5.5.2 Send hello first',
    ],
  ],
  [
    ['policy_rejection', 'content_filter'],
    [
      '550 5.0.350 Remote server returned an error -> 550 Requested action not taken: policy violation detected (AS345)',
    ],
  ],
  [
    ['policy_rejection'],
    [
      '550 5.1.0 Sender denied',
      '550 5.3.190 Journaling on-premises messages to Microsoft 365 or Office 365 not supported when Journaling Archive is disabled.',
      '550 5.7.1 Delivery not authorized',
      '550 5.7.1 Delivery not authorized, message refused',
      '530 5.7.1 Client was not authenticated',
      '550 5.7.12 Sender was not authenticated by organization',
      '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM [AM0PR05CA0087.eurprd05.prod.outlook.com]',
      '550 5.7.124 Sender not in allowed-senders list',
      '550 5.7.133 Sender not authenticated for group',
      '550 5.7.134 Sender was not authenticated for mailbox',
      '550 5.7.13 Sender was not authenticated for public folder',
      '550 5.7.135 Sender was not authenticated for public folder',
      '550 5.7.136 Sender was not authenticated',
      '550 5.7.510 Access denied, [example.com] does not accept email over IPv6',
      "550 5.7.703 Your message can't be delivered because one or more recipients are blocked by your organization's tenant recipient block policy",
      '454 5.7.3 Cannot achieve Exchange Server authentication',
      '550 5.7.3 Not Authorized',
      '550 5.7.950 Delivery not authorized, message refused',
      "Your message wasn't delivered due to a permission or security issue. It might have been rejected by a moderator, the address might only accept email from certain senders, or another restriction might be preventing delivery.",
      "Your message couldn't be delivered to the recipient because you don't have permission to send to it.",
    ],
  ],
  [
    ['user_not_found'],
    [
      '550 5.1.1 Bad destination mailbox address',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
      '550 5.4.1 Recipient address rejected: Access denied',
      '550 5.5.0 Requested action not taken: mailbox unavailable',
      '550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found',
      '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [HE1EUR01FT052.eop-EUR01.prod.protection.outlook.com]',
      "The email address you entered couldn't be found. Please check the recipient's email address and try to resend the message. If the problem continues, please contact your helpdesk.",
    ],
  ],
  [['reputation_block', 'policy_rejection', 'spam_filter'], ['550 5.1.8 Access denied, bad outbound sender']],
  [
    ['rate_limiting'],
    [
      "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
      '550 5.2.2 Submission quota exceeded',
      "554 5.2.2 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message The message can't be submitted because the sender's submission quota was exceeded",
      "550 5.2.121 Recipient's per hour message receive limit from specific sender exceeded.",
      "550 5.2.122 Recipient's per hour message receive limit exceeded.",
      '550 5.7.508 Access denied, [2001:db8::1] has exceeded permitted limits within 2001:db8::/64 range',
      "The message can't be submitted because the sender's submission quota was exceeded",
    ],
  ],
  [
    ['relay_denied'],
    [
      '550 5.4.1 Relay Access Denied',
      '550 5.7.1 Unable to relay',
      '550 5.7.64 TenantAttribution; Relay Access Denied',
      '550 5.7.367 Remote server returned not permitted to relay -> 554 5.7.1 Relaying denied',
    ],
  ],
  [
    ['server_error'],
    [
      '554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [VE1EUR03FT021.eop-EUR03.prod.protection.outlook.com]',
      '554 5.4.6 Routing loop detected',
      '421 4.3.2 Service not available',
      '421 4.3.2 Service not active',
      '550 5.3.2 STOREDRV.Deliver: Missing or bad StoreDriver MDB properties',
      '550 5.3.5 System incorrectly configured',
    ],
  ],
  [
    ['policy_rejection', 'reputation_block'],
    [
      '550 5.7.25 Access denied, the sending IPv6 address [2001:db8::240] must have a reverse DNS record',
      '550 5.7.507 Access denied, rejected by recipient',
      '550 SC-003 Mail rejected by Windows Live Hotmail for policy reasons. Your IP address appears to be an open proxy/relay.',
    ],
  ],
  [
    ['reputation_block', 'spam_filter'],
    [
      '550 5.7.501 Access denied, spam abuse detected',
      '550 OU-002 Mail rejected by Windows Live Hotmail for policy reasons. Reasons for rejection may be related to content with spam-like characteristics or IP/domain reputation.',
      '550 SC-001 Mail rejected by Windows Live Hotmail for policy reasons. Reasons for rejection may be related to content with spam-like characteristics or IP/domain reputation problems.',
    ],
  ],
  [
    ['reputation_block', 'policy_rejection'],
    [
      '550 5.7.502 Access denied, banned sender',
      '550 5.7.503 Access denied, banned sender',
      '550 5.7.511 Access denied, banned sender[192.0.2.4]. To request removal from this list please forward this message to delist@messaging.microsoft.com.',
      '550 5.7.513 Service unavailable, Client host [192.0.2.4] blocked by example.com using Customer Block list (AS16012607)',
      '550 5.7.708 Access denied, traffic not accepted from this IP',
      '550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains',
      "550 DY-001 Mail rejected by Windows Live Hotmail for policy reasons. We generally do not accept email from dynamic IP's as they are not typically used to deliver unauthenticated SMTP email to an Internet mail server. http://www.spamhaus.org maintains lists of dynamic and residential IP addresses.",
      "550 5.7.1 Unfortunately, messages from [192.0.2.8] weren't sent. Please contact your Internet service provider since part of their network is on our block list (AS3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.",
      "Your message couldn't be delivered because you weren't recognized as a valid sender. The most common reason for this is that your email address is suspected of sending spam and it's no longer allowed to send email.",
    ],
  ],
  [
    ['user_not_found', 'policy_rejection'],
    ['550 5.7.504 [pat@example.com]: Recipient address rejected: Access denied'],
  ],
  [['policy_rejection', 'user_not_found'], ['550 5.7.505 Access denied, banned recipient']],
  [
    ['policy_rejection', 'protocol_error'],
    ['550 5.7.506 Access Denied, Bad HELO', '550 5.1.7 Invalid address', '550 5.1.7 Unknown sender address'],
  ],
  [
    ['reputation_block'],
    [
      '550 5.7.606 Access denied, banned sending IP [192.0.2.4]. To request removal from this list please visit https://sender.office.com/ and follow the directions.',
      '550 5.7.620 Access denied, banned sending IP [192.0.2.4]',
      '550 DY-002 Mail rejected by Windows Live Hotmail for policy reasons. The likely cause is a compromised or virus infected server/personal computer.',
      '550 SC-002 Mail rejected by Windows Live Hotmail for policy reasons. The mail server IP connecting to Windows Live Hotmail has exhibited namespace mining behavior.',
      '550 SC-004 Mail rejected by Windows Live Hotmail for policy reasons. A block has been placed against your IP address because we have received complaints concerning mail coming from that IP address.',
    ],
  ],
  [
    ['reputation_block', 'policy_rejection', 'rate_limiting'],
    ['550 5.7.705 Access denied, tenant has exceeded threshold'],
  ],
  [
    ['mailbox_full', 'server_error'],
    [
      '554 4.3.2 mailbox busy; STOREDRV.Deliver.Exception:StoragePermanentException.MapiExceptionMaxObjsExceeded; Failed to process message due to a permanent exception with message Cannot complete delivery-time processing.',
    ],
  ],
  [
    ['mailbox_full'],
    [
      '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionQuotaExceeded',
      '550 5.2.2 Mailbox full',
      "552 5.2.2 The recipient's mailbox is full and can't accept messages now.",
    ],
  ],
  [
    ['relay_denied', 'reputation_block', 'policy_rejection'],
    ['5.7.1. Unable To Relay: Blocked by Customer Allow list'],
  ],
  [['content_filter', 'protocol_error'], ['554 5.6.0 Invalid message content']],
  [
    ['server_error', 'unknown'],
    [
      '554 5.2.0 STOREDRV.Deliver.Exception:ObjectNotFoundException.MapiExceptionNotFound; Failed to process message due to a permanent exception with message Cannot get ID from name',
      "There's a problem with the recipient's mailbox. Please try resending the message. If the problem continues, please contact your email admin.",
    ],
  ],
  [
    ['server_error', 'policy_rejection'],
    [
      '550 5.6.0 APPROVAL.InvalidExpiry; Cannot read expiry policy. [Stage: OnCreatedEvent][Agent: Approval Processing Agent]',
    ],
  ],
  [
    ['user_not_found', 'invalid_address', 'server_error'],
    ['550 5.2.0 RESOLVER.ADR.BadPrimary; recipient primary SMTP address is missing or invalid'],
  ],
  [['system_full', 'server_error'], ['452 4.3.1 Insufficient system resources (TotalUsedDiskSpace)']],
  [['invalid_address', 'user_not_found'], ['550 5.1.3 STOREDRV.Submit; invalid recipient address']],
  [
    ['invalid_address', 'domain_not_found'],
    [
      '550 5.1.4 Recipient address reserved by RFC 2606',
      '550 5.1.5 Recipient address reserved by RFC 2606',
      '550 5.1.6 Recipient addresses in single label domains not accepted',
    ],
  ],
  [['spam_filter'], ['550 5.2.1 Content Filter agent quarantined this message']],
  [
    ['message_too_large'],
    [
      '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient',
      '552 5.3.4 Message size exceeds fixed maximum message size',
    ],
  ],
  [['protocol_error', 'server_error', 'rate_limiting'], ['550 5.3.0 Too many related errors']],
  [['domain_not_found'], ['554 5.4.4 SMTPSEND.DNS.NonExistentDomain; nonexistent domain']],
  [['protocol_error', 'rate_limiting'], ['550 5.5.3 Too many recipients']],
  [
    ['system_full'],
    [
      '431 4.3.1 STOREDRV.Submit.Exception:StorageTransientException.IOException; Failed to process message due to a transient exception with message The message content has become corrupted. IOException: There is not enough space on the disk.',
    ],
  ],
  [
    ['reputation_block', 'spam_filter', 'policy_rejection'],
    [
      '550 OU-001 Mail rejected by Windows Live Hotmail for policy reasons. If you are not an email/network admin please contact your Email/Internet Service Provider for help.',
    ],
  ],
  [
    ['message_too_large', 'mailbox_full'],
    [
      "This message is larger than the current system limit or the recipient's mailbox is full. Create a shorter message body or remove attachments and try sending it again.",
    ],
  ],
  [
    ['relay_denied', 'policy_rejection'],
    [
      "550 5.7.64 TenantAttribution; Relay Access Denied [ValidationStatus of '' is EmptyCertificate] [DB3EUR04FT053.eop-eur04.prod.protection.outlook.com]",
    ],
  ],
];
