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

// Controls, space, DEL, C1, the characters that only a quoted string may hold, bidi and zero-width marks.
const forbiddenInLocalPart = /[\0-\x20\x7f-\x9f"(),:;<>@[\\\]\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads `local@domain` (dot-string local part, no quoted strings, no comments, no brackets). */
export function parseMailbox(text: string): ParsedMailbox {
  if (text === '') return { ok: false, why: 'empty' };
  if (text.length > 320) return { ok: false, why: 'tooLong' };
  const at = text.lastIndexOf('@');
  if (at < 0 || at === text.length - 1) return { ok: false, why: 'noDomain' };
  const localPart = text.slice(0, at);
  if (localPart === '' || forbiddenInLocalPart.test(localPart) || !localPart.isWellFormed())
    return { ok: false, why: 'localPart' };
  if (Buffer.byteLength(localPart) > 64) return { ok: false, why: 'tooLong' };
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === null) return { ok: false, why: 'domain' };
  return { ok: true, mailbox: { localPart, domain, identity: `${localPart.toLowerCase()}@${domain}`, original: text } };
}

/** The domain as lower-case A-labels without a final dot, or null where it is none. */
export function asciiDomain(text: string): string | null {
  const plain = text.endsWith('.') ? text.slice(0, -1) : text;
  if (plain === '' || plain.length > 255) return null;
  const lower = plain.toLowerCase();
  // domainToASCII repairs what a URL would repair (percent signs, full-width dots, IP numbers): only plain hosts and IDNs reach it.
  const ascii = /^[\0-\x7f]*$/.test(lower) ? lower : domainToASCII(lower);
  if (ascii === '' || ascii.length > 255) return null;
  return ascii.split('.').every((label) => hostLabel.test(label)) ? ascii : null;
}

/** Identity of an address, or null where it is not one. */
export function identityOf(text: string): string | null {
  const parsed = parseMailbox(text.trim());
  return parsed.ok ? parsed.mailbox.identity : null;
}

/** `a…z@example.org`: for logs. What is no address is not shown at all. */
export function maskAddress(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 1) return '…';
  const first = text.slice(0, 1);
  const last = at > 1 ? text.slice(at - 1, at) : '';
  return `${first}…${last}@${text.slice(at + 1)}`;
}
