/**
 * Header fields (RFC 5322 §2.2) of a message held as one string of octets (latin1): found once, unfolded only when asked for.
 * At most 64 KiB and 1,000 fields are looked at; what is beyond is skipped and said in `limit`.
 */
import { cleanHeader, decodeWords } from './mime-decode.ts';

interface Field {
  /** Where its name begins, and its length. */
  readonly at: number;
  readonly length: number;
  /** Where its value begins. */
  readonly start: number;
  /** Moves while further lines of the field are found. */
  end: number;
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
      if (last !== undefined) last.end = lineEnd;
    } else {
      const length = nameLength(text, position, Math.min(lineEnd, position + maxName + 1));
      if (length > 0) fields.push({ at: position, length, start: valueStart(text, position + length), end: lineEnd });
      else if (!text.startsWith('From ', position) && !text.startsWith('>From ', position)) {
        // `From ` lines of mailboxes stand before or among the fields and mean nothing here; anything else is the body.
        broken = true;
        break;
      }
    }
    position = next;
  }
  return { text, fields, bodyStart: position, limit, broken };
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
export function headerEnd(message: string): number {
  let first = 0;
  while (first < message.length && message.charCodeAt(first) <= 0x20) first += 1;
  return afterEmptyLine(message, first, message.length);
}

function afterEmptyLine(text: string, from: number, end: number): number {
  const bare = text.indexOf('\n\n', from);
  const crlf = text.indexOf('\n\r\n', from);
  const lf = bare < 0 ? end : bare + 2;
  return Math.min(end, lf, crlf < 0 ? end : crlf + 3);
}

function value(block: HeaderBlock, field: Field): string {
  const raw = block.text.slice(field.start, Math.min(field.end, field.start + maxValue));
  return (raw.includes('\n') ? raw.replaceAll(/\r?\n[ \t]*/gu, ' ') : raw).trim();
}

/** Whether a field has that name (lower case). Most differ in length or first letter: no text is made of them. */
function isNamed({ text }: HeaderBlock, { at, length }: Field, name: string): boolean {
  if (length !== name.length || (text.charCodeAt(at) | 0x20) !== name.charCodeAt(0)) return false;
  return text.slice(at, at + length).toLowerCase() === name;
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
  return lists[octet(places, place)];
}

/** `list[index]` within bounds, which the type system cannot know. */
function octet<T = number>(list: Readonly<Record<number, T>> & Uint8Array, index: number): T {
  return list[index] as T;
}

function placeOf(length: number, first: number): number {
  return Math.min(length, 63) * 32 + (first & 31);
}

/** The values of the named fields (lower case), first of each, made storable: decoded, at most `max` octets, none empty. */
export function pickHeaders(block: HeaderBlock, names: FieldNames, max: number): Record<string, string> {
  const picked = Object.create(null) as Record<string, string>;
  const met = new Set<string>();
  for (const field of block.fields) {
    const name = namesAt(names, placeOf(field.length, block.text.charCodeAt(field.at)))?.find((one) =>
      isNamed(block, field, one),
    );
    if (name === undefined || met.has(name)) continue;
    met.add(name);
    const clean = cleanHeader(value(block, field), max);
    if (clean !== '') picked[name] = clean;
  }
  return picked;
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
  const type = (semicolon < 0 ? field : field.slice(0, semicolon)).trim().toLowerCase();
  if (!type.includes('/')) return plainText;
  const parameters = new Map<string, string | null>();
  // Each semicolon is looked at once: linear in the field's length.
  for (let at = semicolon; at >= 0 && at < field.length;) {
    let start = at + 1;
    while (field.charCodeAt(start) === 0x20 || field.charCodeAt(start) === 0x09) start += 1;
    let equals = start;
    while (equals - start < maxParameter && field.charCodeAt(equals) !== 0x3d) equals += 1;
    const name = field.charAt(equals) === '=' ? field.slice(start, equals).toLowerCase() : '';
    if (asked.has(name) && !parameters.has(name)) parameters.set(name, parameterAt(field, equals));
    const quote = field.indexOf('"', start);
    const next = field.indexOf(';', start);
    if (quote >= 0 && quote < next) {
      const close = field.indexOf('"', quote + 1);
      at = close < 0 ? -1 : field.indexOf(';', close);
    } else at = next;
  }
  return {
    type,
    boundary: parameters.get('boundary') ?? null,
    charset: parameters.get('charset')?.toLowerCase() ?? null,
    reportType: parameters.get('report-type')?.toLowerCase() ?? null,
  };
}

/** The parameters that reading needs, none longer than this. */
const asked: ReadonlySet<string> = new Set(['boundary', 'charset', 'report-type']);
const maxParameter = 11;

/** The value behind an equals sign, quoted or not; null where it is empty. */
function parameterAt(field: string, equals: number): string | null {
  if (field.charAt(equals + 1) === '"') {
    const end = field.indexOf('"', equals + 2);
    return field.slice(equals + 2, end < 0 ? undefined : end) || null;
  }
  const end = field.indexOf(';', equals);
  return field.slice(equals + 1, end < 0 ? undefined : end).trim() || null;
}
