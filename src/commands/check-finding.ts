/** What `check` says: one finding a line, and the DNS records that a domain needs. */

export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly area: 'configuration' | 'keys' | 'rules' | 'database' | 'tls' | 'ports' | 'submission' | 'relays' | 'dns';
  readonly text: string;
}

export interface DnsRecord {
  readonly domain: string;
  readonly name: string;
  readonly type: 'MX' | 'TXT' | 'TLSA';
  /** As it belongs into a zone file. */
  readonly value: string;
  readonly why: string;
  readonly state: 'stands' | 'differs' | 'missing' | 'notLookedUp';
  /** What stands there instead. */
  readonly found: readonly string[];
}

/** Text of an error for a person: its code where the message says no more. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message === '' ? code : error.message;
}
