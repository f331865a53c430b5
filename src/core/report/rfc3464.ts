/**
 * Delivery status notifications (RFC 3464; RFC 6533 for internationalised addresses): the fields of the machine-readable
 * part. Written for what is really sent: missing blank lines, extra ones, comments, wrong order, fields inside prose.
 * One pass; at most 100 recipients are kept, all are counted.
 */
import type { Report, ReportAction } from '../event.ts';
import { cleanText } from '../clean-text.ts';
import { findReplyCode, findStatus, isVagueStatus, parseStatus } from '../status.ts';
import { readDate } from './date.ts';
import { claim, diagnostic, mtaName, phaseOf, unwrapped } from './claim.ts';

/** The fields that are read, by number; what others say is passed over. */
const field = {
  finalRecipient: 0,
  originalRecipient: 1,
  action: 2,
  status: 3,
  diagnosticCode: 4,
  otherDiagnosticCode: 5,
  actualRecipient: 6,
  reportingMta: 7,
  remoteMta: 8,
  arrivalDate: 9,
  lastAttemptDate: 10,
  willRetryUntil: 11,
} as const;
const names = [
  'final-recipient',
  'original-recipient',
  'action',
  'status',
  'diagnostic-code',
  'x-diagnostic-code',
  'x-actual-recipient',
  'reporting-mta',
  'remote-mta',
  'arrival-date',
  'last-attempt-date',
  'will-retry-until',
] as const satisfies Record<number, string> & { length: 12 };
const other = -1;

/** Values by number of the name. */
type Fields = (string | undefined)[];

export interface DeliveryStatus {
  readonly reports: readonly Report[];
  /** All recipients, also those beyond the first hundred. */
  readonly recipientCount: number;
}

const maxRecipients = 100;
const maxValue = 8192;
const maxFieldName = 60;

const byLength = names.reduce<number[][]>((lists, name, number) => {
  (lists[name.length] ??= []).push(number);
  return lists;
}, []);

/** The number of the name at `start`; `other` where it is none that is read. No text is made of it. */
function nameAt(text: string, start: number, colon: number): number {
  let end = colon;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  const numbers = byLength[end - start];
  if (numbers !== undefined) for (const number of numbers) if (isAt(text, start, String(names[number]))) return number;
  return other;
}

/** Whether a name stands there, in whatever case: of letters and hyphens only letters change with this bit. */
function isAt(text: string, start: number, name: string): boolean {
  for (let next = 0; next < name.length; next += 1)
    if ((text.charCodeAt(start + next) | 0x20) !== name.charCodeAt(next)) return false;
  return true;
}

function isSpace(unit: number): boolean {
  return unit <= 0x20 || unit === 0xa0 || unit === 0x3000;
}

/** `text[start, end)` without blanks around it. */
function trimmed(text: string, start: number, end: number): string {
  let first = start;
  while (first < end && text.charCodeAt(first) <= 0x20) first += 1;
  return text.slice(first, end).trim();
}

const noFields: Fields = names.map(() => undefined);

/** Reads the text of a delivery-status part (LF line ends). No recipient found: an empty list. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const message = noFields.slice();
  const recipients: Fields[] = [];
  let current: Fields | null = null;
  let recipientCount = 0;
  let afterBlank = false;
  // Where the last field went: further lines of it follow.
  let lastFields = message;
  let lastName = other;

  const begin = (): Fields => {
    recipientCount += 1;
    const made = noFields.slice();
    if (recipients.length < maxRecipients) recipients.push(made);
    return made;
  };

  let position = 0;
  while (position < text.length) {
    const newline = text.indexOf('\n', position);
    const end = newline < 0 ? text.length : newline;
    const start = position;
    position = end + 1;
    const first = text.charCodeAt(start);
    if (first === 32 || first === 9) {
      const line = text.slice(start, end).trim();
      if (line === '') afterBlank = true;
      else append(lastFields, lastName, line);
      continue;
    }
    const colon = colonIn(text, start, Math.min(end, start + maxFieldName + 1));
    if (colon < 0) {
      if (start === end) afterBlank = true;
      // Some MTAs forget to indent the further lines of a reply.
      else if (lastName === field.diagnosticCode && !afterBlank && !text.startsWith('--', start))
        append(lastFields, lastName, text.slice(start, end).trim());
      continue;
    }
    const name = nameAt(text, start, colon);
    // A recipient's group begins with one of these.
    if (name !== other && name <= field.diagnosticCode) {
      const named = name <= field.originalRecipient;
      const complete = current?.[field.finalRecipient] !== undefined;
      if (
        current === null ||
        (current[name] !== undefined && (named || afterBlank)) ||
        (named && afterBlank && complete)
      )
        current = begin();
    }
    afterBlank = false;
    lastFields = current ?? message;
    lastName = lastFields[name] === undefined ? name : other;
    if (lastName !== other) lastFields[name] = trimmed(text, colon + 1, Math.min(end, colon + 1 + maxValue));
  }
  return { reports: recipients.map((fields) => toReport(fields, message)), recipientCount };
}

/** The colon behind a name; -1 where there is none, or no name. */
function colonIn(text: string, start: number, end: number): number {
  for (let at = start; at < end; at += 1) if (text.charCodeAt(at) === 0x3a) return at === start ? -1 : at;
  return -1;
}

/** Adds a further line to a field that is there, as long as it is not too long. */
function append(fields: Fields, name: number, line: string): void {
  const known = name === other ? undefined : fields[name];
  if (known !== undefined && known.length < maxValue) fields[name] = `${known}\n${line}`;
}

