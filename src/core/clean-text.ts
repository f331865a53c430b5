/** Text of a mail as it may be stored and shown: in one line, without what cannot be seen, bounded. */
import { decodeWords } from './mime-decode.ts';
import { octets, octetsOf, textOf } from './octets.ts';
import { octetAt } from './within-bounds.ts';

// C0 (but not tab, LF, CR), DEL, C1, soft hyphen, zero-width, bidi, separators, BOM, interlinear marks.
const unwanted =
  /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
// Single spaces, as most are, are left alone.
const blanks = /[^\S ]\s*|\s{2,}/gu;

/**
 * Text that may be stored and shown: one line, whitespace folded, controls, bidi marks and lone surrogates gone, at most
 * `max` octets of UTF-8. PostgreSQL refuses NUL, terminals and pages obey the rest.
 */
export function cleanText(text: string, max: number): string {
  if (text.length <= Math.min(max, maxShort) && isClean(text)) return text;
  // Folding may shorten a lot: look at a bounded multiple of what is kept.
  const cut = text.length > max * 4 ? text.slice(0, max * 4) : text;
  const length = octetsOf(cut);
  if (length >= 0) return foldOctets(length, max);
  const clean = cut.replaceAll(blanks, ' ').toWellFormed().replaceAll(unwanted, '').trim();
  if (clean.length <= max / 3) return clean;
  const bytes = Buffer.from(clean);
  if (bytes.length <= max) return clean;
  let end = max;
  // A cut inside a character would leave a replacement character: step back to its first octet.
  while (end > 0 && (bytes.readUInt8(end) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end).trim();
}

/** Up to here it costs less to look at a text unit by unit. */
const maxShort = 64;

/** What nearly all values of fields are: printable ASCII, no two spaces together, none at an end. */
function isClean(text: string): boolean {
  const { length } = text;
  let before = 0x20;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit > 0x7e || (unit === 0x20 && before === 0x20)) return false;
    before = unit;
  }
  return before !== 0x20 || length === 0;
}

/** ASCII that stands in `octets`: runs of whitespace become one space, those at both ends and controls nothing. */
function foldOctets(length: number, max: number): string {
  let kept = 0;
  // 1 where a blank is to be put before what comes next; words end where nobody foresees it, so that nothing branches.
  let blank = 0;
  for (let at = 0; at < length && kept < max; at++) {
    const octet = octetAt(octets, at);
    const shown = octetAt(isShown, octet);
    octets[kept] = 0x20;
    kept += blank & shown;
    octets[kept] = octet;
    kept += shown;
    blank = (blank | octetAt(isBlank, octet)) & (shown ^ 1) & (kept > 0 ? 1 : 0);
  }
  const end = Math.min(kept, max);
  return textOf(octets[end - 1] === 0x20 ? end - 1 : end);
}

const isBlank = new Uint8Array(256);
for (const octet of Buffer.from(' \t\n\v\f\r')) isBlank[octet] = 1;
const isShown = new Uint8Array(256).fill(1, 0x21, 0x7f);

/** The value of a header field with its words decoded, storable as of `cleanText`. */
export function cleanHeader(value: string, max: number): string {
  if (value.length <= Math.min(max, maxShort) && !value.includes('=?') && isClean(value)) return value;
  return cleanText(decodeWords(value), max);
}
