/**
 * The claims of a whole message: each format is asked in turn, the most machine-readable first. Total and pure: whatever the
 * octets are, the answer is at least one report, `none` where the mail is no report at all.
 */
import type { ReadMessage, Report } from '../event.ts';
import { scanMessage, type MimeMessage, type Part } from '../mime.ts';
import { isVagueStatus } from '../status.ts';
import { readChallenge } from './challenge.ts';
import { claim, diagnostic } from './claim.ts';
import { readEnvelope, senderOf, subjectOf } from './envelope.ts';
import type { Envelope, Notification } from './letter.ts';
import { isPersonal } from './lookalike.ts';
import { nestedReports } from './nested.ts';
import { readNotification } from './notification.ts';
import { looksLikeBounce, readProse, wordsOf, type Words } from './prose.ts';
import { isReturnedPart, readReturned, type Returned } from './returned.ts';
import { readDeliveryStatus, type DeliveryStatus } from './rfc3464.ts';
import { readAutoReply } from './rfc3834.ts';
import { readFeedback } from './rfc5965.ts';
import { readUnsubscribe } from './unsubscribe.ts';

interface Found {
  readonly reports: readonly Report[];
  readonly recipientCount: number;
  readonly returned: Returned | null;
}

/** A message whose sender's side is read when somebody asks for it, once. */
interface Asked {
  readonly message: MimeMessage;
  envelope: Envelope | null;
}

function envelopeOf(asked: Asked): Envelope {
  asked.envelope ??= readEnvelope(asked.message);
  return asked.envelope;
}

/** Reads a raw message. `truncated`: octets are missing at its end. Never throws. */
export function readMessage(raw: Buffer, options: { readonly truncated: boolean }): ReadMessage {
  return readScanned(scanMessage(raw), options);
}

/** As `readMessage`, for a structure that another parser found. */
export function readScanned(message: MimeMessage, options: { readonly truncated: boolean }): ReadMessage {
  const asked: Asked = { message, envelope: null };
  const found = ask(asked);
  const flags = [...message.flags];
  if (options.truncated && !flags.includes('truncated')) flags.push('truncated');
  if (found.recipientCount > found.reports.length) flags.push('parse_limit:recipients');
  return {
    reports: found.reports,
    recipientCount: found.recipientCount,
    originalHeaders: found.returned?.headers ?? null,
    originalMessageId: found.returned?.messageId ?? null,
    subject: (asked.envelope?.subject ?? subjectOf(message)) || null,
    from: (asked.envelope?.from ?? senderOf(message)) || null,
    flags,
  };
}

function ask(asked: Asked, isNested = false): Found {
  const { message } = asked;
  const status = isForwarded(asked) || isReceipt(message) ? null : readStatusParts(message);
  // The commonest mail by far: a report part that says everything. The notification need not be looked at.
  if (status !== null && status.reports.length > 0 && status.reports.every(isComplete))
    return { ...status, returned: readReturned(message) };
  const envelope = envelopeOf(asked);
  const notification = readNotification(message);
  const returned = notification.returned;
  const one = (report: Report): Found => ({ reports: [report], recipientCount: 1, returned });
  const challenge = readChallenge(message, envelope, notification);
  if (challenge !== null) {
    const claimed = status?.reports.length === 1 ? status.reports[0] : undefined;
    return one(
      claimed === undefined
        ? challenge
        : {
            ...claimed,
            kind: 'challenge',
            format: 'challenge',
            diagnosticCode: challenge.diagnosticCode,
            sign: challenge.sign,
          },
    );
  }
  const feedback = readFeedback(message, returned);
  if (feedback.length > 0) return { reports: feedback, recipientCount: feedback.length, returned };
  if (status !== null && status.reports.length > 0) {
    const words = wordsOf(notification, envelope);
    const reports = status.reports.map((report) => enrich(report, status, words));
    return { reports, recipientCount: status.recipientCount, returned };
  }
  const nested = isNested ? null : readNested(message, envelope, notification);
  if (nested !== null) return nested;
  const written = readWrittenFields(message, envelope, notification);
  if (written !== null) return { ...written, returned };
  const prose = isReceipt(message) ? [] : readProse(message, envelope, notification, status === null ? 0 : 2);
  if (prose.length > 0) return { reports: prose, recipientCount: prose.length, returned };
  const reply = isReceipt(message)
    ? null
    : (readUnsubscribe(envelope, notification.text) ?? readAutoReply(message, envelope, notification.text));
  return one(reply ?? claim({}));
}

