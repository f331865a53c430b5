/**
 * Header fields (RFC 5322 §2.2) of a message held as one string of octets (latin1): found once, unfolded only when asked for.
 * At most 64 KiB and 1,000 fields are looked at; what is beyond is skipped and said in `limit`.
 */
import { cleanHeader } from './clean-text.ts';
import { decodeWords } from './mime-decode.ts';
import { octetAt } from './within-bounds.ts';

interface Field {
  /** Where its name begins, and its length. */
  readonly at: number;
  readonly length: number;
  /** Where its value begins. */
  readonly start: number;
  /** Moves while further lines of the field are found. */
  end: number;
  /** Whether there are further lines. */
  folded: boolean;
}

export interface HeaderBlock {
  readonly text: string;
  readonly fields: readonly Field[];
  /** Where the body begins. */
  readonly bodyStart: number;
  /** True where a limit was met. */
  readonly limit: boolean;
  /** True where a line was neither a field nor a continuation, so that the body was taken to begin there. */
  readonly broken: boolean;
}

const maxOctets = 64 * 1024;
const maxFields = 1000;
const maxValue = 16 * 1024;
const maxName = 100;

export const noHeaders: HeaderBlock = { text: '', fields: [], bodyStart: 0, limit: false, broken: false };

/** Reads the header that begins at `start` and ends at an empty line, at `end`, or at the first line that is none of it. */
export function readHeaders(text: string, start: number, end = text.length): HeaderBlock {
  const fields: Field[] = [];
  const stop = Math.min(end, start + maxOctets);
  let position = start;
  let limit = false;
  let broken = false;
  while (position < end) {
    if (position >= stop || fields.length >= maxFields) {
      limit = true;
      position = afterEmptyLine(text, position, end);
      break;
    }
    const newline = text.indexOf('\n', position);
    const lineEnd = newline < 0 || newline > end ? end : newline;
    const next = Math.min(end, lineEnd + 1);
    if (next - start > maxOctets) limit = true;
    const first = text.charCodeAt(position);
    if (first === 10 || (first === 13 && position + 1 === lineEnd) || position === lineEnd) {
      position = next;
      break;
    }
    if (first === 32 || first === 9) {
      const last = fields[fields.length - 1];
      if (last !== undefined) {
        last.end = lineEnd;
        last.folded = true;
      }
    } else {
      const length = nameLength(text, position, Math.min(lineEnd, position + maxName + 1));
      if (length > 0) {
        const start = valueStart(text, position + length);
        fields.push({ at: position, length, start, end: lineEnd, folded: false });
      } else if (
        // `From ` lines of mailboxes stand before or among the fields and mean nothing here; anything else is the body.
        !text.startsWith('From ', position) &&
        !text.startsWith('>From ', position) &&
        !goesOn(text, fields, next, end)
      ) {
        broken = true;
        break;
      }
    }
    position = next;
  }
  return { text, fields, bodyStart: position, limit, broken };
}

/** What every mail has at most once: below a copy of another header they stand a second time. */
const single = ['from', 'subject', 'date', 'message-id', 'mime-version', 'content-type'];
const maxLinesBetween = 3;

/**
 * Whether the header goes on within a few lines: some systems break a long field and forget the blank before its second line, which
 * would make the rest of the header the text of the mail.
 */
function goesOn(text: string, fields: readonly Field[], from: number, end: number): boolean {
  if (fields.length === 0) return false;
  let position = from;
  for (let lines = 0; lines < maxLinesBetween && position < end; lines += 1) {
    const length = nameLength(text, position, Math.min(end, position + maxName + 1));
    const name = text.slice(position, position + length).toLowerCase();
    if (single.includes(name)) return !fields.some((field) => isNamed({ text }, field, name));
    const newline = text.indexOf('\n', position);
    if (newline < 0 || newline - position <= 1) return false;
    position = newline + 1;
  }
  return false;
}

