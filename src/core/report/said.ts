/** What the words about an address say: whether they are a reason at all, which codes, host and phase they name. */
import type { Phase } from '../event.ts';
import { indexPhrases } from '../phrases.ts';
import { smallLetters } from '../small-letters.ts';
import { codesIn } from '../status.ts';
import { diagnostic, mtaName, phaseOf } from './claim.ts';
import type { Form } from './forms/form.ts';
import type { Notification } from './letter.ts';

/** A hundred addresses often share one text of 64 KiB: what is made of it is made once. */
export function remembered<T>(make: (text: string) => T): (text: string) => T {
  // Mostly there is one: a map would have to hash it.
  let first: { readonly text: string; readonly made: T } | null = null;
  let others: Map<string, T> | null = null;
  return (text) => {
    first ??= { text, made: make(text) };
    if (first.text === text) return first.made;
    others ??= new Map();
    const known = others.get(text);
    if (known !== undefined) return known;
    const fresh = make(text);
    others.set(text, fresh);
    return fresh;
  };
}

/** An enhanced status beside a reply code of its class, as no person writes them. */
export function isAnswer(text: string): boolean {
  const { replyCode, status } = codesIn(text);
  return replyCode !== null && status?.startsWith(replyCode.toString().charAt(0)) === true;
}

export const letters = /\p{L}{3}/u;
const notAscii = /[\u0080-\uffff]/u;
// What a reason says, in English; words in other languages are taken for one.
const reasons = indexPhrases(
  [
    'unknown',
    'no such',
    'not exist',
    "n't",
    'not found',
    'full',
    'quota',
    'disabled',
    'inactive',
    'closed',
    'suspended',
    'invalid',
    'reject',
    'refus',
    'denied',
    'block',
    'spam',
    'virus',
    'timed out',
    'timeout',
    'unavailable',
    'not listed',
    'unrouteable',
    'unroutable',
    'failed',
    'failure',
    'too large',
    'exceed',
    'expired',
    'not allowed',
    'accept',
    'loop',
    'unable',
    'relay',
    'cannot',
    'could not',
    'delivered',
    'queue',
    'no mailbox',
    'no mail',
    'connect',
    'not recogni',
    'no longer',
    'not valid',
    'permission',
    'restrict',
    'too many',
    'not a ',
    'not permitted',
    'bad ',
    'problem',
    'delay',
  ],
  [],
);
const asides =
  /^(?:please|if you|for (?:further|more|help|assistance)|questions|thank|regards|subject:|sent:|date:|--)/iu;

/** Whether words say why, rather than how to write to the postmaster. */
export function speaks(text: string): boolean {
  const { replyCode, status } = codesIn(text);
  if (replyCode !== null || status !== null || notAscii.test(text)) return true;
  return text
    .toLowerCase()
    .split('\n')
    .some((line) => !asides.test(line) && reasons.any(line));
}

/** The words about one address: the form's quotation where there is one; the whole notification where nothing else speaks. */
export function worded(
  text: string,
  notification: Notification,
  form: Form | null,
  count: number,
  isReason: (text: string) => boolean,
): string {
  const own = withoutAddresses(text);
  if (form?.blocks === true && !letters.test(own)) return '';
  const said =
    letters.test(own) && (form?.blocks === true || isReason(own))
      ? text
      : count === 1 || !letters.test(notification.text)
        ? notification.text
        : text || notification.text;
  const lower = smallLetters(said);
  for (const quote of form?.quotes ?? []) {
    const at = lower.indexOf(quote);
    if (at >= 0 && letters.test(said.slice(at + quote.length))) return said.slice(at + quote.length);
  }
  return said;
}

/** White space and angle brackets. */
function endsWord(unit: number): boolean {
  return unit <= 0x20 || unit === 0x3c || unit === 0x3e || unit === 0xa0 || unit === 0x3000;
}

/** A blank instead of every word with an at sign. */
function withoutAddresses(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', from)) {
    let start = at;
    while (start > from && !endsWord(text.charCodeAt(start - 1))) start -= 1;
    pieces.push(text.slice(from, start));
    from = at + 1;
    while (from < text.length && !endsWord(text.charCodeAt(from))) from += 1;
  }
  if (from === 0) return text;
  pieces.push(text.slice(from));
  return pieces.join(' ');
}

const spokenHost = /\bhost:? ([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})\.?\s?(?:[[(:\n]|said)/u;
const answeredHost = /^([\w.-]{3,255}) \[[\d.a-f:]{3,45}\] did not like/mu;

const maxTold = 16_384;

/** The host that gave the answer; asked for where the words stand at all, which is seldom. */
function hostIn(text: string): string | undefined {
  const spoken = text.includes('host') ? spokenHost.exec(text) : null;
  return (spoken ?? (text.includes('] did not like') ? answeredHost.exec(text) : null))?.[1];
}

/** What a text says, as fields of a report. */
export interface Told {
  readonly diagnosticCode: string | null;
  readonly status: string | null;
  readonly replyCode: number | null;
  readonly remoteMta: string | null;
  readonly phase: Phase | null;
  /** Only where the words say that nothing is tried any more. */
  readonly reportAction?: 'failed';
}

/** What words in the frame of a form say. */
export function told(text: string, form: Form | null): Told {
  const head = text.slice(0, maxTold);
  const words = form?.said?.(head) ?? head;
  return {
    diagnosticCode: diagnostic(words),
    ...codesIn(words),
    remoteMta: mtaName(hostIn(words)),
    phase: phaseOf(head),
    ...(hasGivenUp(words, form) ? { reportAction: 'failed' } : {}),
  };
}

function hasGivenUp(words: string, form: Form | null): boolean {
  if (form === null || form.givesUp.length === 0) return false;
  const lower = words.toLowerCase();
  return form.givesUp.some((fragment) => lower.includes(fragment));
}
