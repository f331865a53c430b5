/**
 * Reports inside a mail system's mail: a digest of reports, one that a relay's postmaster passes on as an attachment, one
 * pasted below the words. A returned message never passes for the report: what is inside is read only where the words
 * around it list nobody, and counts as prose, not as a machine-readable part.
 */
import { scanMessage, type MimeMessage } from '../mime.ts';
import { readEnvelope } from './envelope.ts';
import type { Envelope, Notification } from './letter.ts';
import { listsRecipients } from './recipients.ts';
import { isReturnedPart } from './returned.ts';

const maxNested = 20;
const statusField = /^final-recipient[ \t]{0,4}:/imu;

/** Asked of whole messages, which mostly do not hold the word at all. */
function holdsFields(text: string): boolean {
  return (text.includes('inal-') || text.includes('INAL-')) && statusField.test(text);
}

/** The messages within a message that hold the fields of RFC 3464, at most 20. */
export function nestedReports(
  message: MimeMessage,
  envelope: Envelope,
  notification: Notification,
): readonly MimeMessage[] {
  const bySystem = envelope.bySystem || envelope.nullReturnPath || envelope.autoSubmitted.startsWith('auto');
  if (!bySystem || envelope.inThread || envelope.fromList) return [];
  const texts: string[] = [];
  for (const part of message.parts) {
    if (texts.length >= maxNested) break;
    if (isReturnedPart(part.type) && holdsFields(part.text())) texts.push(part.text());
  }
  if (notification.below !== null && holdsFields(notification.below)) texts.push(notification.below);
  if (texts.length === 0 || listsRecipients(envelope, notification)) return [];
  return texts
    .map((text) => scanMessage(Buffer.from(text)))
    .filter((inner) => inner.type.type === 'multipart/report' || readEnvelope(inner).bySystem);
}
