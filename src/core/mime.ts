/**
 * Raw message to headers and parts (RFC 2045–2046): one linear pass over the octets held as a latin1 string. Parts are spans;
 * nothing is decoded until a reader asks. Never throws. At most 1 MiB, 100 parts, depth 20 and 256 KiB of a part's text
 * are looked at; message/rfc822 is never entered, so that a returned message cannot pass for the report.
 */
import { isAscii } from 'node:buffer';
import {
  contentType,
  header,
  headerEnd,
  isBlank,
  noHeaders,
  readHeaders,
  type ContentType,
  type HeaderBlock,
} from './mime-headers.ts';
import { decodeCharset, decodeTransfer, isAsciiText, isEncoding } from './mime-decode.ts';

/** Where a part stands: octets of its content in the message as it was scanned, and how many multiparts it is in. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** One leaf. The mailparser fallback makes the same shape. */
export interface Part {
  /** Lower case, without parameters. */
  readonly type: string;
  readonly headers: HeaderBlock;
  /** Null where another parser found it. */
  readonly span: Span | null;
  /** The content decoded to text with LF line ends; of parts that are not `message/…` at most 256 KiB. */
  text(): string;
  /** Of a returned message the header. Its body, most of the mail, is not decoded where that can be avoided. */
  head(): HeaderBlock;
}

export interface MimeMessage {
  readonly headers: HeaderBlock;
  readonly type: ContentType;
  readonly parts: readonly Part[];
  /** The multiparts around them, in order of their beginnings; `before` counts the leaves that came first. */
  readonly multiparts: readonly { readonly type: string; readonly depth: number; readonly before: number }[];
  /** `parse_limit:<name>` and `odd:<what>`. */
  readonly flags: readonly string[];
}

const maxOctets = 1024 * 1024;
const maxParts = 100;
const maxDepth = 20;
const maxText = 256 * 1024;
// Of a returned message only the header is read, 64 KiB of it.
const maxReturned = 128 * 1024;
const carriageReturn = 13;
const lineFeed = 10;

/** Reads a message's structure. `flags` says `odd:…` where the structure is not what its headers promise. */
export function scanMessage(raw: Buffer): MimeMessage {
  const octets = raw.toString('latin1', 0, Math.min(raw.length, maxOctets));
  const text = hasBareReturn(octets) ? normaliseLines(octets) : octets;
  const flags = new Set<string>();
  if (raw.length > maxOctets) flags.add('truncated');
  const start = firstLine(text);
  const headers = readHeaders(text, start);
  if (headers.limit) flags.add('parse_limit:header');
  if (headers.fields.length === 0) flags.add('odd:header');
  const type = contentType(headers);
  const escapes = text.includes('\x1b');
  const source = {
    text,
    escapes,
    ascii: !escapes && isAscii(raw.length > maxOctets ? raw.subarray(0, maxOctets) : raw),
  };
  const { parts, multiparts } = readParts(source, headers, type, flags);
  return { headers, type, parts, multiparts, flags: [...flags] };
}

function hasBareReturn(text: string): boolean {
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 2))
    if (text.charCodeAt(at + 1) !== 10) return true;
  return false;
}

/** CR alone and CR CR LF become LF, octet by octet: a MiB of CRs would be a million pieces of text. */
function normaliseLines(text: string): string {
  const octets = Buffer.allocUnsafe(text.length);
  let length = 0;
  let returns = 0;
  for (const octet of Buffer.from(text, 'latin1')) {
    if (octet === carriageReturn) {
      if (returns === 2) octets[length++] = lineFeed;
      else returns += 1;
      continue;
    }
    // One line ends in LF, whatever came before it; each CR before another octet ended a line by itself.
    for (; returns > 0; returns -= 1) if (octet !== lineFeed) octets[length++] = lineFeed;
    octets[length++] = octet;
  }
  for (; returns > 0; returns -= 1) octets[length++] = lineFeed;
  return octets.toString('latin1', 0, length);
}

/** Past empty lines before the header. */
function firstLine(text: string): number {
  let at = 0;
  while (text[at] === '\n' || text[at] === '\r') at += 1;
  return at;
}

/** What parts are spans of. */
interface Source {
  readonly text: string;
  readonly escapes: boolean;
  /** Neither 8-bit octets nor escape sequences: where no transfer encoding is undone there is no charset to decode. */
  readonly ascii: boolean;
}

