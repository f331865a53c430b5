/**
 * Base32 for the local part of an address: the alphabet of RFC 4648 §6 in lower case, without padding characters.
 * Each octet string has exactly one spelling (but for case), so that a changed token is never the same token: impossible
 * lengths and non-zero padding bits are refused (RFC 4648 §3.5).
 */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

// By char code, not by toLowerCase(): the Kelvin sign (U+212A) lower-cases to 'k' and must not be a spelling of it.
const values = new Int8Array(128).fill(-1);
for (let value = 0; value < alphabet.length; value += 1) {
  values[alphabet.charCodeAt(value)] = value;
  values[alphabet.toUpperCase().charCodeAt(value)] = value;
}

export function encodeBase32(octets: Uint8Array): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const octet of octets) {
    pending = (pending << 8) | octet;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((pending >>> bits) & 31);
    }
    pending &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((pending << (5 - bits)) & 31);
}

/** The octets, in either case, or null where the text is not the one spelling of an octet string. */
export function decodeBase32(text: string): Buffer | null {
  const octets = Buffer.alloc(Math.floor((text.length * 5) / 8));
  // A canonical text ends with less than a whole character of padding bits.
  if (text.length !== Math.ceil((octets.length * 8) / 5)) return null;
  let pending = 0;
  let bits = 0;
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    const value = values[text.charCodeAt(i)] ?? -1;
    if (value < 0) return null;
    pending = (pending << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets[length] = (pending >>> bits) & 255;
      length += 1;
      pending &= (1 << bits) - 1;
    }
  }
  return pending === 0 ? octets : null;
}

/** How many octets fit into so many characters. */
export function base32Capacity(characters: number): number {
  return Math.max(0, Math.floor((characters * 5) / 8));
}
