/**
 * Which return-path domain serves which sending domain, and which relay takes its mail. A `[[domain]]` that lists none
 * serves itself; a `[[relay]]` that lists none takes all that no other one names.
 */
import { asciiDomain } from '../core/address.ts';
import type { DomainOptions, RelayOptions } from './options.ts';

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

/** The way out for a sending domain (A-label), or null where there is none. */
export function findRelay(relays: readonly RelayOptions[], sendingDomain: string): RelayOptions | null {
  const named = relays.find(({ sendingDomains }) => sendingDomains.some((name) => asciiDomain(name) === sendingDomain));
  return named ?? relays.find(({ sendingDomains }) => sendingDomains.length === 0) ?? null;
}
