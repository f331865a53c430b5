/**
 * Making a handed-over message fit to be sent: the header is read as RFC 5322 §2.2 lays it out, Bcc goes, what must be
 * there is added, loops are seen; every other octet stays as it came (a DKIM signature may stand over it). Pure, one pass,
 * bounded by `maxHeader`.
 */

export interface Prepared {
  readonly ok: true;
  readonly raw: Buffer;
  /** Without brackets. */
  readonly messageId: string;
  /** Domain of the From field's mailbox, as written; null where it names none. */
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
const maxReceived = 50;
/** A message that was sent from here, came back and was handed over again so many times runs in a circle. */
const maxHops = 3;
const loopField = 'bouncemx-dispatch';
const dropped: ReadonlySet<string> = new Set(['bcc', 'resent-bcc', 'return-path']);
const lineFeed = 0x0a;

interface Field {
  /** Lower case. */
  readonly name: string;
  readonly start: number;
  /** Behind its last line end. */
  readonly end: number;
}

/** Prepares a message for sending. The first reason that speaks against it is given. */
export function prepareMessage(raw: Buffer, terms: PreparationTerms): Preparation {
  const no = (why: Unsendable): Preparation => ({ ok: false, why });
  const fields: Field[] = [];
  let at = 0;
  for (;;) {
    if (at > maxHeader) return no('headerTooLong');
    const end = lineEnd(raw, at);
    if (isEmptyLine(raw, at, end)) break;
    if (end === at) return no(fields.length === 0 ? 'noHeader' : 'badHeader');
    const last = fields.at(-1);
    if (raw[at] === 0x20 || raw[at] === 0x09) {
      if (last === undefined) return no('badHeader');
      fields[fields.length - 1] = { ...last, end };
    } else {
      const name = fieldName(raw, at, end);
      if (name === null) return no(fields.length === 0 ? 'noHeader' : 'badHeader');
      fields.push({ name, start: at, end });
    }
    at = end;
  }
  if (fields.length === 0) return no('noHeader');
  if (raw.subarray(0, at).includes(0)) return no('badHeader');
  if (fields.filter(({ name }) => name === 'received').length > maxReceived) return no('tooManyReceived');
  if (fields.filter(({ name }) => name === loopField).length > maxHops) return no('loop');
  const from = fields.find(({ name }) => name === 'from');
  if (from === undefined) return no('noFrom');

  const kept = fields.filter(({ name }) => !dropped.has(name));
  const own = kept.find(({ name }) => name === 'message-id');
  const given = own === undefined ? null : messageIdOf(valueOf(raw, own));
  const added: Buffer[] = [];
  if (given === null) added.push(Buffer.from(`Message-ID: <${terms.messageId}>\r\n`));
  if (!kept.some(({ name }) => name === 'date')) added.push(Buffer.from(`Date: ${dateTime(terms.now)}\r\n`));
  // An empty or unreadable Message-ID is replaced: what is heard of the message is counted by it.
  const whole = kept.filter((field) => field !== own || given !== null);
  const header = [...added, ...whole.map(({ start, end }) => raw.subarray(start, end))];
  return {
    ok: true,
    raw: Buffer.concat([...header, raw.subarray(at)]),
    messageId: given ?? terms.messageId,
    fromDomain: domainOf(valueOf(raw, from)),
    smtputf8: whole.some(({ start, end }) => hasHighOctet(raw, start, end)),
    eightBit: hasHighOctet(raw, at, raw.length),
  };
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
  const found = raw.indexOf(lineFeed, at);
  return found < 0 ? raw.length : found + 1;
}

function isEmptyLine(raw: Buffer, at: number, end: number): boolean {
  return (end - at === 1 && raw[at] === lineFeed) || (end - at === 2 && raw[at] === 0x0d && raw[at + 1] === lineFeed);
}

/** RFC 5322 §3.6.8: printable, no colon; white space before the colon is the obsolete syntax (§4.5.8). */
function fieldName(raw: Buffer, at: number, end: number): string | null {
  const colon = raw.indexOf(0x3a, at);
  if (colon <= at || colon >= end || colon - at > 200) return null;
  const name = raw.toString('latin1', at, colon).trimEnd().toLowerCase();
  return /^[\x21-\x39\x3b-\x7e]+$/.test(name) ? name : null;
}

/** Unfolded. */
function valueOf(raw: Buffer, { start, end }: Field): string {
  const text = raw.toString('utf8', start, Math.min(end, start + 4096));
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r?\n/g, '')
    .trim();
}

function messageIdOf(value: string): string | null {
  return /^<([^\s<>]{1,900})>$/.exec(value)?.[1] ?? null;
}

/** Of the last mailbox in angle brackets, else of the text. */
function domainOf(value: string): string | null {
  const open = value.lastIndexOf('<');
  const close = value.indexOf('>', open);
  const mailbox = open >= 0 && close > open ? value.slice(open + 1, close) : value;
  const domain = mailbox.slice(mailbox.lastIndexOf('@') + 1).trim();
  return mailbox.includes('@') && /^[^\s<>"(),:;@[\]\\]+$/.test(domain) ? domain : null;
}

function hasHighOctet(raw: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((raw[at] ?? 0) > 0x7f) return true;
  return false;
}

/** RFC 5322 §3.3, in UTC. */
function dateTime(date: Date): string {
  return date.toUTCString().replace(/GMT$/, '+0000');
}
