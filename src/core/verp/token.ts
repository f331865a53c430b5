/**
 * The signed octets inside a return-path (docs/verp.md):
 *
 *   octet 0–1   form (4 bits: 1 self-contained, 2 opaque), key id (12 bits)
 *         2–3   day of minting, days since 1970-01-01 UTC
 *         4–8   message tag
 *         9–    recipient as six-bit symbols, or the row's 64-bit id
 *         last 10   HMAC-SHA256(secret, "bouncemx-verp-1:" domain ":" all octets before), first 80 bits
 *
 * The return-path domain is under the signature though not in the token: a token is worth nothing in another domain.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { KeyRing, VerpKey } from './key-ring.ts';

const headLength = 9;
const macLength = 10;
/** All octets of a token but its body. */
export const overhead = headLength + macLength;
const label = 'bouncemx-verp-1:';
const formCodes = { selfContained: 1, opaque: 2 } as const;
type Form = keyof typeof formCodes;

export interface Token {
  readonly form: Form;
  readonly key: VerpKey;
  readonly day: number;
  /** Ten hexadecimal digits. */
  readonly messageTag: string;
  readonly body: Buffer;
}

// A token of an unknown key costs as much as one of a known key: no clock tells which ids exist.
const nobody = createSecretKey(Buffer.alloc(32));

// An HMAC with a raw secret takes five times as long, and each RCPT has one.
const prepared = new WeakMap<VerpKey, KeyObject>();

function secretOf(key: VerpKey): KeyObject {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const secret = createSecretKey(key.secret);
  prepared.set(key, secret);
  return secret;
}

function mac(secret: KeyObject, domain: string, signed: Uint8Array): Buffer {
  const hmac = createHmac('sha256', secret);
  return hmac.update(`${label}${domain}:`).update(signed).digest().subarray(0, macLength);
}

/** @throws RangeError for a day or tag that the format has no room for: a bug of the caller, never of a mail. */
export function signToken(token: Token, domain: string): Buffer {
  if (!/^[\da-f]{10}$/.test(token.messageTag))
    throw new RangeError('a message tag is ten lower-case hexadecimal digits');
  const head = Buffer.alloc(4);
  head.writeUInt16BE((formCodes[token.form] << 12) | token.key.id, 0);
  head.writeUInt16BE(token.day, 2);
  const signed = Buffer.concat([head, Buffer.from(token.messageTag, 'hex'), token.body]);
  return Buffer.concat([signed, mac(secretOf(token.key), domain, signed)]);
}

/** Believes nothing before the signature is right; says nothing about the day or the body. */
export function verifyToken(
  octets: Buffer,
  domain: string,
  ring: KeyRing,
): { readonly ok: true; readonly token: Token } | { readonly ok: false; readonly why: Exclude<Failure, 'expired'> } {
  if (octets.length <= overhead) return { ok: false, why: 'malformed' };
  const code = octets.readUInt8(0) >>> 4;
  const form = code === 1 ? 'selfContained' : code === 2 ? 'opaque' : null;
  if (form === null) return { ok: false, why: 'malformed' };
  const key = ring.byId.get(octets.readUInt16BE(0) & 0xfff);
  const signed = octets.subarray(0, octets.length - macLength);
  const right = timingSafeEqual(
    mac(key === undefined ? nobody : secretOf(key), domain, signed),
    octets.subarray(octets.length - macLength),
  );
  if (key === undefined) return { ok: false, why: 'unknownKey' };
  if (!right) return { ok: false, why: 'badSignature' };
  return {
    ok: true,
    token: {
      form,
      key,
      day: octets.readUInt16BE(2),
      messageTag: octets.toString('hex', 4, headLength),
      body: octets.subarray(headLength, octets.length - macLength),
    },
  };
}

/** Why a local part is no return-path of ours. Only people who hold the keys are told which. */
export type Failure = 'notVerp' | 'malformed' | 'unknownKey' | 'badSignature' | 'expired';