function readParts(
  source: Source,
  headers: HeaderBlock,
  type: ContentType,
  flags: Set<string>,
): Pick<MimeMessage, 'parts' | 'multiparts'> {
  const { text } = source;
  const parts: Part[] = [];
  const multiparts: { type: string; depth: number; before: number }[] = [];
  const stack: string[] = [];
  let open: { headers: HeaderBlock; type: ContentType; start: number } | null = null;

  const enter = (block: HeaderBlock, of: ContentType): void => {
    if (block.limit) flags.add('parse_limit:header');
    if (!of.type.startsWith('multipart/')) open = { headers: block, type: of, start: block.bodyStart };
    else if (of.boundary === null || of.boundary.length > 250) {
      flags.add('odd:boundary');
      open = { headers: block, type: of, start: block.bodyStart };
    } else if (stack.length >= maxDepth) {
      flags.add('parse_limit:depth');
      open = { headers: block, type: of, start: block.bodyStart };
    } else {
      multiparts.push({ type: of.type, depth: stack.length, before: parts.length });
      stack.push(`--${of.boundary}`);
      open = null;
    }
  };
  const close = (end: number): void => {
    if (open !== null) {
      const span = { start: open.start, end: Math.max(open.start, end), depth: stack.length };
      parts.push(new ScannedPart(source, open.headers, open.type, span));
    }
    open = null;
  };

  enter(headers, type);
  let position = headers.bodyStart;
  while (stack.length > 0) {
    const at = delimiterFrom(text, position, stack);
    if (at < 0) break;
    const newline = text.indexOf('\n', at);
    const lineEnd = newline < 0 ? text.length : newline;
    const level = matchBoundary(text, at, lineEnd, stack);
    if (level === null) {
      position = lineEnd;
      continue;
    }
    close(text[at - 2] === '\r' ? at - 2 : at - 1);
    stack.length = level.closing ? level.index : level.index + 1;
    position = Math.min(text.length, lineEnd + 1);
    if (level.closing) continue;
    if (parts.length >= maxParts) {
      flags.add('parse_limit:parts');
      return { parts, multiparts };
    }
    const block = readHeaders(text, position);
    position = Math.max(position, block.bodyStart - 1);
    enter(block, contentType(block));
  }
  close(text.length);
  if (parts.length === 0) {
    // A multipart whose boundary never comes: what is there is read as text.
    flags.add('odd:boundary');
    const span = { start: headers.bodyStart, end: text.length, depth: 0 };
    parts.push(new ScannedPart(source, headers, { ...type, type: 'text/plain' }, span));
  }
  return { parts, multiparts };
}

/** Where the next line begins that may be a delimiter; -1 where none does. */
function delimiterFrom(text: string, position: number, stack: readonly string[]): number {
  if (text.startsWith('--', position) && text[position - 1] === '\n') return position;
  const [only] = stack;
  if (stack.length > 1 || only === undefined) {
    const before = text.indexOf('\n--', position);
    return before < 0 ? -1 : before + 1;
  }
  let from = position;
  for (;;) {
    const at = text.indexOf(only, from);
    if (at <= 0 || text[at - 1] === '\n') return at;
    // Within a line it is looked for no further: a line of hyphens may hold it at every place.
    from = text.indexOf('\n', at);
    if (from < 0) return -1;
  }
}

function matchBoundary(
  text: string,
  at: number,
  lineEnd: number,
  stack: readonly string[],
): { index: number; closing: boolean } | null {
  for (let index = stack.length - 1; index >= 0; index -= 1) {
    const boundary = String(stack[index]);
    // The line is at most a boundary, two hyphens and padding; longer ones belong to another boundary or to nobody.
    if (lineEnd - at > boundary.length + 80 || !text.startsWith(boundary, at)) continue;
    let rest = at + boundary.length;
    let end = lineEnd;
    while (end > rest && isBlank(text.charCodeAt(end - 1))) end -= 1;
    while (rest < end && isBlank(text.charCodeAt(rest))) rest += 1;
    const closing = end - rest === 2 && text.startsWith('--', rest);
    if (closing || rest === end) return { index, closing };
  }
  return null;
}

function longest(type: string): number {
  if (type === 'message/rfc822' || type === 'message/global') return maxReturned;
  return type.startsWith('message/') ? Infinity : maxText;
}

/** A part that is a span of the message, decoded when asked for. */
class ScannedPart implements Part {
  readonly type: string;
  readonly headers: HeaderBlock;
  readonly span: Span;
  readonly #source: Source;
  readonly #charset: string | null;
  #decoded: string | null = null;

  constructor(source: Source, headers: HeaderBlock, type: ContentType, span: Span) {
    this.type = type.type;
    this.headers = headers;
    this.span = span;
    this.#source = source;
    this.#charset = type.charset;
  }

  text(): string {
    this.#decoded ??= this.#decode();
    return this.#decoded;
  }

  head(): HeaderBlock {
    const { text, ascii, escapes } = this.#source;
    // Octets of seven bits mean the same wherever escapes and names of charsets do not say otherwise.
    if (this.#decoded === null && !escapes && this.#charset === null && !isEncoding(this.#encoding())) {
      const end = this.#end();
      const start = Math.min(firstWord(text, this.span.start), end);
      const block = readHeaders(text, start, end);
      if (ascii || isAsciiText(text.slice(start, headerEnd(text, start, end)))) return block;
    }
    const decoded = this.text();
    return readHeaders(decoded, firstWord(decoded, 0));
  }

  #decode(): string {
    const { text, ascii } = this.#source;
    const span = text.slice(this.span.start, this.#end());
    const octets = decodeTransfer(span, this.#encoding());
    return ascii && octets === span ? unixLines(octets) : decodeCharset(unixLines(octets), this.#charset);
  }

  #encoding(): string {
    return header(this.headers, 'content-transfer-encoding')?.toLowerCase() ?? '';
  }

  /** Where what is looked at ends. */
  #end(): number {
    return Math.min(this.span.end, this.span.start + longest(this.type));
  }
}

/** Past the spaces and empty lines above a header. */
function firstWord(text: string, from: number): number {
  let at = from;
  for (let unit = text.charCodeAt(at); unit === 0x20 || unit === lineFeed || unit === carriageReturn;) {
    at += 1;
    unit = text.charCodeAt(at);
  }
  return at;
}

const crlf = /\r\n/gu;

function unixLines(octets: string): string {
  return octets.includes('\r') ? octets.replace(crlf, '\n') : octets;
}

/** A part whose text is known already. `head`: its header, lines of `name: value`. */
export function textPart(type: string, text: string, head = ''): Part {
  const headers = head === '' ? noHeaders : readHeaders(head, 0);
  const kept = text.slice(0, maxText);
  return { type, headers, span: null, text: () => kept, head: () => readHeaders(kept, firstWord(kept, 0)) };
}
