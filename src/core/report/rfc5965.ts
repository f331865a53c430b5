/** Feedback loops (ARF, RFC 5965; RFC 6591 for authentication failures) and the one provider that sends them without a report part. */
import type { FeedbackType, Report, ReportAction } from '../event.ts';
import { header, headers, headerText, readHeaders, type HeaderBlock } from '../mime-headers.ts';
import type { MimeMessage, Part } from '../mime.ts';
import { decodeForeign } from '../verp/foreign.ts';
import { claim, diagnostic, findAddresses, mtaName } from './claim.ts';
import { readDate } from './date.ts';
import { addressField } from './rfc3464.ts';
import { isReturnedPart, type Returned } from './returned.ts';
import { signIn } from './sign.ts';

const feedbackTypes: Readonly<Record<string, FeedbackType>> = {
  abuse: 'abuse',
  fraud: 'fraud',
  virus: 'virus',
  other: 'other',
  'not-spam': 'not-spam',
  'opt-out': 'opt-out',
  'opt-out-list': 'opt-out',
  miscategorized: 'other',
  'auth-failure': 'auth-failure',
  dmarc: 'dmarc',
  feedback: 'abuse',
  complaint: 'abuse',
  dkim: 'auth-failure',
};

/** RFC 6591 §3.2.2: what became of a mail that failed authentication; `other` and anything else say nothing. */
const deliveryResults: Readonly<Record<string, ReportAction>> = {
  delivered: 'delivered',
  spam: 'delivered',
  policy: 'failed',
  reject: 'failed',
};

const maxRecipients = 100;

/** The feedback report for each recipient it names (one with null where it names none); empty where this is no such report. */
export function readFeedback(message: MimeMessage, returned: Returned | null): Report[] {
  const fields = readFields(message);
  if (fields === null) {
    const notice = readComplaintNotice(message, returned);
    return notice === null ? [] : [notice];
  }
  const word = header(fields, 'feedback-type')?.toLowerCase().trim() ?? 'abuse';
  const stated = headers(fields, 'original-rcpt-to');
  const named = stated.length > 0 ? stated : headers(fields, 'removal-recipient');
  const recipients = [...new Set(named.flatMap((one) => openAddress(addressField(one)) ?? []))];
  const base = claim({
    kind: 'feedback',
    format: 'rfc5965',
    feedbackType: feedbackTypes[word] ?? 'other',
    reportAction: deliveryResultOf(fields),
    reportingMta: mtaName(header(fields, 'reporting-mta') ?? undefined),
    arrivalDate: readDate(header(fields, 'arrival-date') ?? header(fields, 'received-date') ?? undefined),
    diagnosticCode: diagnostic(`${word}: ${header(fields, 'user-agent') ?? ''}`),
    machineReadable: true,
  });
  if (recipients.length === 0)
    return [
      { ...base, finalRecipient: soleRecipient(returned) ?? pathRecipient(header(fields, 'original-mail-from')) },
    ];
  return recipients.slice(0, maxRecipients).map((finalRecipient) => ({ ...base, finalRecipient }));
}

function deliveryResultOf(fields: HeaderBlock): ReportAction | null {
  return deliveryResults[header(fields, 'delivery-result')?.toLowerCase().trim() ?? ''] ?? null;
}

/** The fields of the feedback part, also where it has another type; null where there is none. */
function readFields(message: MimeMessage): HeaderBlock | null {
  for (const part of message.parts) {
    if (part.type !== 'message/feedback-report' && !looksLikeFeedback(part)) continue;
    const text = part.text();
    let start = 0;
    while (text[start] === '\n') start += 1;
    return readHeaders(text, start);
  }
  return null;
}

function looksLikeFeedback(part: Part): boolean {
  if (isReturnedPart(part.type) || part.type === 'text/html') return false;
  const text = part.text();
  let at = 0;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  // Asked of every part: most begin otherwise.
  if (!'FfUuVv'.includes(text.charAt(at))) return false;
  const start = text.slice(at, 1000).toLowerCase();
  return /^(?:feedback-type|user-agent|version):/u.test(start) && /^feedback-type:/mu.test(start);
}

/** Some providers hide who complained: `redacted@…`, `redacted-address@…`. */
function openAddress(address: string | null): string | null {
  return address === null || /^(?:redacted|undisclosed)/iu.test(address) ? null : address;
}

/** The recipient that an envelope sender of the form `x+user=example.com@…` names. */
function pathRecipient(path: string | null): string | null {
  const [sender = ''] = findAddresses(path ?? '', 1);
  const at = sender.lastIndexOf('@');
  const domain = { name: sender.slice(at + 1), foreign: ['batv', 'postfix'] };
  return at < 0 ? null : (decodeForeign(sender.slice(0, at), domain)?.recipient ?? null);
}

/** Outlook.com's junk mail reports: the complained message as it was, a fixed sender and subject, no report part. */
function readComplaintNotice(message: MimeMessage, returned: Returned | null): Report | null {
  const subject = (headerText(message.headers, 'subject') ?? '').toLowerCase();
  const from = (header(message.headers, 'from') ?? '').toLowerCase();
  if (!subject.startsWith('complaint about message from ') || !from.includes('staff@') || returned === null)
    return null;
  const complained = header(message.headers, 'x-hmxmroriginalrecipient');
  return claim({
    kind: 'feedback',
    format: 'outlook-jmr',
    feedbackType: 'abuse',
    finalRecipient: addressField(complained ?? returned.headers['x-hmxmroriginalrecipient']) ?? soleRecipient(returned),
    machineReadable: false,
    sign: signIn('header:subject', subject, 'complaint about message from'),
  });
}

/** The one whom the returned message was for, as far as its header tells. */
function soleRecipient(returned: Returned | null): string | null {
  if (returned === null) return null;
  for (const name of ['to', 'x-original-to', 'delivered-to']) {
    const [one = null, two] = findAddresses(returned.headers[name] ?? '', 2);
    if (two === undefined && openAddress(one) !== null) return one;
  }
  return pathRecipient(returned.headers['return-path'] ?? null);
}
