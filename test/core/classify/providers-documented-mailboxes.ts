/** What mailbox providers document on their pages for postmasters: Yahoo and AOL, Comcast, Cox, Spectrum, AT&T, EarthLink, Rackspace. */
import type { Documented } from './providers-documented.ts';

export const documentedByMailboxProviders: Documented = [
  [
    ['reputation_block', 'rate_limiting'],
    [
      '421 4.7.0 [TS01] Messages from 192.0.2.3 temporarily deferred due to user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
      '421 4.7.1 [TS03] All messages from 192.0.2.3 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
      '421 4.7.0 [TSS09] All messages from 192.0.2.3 will be permanently deferred; Retrying will NOT succeed.',
      '421 4.7.1 [TSS11] All messages from example.org will be permanently deferred',
      '421 Message temporarily deferred - [numeric code]',
    ],
  ],
  [
    ['reputation_block'],
    [
      "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.3, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/550-bl23",
      '553 Mail from 192.0.2.3 not allowed - 5.7.1 [BL23] Connections not accepted from IP addresses on Spamhaus XBL',
      '554- (RTR:BB) https://postmaster.aol.com/error-codes#554rtrbb 554 Connecting IP: 192.0.2.3',
      '554 5.7.1 : (RTR:CH) computers on your network may be compromised',
      '554 RLY:B1 This is a dynamic block on our system',
      '421 SERVICE NOT AVAILABLE (RTR:GE) your IP is sending a high volume of mail',
      '554 resimta-po-10v.sys.comcast.net resimta-po-10v.sys.comcast.net 192.0.2.3 Comcast block for spam.  Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000',
      '554 5.7.1 comcast 192.0.2.3 found on one or more DNSBLs, see http://postmaster.comcast.net/smtp-error-codes.php#BL000001',
      '550 5.7.1 192.0.2.3 is listed. BL000110',
      '554 IMP cox.net 192.0.2.3 blocked - Error Code: CXBL. Refer to Error Codes section at https://www.cox.com/residential/support/email-error-codes.html for more information.',
      '421 IMP cox.net 192.0.2.3 blocked temporarily. AUP#CDRBL',
      '554 5.7.1 IPBL0001 192.0.2.3 listed. Refer to Error Codes section at https://postmaster.cox.net',
      '554 ERROR: ID IPBL1000 - sending IP on a list',
      '550 5.1.0 rejected. AUP#IPBL0111',
      '554 dnvrco-cmimta15 esmtp ESMTP server not available AUP#I-1010',
      '554 p-impin002.msg.example.com 192.0.2.3 is blocked AUP#In-1010',
      '550 5.7.1 blocked by RBL. AUP#1030',
      '521 <192.0.2.3> is blocked. For information see http://rbl.example.com',
      '550 <192.0.2.3> blocked by ldap:ou=rblmx, dc=bellsouth, dc=net',
      '553 5.3.0 flph399 DNSBL:RBL 521< 192.0.2.3 >_is_blocked.For assistance forward this error to abuse_rbl@abuse-att.net',
      '550 5.7.1 Connection refused - ELNK001_101 -',
      '550 Dynamic/zombied/spam IPs blocked. Write blockedbyearthlink@abuse.example.com',
      '554 5.7.1 ACL dns_rbl; Client host [192.0.2.3] blocked using dbl.example.net',
    ],
  ],
  [
    ['spam_filter', 'content_filter', 'policy_rejection'],
    [
      '554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes',
    ],
  ],
  [
    ['policy_rejection', 'authentication_failed'],
    [
      '554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes',
      '550 5.1.0 <news@example.org> sender rejected. Refer to Error Codes section at https://www.cox.com/residential/support/email-error-codes.html for more information. AUP#CXSNDR',
    ],
  ],
  [
    ['authentication_failed', 'policy_rejection'],
    [
      '554 Message not allowed - [UP] Email not accepted for policy reasons. Email failed DMARC validation for example.org domain.',
    ],
  ],
  [
    ['authentication_failed'],
    [
      '554 Message not allowed - Headers are not RFC compliant, and failed DKIM authentication for domain example.org',
      '550 5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo requires all senders to authenticate with either SPF or DKIM.',
      '554 5.7.1 Message rejected. DMARC policy of example.org. http://postmaster.comcast.net/smtp-error-codes.php#DM000001',
    ],
  ],
  [['protocol_error'], ['554 Message not allowed - Headers are not RFC compliant [291]']],
  [
    ['protocol_error', 'policy_rejection'],
    [
      '554 5.7.9 Message not accepted because From: header is too big',
      '550 5.1.0 rejected, violation of SMTP protocol. AUP#CXSMTP',
    ],
  ],
  [
    ['policy_rejection'],
    [
      '451 4.1.8 Temporarily deferred: domain of sender does not resolve, see https://senders.yahooinc.com/smtp-error-codes/#unresolvable-from-domain',
      '554 5.1.8 Sender domain example.org does not exist; see https://senders.yahooinc.com/smtp-error-codes/#unresolvable-from-domain',
      '550 user is not accepting mail from this sender',
      '550 5.1.0 <news@example.org> sender rejected : invalid sender domain. AUP#1110',
      '550 [permfail] requires valid sender domain',
      '550 5.7.1 HELO command rejected - ELNK_201',
      '550 5.7.1 Authentication refused - ELNK_200',
      '450 4.1.8 <news@example.org>: Sender address rejected: Domain not found',
    ],
  ],
  [
    ['reputation_block', 'rate_limiting', 'policy_rejection'],
    [
      '451 VS1-IP Excessive unknown recipients - possible Open Relay http://postmaster.yahoo.com/errors/451-01.html (#4.1.8)',
      '451 VS1-MF Excessive unknown recipients - possible Open Relay (#4.4.5)',
    ],
  ],
  [
    ['server_error'],
    [
      '451 Resources temporarily not available - Please try again later [#4.16.1].',
      '450 4.4.6 Routing loop detected (G16)',
    ],
  ],
  [
    ['user_not_found'],
    [
      "554 delivery error: dd This user doesn't have a yahoo.com account (pat@example.com) [-5] - mta123.mail.mud.yahoo.com",
      '550 5.1.1 <pat@example.com>: Recipient address rejected: example.com',
      '550 5.1.1 Not our Customer',
      '550 5.1.1 <pat@example.com>: Email address could not be found, or was misspelled (G8)',
    ],
  ],
  [
    ['mailbox_disabled'],
    [
      '554 delivery error: dd This account has been temporarily suspended. Please try again later.',
      '550 [suspend] Mailbox currently suspended--Please contact correspondent directly.',
      '550 5.2.1 <pat@example.com>: This mailbox is disabled (G12)',
    ],
  ],
  [
    ['rate_limiting'],
    [
      '421 Max message per connection reached, closing transmission channel',
      '450 User is receiving mail too quickly',
      '421 Too many sessions opened',
      '452 4.1.0 Too many recipients. RL000002',
      '421 4.1.0 192.0.2.3 Throttled - try again later. Please see http://postmaster.comcast.net/smtp-error-codes.php#RL000001',
      '550 5.2.0 news@example.org Message temporarily rate limited: RL000003',
      '421 fed1rmimpi210.cox.net cox too many sessions from 192.0.2.3. AUP#CXCNCT',
      '452 4.1.0 requested action aborted: try again later. AUP#CXMXRT',
      '421 cmsmtp 192.0.2.3 blocked AUP#In-1340',
      '421 4.7.1 AUP#1310 too many messages',
      '421 Too many concurrent connections from this client (G2)',
      '450 4.2.1 <pat@example.com>: Mailbox received too much email in a short period of time (G30)',
    ],
  ],
  [
    ['domain_not_found'],
    ['554 Recipient domain has a null MX record', 'Host or domain name not found. MX host not found.'],
  ],
  [
    ['reputation_block', 'rate_limiting', 'spam_filter'],
    [
      '421 4.7.0 [GL01] Message from (192.0.2.3) temporarily deferred - 4.16.50. Please refer to http://postmaster.yahoo.com/errors/postmaster-21.html',
    ],
  ],
  [
    ['reputation_block', 'policy_rejection'],
    [
      '421 4.7.0 [IPTS04] Messages from 192.0.2.3 temporarily deferred due to user complaints',
      '554 5.7.1 (CON:B1) http://postmaster.info.aol.com/errors/554conb1.html',
      '554 RTR:DU dynamic or residential IP address',
      '554 comcast Blocked: dynamic/residential. ES000010',
      '550 5.2.0 192.0.2.3 ES000001 mail from dynamic space',
      '550 5.7.1 Your access to submit messages to this e-mail system has been rejected',
      '550 5.7.1 Sender blocked error - ELNK001_102',
      '550 5.7.1 Sender blocked error - ELNK_111',
    ],
  ],
  [
    ['rate_limiting', 'reputation_block'],
    [
      '421 4.7.1 : (DYN:T1) https://postmaster.aol.com/error-codes#421dynt1',
      '421 AUP#I-1300 message deferred',
      '451 4.7.1 Received too many messages from a new or untrusted IP (G28)',
    ],
  ],
  [
    ['reputation_block', 'spam_filter'],
    ['521 5.2.1 : (HVU:B1) The URL contained in your email to AOL members has generated a high volume of complaints.'],
  ],
  [
    ['content_filter', 'spam_filter', 'reputation_block'],
    ['554 5.7.1 : (HVU:B2) https://postmaster.aol.com/error-codes#554hvub2'],
  ],
  [
    ['policy_rejection', 'reputation_block'],
    [
      '554 RTR:RD The reverse DNS of your IP address is typical of a dynamic IP address',
      '554 5.7.1 (DNS:NR) AOL does not accept email from IP addresses which have no reverse-DNS (PTR records) assigned.',
      '421 Reverse DNS failure : Try again later',
      '554 5.7.1 PTR record required. Comcast requires that all mail servers must have a PTR record with a valid Reverse DNS entry. PT000000',
      '554 ESMTP server not available AUP#CXDNS',
      '550 5.7.1 Email sending blocked due to suspicious account activity on primary Cox account. AUP#CXMJ',
      '550 unauthorized interface for <192.0.2.3>',
      '550 5.7.1 Connections not accepted from servers without a valid sender domain.flph829 Fix reverse DNS for 192.0.2.3',
      '550 5.7.1 Connection refused. Please check your reverse DNS configuration. ELNK_105',
      '550 5.7.1 Connection refused. Please check your FCrDNS configuration. ELNK_108',
      '450 4.7.1 Client host 192.0.2.3 has no PTR record (G1F)',
    ],
  ],
  [
    ['policy_rejection', 'reputation_block', 'authentication_failed'],
    ['521 5.2.1 :  (RLY:SN) https://postmaster.aol.com/error-codes#554rlysn'],
  ],
  [
    ['spam_filter', 'content_filter'],
    [
      '550 5.2.0 Message rejected for spam content. SP000000',
      '552 5.2.0 message rejected: URL in body found on lists. URLBL011',
      '552 5.2.0 URLBL101 The message contains a URL listed',
      '552 5.2.0 AUP#1520 message rejected',
    ],
  ],
  [
    ['mailbox_full'],
    [
      '552 5.2.2 <pat@example.com> Mailbox full. Account is over quota',
      '552 5.2.2 <pat@example.com>: Mailbox over storage limit (G10)',
    ],
  ],
  [
    ['policy_rejection', 'spam_filter', 'content_filter'],
    [
      '552 5.2.0 x7 message rejected. Refer to Error Codes section at https://www.cox.com for more information. AUP#CXSNDR',
    ],
  ],
  [
    ['rate_limiting', 'policy_rejection', 'reputation_block'],
    ['452 Email sending limited due to suspicious account activity. AUP#CXTHRT'],
  ],
  [['rate_limiting', 'policy_rejection'], ['550 5.1.0 AUP#Out-1000 outgoing mail limit']],
  [['policy_rejection', 'connection_timeout', 'reputation_block'], ['554 AUP#1260 IPv6 not supported here']],
  [['policy_rejection', 'server_error', 'connection_timeout'], ['421-failure in DNS look-up. alnrmxc21 192.0.2.3']],
  [['server_error', 'rate_limiting'], ['450 busy--Please try again later']],
  [['server_error', 'rate_limiting', 'connection_timeout'], ['421 4.2.1 Connection deferred - ELNK001_103 -']],
  [['rate_limiting', 'server_error'], ['421 4.2.1 Connection deferred - concurrent connections limit ELNK_110']],
  [['rate_limiting', 'reputation_block', 'server_error'], ['421 4.2.1 Connection deferred ELNK_130']],
  [
    ['server_error', 'connection_timeout'],
    ["450 4.4.1 <pat@example.com>: The recipient's server was temporarily unavailable to accept your message (G6)"],
  ],
  [
    ['authentication_failed', 'server_error'],
    ['450 4.4.0 <news@example.org> Temporary DMARC DNS lookup failure (G1E)'],
  ],
  [
    ['rate_limiting', 'reputation_block', 'spam_filter'],
    [
      '451 4.3.0 <mx.example.org[192.0.2.3]>: Client host rejected: Throttled - Too much spam from your mail server. Try again later.',
    ],
  ],
  [
    ['spam_filter', 'reputation_block'],
    ['554 5.7.1 The message was rejected because it contains prohibited virus or spam content (G3)'],
  ],
];
