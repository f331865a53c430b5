/**
 * Replies of filtering services and appliances in the forms that their published tables of errors name, with hosts and addresses of these
 * tests.
 */
import type { Category } from '../../../src/core/classify/categories.ts';

export const filters: readonly (readonly [string, ...Category[]])[] = [
  [
    '550 SPF Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550',
    'authentication_failed',
  ],
  ['550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550', 'user_not_found'],
  ['451 Account service is temporarily unavailable', 'rate_limiting', 'server_error'],
  [
    '550 Rejected by header based manually blocked senders - https://community.mimecast.com',
    'policy_rejection',
    'spam_filter',
  ],
  ['451 Account inbounds disabled', 'policy_rejection', 'mailbox_disabled', 'server_error'],
  ['554 Maximum email size reached', 'message_too_large'],
  ['550 Local CT IP Reputation - (reject)', 'reputation_block'],
  ['554 Content reject: message held for suspicious link', 'spam_filter', 'content_filter'],
  ['451 Recipient temporarily unavailable - mimecast', 'rate_limiting', 'server_error'],
  ['550 Submitter failed to authenticate', 'reputation_block', 'policy_rejection', 'authentication_failed'],
  ['550 5.7.0 Local Policy Violation', 'reputation_block', 'policy_rejection'],
  ['554 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.2', 'reputation_block'],
  ['550 5.7.1 Message blocked due to sender IP reputation (PPS dynamic reputation)', 'reputation_block'],
  ['550 5.1.1 User Unknown - proofpoint essentials', 'user_not_found'],
  ['550 5.7.0 Denied by policy', 'policy_rejection'],
  ['550 5.7.1 Message rejected by DMARC policy, essentials', 'authentication_failed'],
  ['451 Envelope blocked: sender deferred, pphosted', 'rate_limiting', 'server_error', 'policy_rejection'],
  ['421 4.7.0 Deferred - see https://ipcheck.proofpoint.com/?ip=192.0.2.3', 'rate_limiting', 'reputation_block'],
  [
    '550 permanent failure for one or more recipients (pat@example.com:blocked)',
    'spam_filter',
    'reputation_block',
    'policy_rejection',
  ],
  ['550 permanent failure for one or more recipients (pat@example.com:550 5.1.1 user unknown)', 'user_not_found'],
  ['554 rejected due to spam content (barracuda)', 'spam_filter'],
  [
    '554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1',
    'reputation_block',
  ],
  [
    "554-esa1.example.com Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
    'reputation_block',
  ],
  ['550 #5.1.0 Address rejected pat@example.com', 'user_not_found'],
  ['550 5.1.0 Address rejected.', 'user_not_found'],
  ['500 #5.5.1 command not recognized', 'protocol_error'],
  ['452 #4.5.3 Too many recipients', 'rate_limiting'],
  ['451 #4.1.8 Domain of sender address does not resolve', 'server_error', 'policy_rejection'],
  [
    '550 5.7.1 Mail rejected: Trend Micro Email Reputation Database. Please see http://www.mail-abuse.com/cgi-bin/lookup?ip_address=192.0.2.1',
    'reputation_block',
  ],
  [
    '553-Message filtered. Refer to the Troubleshooting page at http://www.symanteccloud.com/troubleshooting for more information. (#5.7.1)',
    'reputation_block',
    'spam_filter',
  ],
  [
    '501 Connection rejected by policy [7.7] 38503, please visit www.messagelabs.com/support for more details',
    'reputation_block',
  ],
  ['550 Invalid recipient <pat@example.com> (#5.1.1)', 'user_not_found'],
  [
    '553 mail rejected because your IP is in the PBL. See http://www.spamhaus.org/pbl',
    'spam_filter',
    'reputation_block',
  ],
  ['554 5.7.1 Denied: virus found by McAfee', 'virus_detected'],
  ['550 Denied by policy (Mode: normal) saas mcafee', 'spam_filter', 'policy_rejection'],
  ['550 No such user (pat@example.com) - ContinuumX', 'user_not_found'],
  ['550 mailbox pat@example.com suspended', 'mailbox_disabled'],
  ['550 5.7.1 Sophos blocked: IP reputation', 'reputation_block'],
  ['554 5.7.1 This message has been blocked because it contains FortiSpamSignature', 'spam_filter'],
  ['554 5.7.1 Black listed by FortiGuard', 'reputation_block'],
  ['554 5.7.1 mail.example.org your IP is listed in SpamExperts', 'reputation_block', 'spam_filter'],
  [
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.1',
    'reputation_block',
  ],
  ['554 5.7.1 blocked by dnsbl.sorbs.net: Currently Sending Spam', 'reputation_block'],
  ['550 5.7.1 Your ISP 192.0.2.0/24 is UCEPROTECT-Level 3 listed', 'reputation_block'],
  ['550 5.7.1 Cloudmark CSI: message rejected', 'spam_filter', 'reputation_block'],
  ['550 VadeSecure: suspected spam', 'spam_filter'],
  ['550 5.7.1 blocked by abusix combined', 'reputation_block'],
];
