/**
 * Bounces without a machine-readable part. First whether the mail is a bounce at all (a score over sender, subject and words:
 * newsletters, answers and bug trackers quote bounces too), then whom it names, then what it says about each.
 * Everything is bounded by the notification: 1,000 lines of 1,000 characters.
 */
import type { Report } from '../event.ts';
import type { MimeMessage } from '../mime.ts';
import { indexPhrases } from '../phrases.ts';
import { codesIn } from '../status.ts';
import { claim } from './claim.ts';
import type { Envelope, Notification } from './letter.ts';
import type { Finding, Form } from './forms/form.ts';
import { courier, courierSender } from './forms/courier.ts';
import { exchange } from './forms/exchange.ts';
import { exim } from './forms/exim.ts';
import { google, googleGroups } from './forms/google.ts';
import { gateways } from './forms/gateways.ts';
import { lists } from './forms/lists.ts';
import { plain } from './forms/plain.ts';
import { postfix } from './forms/postfix.ts';
import { providers } from './forms/providers.ts';
import { qmail } from './forms/qmail.ts';
import { sendmail } from './forms/sendmail.ts';
import { servers } from './forms/servers.ts';
import { asksToFollow, isLookalike, isPersonal } from './lookalike.ts';
import { isNotice, speaksOfMail } from './notice.ts';
import { actionOf } from './outcome.ts';
import { findRecipients } from './recipients.ts';
import { isAnswer, letters, remembered, speaks, told, worded, type Told } from './said.ts';

const forms: readonly Form[] = [
  postfix,
  qmail,
  exim,
  sendmail,
  google,
  googleGroups,
  ...servers,
  ...gateways,
  ...providers,
  ...lists,
  ...plain,
  exchange,
];

// Pieces of subjects, lower case.
export const subjectWords = [
  'undeliver',
  'undelivered',
  'returned mail',
  'returned to sender',
  'delivery status',
  'delivery failure',
  'delivery has failed',
  'delivery failed',
  'delivery problem',
  'delivery error',
  'delivery notification',
  'delivery report',
  'delivery delay',
  'delayed mail',
  'mail delayed',
  'message delayed',
  'delivery problems',
  'mail delivery',
  'failure notice',
  'failure notification',
  'mail failure',
  'mail system error',
  'mail error',
  'nondeliverable',
  'non-deliver',
  'non deliver',
  'not delivered',
  'could not be delivered',
  'could not deliver',
  'unable to deliver',
  'error sending your mail',
  'message rejected',
  'message status',
  'warning: message',
  'warning: could not send',
  'user unknown',
  'host unknown',
  'bounced',
  'unzustellbar',
  'nicht zugestellt',
  'zustellung fehlgeschlagen',
  'nicht zustellbar',
  'non remis',
  'échec de la remise',
  'echec de la remise',
  'non délivr',
  'non distribu',
  "n'a pas pu",
  'no se pudo entregar',
  'no entregado',
  'mensaje no entregado',
  'devuelto',
  'non recapit',
  'mancato recapito',
  'não entregue',
  'não foi entregue',
  'mensagem devolvida',
  'onbestelbaar',
  'niet bezorgd',
  'olevererbart',
  'kan inte levereras',
  'nie dostarcz',
  'niedostarcz',
  'zwrot wiadomo',
  'zwrot:',
  'nedoručiteln',
  'kézbesíthetetlen',
  'не доставлен',
  'недоставлен',
  'невозможно доставить',
  'ошибка доставки',
  'teslim edileme',
  '退信',
  '未送达',
  '无法投递',
  '系统退信',
  '配信不能',
  '配信エラー',
  'メール配信',
  'メールエラー',
  'エラー通知',
  '送信できません',
  '送信エラー',
  '전송 실패',
  '반송',
  'are not member',
  'notificação de falha',
  'fallo en la entrega',
  'aviso de entrega',
];
// Words of bodies that a person would not write about something else; weaker than a form's signs.
export const bodyWords = [
  'could not be delivered',
  'not delivered',
  "n't delivered",
  "n't be delivered",
  "n't deliver",
  'problem delivering',
  'be reached',
  'not been delivered',
  'unable to deliver',
  'undeliverable',
  'delivery failed',
  'failed to deliver',
  'user unknown',
  'unknown user',
  'no such user',
  'mailbox is full',
  'mailbox full',
  'quota exceeded',
  'over quota',
  'does not exist',
  'recipient rejected',
  'address rejected',
  'returned to sender',
  'permanent error',
  'permanent failure',
  'delivery error',
  'invalid recipient',
  'did not reach',
  'mailbox unavailable',
  'not a valid user',
  'no valid recipient',
  'delivery problem',
  'message was rejected',
  'has been rejected',
  'refused by',
  'rejected by',
];

