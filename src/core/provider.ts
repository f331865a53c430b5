/** Who runs a mailbox, as far as its address tells: the organisational domain by the public suffix list. */
import { getDomain } from 'tldts';

/** `user@mail.example.co.uk` → `example.co.uk`; null where there is none. */
export function providerOf(identity: string): string | null {
  const domain = identity.slice(identity.lastIndexOf('@') + 1);
  return getDomain(domain, { allowPrivateDomains: false }) ?? (domain === '' ? null : domain);
}
