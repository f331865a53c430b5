/**
 * Mailboxes (RFC 5321 §4.1.2, RFC 6531): parse, identify, mask. The identity of an address is lower-cased whole with the
 * domain as A-label and no provider folding; the original spelling is kept beside it.
 */
import { domainToASCII } from 'node:url';

export interface Mailbox {
  readonly localPart: string;
  /** A-label, lower case. */
  readonly domain: string;
  /** Key of everything that is kept about the address. */
  readonly identity: string;
  readonly original: string;
}

export type ParsedMailbox =
  | { readonly ok: true; readonly mailbox: Mailbox }
  | { readonly ok: false; readonly why: 'empty' | 'noDomain' | 'localPart' | 'domain' | 'tooLong' };

// Controls, lone surrogates, marks that are not seen (bidi, zero width, soft hyphen), all spaces, what only a quoted string
// may hold, and U+FFFD, which stands where octets were no UTF-8. The Kelvin sign lower-cases to an ASCII k: it would be another spelling of somebody else's address.
const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}"(),:;<>@[\\\]\u212a\ufffd]/u;
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads `local@domain`: no quoted strings, no comments, no brackets, no address literals. Dots may stand anywhere in the
 * local part, as they do in real mailboxes. Octets are counted as RFC 5321 §4.5.3.1.1 does: at most 64 before the `@`.
 */
export function parseMailbox(text: string): ParsedMailbox {
  if (text === '') return { ok: false, why: 'empty' };
  if (text.length > 320) return { ok: false, why: 'tooLong' };
  const at = text.lastIndexOf('@');
  if (at < 0 || at === text.length - 1) return { ok: false, why: 'noDomain' };
  const localPart = text.slice(0, at);
  if (localPart === '' || forbidden.test(localPart)) return { ok: false, why: 'localPart' };
  // Lower case can be longer (U+0130); an identity must be an address again.
  const lower = localPart.toLowerCase();
  if (Math.max(Buffer.byteLength(localPart), Buffer.byteLength(lower)) > 64) return { ok: false, why: 'tooLong' };
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === null) return { ok: false, why: 'domain' };
  return { ok: true, mailbox: { localPart, domain, identity: `${lower}@${domain}`, original: text } };
}

/** The domain as lower-case A-labels without a final dot, or null where it is none. */
export function asciiDomain(text: string): string | null {
  const plain = text.endsWith('.') ? text.slice(0, -1) : text;
  if (plain === '' || plain.length > 253 || forbidden.test(plain)) return null;
  // domainToASCII repairs what a URL would repair (percent signs, IP numbers): plain hosts never reach it.
  const ascii = /^[\0-\x7f]*$/.test(plain) ? plain.toLowerCase() : domainToASCII(plain);
  // An address literal without its brackets is no domain (and no top-level domain is a number).
  if (ascii.length > 253 || /^\d+$/.test(ascii.slice(ascii.lastIndexOf('.') + 1))) return null;
  return ascii.split('.').every((label) => hostLabel.test(label)) ? ascii : null;
}

/** Identity of an address, or null where it is not one. */
export function identityOf(text: string): string | null {
  const parsed = parseMailbox(text.trim());
  return parsed.ok ? parsed.mailbox.identity : null;
}

/** `a…z@example.org`: for logs. What is no address is not shown at all, nor the end of a short local part. */
export function maskAddress(text: string): string {
  const parsed = parseMailbox(text);
  if (!parsed.ok) return '…';
  // By code points: half an emoji is no text.
  const shown = Array.from(parsed.mailbox.localPart);
  return `${shown.slice(0, 1).join('')}…${shown.length > 3 ? shown.slice(-1).join('') : ''}@${parsed.mailbox.domain}`;
}
