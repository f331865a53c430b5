/** Feedback loops (ARF, RFC 5965; RFC 6591 for authentication failures) and the one provider that sends them without a report part. */
import type { FeedbackType, Report } from '../event.ts';
import { header, headers, headerText, readHeaders } from '../mime-headers.ts';
import type { MimeMessage } from '../mime.ts';
import { claim, diagnostic, findAddresses, mtaName } from './claim.ts';
import { addressField, readDate } from './rfc3464.ts';
import type { Returned } from './returned.ts';
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

const maxRecipients = 100;

/** The feedback report for each recipient it names (one with null where it names none); empty where this is no such report. */
export function readFeedback(message: MimeMessage, returned: Returned | null): Report[] {
  const part = message.parts.find((one) => one.type === 'message/feedback-report');
  if (part === undefined) {
    const notice = readComplaintNotice(message, returned);
    return notice === null ? [] : [notice];
  }
  const text = part.text();
  let start = 0;
  while (text[start] === '\n') start += 1;
  const fields = readHeaders(text, start);
  const word = header(fields, 'feedback-type')?.toLowerCase().trim() ?? 'abuse';
  const stated = headers(fields, 'original-rcpt-to');
  const named = stated.length > 0 ? stated : headers(fields, 'removal-recipient');
  const recipients = [...new Set(named.map((one) => addressField(one)).filter((one) => one !== null))];
  const base = claim({
    kind: 'feedback',
    format: 'rfc5965',
    feedbackType: feedbackTypes[word] ?? 'other',
    reportingMta: mtaName(header(fields, 'reporting-mta') ?? undefined),
    arrivalDate: readDate(header(fields, 'arrival-date') ?? header(fields, 'received-date') ?? undefined),
    diagnosticCode: diagnostic(`${word}: ${header(fields, 'user-agent') ?? ''}`),
    machineReadable: true,
  });
  if (recipients.length === 0) return [{ ...base, finalRecipient: soleRecipient(returned) }];
  return recipients.slice(0, maxRecipients).map((finalRecipient) => ({ ...base, finalRecipient }));
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

function soleRecipient(returned: Returned | null): string | null {
  const [one = null, two] = findAddresses(returned?.headers['to'] ?? '', 2);
  return two === undefined ? one : null;
}
