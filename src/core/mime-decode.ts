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

// C0 (but not tab, LF, CR), DEL, C1, soft hyphen, zero-width, bidi, separators, BOM, interlinear marks.
const unwanted =
  /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
const printable = /^[\x20-\x7e]*$/u;
// Single spaces, as most are, are left alone.
const blanks = /[^\S ]\s*|\s{2,}/gu;

/**
 * Text that may be stored and shown: one line, whitespace folded, controls, bidi marks and lone surrogates gone, at most
 * `max` octets of UTF-8. PostgreSQL refuses NUL, terminals and pages obey the rest.
 */
export function cleanText(text: string, max: number): string {
  if (text.length <= max && isClean(text)) return text;
  // Folding may shorten a lot: look at a bounded multiple of what is kept.
  const cut = text.length > max * 4 ? text.slice(0, max * 4) : text;
  const folded = foldBlanks(cut);
  if (printable.test(folded)) return folded.slice(0, max).trimEnd();
  const clean = folded.toWellFormed().replaceAll(unwanted, '').trim();
  if (clean.length <= max / 3) return clean;
  const bytes = Buffer.from(clean);
  if (bytes.length <= max) return clean;
  let end = max;
  // A cut inside a character would leave a replacement character: step back to its first octet.
  while (end > 0 && (bytes.readUInt8(end) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end).trim();
}

/** Runs of whitespace become one space, those at both ends nothing. */
function foldBlanks(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit > 0x20 && unit < 0x7f) at += 1;
    else if (unit > 0x7e) return text.replaceAll(blanks, ' ').trim();
    else {
      let end = at;
      while (isBlank(text.charCodeAt(end))) end += 1;
      if (end === at) at += 1;
      else if (end - at === 1 && unit === 0x20) at = end;
      else {
        pieces.push(text.slice(from, at));
        from = end;
        at = end;
      }
    }
  }
  pieces.push(text.slice(from));
  return pieces.join(' ').trim();
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}

/** The value of a header field with its words decoded, storable as of `cleanText`. */
export function cleanHeader(value: string, max: number): string {
  if (value.length <= max && !value.includes('=?') && isClean(value)) return value;
  return cleanText(decodeWords(value), max);
}

/** What nearly all text is: printable ASCII, no two spaces together, none at an end. */
function isClean(text: string): boolean {
  let before = 0x20;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit > 0x7e || (unit === 0x20 && before === 0x20)) return false;
    before = unit;
  }
  return before !== 0x20 || text === '';
}

const breaking = new Set([
  'br',
  'p',
  'div',
  'tr',
  'li',
  'h1',
  'h2',
  'h3',
  'h4',
  'table',
  'hr',
  'pre',
  'ul',
  'blockquote',
]);
const hidden = new Set(['script', 'style', 'head', 'title']);
const entities: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' },
  ...{
    ndash: '–',
    mdash: '—',
    bull: '•',
    middot: '·',
    lsquo: '‘',
    rsquo: '’',
    ldquo: '“',
    rdquo: '”',
    laquo: '«',
    raquo: '»',
  },
  ...{
    agrave: 'à',
    aacute: 'á',
    acirc: 'â',
    atilde: 'ã',
    auml: 'ä',
    ccedil: 'ç',
    egrave: 'è',
    eacute: 'é',
    ecirc: 'ê',
  },
  ...{
    iacute: 'í',
    icirc: 'î',
    ntilde: 'ñ',
    ograve: 'ò',
    oacute: 'ó',
    ocirc: 'ô',
    otilde: 'õ',
    ouml: 'ö',
    oslash: 'ø',
  },
  ...{ ugrave: 'ù', uacute: 'ú', ucirc: 'û', uuml: 'ü', szlig: 'ß', aring: 'å' },
};
const tagName = /^\/?([a-z][a-z0-9]{0,15})/u;

/**
 * The words of an HTML part, a line for each block: one pass with indexOf, no tree, first 64 Ki characters. It shows nothing
 * to anybody, it only feeds the prose readers (general HTML conversion is what brought other parsers down).
 */
export function htmlWords(html: string): string {
  const text = html.slice(0, 65_536);
  const lower = text.toLowerCase();
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length) {
    const open = text.indexOf('<', from);
    if (open < 0) break;
    pieces.push(text.slice(from, open));
    const name = tagName.exec(lower.slice(open + 1, open + 18))?.[1] ?? '';
    const ending = lower.startsWith('<!--', open)
      ? '-->'
      : hidden.has(name) && lower[open + 1] !== '/'
        ? `</${name}`
        : '>';
    const close = lower.indexOf(ending, open);
    if (close < 0) {
      // An unclosed tag is text; an unclosed script or comment hides the rest.
      from = ending === '>' ? open : text.length;
      break;
    }
    pieces.push(breaking.has(name) ? '\n' : name === 'td' || name === 'th' ? ' ' : '');
    from = ending.startsWith('</') ? close : close + ending.length;
  }
  pieces.push(text.slice(from));
  return pieces.join('').replaceAll(/&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,6});/giu, (whole, entity: string) => {
    if (!entity.startsWith('#')) return entities[entity.toLowerCase()] ?? whole;
    const code = /^#x/iu.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  });
}
