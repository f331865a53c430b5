/** What the headers of a mail say about who made it: a mail system, a list, or a person. Shared by the readers of prose. */
import { hasHeader, header, headerText } from '../mime-headers.ts';
import type { MimeMessage } from '../mime.ts';
import { cleanText } from '../clean-text.ts';
import { indexPhrases } from '../phrases.ts';
import { smallLetters } from '../small-letters.ts';
import { findAddresses } from './claim.ts';
import { hearSubject } from './heard.ts';
import type { Envelope } from './letter.ts';

const systemMailboxes = [
  'mailer-daemon',
  'mailer_daemon',
  'mailerdaemon',
  'maildaemon',
  'mail-daemon',
  'mail.daemon',
  'mailer.daemon',
  'postmaster',
  'mail.delivery.system',
  'mail-delivery',
  'mdaemon',
  'bounce-daemon',
  'smtp-daemon',
  'microsoftexchange',
  'mmdf',
  'uucp',
];
const systemNames = [
  'mail delivery',
  'mail deliver',
  'mailer-daemon',
  'mailer daemon',
  'maildaemon',
  'delivery subsystem',
  'system administrator',
  'delivery system',
  'mail administrator',
  'postmaster',
  'systemadministrator',
  'administrateur système',
  'mail system',
  'microsoft outlook',
  'microsoft exchange',
  'email delivery',
  'internet mail delivery',
  'ndr administrator',
  'mail router',
];
const systemNameIndex = indexPhrases(systemNames, []);

// `Re:` and `Fwd:` as programs write them in many languages, also behind the tag of a list, numbered, or in brackets.
const answerPrefix =
  /^(?:\[[^\]]{1,40}\]\s{0,2})?\[?(?:re|fwd?|aw|wg|tr|sv|vs|vl|vb|antw|r|i|rif|ris|rv|res|enc|odp|pd|ynt|ilt|fs|vá|отв|ответ|пересл|回复|答复|转发|回覆|轉寄|返信|転送|답장|전달)(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]/u;

/** Storable; empty where there is none. */
export function senderOf({ headers }: MimeMessage): string {
  return cleanText(headerText(headers, 'from') ?? '', 320);
}

/** Storable; empty where there is none. */
export function subjectOf({ headers }: MimeMessage): string {
  return cleanText(headerText(headers, 'subject') ?? '', 998);
}

/** Reads the sender's side of a message. */
export function readEnvelope(message: MimeMessage): Envelope {
  const block = message.headers;
  const from = senderOf(message);
  const subject = subjectOf(message);
  const subjectLower = smallLetters(subject);
  const fromLower = from.toLowerCase();
  const fromAddress = findAddresses(from, 1)[0] ?? null;
  const mailbox = (fromAddress ?? fromLower).toLowerCase();
  const returnPath = header(block, 'return-path')?.trim() ?? '';
  const auto = (header(block, 'auto-submitted') ?? '').toLowerCase();
  const answer = answerPrefix.test(subjectLower);
  return {
    subject,
    subjectLower,
    heard: hearSubject(subjectLower),
    from,
    fromAddress,
    to: findAddresses(headerText(block, 'to') ?? '', 5).map((one) => one.toLowerCase()),
    bySystem:
      systemMailboxes.some((name) => mailbox.startsWith(name)) ||
      systemNameIndex.any(fromLower) ||
      from.startsWith('<>'),
    nullReturnPath: returnPath.startsWith('<>') || /^<?mailer-daemon/iu.test(returnPath),
    fromList: ['list-id', 'list-post', 'list-unsubscribe', 'x-bugzilla-reason', 'x-github-reason'].some((name) =>
      hasHeader(block, name),
    ),
    inThread: answer && (hasHeader(block, 'in-reply-to') || hasHeader(block, 'references') || !auto.startsWith('auto')),
    autoSubmitted: auto === 'no' ? '' : auto,
    precedence: (header(block, 'precedence') ?? '').toLowerCase(),
    failedRecipients: findAddresses(header(block, 'x-failed-recipients') ?? '', 100),
  };
}