const signs = forms.flatMap((form) => form.signs.map((words) => ({ form, words })));
export const formSigns = signs.map(({ words }) => words);

/** The reports of a prose bounce; empty where the mail is none. `hint` says that the message claims to be a report. */
export function readProse(
  message: MimeMessage,
  envelope: Envelope,
  notification: Notification,
  hint: number,
): Report[] {
  if (isLookalike(message, envelope, notification) || isPersonal(message, envelope)) return [];
  const form = formOf(notification, envelope);
  const score = bounceScore(message, envelope, notification, form) + hint;
  if (score < 1) return [];
  const findings = find(envelope, notification, form);
  // A mail system that nobody knows: an address at the beginning of a line, and an SMTP reply about it.
  const answered = score < 3 && !envelope.inThread && !envelope.fromList && findings.some(({ text }) => isAnswer(text));
  if (score + (answered ? 2 : 0) < 3) return [];
  const claims = hint > 0 || message.type.type === 'multipart/report';
  if (!claims && !hasEvidence(envelope, notification, form, findings)) return [];
  // A program of somebody's office answers, and neither returns the mail nor writes as a mail system does.
  const replied = envelope.autoSubmitted.startsWith('auto-replied') && !envelope.bySystem;
  if (replied && !claims && form === null && !notification.returns && envelope.failedRecipients.length === 0) return [];
  const action = actionOf(envelope, notification);
  const base = claim({ kind: 'delivery_status', format: form?.format ?? 'prose', reportAction: action });
  if (findings.length === 0) {
    // Nobody is named, but it is a report all the same.
    return [{ ...base, ...told(notification.text, form) }];
  }
  const about = remembered((text) => told(text, form));
  return findings.map(({ address, text }) => ({ ...base, ...about(text), finalRecipient: address }));
}

/**
 * Whether words say anything that only a bounce says: `your mailbox is full, log in here` comes from `postmaster@` as well,
 * and people write to each other about bounces.
 */
function hasEvidence(
  envelope: Envelope,
  notification: Notification,
  form: Form | null,
  findings: readonly Finding[],
): boolean {
  if (envelope.failedRecipients.length > 0) return true;
  const strangers = findings.some(({ address }) => !envelope.to.includes(address.toLowerCase()));
  // Nothing in the header says that a machine wrote this: the mail itself must be there, or begin with a machine's words.
  if (!envelope.bySystem && !envelope.nullReturnPath)
    return strangers && (notification.returns || beginsLikeBounce(notification, envelope.bySystem));
  if (notification.returns) return true;
  // A program that is no mail system, such as a desk for tickets, quotes what it got.
  if (
    form !== null &&
    !envelope.bySystem &&
    !saysFailed(envelope) &&
    !beginsLikeBounce(notification, envelope.bySystem)
  )
    return false;
  if (form === null && isNotice(envelope, notification)) return false;
  if (form === null && !saysFailed(envelope) && !speaksOfMail(notification)) return false;
  const codes = codesIn(notification.text);
  const coded = codes.status !== null || codes.replyCode !== null;
  // Archives often lack the return-path; then a system must name somebody else and say why.
  if (strangers)
    return (
      coded ||
      form !== null ||
      (envelope.bySystem && (envelope.nullReturnPath || findings.some((one) => speaks(one.text))))
    );
  // What is sent to the sender himself is no report of somebody else's mailbox.
  const own = envelope.to.some((address) => notification.lower.includes(address));
  return coded && envelope.bySystem && envelope.nullReturnPath && !own && !asksToFollow(notification);
}

