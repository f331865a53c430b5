/**
 * Return-paths: `<prefix>-<token>@<domain>`, signed, expiring, one for each recipient of each message (docs/verp.md).
 * *Self-contained*: the recipient is inside, so that a sender needs nothing but a key. *Opaque*: a row's id is inside.
 */
import { hash } from 'node:crypto';
import { identityOf } from '../address.ts';
import { base32Capacity, decodeBase32, encodeBase32 } from '../base32.ts';
import type { Bound } from '../event.ts';
import { unwrapReturnPath } from './foreign.ts';
import type { KeyRing, VerpKey } from './key-ring.ts';
import { decodeSymbols, encodeSymbols } from './symbols.ts';
import { overhead, signToken, verifyToken, type Failure, type Token } from './token.ts';

/** A return-path domain as configured (`[[domain]]`). */
export interface ReturnPathDomain {
  /** A-label, lower case. */
  readonly name: string;
  /** Lower-case letters and digits, at most 8. */
  readonly prefix: string;
  /** Foreign forms that are decoded or unwrapped here: `postfix`, `ezmlm`, `srs`, `batv`. */
  readonly foreign: readonly string[];
}

export type DecodedReturnPath =
  /** `token`: in lower case, without what was wrapped round it: the same report under another spelling is the same. */
  { readonly ok: true; readonly bound: Bound; readonly token: string } | { readonly ok: false; readonly why: Failure };

export type EncodedReturnPath =
  | { readonly ok: true; readonly address: string }
  /** `tooLong`: the recipient does not fit or has a character without a symbol: take the opaque form. */
  | { readonly ok: false; readonly why: 'tooLong' | 'badRecipient' };

interface Minting {
  readonly domain: Pick<ReturnPathDomain, 'name' | 'prefix'>;
  /** What `signingKey` gives for the sending domain. */
  readonly key: VerpKey;
  /** Days since 1970-01-01 UTC (`dayOf`). */
  readonly day: number;
  /** Ten hexadecimal digits: `messageTagOf(messageId)`, or five random octets where there is no Message-ID. */
  readonly messageTag: string;
}

const maxLocalPart = 64;
const opaqueLength = 8;

/** The first 40 bits of the SHA-256 of a Message-ID without its angle brackets, as ten hexadecimal digits. */
export function messageTagOf(messageId: string): string {
  const trimmed = messageId.trim();
  const bare = trimmed.startsWith('<') && trimmed.endsWith('>') ? trimmed.slice(1, -1) : trimmed;
  return hash('sha256', bare, 'hex').slice(0, 10);
}

/** The self-contained form for a recipient; its identity form is what goes in. Deterministic. */
export function encodeReturnPath(minting: Minting & { readonly recipient: string }): EncodedReturnPath {
  const identity = identityOf(minting.recipient);
  if (identity === null) return { ok: false, why: 'badRecipient' };
  const body = encodeSymbols(identity);
  const room = base32Capacity(maxLocalPart - minting.domain.prefix.length - 1) - overhead;
  if (body === null || body.length > room) return { ok: false, why: 'tooLong' };
  return { ok: true, address: address(minting, { ...minting, form: 'selfContained', body }) };
}

/** The opaque form for a row: `rowId` is sixteen hexadecimal digits, chosen at random by the caller. Always fits. */
export function encodeOpaqueReturnPath(minting: Minting & { readonly rowId: string }): string {
  if (!/^[\da-f]{16}$/.test(minting.rowId)) throw new RangeError('a row id is sixteen lower-case hexadecimal digits');
  return address(minting, { ...minting, form: 'opaque', body: Buffer.from(minting.rowId, 'hex') });
}

function address(minting: Minting, token: Token): string {
  const { name, prefix } = minting.domain;
  return `${prefix}-${encodeBase32(signToken(token, name))}@${name}`;
}

/**
 * What the local part of an address in `domain` proves. Where the domain lists `srs` or `batv`, a wrapping of that kind
 * round the token is taken off first. `today` is `dayOf(now)`; a token is good from the day before its own (clocks differ)
 * until `validityDays` after it. Total: any string has an answer.
 */
export function decodeReturnPath(
  localPart: string,
  domain: ReturnPathDomain,
  ring: KeyRing,
  today: number,
  validityDays: number,
): DecodedReturnPath {
  const own = unwrapReturnPath(localPart, domain);
  const dash = domain.prefix.length;
  if (own?.charAt(dash) !== '-' || !equalIgnoringCase(own.slice(0, dash), domain.prefix))
    return { ok: false, why: 'notVerp' };
  const text = own.slice(dash + 1);
  const octets = own.length > maxLocalPart ? null : decodeBase32(text);
  if (octets === null) return { ok: false, why: 'malformed' };
  const verified = verifyToken(octets, domain.name, ring);
  if (!verified.ok) return verified;
  const { token } = verified;
  if (token.day > today + 1 || token.day + validityDays < today) return { ok: false, why: 'expired' };
  const recipient = token.form === 'opaque' ? null : decodeSymbols(token.body);
  // A key holder's faulty minting code can sign what is no address: better refused at RCPT than found in the pipeline.
  const sound =
    token.form === 'opaque'
      ? token.body.length === opaqueLength
      : recipient !== null && identityOf(recipient) === recipient;
  if (!sound) return { ok: false, why: 'malformed' };
  return {
    ok: true,
    token: text.toLowerCase(),
    bound: {
      proof: 'verp',
      form: token.form,
      keyId: token.key.id,
      sendingDomain: token.key.sendingDomain,
      recipient,
      messageTag: token.messageTag,
      rowId: token.form === 'opaque' ? token.body.toString('hex') : null,
      day: token.day,
    },
  };
}

/** ASCII only: both sides are, or they are not equal. */
function equalIgnoringCase(text: string, lower: string): boolean {
  return /^[\da-z]*$/i.test(text) && text.toLowerCase() === lower.toLowerCase();
}
