/** Who runs a mailbox: as far as its address tells, the organisational domain by the public suffix list; or that of its MX. */
import { getDomain } from 'tldts';
import { asciiDomain } from './address.ts';

/** `user@mail.example.co.uk` → `example.co.uk`; null where there is none. */
export function providerOf(identity: string): string | null {
  const domain = identity.slice(identity.lastIndexOf('@') + 1);
  return organisationOf(domain) ?? (domain === '' ? null : domain);
}

/**
 * The organisational domain of the host that mail goes to first (RFC 5321 §5.1); null where none can be told: no MX, a null
 * MX (RFC 7505), a name that is none. Several of one preference give the same whatever order they came in.
 */
export function providerOfMx(
  records: readonly { readonly exchange: string; readonly priority: number }[],
): string | null {
  const least = Math.min(...records.map(({ priority }) => priority));
  const hosts = records.filter(({ priority }) => priority === least).map(({ exchange }) => exchange.toLowerCase());
  const [host] = hosts.toSorted();
  const ascii = host === undefined ? null : asciiDomain(host);
  return ascii === null ? null : organisationOf(ascii);
}

const organisationOf = (domain: string): string | null => getDomain(domain, { allowPrivateDomains: false });