const strongSigns = signs.filter(({ form }) => form.weight === 3).map(({ words }) => words);
const strongIndex = indexPhrases(strongSigns, []);
/** Above a sign that a mail system put there are so few letters. */
const opening = 100;
const maxBeginning = opening + Math.max(...strongSigns.map((sign) => sign.length));

/**
 * Whether the mail begins with one of the strong signs. A mail system may greet or name itself before; above what somebody else pasted
 * are that person's or program's words.
 */
function beginsLikeBounce({ lower }: Notification, bySystem: boolean): boolean {
  let begins = false;
  const head = lower.slice(0, maxBeginning).trimStart();
  const within = bySystem ? opening : 0;
  strongIndex.scan(head, (number, start) => {
    begins ||= start <= within && head.startsWith(String(strongSigns[number]), start);
  });
  return begins;
}

/** Whether headers and words together say that this is a bounce. */
export function looksLikeBounce(message: MimeMessage, envelope: Envelope, notification: Notification): boolean {
  if (isLookalike(message, envelope, notification) || isPersonal(message, envelope)) return false;
  return bounceScore(message, envelope, notification, formOf(notification, envelope)) >= 2;
}

/** The first form one of whose signs occurs; what Courier says around an answer may be in any language. */
function formOf(notification: Notification, envelope: Envelope): Form | null {
  if (envelope.from.includes(courierSender)) return courier;
  return signs[notification.heard.sign]?.form ?? null;
}

function saysFailed({ heard }: Envelope): boolean {
  return heard.failure >= 0 || heard.foreignFailure >= 0;
}

function bounceScore(message: MimeMessage, envelope: Envelope, notification: Notification, form: Form | null): number {
  let score = 0;
  if (envelope.bySystem) score += 2;
  if (envelope.nullReturnPath) score += 1;
  if (envelope.failedRecipients.length > 0) score += 3;
  if (saysFailed(envelope)) score += 2;
  if (form !== null) score += form.weight;
  else if (notification.heard.body >= 0 || notification.heard.delayAnywhere >= 0) score += 1;
  if (notification.returns) score += 1;
  if (message.type.reportType === 'delivery-status') score += 2;
  // Signs in a list's mail or in a person's answer are quotations; James answers the mail that it returns.
  const returnsByAnswer = (): boolean =>
    envelope.bySystem &&
    form?.weight === 3 &&
    notification.returns &&
    beginsLikeBounce(notification, envelope.bySystem);
  if (envelope.inThread && !returnsByAnswer()) score -= 4;
  if (envelope.fromList) score -= 4;
  if (!envelope.bySystem && !envelope.nullReturnPath && envelope.failedRecipients.length === 0)
    score -= form?.weight === 3 ? 1 : 2;
  return score;
}

function find(envelope: Envelope, notification: Notification, form: Form | null): readonly Finding[] {
  const own = form?.find?.(notification) ?? [];
  const found = own.length > 0 ? own : findRecipients(envelope, notification, form);
  // What a form's own reader found is what was said, however few words they are.
  const isReason = own.length > 0 ? (text: string) => letters.test(text) : speaks;
  const words = remembered((text) => worded(text, notification, form, found.length, isReason));
  return found.slice(0, 100).map(({ address, text }) => ({ address, text: words(text) }));
}

/** What the notification says, for report parts that say too little. */
export interface Words {
  /** The addresses that it names. */
  named(): readonly string[];
  /** Its words about one address, or about all of it where only one is named; with what they tell. */
  about(address: string | null): Told | null;
}

/** Searches the notification at most once, however many recipients ask. */
export function wordsOf(notification: Notification, envelope: Envelope): Words {
  let named: readonly string[] | null = null;
  let found: readonly Finding[] | null = null;
  const form = formOf(notification, envelope);
  const said = remembered((text) => told(text, form));
  return {
    named() {
      named ??= findRecipients(envelope, notification, null).map((one) => one.address);
      return named;
    },
    about(address) {
      found ??= find(envelope, notification, form);
      const wanted = address?.toLowerCase();
      const match = found.find((one) => one.address.toLowerCase() === wanted);
      if (match !== undefined) return said(match.text);
      if (found.length > 1 || !letters.test(notification.text)) return null;
      return said(found[0]?.text ?? notification.text);
    },
  };
}
