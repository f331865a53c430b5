/**
 * An address as six-bit symbols, so that a whole recipient fits into a return-path beside the signature. 63 symbols: the
 * characters that nearly all addresses are made of, and common endings as one symbol each. Symbol 0 is filling: it stands
 * only where the last octet has room for a symbol more. The table is part of the format (docs/verp.md) and never changes.
 */
const characters = 'abcdefghijklmnopqrstuvwxyz0123456789@.-_+=';
const endings = [
  '@gmail.com',
  '@googlemail.com',
  '@yahoo.com',
  '@hotmail.com',
  '@outlook.com',
  '@icloud.com',
  '@protonmail.com',
  '@t-online.de',
  '@gmx.',
  '@live.',
  '@yahoo.',
  '@hotmail.',
  '@outlook.',
  '.com',
  '.net',
  '.org',
  '.edu',
  '.co.uk',
  '.co',
  '.de',
  '.fr',
] as const;

/** What each symbol stands for; the index is its value. */
export const symbols: readonly string[] = ['', ...Array.from(characters), ...endings];

const valueOf = new Map(symbols.map((text, value) => [text, value]));
const longestFirst = [...endings].sort((a, b) => b.length - a.length);

/** Octets of the symbols, the longest match first; null where a character has no symbol. Linear in the text. */
export function encodeSymbols(text: string): Buffer | null {
  const values: number[] = [];
  for (let i = 0; i < text.length;) {
    const next = longestFirst.find((ending) => text.startsWith(ending, i)) ?? text.charAt(i);
    const value = valueOf.get(next);
    if (value === undefined) return null;
    values.push(value);
    i += next.length;
  }
  const length = Math.ceil((values.length * 6) / 8);
  // One octet more, so that a symbol's sixteen-bit window never ends outside.
  const padded = Buffer.alloc(length + 1);
  for (const [index, value] of values.entries()) {
    const bit = index * 6;
    padded.writeUInt16BE(padded.readUInt16BE(bit >>> 3) | (value << (10 - (bit & 7))), bit >>> 3);
  }
  return padded.subarray(0, length);
}

/** The text, or null where filling stands between symbols, or is more than it must be, or is not zero. */
export function decodeSymbols(octets: Uint8Array): string | null {
  if (octets.length === 0) return null;
  const padded = Buffer.concat([octets, Buffer.alloc(1)]);
  const count = Math.floor((octets.length * 8) / 6);
  let text = '';
  let filling = 0;
  for (let index = 0; index < count; index += 1) {
    const bit = index * 6;
    const value = (padded.readUInt16BE(bit >>> 3) >>> (10 - (bit & 7))) & 63;
    const symbol = symbols[value];
    if (value === 0) filling += 1;
    else if (symbol === undefined || filling > 0) return null;
    else text += symbol;
  }
  if (Math.ceil(((count - filling) * 6) / 8) !== octets.length) return null;
  // What is left below the last whole symbol: zero, two or four bits (the octet behind the end is zero).
  const spare = octets.length * 8 - count * 6;
  return ((padded.readUInt16BE(octets.length - 1) >>> 8) & ((1 << spare) - 1)) === 0 ? text : null;
}
