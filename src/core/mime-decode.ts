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

const hexPair = /^[0-9a-f]{2}$/iu;

function decodeQuoted(octets: string, word: boolean): string {
  let at = octets.indexOf('=');
  const text = word ? octets.replaceAll('_', ' ') : octets;
  if (at < 0) return text;
  const pieces: string[] = [];
  let from = 0;
  while (at >= 0) {
    pieces.push(text.slice(from, at));
    const pair = text.slice(at + 1, at + 3);
    if (hexPair.test(pair)) {
      pieces.push(String.fromCharCode(Number.parseInt(pair, 16)));
      from = at + 3;
    } else if (pair.startsWith('\n')) from = at + 2;
    else if (pair === '\r\n') from = at + 3;
    else {
      pieces.push('=');
      from = at + 1;
    }
    at = text.indexOf('=', from);
  }
  pieces.push(text.slice(from));
  return pieces.join('');
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
