/**
 * Octets to text: transfer encodings (RFC 2045 §6), charsets, encoded words (RFC 2047), and text that may be stored.
 * Strings of octets are latin1 strings. Nothing here throws; an unknown charset becomes UTF-8 where it is valid, else latin1.
 * UTF-7 is never decoded: it hides markup from everything that looks at the octets.
 */

import { isAscii, isUtf8 } from 'node:buffer';

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
const aliases: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  cp1252: 'windows-1252',
  cp1251: 'windows-1251',
  'cp-850': 'windows-1252',
  'iso-2022-jp-ms': 'iso-2022-jp',
};
const ascii = /^[\0-\x7f]*$/u;

/** Octets in a charset to text. ISO-2022 escapes are seen even where nobody declared them. */
export function decodeCharset(octets: string, charset: string | null): string {
  const escaped = octets.includes('\x1b$') || octets.includes('\x1b(');
  const bytes = Buffer.from(octets, 'latin1');
  if (!escaped && isAscii(bytes)) return octets;
  if (!escaped && charset?.startsWith('iso-2022-') === true) return decodeUndeclared(bytes);
  const named = charset ?? (escaped ? 'iso-2022-jp' : 'utf-8');
  const label = aliases[named] ?? (named === 'us-ascii' ? (escaped ? 'iso-2022-jp' : 'utf-8') : named);
  const decoder = label === 'utf-8' || label === 'utf-7' ? null : decoderOf(label);
  if (decoder !== null) return decoder.decode(bytes);
  // Asked beforehand: an exception costs more than all the rest.
  if (isUtf8(bytes) || (named === 'utf-8' && charset !== null)) return withoutMark(bytes.toString('utf8'));
  return octets;
}

const japanese = ['euc-jp', 'shift_jis'].map((label) => new TextDecoder(label));

/** Eight bits under a charset of seven: what many Japanese mail systems send is the first of these that makes sense. */
function decodeUndeclared(bytes: Buffer): string {
  const text = withoutMark(bytes.toString('utf8'));
  if (isUtf8(bytes)) return text;
  // Neither charset has a sign for what cannot be read.
  for (const decoder of japanese) {
    const read = decoder.decode(bytes);
    if (!read.includes('\ufffd')) return read;
  }
  return text;
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> | null {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  if (label.length > 40) return null;
  try {
    const made = new TextDecoder(label);
    // The labels that TextDecoder takes are a closed list, so this map cannot grow without bound.
    decoders.set(label, made);
    return made;
  } catch {
    return null;
  }
}

export function isAsciiText(text: string): boolean {
  return ascii.test(text);
}

export function isEncoding(name: string): boolean {
  return name === 'base64' || name === 'quoted-printable';
}

/** Undoes a Content-Transfer-Encoding; what is neither base64 nor quoted-printable is returned as it is. */
export function decodeTransfer(octets: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(octets, 'base64').toString('latin1');
  if (encoding === 'quoted-printable') return decodeQuoted(octets, false);
  return octets;
}

function decodeQuoted(octets: string, word: boolean): string {
  const text = word ? octets.replaceAll('_', ' ') : octets;
  let at = text.indexOf('=');
  if (at < 0) return text;
  // In place: what is decoded is never longer.
  const bytes = Buffer.from(text, 'latin1');
  let kept = at;
  while (at >= 0) {
    // Outside the text an octet is NaN, and no digit.
    const first = text.charCodeAt(at + 1);
    const second = text.charCodeAt(at + 2);
    const value = digitOf(first) * 16 + digitOf(second);
    let from = at + 1;
    if (value < 256) {
      bytes[kept++] = value;
      from = at + 3;
    } else if (first === lineFeed) from = at + 2;
    else if (first === carriageReturn && second === lineFeed) from = at + 3;
    else bytes[kept++] = equals;
    at = text.indexOf('=', from);
    const to = at < 0 ? bytes.length : at;
    if (to - from > 8) bytes.copyWithin(kept, from, to);
    else for (let next = from; next < to; next += 1) bytes[kept + next - from] = text.charCodeAt(next);
    kept += Math.max(0, to - from);
  }
  return bytes.toString('latin1', 0, kept);
}

const equals = 0x3d;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** What is no hexadecimal digit makes any pair too large for an octet. */
const none = 0x100;

function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : none;
}

const encodedWord = /=\?([\w:.-]{1,40})(?:\*[\w-]{1,20})?\?([BQ])\?([^?\s]{0,2000})\?=/giu;
const betweenWords = /(\?=)[ \t]{1,20}(=\?)/gu;

/** A header value with its encoded words and its raw 8-bit octets decoded. */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return ascii.test(value) ? value : decodeCharset(value, null);
  return value
    .replaceAll(betweenWords, '$1$2')
    .replaceAll(encodedWord, (_, charset: string, kind: string, body: string) =>
      decodeCharset(
        kind.toUpperCase() === 'B' ? Buffer.from(body, 'base64').toString('latin1') : decodeQuoted(body, true),
        charset.toLowerCase(),
      ),
    );
}