/** Behind the colon that follows a name, mostly at once. */
function valueStart(text: string, nameEnd: number): number {
  return (text.charCodeAt(nameEnd) === colon ? nameEnd : text.indexOf(':', nameEnd)) + 1;
}

/** Of the name at `from`, without the blanks behind it; 0 where a space stands in it, or no colon behind it before `end`. */
function nameLength(text: string, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === colon) return at - from;
    if (unit <= 0x20 || unit === 0xa0) return nameBeforeBlanks(text, from, at, end);
  }
  return 0;
}

/** As `nameLength`, where a blank stands at `blank`: before the colon some systems leave one, in the name there is none. */
function nameBeforeBlanks(text: string, from: number, blank: number, end: number): number {
  const to = text.indexOf(':', blank);
  if (to < 0 || to >= end) return 0;
  const name = text.slice(from, to).trimEnd();
  return name.includes(' ') ? 0 : name.length;
}

const colon = 0x3a;

/** Where the header of a message, behind blanks, ends with its empty line. */
export function headerEnd(message: string, start = 0, end = message.length): number {
  let first = start;
  while (first < end && message.charCodeAt(first) <= 0x20) first += 1;
  return afterEmptyLine(message, first, end);
}

function afterEmptyLine(text: string, from: number, end: number): number {
  const bare = text.indexOf('\n\n', from);
  const crlf = text.indexOf('\n\r\n', from);
  const lf = bare < 0 ? end : bare + 2;
  return Math.min(end, lf, crlf < 0 ? end : crlf + 3);
}

const fold = /\r?\n[ \t]*/gu;

function value({ text }: HeaderBlock, field: Field): string {
  let { start } = field;
  let end = Math.min(field.end, start + maxValue);
  // One piece of text is made, not one of each step.
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  const raw = text.slice(start, end);
  return field.folded ? raw.replaceAll(fold, ' ') : raw;
}

/** What `trim` takes off octets. */
export function isBlank(octet: number): boolean {
  return octet === 0x20 || (octet <= 0x0d && octet >= 0x09) || octet === 0xa0;
}

/** Whether a field has that name (lower-case letters, digits and hyphens). No text is made of it. */
function isNamed({ text }: Pick<HeaderBlock, 'text'>, { at, length }: Field, name: string): boolean {
  if (length !== name.length) return false;
  // Of the octets of a name only letters change with this bit.
  for (let next = 0; next < length; next += 1)
    if ((text.charCodeAt(at + next) | 0x20) !== name.charCodeAt(next)) return false;
  return true;
}

/** The first field of that name (lower case), unfolded, octets as they came; null where there is none. */
export function header(block: HeaderBlock, name: string): string | null {
  for (const field of block.fields) if (isNamed(block, field, name)) return value(block, field);
  return null;
}

/** All fields of that name, in order. */
export function headers(block: HeaderBlock, name: string): string[] {
  return block.fields.filter((field) => isNamed(block, field, name)).map((field) => value(block, field));
}

/** As `header`, with RFC 2047 words and raw 8-bit text decoded. */
export function headerText(block: HeaderBlock, name: string): string | null {
  const found = header(block, name);
  return found === null ? null : decodeWords(found);
}

export function hasHeader(block: HeaderBlock, name: string): boolean {
  return block.fields.some((field) => isNamed(block, field, name));
}

/** Names that are looked for together: at `places`, by length and first letter, the number of a list of them; 0 where there are none. */
interface FieldNames {
  readonly places: Uint8Array;
  readonly lists: readonly (readonly string[] | undefined)[];
}

/** @param names lower case, shorter than 64 units. */
export function fieldNames(names: readonly string[]): FieldNames {
  const byPlace = Map.groupBy(names, (name) => placeOf(name.length, name.charCodeAt(0)));
  const places = new Uint8Array(64 * 32);
  const lists: (readonly string[] | undefined)[] = [undefined];
  for (const [place, list] of byPlace) places[place] = lists.push(list) - 1;
  return { places, lists };
}

