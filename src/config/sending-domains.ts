/** Which return-path domain serves which sending domain. A `[[domain]]` that lists none serves itself. */
import { asciiDomain } from '../core/address.ts';
import type { DomainOptions } from './options.ts';

export interface Sending {
  readonly domain: DomainOptions;
  readonly sendingDomain: string;
}

/** All sending domains, in the order of the file: each needs a key. */
export function sendingsOf(domains: readonly DomainOptions[]): Sending[] {
  return domains.flatMap((domain) =>
    (domain.sendingDomains.length > 0 ? domain.sendingDomains : [domain.name]).map((sendingDomain) => ({
      domain,
      sendingDomain: asciiDomain(sendingDomain) ?? sendingDomain,
    })),
  );
}

/** Where the return-paths of a sending domain live (null: the first one configured), or null where it is unknown. */
export function findSending(domains: readonly DomainOptions[], sendingDomain: string | null): Sending | null {
  const wanted = sendingDomain === null ? null : asciiDomain(sendingDomain);
  if (sendingDomain !== null && wanted === null) return null;
  return sendingsOf(domains).find((sending) => wanted === null || sending.sendingDomain === wanted) ?? null;
}