function toReport(fields: Fields, message: Fields): Report {
  const words = fields[field.diagnosticCode] ?? fields[field.otherDiagnosticCode] ?? null;
  const text = words === null ? null : diagnosticText(words);
  const answer = text === null ? null : lastAnswer(text);
  const stated = parseStatus(fields[field.status] ?? '');
  const found = answer === null ? null : findStatus(answer);
  const status =
    stated === null || answer !== text || (isVagueStatus(stated) && found?.startsWith(stated.slice(0, 2)) === true)
      ? (found ?? stated)
      : stated;
  const final = addressField(fields[field.finalRecipient]);
  const finalRecipient = final?.includes('@') === true ? final : (addressField(fields[field.actualRecipient]) ?? final);
  return claim({
    kind: 'delivery_status',
    format: 'rfc3464',
    reportAction: readAction(fields[field.action], status),
    status,
    replyCode: answer === null ? null : findReplyCode(answer),
    diagnosticCode: text === null ? null : diagnostic(text),
    finalRecipient,
    originalRecipient: addressField(fields[field.originalRecipient]),
    reportingMta: mtaName(message[field.reportingMta] ?? fields[field.reportingMta]),
    remoteMta: mtaName(fields[field.remoteMta]),
    arrivalDate: readDate(fields[field.arrivalDate] ?? message[field.arrivalDate]),
    lastAttemptDate: readDate(fields[field.lastAttemptDate] ?? message[field.lastAttemptDate]),
    willRetryUntil: readDate(fields[field.willRetryUntil] ?? message[field.willRetryUntil]),
    phase: text === null ? null : phaseOf(text),
    machineReadable: true,
  });
}

const diagnosticType = /^\s{0,20}(?:smtp|x-[\w-]{1,40}|dns|unknown|local|lmtp|x400|dsn)\s{0,10};/iu;

/** A Diagnostic-Code without its type. */
function diagnosticText(value: string): string {
  // As nearly all are written.
  if (value.startsWith('smtp;')) return value.slice(5).trimStart();
  const type = diagnosticType.exec(value);
  return type === null ? value : value.slice(type[0].length).trimStart();
}

const expired = /message expired[^<\n]{0,100}<([45]\d\d [^<>]{3,1000})>/iu;

/** What the receiver answered last, where a relay that gave up quotes it behind its own code. */
function lastAnswer(text: string): string {
  return text.includes('xpired') ? (expired.exec(text)?.[1] ?? text) : text;
}

const actions = new Set<ReportAction>(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);
const otherActions: Readonly<Record<string, ReportAction>> = {
  failure: 'failed',
  fail: 'failed',
  expired: 'failed',
  rejected: 'failed',
  bounced: 'failed',
  hardfail: 'failed',
  deferred: 'delayed',
  delay: 'delayed',
  success: 'delivered',
  deliverable: 'delivered',
};

/** The Action field without comment; where it is missing a 5.x.x or 4.x.x status stands for `failed`, 2.x.x for `delivered`. */
function readAction(value: string | undefined, status: string | null): ReportAction | null {
  if (value === 'failed') return value;
  const word = /^[a-z]+/u.exec((value ?? '').trim().toLowerCase())?.[0] ?? '';
  const known = actions.has(word as ReportAction) ? (word as ReportAction) : otherActions[word];
  if (known !== undefined) return known;
  if (status === null) return null;
  return status.startsWith('2') ? 'delivered' : 'failed';
}

const unicodeEscape = /\\x\{([0-9a-f]{2,6})\}/giu;
const plainEscape = /\+(2b|3d)/giu;

/** As nearly all of them are; nothing in it is wrapped or encoded. */
const plainMailbox = /^rfc822; ?([a-z0-9][\w.-]{0,100}@[a-z0-9.-]{1,250}[a-z0-9])$/iu;

/** `rfc822; user@example.org` and its variants: type, brackets, quotes, comments and encodings taken off. */
export function addressField(value: string | undefined): string | null {
  if (value === undefined) return null;
  const plainly = plainMailbox.exec(value)?.[1];
  if (plainly !== undefined) return plainly;
  let text = value;
  let type = '';
  // Twice, for `rfc822; rfc822;user@example.org`.
  for (let turn = 0; turn < 2; turn += 1) {
    const match = /^\s{0,20}([a-z][\w/-]{0,30})\s{0,10};/iu.exec(text);
    if (match === null) break;
    type = match[0].slice(0, -1).trim().toLowerCase();
    text = text.slice(match[0].length);
  }
  if (type === 'x400' || type === 'x-x400') return null;
  let plain = text.trim();
  const open = plain.indexOf('<');
  if (open >= 0) {
    const close = plain.indexOf('>', open);
    plain = plain.slice(open + 1, close < 0 ? undefined : close);
  }
  plain = plain.replace(/^(?:mailto|smtp):/iu, '');
  if (plain.startsWith('"') && !plain.includes('"@')) plain = plain.replaceAll('"', '');
  const comment = plain.indexOf(' ');
  if (comment > 0) plain = plain.slice(0, comment);
  if (type === 'utf-8')
    plain = plain.replaceAll(unicodeEscape, (whole, hex: string) => {
      const code = Number.parseInt(hex, 16);
      return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
  // ORCPT travels in xtext; only the two escapes that plain addresses need are undone, since `+20` may be a folder.
  plain = plain.replaceAll(plainEscape, (_, hex: string) => (hex.toLowerCase() === '3d' ? '=' : '+'));
  return unwrapped(cleanText(plain, 512).replace(/[;,.>]{1,3}$/u, '')) || null;
}