/** Undefined where there are none, as nearly everywhere. */
function namesAt({ places, lists }: FieldNames, place: number): readonly string[] | undefined {
  return lists[octetAt(places, place)];
}

function placeOf(length: number, first: number): number {
  return Math.min(length, 63) * 32 + (first & 31);
}

/** The values of the named fields (lower case), first of each, made storable: decoded, at most `max` octets, none empty. */
export function pickHeaders(block: HeaderBlock, names: FieldNames, max: number): Record<string, string> {
  const picked: Record<string, string> = {};
  const met: string[] = [];
  for (const field of block.fields) {
    const name = nameOf(block, field, namesAt(names, placeOf(field.length, block.text.charCodeAt(field.at))));
    if (name === null || met.includes(name)) continue;
    met.push(name);
    const clean = cleanHeader(value(block, field), max);
    if (clean !== '') picked[name] = clean;
  }
  return picked;
}

function nameOf(block: HeaderBlock, field: Field, names: readonly string[] | undefined): string | null {
  if (names !== undefined) for (const name of names) if (isNamed(block, field, name)) return name;
  return null;
}

export interface ContentType {
  /** `type/subtype`, lower case, without parameters. */
  readonly type: string;
  readonly boundary: string | null;
  readonly charset: string | null;
  readonly reportType: string | null;
}

const plainText: ContentType = { type: 'text/plain', boundary: null, charset: null, reportType: null };

/** Content-Type (RFC 2045 §5.1) with the parameters that reading needs; a field that makes no sense is text/plain. */
export function contentType(block: HeaderBlock): ContentType {
  const field = header(block, 'content-type');
  if (field === null) return plainText;
  const semicolon = field.indexOf(';');
  const type = (semicolon < 0 ? field : field.slice(0, semicolon)).trimEnd().toLowerCase();
  if (!type.includes('/')) return plainText;
  let boundary: string | null | undefined;
  let charset: string | null | undefined;
  let reportType: string | null | undefined;
  // Each semicolon is looked at once: linear in the field's length.
  for (let at = semicolon; at >= 0 && at < field.length;) {
    let start = at + 1;
    while (field.charCodeAt(start) === 0x20 || field.charCodeAt(start) === 0x09) start += 1;
    const name = parameterName(field, start);
    if (name === 'boundary') boundary ??= parameterAt(field, start + name.length);
    else if (name === 'charset') charset ??= parameterAt(field, start + name.length)?.toLowerCase();
    else if (name === 'report-type') reportType ??= parameterAt(field, start + name.length)?.toLowerCase();
    const quote = field.indexOf('"', start);
    const next = field.indexOf(';', start);
    if (quote >= 0 && quote < next) {
      const close = field.indexOf('"', quote + 1);
      at = close < 0 ? -1 : field.indexOf(';', close);
    } else at = next;
  }
  return { type, boundary: boundary ?? null, charset: charset ?? null, reportType: reportType ?? null };
}

/** The parameters that reading needs. */
const parameters = ['boundary', 'charset', 'report-type'] as const;

/** Which of them has its name at `start`, with an equals sign behind it. */
function parameterName(field: string, start: number): (typeof parameters)[number] | null {
  const first = field.charCodeAt(start) | 0x20;
  for (const name of parameters)
    if (
      name.charCodeAt(0) === first &&
      field.charCodeAt(start + name.length) === equals &&
      field.slice(start, start + name.length).toLowerCase() === name
    )
      return name;
  return null;
}

const equals = 0x3d;

/** The value behind an equals sign, quoted or not; null where it is empty. */
function parameterAt(field: string, equals: number): string | null {
  if (field.charAt(equals + 1) === '"') {
    const end = field.indexOf('"', equals + 2);
    return field.slice(equals + 2, end < 0 ? undefined : end) || null;
  }
  const end = field.indexOf(';', equals);
  return field.slice(equals + 1, end < 0 ? undefined : end).trim() || null;
}