/** What the reports say that stand inside this one; null where there are none. */
function readNested(message: MimeMessage, envelope: Envelope, notification: Notification): Found | null {
  const found = nestedReports(message, envelope, notification)
    .map((inner) => ask({ message: inner, envelope: null }, true))
    .filter(({ reports }) => reports.every(({ format }) => format.startsWith('rfc3464')));
  const [first] = found;
  if (first === undefined) return null;
  return {
    reports: found
      .flatMap(({ reports }) => reports)
      .slice(0, 100)
      .map((report) => ({ ...report, machineReadable: false })),
    recipientCount: found.reduce((sum, { recipientCount }) => sum + recipientCount, 0),
    returned: first.returned,
  };
}

/** A person's answer or forward that carries the parts of a bounce inline. Reports have their own type, or a system's sender. */
function isForwarded(asked: Asked): boolean {
  const { message } = asked;
  if (message.type.type === 'multipart/report') return false;
  const envelope = envelopeOf(asked);
  return (envelope.inThread && !envelope.bySystem) || isPersonal(message, envelope);
}

/** RFC 8098: a receipt tells what a person did with the mail, not whether it arrived. */
function isReceipt(message: MimeMessage): boolean {
  return (
    (message.type.reportType === 'disposition-notification' ||
      message.parts.some((part) => part.type === 'message/disposition-notification')) &&
    !isRejection(message)
  );
}

/** RFC 5429 §2.2: Sieve and its delivery agents (Dovecot, Cyrus) refuse a mail with such a notification, in these words. */
function isRejection(message: MimeMessage): boolean {
  return message.parts.some(
    (part) => part.type === 'text/plain' && part.text().slice(0, 1000).toLowerCase().includes('automatically rejected'),
  );
}

/** Pipes, files, bare local parts and source routes stand in Final-Recipient too. */
function isMailbox(address: string | null): boolean {
  return address !== null && address.indexOf('@') > 0 && !address.startsWith('/') && !address.startsWith('|');
}

