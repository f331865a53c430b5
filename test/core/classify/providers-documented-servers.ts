/** What block lists, filtering appliances and mail servers give their users to say, and Gmail's own words around a failure. */
import type { Documented } from './providers-documented.ts';

export const documentedByServers: Documented = [
  [
    ['reputation_block'],
    [
      '550 5.7.1 Service unavailable, Client host [192.0.2.3] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.3 (AS3130)',
      '554 5.7.1 Service unavailable; Client host [192.0.2.3] blocked using zen.spamhaus.org; https://check.spamhaus.org/query/ip/192.0.2.3',
      '554 5.7.1 Service unavailable; Client host [192.0.2.3] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.3',
      '554 5.7.1 Service unavailable; Client host [192.0.2.3] blocked using b.barracudacentral.org; http://www.barracudanetworks.com/reputation/?pr=1&ip=192.0.2.3',
      '554 5.7.1 Service unavailable; Client host [192.0.2.3] blocked using dnsbl-1.uceprotect.net; IP 192.0.2.3 is UCEPROTECT-Level 1 listed. See http://www.uceprotect.net/rblcheck.php?ipr=192.0.2.3',
      '554 5.7.1 Client host blocked using dnsbl.sorbs.net; Currently Sending Spam See: http://www.sorbs.net/lookup.shtml?192.0.2.3',
      '554 Service unavailable; Client host [192.0.2.3] blocked by psbl.surriel.com; Listed in PSBL, see http://psbl.org/listing?ip=192.0.2.3',
      '554 blocked using ix.dnsbl.manitu.net; Your e-mail service was detected by mail.ixlab.de (NiX Spam) as spamming',
      '550 192.0.2.3 is blocked by combined.mail.abusix.zone; see https://lookup.abusix.com/search?q=192.0.2.3',
      '550 5.7.1 192.0.2.3 listed at dyna.spamrats.com SPAMRATS IP Addresses See: http://www.spamrats.com/bl?192.0.2.3',
      '554 5.7.1 blocked using bl.mailspike.net, Listed in BLs by Mailspike, see http://mailspike.org/anubis/lookup.html',
      '550 Blocked - see https://multirbl.valli.org/lookup/192.0.2.3.html (dnsbl.dronebl.org)',
      '550 DNSBL:gbudb truncate listed you 192.0.2.3',
      '550 5.7.1 [S] Blocked by SenderScore: sender score blocklist of Validity, see https://senderscore.org/rtbl/',
      '554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.3',
      '421 4.7.1 mx0a-00112233.pphosted.com connection refused by dynamic reputation (PDR): https://ipcheck.proofpoint.com/?ip=192.0.2.3',
      '550 5.7.1 Connection refused - ppe-hosted: sender IP has bad reputation',
      '554 Service unavailable; Client host [mx.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.3',
      "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
      '554 5.7.1 Service refused. Please see https://csi.cloudmark.com/reset-request/?ip=192.0.2.3',
      '554 192.0.2.3 found on one or more RBLs (abusixip). Refer to https://developers.example.com/postmaster/',
    ],
  ],
  [
    ['spam_filter', 'reputation_block', 'content_filter'],
    [
      '554 5.7.1 Service unavailable; Sender address [news@example.org] blocked using dbl.spamhaus.org; https://check.spamhaus.org/query/domain/example.org',
    ],
  ],
  [
    ['spam_filter', 'content_filter'],
    [
      '550 5.7.1 Blocked, message contains domain example.org listed in multi.surbl.org',
      '550-SPAM content ppe-hosted',
      '554 rejected due to spam URL in content',
    ],
  ],
  [
    ['reputation_block', 'policy_rejection'],
    ['554 5.7.1 backscatterer.org: Sorry 192.0.2.3 is blacklisted at http://www.backscatterer.org/?ip=192.0.2.3'],
  ],
  [
    ['reputation_block', 'policy_rejection', 'server_error'],
    [
      '554 5.7.1 Service unavailable; Client host [192.0.2.3] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.53/',
    ],
  ],
  [
    ['policy_rejection'],
    [
      '550 5.7.0 Local Policy Violation',
      '554 5.7.1 [P4] Message blocked due to policy.',
      '550 5.1.0 sender rejected',
      '550 Sender address rejected (Barracuda)',
      '554 message is denied by policy, contact your administrator',
      '550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.',
      '500 #5.1.0 Message rejected by sender profile',
      '553 #5.1.8 Domain of sender address <news@exmaple.test> does not exist',
      '451 #4.1.8 Domain of sender address <news@example.org> does not resolve',
      "5.3.0 - Other mail system problem ('554', ['5.7.1 denied by policy'])",
      "5.x.0 - Message bounced by administrator ('000', [])",
      '554 Denied [CS] [0a1b2c3d] (Mode: normal)',
      '551 pat@example.com account does not accept mail from non-clients',
    ],
  ],
  [
    ['spam_filter'],
    [
      '554 5.7.1 [P4] Message blocked due to spam content in the message.',
      '554 rejected due to spam content',
      '550 5.7.1 Blocked by SophosLabs as spam',
      '554 Denied (Mode: normal) spam [mxlogic]',
    ],
  ],
  [
    ['user_not_found'],
    [
      '550 5.1.1 User Unknown',
      '550-Invalid Recipient - ppe-hosted.com',
      '550 5.7.1 <pat@example.com>: Recipient address rejected: User email address is marked as invalid.',
      '550 permanent failure for one or more recipients (pat@example.com:550 5.1.1 <pat@example.com>: Recipient address rejected: User unknown)',
      '550 No such user (pat@example.com)',
      '550 #5.1.0 Address rejected pat@example.com',
      "5.1.1 - Bad destination email address ('550', ['5.1.1 user unknown'])",
      '550 5.1.1 User unknown - MXLogic recipient validation',
      '550 5.1.1 Recipient unknown (SonicWALL)',
      '550 5.1.1 <pat@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
      '550 5.1.1 <pat@example.com>: Recipient address rejected: Address does not exist',
      '550 5.1.1 <pat@example.com>: Recipient address rejected: example.com',
      '550 5.1.1 Mailbox <pat@example.com> does not exist',
      '550 <pat@example.com>, Recipient unknown',
      "550 Sorry, that recipient doesn't exist. (example.com)",
      '550 pat@example.com unknown user account',
      '511 sorry, no mailbox here by that name (#5.1.1 - chkuser)',
      "Your message wasn't delivered to pat@example.com because the address couldn't be found, or is unable to receive mail.",
      'Ihre Nachricht wurde nicht an pat@example.com zugestellt, weil die Adresse nicht gefunden wurde oder keine E-Mails empfangen kann.',
      "Votre message n'est pas parvenu à pat@example.com, car l'adresse est introuvable ou ne peut pas recevoir de messages.",
      'No se ha entregado tu mensaje a pat@example.com porque no se ha encontrado la dirección o esta no puede recibir correo.',
      "Il tuo messaggio non è stato consegnato a pat@example.com perché l'indirizzo non è stato trovato o non può ricevere posta.",
      'Sua mensagem não foi entregue a pat@example.com porque o endereço não foi encontrado ou não pode receber e-mails.',
    ],
  ],
  [
    ['user_not_found', 'policy_rejection'],
    [
      '550 5.1.0 Recipient address rejected, pphosted.com',
      "5.1.0 - Unknown address error ('550', ['5.1.0 no such user'])",
    ],
  ],
  [
    ['relay_denied'],
    [
      '550 5.7.1 Relay Access denied',
      '550 Sorry, we do not relay for that domain',
      '571 pat@example.com prohibited. We do not relay',
    ],
  ],
  [
    ['rate_limiting', 'server_error'],
    [
      '451 4.3.0 deferred - envelope recipient verification in progress, try again',
      '450 4.7.1 <mx.example.org[192.0.2.3]>: Client host rejected: Rate control: too many connections in 30 minutes',
    ],
  ],
  [
    ['policy_rejection', 'spam_filter', 'reputation_block'],
    ['550 permanent failure for one or more recipients (pat@example.com:blocked)'],
  ],
  [
    ['server_error', 'rate_limiting'],
    ['451 temporary failure for one or more recipients (pat@example.com:451 4.7.1 try later)'],
  ],
  [['relay_denied', 'domain_not_found'], ['550 No such domain at this location']],
  [
    ['rate_limiting'],
    [
      '421 Client host rejected: Too many connections, your message will be deferred',
      '421 #4.x.x Too many messages for this session',
      '452 #4.3.1 Too many recipients received this hour',
      '452 Too many invalid recipients received from the sender',
      '450 4.7.1 <pat@example.com>: Recipient address rejected: rate limit exceeded',
      'You have reached a limit for sending mail. Your message was not sent.',
    ],
  ],
  [['virus_detected'], ['554 rejected due to virus', '554 5.7.1 Message quarantined: malware detected (FireEye ETP)']],
  [['content_filter'], ['554 rejected due to banned attachment']],
  [
    ['policy_rejection', 'reputation_block'],
    [
      "550 Intent: rejected by recipient's block list",
      '554 Denied [MXL~0] [3fa9aa46] (Mode: normal)',
      '554 5.7.1 Sender IP 192.0.2.3 is blacklisted, Kerio',
      '550 Sorry, IP 192.0.2.3 has been banned (dynamic screening)',
      '550 591 news@example.org your host is not allowed to connect',
      '591 192.0.2.3 your host [192.0.2.3] is blacklisted (sbl). Send your questions to blacklist-admin@example.com',
    ],
  ],
  [['rate_limiting', 'connection_timeout', 'server_error'], ['421 Exceeded allowable connection time, disconnecting.']],
  [['rate_limiting', 'reputation_block'], ['550 #5.1.0 Too many invalid recipients this hour (DHAP)']],
  [
    ['message_too_large'],
    [
      '552 #5.3.4 message size exceeds limit',
      '552 Message is larger than the limit this account may receive',
      "Message too large. Your message couldn't be delivered to pat@example.com because it exceeds the size limit. Try reducing the message size and resending.",
    ],
  ],
  [['message_too_large', 'protocol_error'], ['552 #5.3.4 message header size exceeds limit']],
  [
    ['authentication_failed'],
    [
      '550 #5.7.1 SPF unauthorized mail is prohibited.',
      '550 #5.7.1 DMARC unauthenticated mail is prohibited.',
      '451 #4.7.1 Unable to perform SPF verification',
      '550 5.7.26 email not authenticated: neither SPF nor DKIM aligned',
    ],
  ],
  [['server_error', 'policy_rejection', 'authentication_failed'], ['451 #4.7.1 Unable to perform DMARC verification']],
  [
    ['connection_timeout'],
    [
      "5.4.7 - Delivery expired (message too old) ('000', ['timeout'])",
      'There was a temporary problem while delivering your message to pat@example.com. The recipient server did not accept our requests to connect. Learn more at https://support.google.com/mail/answer/7720',
    ],
  ],
  [
    ['server_error', 'connection_timeout'],
    ["4.3.2 - Not accepting messages at this time ('421', ['4.3.2 try later'])"],
  ],
  [
    ['domain_not_found'],
    [
      "5.1.2 - Bad destination host ('000', ['DNS Hard Error looking up exmaple.test (MX): NXDomain'])",
      "Your message wasn't delivered to pat@exmaple.test because the domain exmaple.test couldn't be found. Check for typos or unnecessary spaces and try again.",
    ],
  ],
  [['protocol_error'], ["501 #5.5.2 syntax error 'RCPT TO:'"]],
  [['spam_filter', 'content_filter', 'reputation_block'], ['554 5.7.1 message rejected, Cloudmark CMAE score 100']],
  [['reputation_block', 'rate_limiting'], ['421 4.7.0 Connection deferred. Error code CT0 cloudmark throttled']],
  [
    ['policy_rejection', 'content_filter', 'spam_filter', 'virus_detected'],
    ['550 5.7.1 message rejected by FireEye policy'],
  ],
  [
    ['mailbox_full'],
    [
      '552 5.2.2 <pat@example.com>: Recipient address rejected: mailbox over quota',
      '452 4.2.2 Over quota',
      '552 5.2.2 Over quota',
      '552 5.2.2 Mailbox <pat@example.com> quota exceeded',
      '552 pat@example.com account is full (quota exceeded)',
      '452 pat@example.com account is full (too many messages)',
      "Your message couldn't be delivered to pat@example.com. Their inbox is full, or it's getting too much mail right now.",
    ],
  ],
  [
    ['mailbox_disabled'],
    [
      '550 5.2.1 <pat@example.com>: Recipient address rejected: account is disabled',
      '550 5.1.1 Recipient account is inactive',
    ],
  ],
  [
    ['relay_denied', 'user_not_found', 'policy_rejection'],
    ['550 5.1.1 Address does not exist. (cloudflare email routing)'],
  ],
  [['relay_denied', 'policy_rejection'], ['550 5.7.1 Relaying to <pat@example.com> denied (authentication required)']],
  [['mailbox_disabled', 'user_not_found'], ['550 pat@example.com account is suspended']],
  [['server_error'], ['450 pat@example.com account is temporarily unavailable']],
  [['policy_rejection', 'relay_denied'], ['579 pat@example.com mail relaying from this address is refused']],
  [
    ['spam_filter', 'policy_rejection', 'content_filter', 'reputation_block'],
    ['Your message to pat@example.com has been blocked. See technical details below for more information.'],
  ],
];
