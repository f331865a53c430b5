/**
 * Delivery status notifications (RFC 3464; RFC 6533 for internationalised addresses): the fields of the machine-readable
 * part. Written for what is really sent: missing blank lines, extra ones, comments, wrong order, fields inside prose.
 * One pass; at most 100 recipients are kept, all are counted.
 */
import type { Report, ReportAction } from '../event.ts';
import { cleanText } from '../mime-decode.ts';
import { findReplyCode, findStatus, isVagueStatus, parseStatus } from '../status.ts';
import { claim, diagnostic, mtaName, phaseOf, unwrapped } from './claim.ts';

type Fields = Map<string, string>;

export interface DeliveryStatus {
  readonly reports: readonly Report[];
  /** All recipients, also those beyond the first hundred. */
  readonly recipientCount: number;
}

const maxRecipients = 100;
const maxValue = 8192;
const maxFieldName = 60;
const aboutRecipient = new Set(['final-recipient', 'original-recipient', 'action', 'status', 'diagnostic-code']);

/** Reads the text of a delivery-status part (LF line ends). No recipient found: an empty list. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const message: Fields = new Map();
  const recipients: Fields[] = [];
  let current: Fields | null = null;
  let recipientCount = 0;
  let afterBlank = false;
  // Where the last field went: further lines of it follow.
  let lastFields = message;
  let lastName = '';

  const begin = (): Fields | null => {
    recipientCount += 1;
    if (recipients.length >= maxRecipients) return new Map();
    const made: Fields = new Map();
    recipients.push(made);
    return made;
  };

  let position = 0;
  while (position < text.length) {
    const newline = text.indexOf('\n', position);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(position, end);
    position = end + 1;
    const first = line.charCodeAt(0);
    if (first === 32 || first === 9) {
      if (line.trim() === '') afterBlank = true;
      else append(lastFields, lastName, line.trim());
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0 || colon > maxFieldName) {
      if (line === '') afterBlank = true;
      // Some MTAs forget to indent the further lines of a reply.
      else if (lastName === 'diagnostic-code' && !afterBlank && !line.startsWith('--')) {
        append(lastFields, lastName, line.trim());
      }
      continue;
    }
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (aboutRecipient.has(name)) {
      const named = name === 'final-recipient' || name === 'original-recipient';
      const complete = current?.has('final-recipient') ?? false;
      if (current === null || (current.has(name) && (named || afterBlank)) || (named && afterBlank && complete))
        current = begin();
    }
    afterBlank = false;
    lastFields = current ?? message;
    lastName = lastFields.has(name) ? '' : name;
    if (lastName !== '') lastFields.set(name, line.slice(colon + 1, colon + 1 + maxValue).trim());
  }
  return {
    reports: recipients.filter((fields) => fields.size > 0).map((fields) => toReport(fields, message)),
    recipientCount,
  };
}

/** Adds a further line to a field that is there, as long as it is not too long. */
function append(fields: Fields, name: string, line: string): void {
  const known = fields.get(name);
  if (known !== undefined && known.length < maxValue) fields.set(name, `${known}\n${line}`);
}

function toReport(fields: Fields, message: Fields): Report {
  const get = (name: string): string | undefined => fields.get(name) ?? message.get(name);
  const words = fields.get('diagnostic-code') ?? fields.get('x-diagnostic-code') ?? null;
  const text = words === null ? null : diagnosticText(words);
  const answer = text === null ? null : lastAnswer(text);
  const stated = parseStatus(fields.get('status') ?? '');
  const found = answer === null ? null : findStatus(answer);
  const status =
    stated === null || answer !== text || (isVagueStatus(stated) && found?.startsWith(stated.slice(0, 2)) === true)
      ? (found ?? stated)
      : stated;
  const final = addressField(fields.get('final-recipient'));
  const finalRecipient =
    final?.includes('@') === true ? final : (addressField(fields.get('x-actual-recipient')) ?? final);
  return claim({
    kind: 'delivery_status',
    format: 'rfc3464',
    reportAction: readAction(fields.get('action'), status),
    status,
    replyCode: answer === null ? null : findReplyCode(answer),
    diagnosticCode: text === null ? null : diagnostic(text),
    finalRecipient,
    originalRecipient: addressField(fields.get('original-recipient')),
    reportingMta: mtaName(message.get('reporting-mta') ?? fields.get('reporting-mta')),
    remoteMta: mtaName(fields.get('remote-mta')),
    arrivalDate: readDate(get('arrival-date')),
    lastAttemptDate: readDate(get('last-attempt-date')),
    willRetryUntil: readDate(get('will-retry-until')),
    phase: text === null ? null : phaseOf(text),
    machineReadable: true,
  });
}

const diagnosticType = /^\s{0,20}(?:smtp|x-[\w-]{1,40}|dns|unknown|local|lmtp|x400|dsn)\s{0,10};/iu;

/** A Diagnostic-Code without its type. */
function diagnosticText(value: string): string {
  const type = diagnosticType.exec(value);
  return type === null ? value : value.slice(type[0].length).trimStart();
}

const expired = /message expired[^<\n]{0,100}<([45]\d\d [^<>]{3,1000})>/iu;

/** What the receiver answered last, where a relay that gave up quotes it behind its own code. */
function lastAnswer(text: string): string {
  return expired.exec(text)?.[1] ?? text;
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
  const word = /^[a-z]+/u.exec((value ?? '').trim().toLowerCase())?.[0] ?? '';
  const known = actions.has(word as ReportAction) ? (word as ReportAction) : otherActions[word];
  if (known !== undefined) return known;
  if (status === null) return null;
  return status.startsWith('2') ? 'delivered' : 'failed';
}

const unicodeEscape = /\\x\{([0-9a-f]{2,6})\}/giu;
const plainEscape = /\+(2b|3d)/giu;

/** `rfc822; user@example.org` and its variants: type, brackets, quotes, comments and encodings taken off. */
export function addressField(value: string | undefined): string | null {
  if (value === undefined) return null;
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

const zone = /[+-]\d{4}|\b(?:gmt|utc?|z|[ecmp][sd]t)\b|\dz$/iu;

/** A date of RFC 5322 or what MTAs write instead; without a zone it is UTC; null where it is none or absurd. */
export function readDate(value: string | undefined): Date | null {
  if (value === undefined || value.length > 100) return null;
  const text = value.replace(/\([^()]{0,40}\)/gu, '').trim();
  // Date.parse makes a date of nearly anything that holds a number.
  if (!/\d{4}/u.test(text) || !/\d:\d\d/u.test(text)) return null;
  const time = Date.parse(zone.test(text) ? text : `${text} +0000`);
  return time > 0 && time < 4_102_444_800_000 ? new Date(time) : null;
}
