/**
 * What codes alone say, for reports whose words no rule knows: enhanced status codes by RFC 3463, the IANA registry and its
 * additions (RFC 6409 submission, 6710 priorities, 7372 authentication, 7505 null MX), then reply codes by RFC 5321 and 7504.
 * Receivers use 5.1.1, 5.2.1 and 5.7.1 for nearly anything, which is why every rule is asked before this table.
 */
import type { Category } from './categories.ts';

/** By subject.detail; the class decides the permanence, and for `forNow` what is meant. */
const details: Readonly<Record<string, Category>> = {
  '1.0': 'unknown',
  '1.1': 'user_not_found',
  '1.2': 'domain_not_found',
  '1.3': 'invalid_address',
  '1.4': 'invalid_address',
  '1.6': 'mailbox_moved',
  '1.7': 'policy_rejection',
  '1.8': 'policy_rejection',
  '1.9': 'policy_rejection',
  '1.10': 'domain_not_found',
  '2.0': 'unknown',
  '2.1': 'mailbox_disabled',
  '2.2': 'mailbox_full',
  '2.3': 'message_too_large',
  '2.4': 'server_error',
  '3.0': 'server_error',
  '3.1': 'system_full',
  '3.2': 'server_error',
  '3.3': 'protocol_error',
  '3.4': 'message_too_large',
  '3.5': 'server_error',
  '3.6': 'server_error',
  '4.0': 'connection_timeout',
  '4.1': 'connection_timeout',
  '4.2': 'connection_timeout',
  '4.3': 'connection_timeout',
  '4.4': 'connection_timeout',
  '4.5': 'rate_limiting',
  '4.6': 'server_error',
  '4.7': 'connection_timeout',
  '4.8': 'policy_rejection',
  '5.0': 'protocol_error',
  '5.1': 'protocol_error',
  '5.2': 'protocol_error',
  '5.3': 'protocol_error',
  '5.4': 'protocol_error',
  '5.5': 'protocol_error',
  '5.6': 'policy_rejection',
  '6.0': 'content_filter',
  '6.1': 'content_filter',
  '6.2': 'content_filter',
  '6.3': 'content_filter',
  '6.4': 'content_filter',
  '6.5': 'content_filter',
  '6.6': 'server_error',
  '6.7': 'protocol_error',
  '6.8': 'protocol_error',
  '6.9': 'protocol_error',
  '6.10': 'protocol_error',
  '7.0': 'policy_rejection',
  '7.1': 'policy_rejection',
  '7.2': 'policy_rejection',
  '7.3': 'policy_rejection',
  '7.4': 'policy_rejection',
  '7.5': 'policy_rejection',
  '7.6': 'policy_rejection',
  '7.7': 'policy_rejection',
  '7.8': 'policy_rejection',
  '7.9': 'policy_rejection',
  '7.10': 'tls_failure',
  '7.11': 'tls_failure',
  '7.12': 'policy_rejection',
  // RFC 5248 §2.4: of the account that has just logged in, which is the sender's.
  '7.13': 'policy_rejection',
  '7.14': 'policy_rejection',
  '7.15': 'rate_limiting',
  '7.16': 'message_too_large',
  '7.17': 'mailbox_moved',
  '7.18': 'mailbox_moved',
  '7.19': 'server_error',
  '7.20': 'authentication_failed',
  '7.21': 'authentication_failed',
  '7.22': 'authentication_failed',
  '7.23': 'authentication_failed',
  '7.24': 'authentication_failed',
  '7.25': 'policy_rejection',
  '7.26': 'authentication_failed',
  '7.27': 'policy_rejection',
  '7.28': 'rate_limiting',
  '7.29': 'authentication_failed',
  '7.30': 'tls_failure',
};

/**
 * What a detail means with class 4: names that could not be looked up; a mailbox that takes nothing for now, most often since it
 * gets too much (Gmail, EarthLink and Rackspace say 4.2.1 for that); recipients that are to be split (RFC 5321 §4.5.3.1.10).
 */
const forNow: Readonly<Record<string, Category>> = {
  '4.1.2': 'connection_timeout',
  '4.2.1': 'server_error',
  // The others in a message of their own.
  '4.5.3': 'rate_limiting',
};

/**
 * Details beyond the registry, as Exchange Online and Google document them
 * (learn.microsoft.com, "Email nondelivery reports and SMTP errors in Exchange Online"; support.google.com/a/answer/3726730).
 */