const bareReply = /^[\s\d.:;#-]*$/u;

function isComplete(report: Report): boolean {
  const words = report.diagnosticCode;
  if (report.reportAction !== 'failed' && report.reportAction !== 'delayed' && report.reportAction !== null)
    return isMailbox(report.finalRecipient) && report.status !== null;
  return (
    isMailbox(report.finalRecipient) &&
    report.status !== null &&
    report.replyCode !== null &&
    words !== null &&
    !bareReply.test(words) &&
    !words.includes('onfirm')
  );
}

/**
 * The delivery-status parts; without any that names a recipient, parts with the right content and the wrong type. Null where there
 * is none. Some systems send one part for each recipient: a recipient that an earlier part reported is not reported again.
 */
function readStatusParts(message: MimeMessage): DeliveryStatus | null {
  const typed = readAll(message.parts, (part) => isStatusType(part.type));
  if (typed !== null && typed.reports.length > 0) return typed;
  const others = readAll(
    message.parts,
    (part) => !isStatusType(part.type) && !isReturnedPart(part.type) && looksLikeStatus(part),
  );
  return others ?? typed;
}

function readAll(parts: readonly Part[], isWanted: (part: Part) => boolean): DeliveryStatus | null {
  let first: DeliveryStatus | null = null;
  let more: DeliveryStatus[] | null = null;
  for (const part of parts) {
    if (!isWanted(part)) continue;
    const read = readDeliveryStatus(part.text());
    if (first === null) first = read;
    else (more ??= [first]).push(read);
  }
  return more === null ? first : joined(more);
}

function joined(found: readonly DeliveryStatus[]): DeliveryStatus {
  const reports = new Map<string, Report>();
  for (const report of found.flatMap((status) => status.reports)) {
    const key = `${report.finalRecipient ?? ''} ${report.reportAction ?? ''}`.toLowerCase();
    if (!reports.has(key)) reports.set(key, report);
  }
  const doubled = found.reduce((sum, status) => sum + status.reports.length, 0) - reports.size;
  return {
    reports: [...reports.values()].slice(0, 100),
    recipientCount: found.reduce((sum, status) => sum + status.recipientCount, 0) - doubled,
  };
}

/** The fields of a delivery status, by its type or by how it begins. */
export function isStatusPart(part: Part): boolean {
  return isStatusType(part.type) || looksLikeStatus(part);
}

function isStatusType(type: string): boolean {
  return type.startsWith('message/') && type.endsWith('delivery-status');
}

function looksLikeStatus(part: Part): boolean {
  if (part.type === 'text/html' || part.type.startsWith('image/') || part.type.startsWith('multipart/')) return false;
  const text = part.text();
  let at = 0;
  while (at < 200 && text.charCodeAt(at) <= 0x20) at += 1;
  // Asked of every part that is no report: most begin otherwise.
  if (!statusInitials.includes(text.charAt(at).toLowerCase())) return false;
  const start = text.slice(at, 200).toLowerCase();
  return statusStarts.some((field) => start.startsWith(field));
}

const statusStarts = ['reporting-mta:', 'final-recipient:', 'original-recipient:', 'arrival-date:'];
const statusInitials = statusStarts.map((field) => field.charAt(0)).join('');

/** The fields of RFC 3464 written into the notification's own text. */
function readWrittenFields(
  message: MimeMessage,
  envelope: Envelope,
  notification: Notification,
): DeliveryStatus | null {
  const lower = notification.lower;
  const recipient = lower.includes('final-recipient') ? lower.search(/^[ \t]{0,8}final-recipient[ \t]{0,4}:/mu) : -1;
  if (recipient < 0) return null;
  if (!looksLikeBounce(message, envelope, notification)) return null;
  const before = lower.lastIndexOf('reporting-mta:', recipient);
  const action = lower.lastIndexOf('\naction:', recipient);
  const start = before >= 0 ? before : action >= 0 && recipient - action < 200 ? action + 1 : recipient;
  const fields = notification.text
    .slice(start)
    .split('\n')
    .map((line) => (/^[ \t]{1,8}[A-Za-z-]{5,30}:/u.test(line) ? line.trimStart() : line))
    .join('\n');
  const status = readDeliveryStatus(fields);
  const words = wordsOf(notification, envelope);
  const reports = status.reports.map((report) => enrich(report, status, words));
  return {
    ...status,
    reports: reports.map((report) => ({ ...report, format: 'rfc3464-text', machineReadable: false })),
  };
}

/** Fills what a report part leaves open from the words above it. */
function enrich(report: Report, status: DeliveryStatus, words: Words): Report {
  const own = report.diagnosticCode;
  const [one = null, two] = isMailbox(report.finalRecipient) ? [] : words.named();
  const sole = status.reports.length === 1 && two === undefined ? one : null;
  const finalRecipient = isMailbox(report.finalRecipient)
    ? report.finalRecipient
    : (sole ?? (isMailbox(report.originalRecipient) ? report.originalRecipient : report.finalRecipient));
  const failed = report.reportAction === 'failed' || report.reportAction === 'delayed' || report.reportAction === null;
  const said = failed ? words.about(finalRecipient) : null;
  const silent = own === null || bareReply.test(own) || (report.replyCode === null && own.length < 24);
  if (said === null) return { ...report, finalRecipient };
  return {
    ...report,
    finalRecipient,
    reportAction: said.reportAction ?? report.reportAction,
    diagnosticCode: silent ? joinedWords(own, said.diagnosticCode) : own,
    replyCode: report.replyCode ?? said.replyCode,
    status:
      report.status === null ||
      (isVagueStatus(report.status) && said.status?.startsWith(report.status.slice(0, 2)) === true)
        ? (said.status ?? report.status)
        : report.status,
    phase: report.phase ?? said.phase,
  };
}

/** The words of the report part and, where they are not the same, those of the notification. */
function joinedWords(own: string | null, more: string | null): string | null {
  if (own === null || more === null) return own ?? more;
  return more.includes(own) ? more : diagnostic(`${own} ${more}`);
}
