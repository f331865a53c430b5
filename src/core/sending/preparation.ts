/**
 * Making a handed-over message fit to be sent: line ends become CR LF, the header is read as RFC 5322 §2.2 lays it out, Bcc
 * goes, what must be there is added, loops are seen; every other octet stays as it came (a DKIM signature may stand over
 * it). Pure, linear; the header is bounded by `maxHeader`.
 */
import { isAscii } from 'node:buffer';
import { withLineEnds } from './line-ends.ts';
import { mailboxDomain } from './mailbox-domain.ts';

export interface Prepared {
  readonly ok: true;
  readonly raw: Buffer;
  /** Without brackets. */
  readonly messageId: string;
  /** Domain of the From field's mailbox, as written; null where it names none, or not exactly one. */
  readonly fromDomain: string | null;
  /** Its header holds octets above 127: only a relay with SMTPUTF8 may have it (RFC 6531). */
  readonly smtputf8: boolean;
  /** So does its body: 8BITMIME (RFC 6152). */
  readonly eightBit: boolean;
}

export type Unsendable = 'noHeader' | 'badHeader' | 'headerTooLong' | 'noFrom' | 'tooManyReceived' | 'loop';
export type Preparation = Prepared | { readonly ok: false; readonly why: Unsendable };

export interface PreparationTerms {
  /** Message-ID for a message that has none, without brackets. */
  readonly messageId: string;
  /** Date for a message that has none. */
  readonly now: Date;
}

const maxHeader = 256 * 1024;
const maxValue = 4096;
const maxMessageId = 900;
const maxReceived = 50;
/** A message that was sent from here, came back and was handed over again so many times runs in a circle. */
const maxHops = 3;
const loopField = 'bouncemx-dispatch';
const dropped: ReadonlySet<string> = new Set(['bcc', 'resent-bcc', 'return-path']);
const cr = 0x0d;
const lf = 0x0a;

interface Field {
  /** Lower case. */
  readonly name: string;
  readonly start: number;
  /** Behind its last line end. */
  readonly end: number;
}

/** Prepares a message for sending. The first reason that speaks against it is given. Doing it twice changes nothing more. */
export function prepareMessage(given: Buffer, terms: PreparationTerms): Preparation {
  const no = (why: Unsendable): Preparation => ({ ok: false, why });
  const raw = withLineEnds(given);
  const header = readHeader(raw);
  if (typeof header === 'string') return no(header);
  const { fields, end: bodyStart } = header;
  const count = (wanted: string): number => fields.filter(({ name }) => name === wanted).length;
  if (raw.subarray(0, bodyStart).includes(0)) return no('badHeader');
  if (count('received') > maxReceived) return no('tooManyReceived');
  if (count(loopField) > maxHops) return no('loop');
  const from = fields.find(({ name }) => name === 'from');
  if (from === undefined) return no('noFrom');
  // Two authors' fields: each receiver believes another one (RFC 5322 §3.6 allows one).
  if (count('from') > 1) return no('badHeader');

  const messageIds = fields.filter(({ name }) => name === 'message-id');
  const readable = messageIds.map((field) => [field, messageIdOf(valueOf(raw, field))] as const);
  const own = readable.find(([, id]) => id !== null)?.[1] ?? null;
  // An empty or unreadable Message-ID goes: what is heard of the message is counted by the one that stays.
  const unreadable = new Set(readable.filter(([, id]) => id === null).map(([field]) => field));
  const kept = fields.filter((field) => !dropped.has(field.name) && !unreadable.has(field));
  const added: string[] = [];
  if (own === null) added.push(`Message-ID: <${terms.messageId}>\r\n`);
  if (count('date') === 0) added.push(`Date: ${dateTime(terms.now)}\r\n`);
  const lines = [Buffer.from(added.join('')), ...kept.map(({ start, end }) => raw.subarray(start, end))];
  return {
    ok: true,
    raw: Buffer.concat([...lines, ...bodyOf(raw, bodyStart, lines)]),
    messageId: own ?? terms.messageId,
    fromDomain: mailboxDomain(valueOf(raw, from)),
    smtputf8: kept.some(({ start, end }) => !isAscii(raw.subarray(start, end))),
    eightBit: !isAscii(raw.subarray(bodyStart)),
  };
}

/** The fields, and where the empty line begins (the end of all where there is none); or why it is no header. */
function readHeader(raw: Buffer): { readonly fields: readonly Field[]; readonly end: number } | Unsendable {
  const fields: Field[] = [];
  let at = 0;
  while (at < raw.length) {
    const end = lineEnd(raw, at);
    if (raw[at] === cr) break;
    if (end > maxHeader) return 'headerTooLong';
    const last = fields.at(-1);
    if (raw[at] === 0x20 || raw[at] === 0x09) {
      if (last === undefined) return 'noHeader';
      fields[fields.length - 1] = { ...last, end };
    } else {
      const name = fieldName(raw, at, end);
      if (name === null) return fields.length === 0 ? 'noHeader' : 'badHeader';
      fields.push({ name, start: at, end });
    }
    at = end;
  }
  return fields.length === 0 ? 'noHeader' : { fields, end: at };
}

/** The empty line and what follows; a message that is all header (RFC 5322 §2.1: the body is optional) gets its empty line. */
function bodyOf(raw: Buffer, bodyStart: number, lines: readonly Buffer[]): Buffer[] {
  if (bodyStart < raw.length) return [raw.subarray(bodyStart)];
  const ended = lines.at(-1)?.at(-1) === lf;
  return [Buffer.from(ended ? '\r\n' : '\r\n\r\n')];
}

/** The message of one attempt: the field by which we know it should it come back to us. */
export function stampAttempt(
  raw: Buffer,
  attempt: { readonly dispatchId: string; readonly attempt: number; readonly hostname: string },
): Buffer {
  const field = `Bouncemx-Dispatch: ${attempt.dispatchId}; attempt=${attempt.attempt}; host=${attempt.hostname}\r\n`;
  return Buffer.concat([Buffer.from(field), raw]);
}

/** Behind the line feed, or the end. */
function lineEnd(raw: Buffer, at: number): number {
  const found = raw.indexOf(lf, at);
  return found < 0 ? raw.length : found + 1;
}

/** RFC 5322 §3.6.8: printable, no colon; white space before the colon is the obsolete syntax (§4.5.8). */
function fieldName(raw: Buffer, at: number, end: number): string | null {
  const colon = raw.indexOf(0x3a, at);
  if (colon <= at || colon >= end || colon - at > 200) return null;
  const name = raw.toString('latin1', at, colon).trimEnd().toLowerCase();
  return /^[\x21-\x39\x3b-\x7e]+$/.test(name) ? name : null;
}

/** Unfolded; `''` where it is longer than any honest one: half of it would not be what others read. */
function valueOf(raw: Buffer, { start, end }: Field): string {
  if (end - start > maxValue) return '';
  const text = raw.toString('utf8', start, end);
  return text
    .slice(text.indexOf(':') + 1)
    .replaceAll('\r\n', '')
    .trim();
}

/** It is a key of indexes, which hold so many octets of it. */
function messageIdOf(value: string): string | null {
  const id = /^<([^\s\p{Cc}<>]{1,900})>$/u.exec(value)?.[1] ?? null;
  return id === null || Buffer.byteLength(id) > maxMessageId ? null : id;
}

/** RFC 5322 §3.3, in UTC. */
function dateTime(date: Date): string {
  return date.toUTCString().replace(/GMT$/, '+0000');
}