const vendors: Readonly<Record<string, Category>> = {
  '1.20': 'protocol_error',
  '1.90': 'rate_limiting',
  '1.350': 'user_not_found',
  '1.351': 'user_not_found',
  '2.121': 'rate_limiting',
  '2.122': 'rate_limiting',
  '3.190': 'policy_rejection',
  '4.11': 'server_error',
  '4.14': 'server_error',
  '4.20': 'connection_timeout',
  '4.300': 'connection_timeout',
  '4.310': 'domain_not_found',
  '4.312': 'connection_timeout',
  '4.316': 'connection_timeout',
  '4.317': 'connection_timeout',
  '4.318': 'connection_timeout',
  '6.11': 'protocol_error',
  '7.32': 'authentication_failed',
  '7.40': 'authentication_failed',
  '7.51': 'policy_rejection',
  '7.54': 'relay_denied',
  '7.57': 'policy_rejection',
  '7.60': 'policy_rejection',
  '7.64': 'relay_denied',
  '7.124': 'policy_rejection',
  '7.129': 'policy_rejection',
  '7.133': 'policy_rejection',
  '7.134': 'policy_rejection',
  '7.135': 'policy_rejection',
  '7.136': 'policy_rejection',
  '7.193': 'policy_rejection',
  '7.232': 'rate_limiting',
  '7.233': 'rate_limiting',
  '7.320': 'tls_failure',
  '7.321': 'tls_failure',
  '7.322': 'tls_failure',
  '7.323': 'tls_failure',
  '7.324': 'tls_failure',
  '7.325': 'tls_failure',
  '7.350': 'spam_filter',
  '7.367': 'relay_denied',
  '7.501': 'reputation_block',
  '7.502': 'reputation_block',
  '7.503': 'reputation_block',
  '7.505': 'policy_rejection',
  '7.506': 'policy_rejection',
  '7.507': 'policy_rejection',
  '7.508': 'rate_limiting',
  '7.509': 'authentication_failed',
  '7.510': 'policy_rejection',
  '7.511': 'reputation_block',
  '7.512': 'protocol_error',
  '7.513': 'reputation_block',
  '7.515': 'authentication_failed',
  '7.520': 'policy_rejection',
  '7.606': 'reputation_block',
  '7.703': 'policy_rejection',
  '7.705': 'reputation_block',
  '7.708': 'reputation_block',
  '7.750': 'reputation_block',
};

/**
 * Ranges that Exchange Online and Exchange Server document: codes of a kind are given out within them. From, to, meaning;
 * asked after the single codes.
 */
const ranges: readonly (readonly [kind: '4' | '5', from: number, to: number, Category])[] = [
  ['4', 500, 699, 'rate_limiting'],
  ['4', 850, 899, 'rate_limiting'],
  ['5', 606, 649, 'reputation_block'],
  ['5', 700, 749, 'reputation_block'],
  // Of a mail flow rule, by whoever wrote it.
  ['5', 900, 999, 'policy_rejection'],
];

const replies: Readonly<Record<number, Category>> = {
  421: 'server_error',
  422: 'mailbox_full',
  432: 'server_error',
  450: 'server_error',
  451: 'server_error',
  452: 'system_full',
  454: 'server_error',
  500: 'protocol_error',
  501: 'protocol_error',
  502: 'protocol_error',
  503: 'protocol_error',
  504: 'protocol_error',
  521: 'domain_not_found',
  523: 'message_too_large',
  530: 'policy_rejection',
  534: 'policy_rejection',
  535: 'policy_rejection',
  538: 'tls_failure',
  551: 'user_not_found',
  552: 'mailbox_full',
  555: 'protocol_error',
  556: 'domain_not_found',
};

/** By the whole code. */
const byStatus: ReadonlyMap<string, Category> = new Map([
  ...[...Object.entries(vendors), ...Object.entries(details)].flatMap(([detail, category]) =>
    category === 'unknown' ? [] : ['2', '4', '5'].map((kind) => [`${kind}.${detail}`, category] as const),
  ),
  ...Object.entries(forNow),
]);

function categoryOfRange(status: string): Category | null {
  if (!status.startsWith('.7.', 1)) return null;
  const kind = status.charAt(0);
  const detail = Number(status.slice(4));
  return ranges.find(([of, from, to]) => of === kind && detail >= from && detail <= to)?.[3] ?? null;
}

/** Category of an enhanced code, or null where it says nothing (`5.0.0`, details that nobody registered). */
export function categoryOfStatus(status: string): Category | null {
  return byStatus.get(status) ?? categoryOfRange(status);
}

/** Category of a reply code, or null where it says nothing, as 550, 553 and 554 do. */
export function categoryOfReply(reply: number): Category | null {
  return replies[reply] ?? (reply >= 400 && reply < 500 ? 'server_error' : null);
}
