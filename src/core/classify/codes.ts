/** Reply codes (RFC 5321 §4.2) and enhanced status codes (RFC 3463 §2) as diagnostics carry them. */
import type { Phase } from '../event.ts';
import { indexPhrases } from '../phrases.ts';
import type { Permanence } from './categories.ts';

/** `…At` is the offset in the text; −1 where there is none. */
export interface Codes {
  readonly reply: number | null;
  readonly replyAt: number;
  readonly status: string | null;
  readonly statusAt: number;
}

// No digit or dot beside it: addresses (192.0.2.1), versions and sizes are no codes.
const replyPattern = /(?<![^\s:;'"([<=,])[45][0-57]\d(?=[\s\-:;#,]|$)/;
const statusPattern = /(?<![\w.])[45]\.[0-7]\.\d{1,3}(?!\d|\.\d)/g;

/** The first reply code and the first enhanced code of a text. */
export function codesOf(text: string): Codes {
  const reply = replyPattern.exec(text);
  const status = statusIn(text);
  return {
    reply: reply === null ? null : Number(reply[0]),
    replyAt: reply?.index ?? -1,
    status: status?.[0] ?? null,
    statusAt: status?.index ?? -1,
  };
}

/** The first one; where its detail is 0 ("other", RFC 3463 §2), the first that says more of the same class and subject. */
function statusIn(text: string): RegExpExecArray | null {
  let first: RegExpExecArray | null = null;
  for (const found of text.matchAll(statusPattern)) {
    if (first === null) first = found;
    else if (!found[0].endsWith('.0') && found[0].startsWith(first[0].slice(0, 4))) return found;
    if (!first[0].endsWith('.0')) return first;
  }
  return first;
}

/** Class 5 is permanent, class 4 transient; a status says it before a reply code. */
export function permanenceOf(statuses: readonly string[], replies: readonly number[]): Permanence {
  const first = statuses[0]?.charAt(0) ?? replies[0]?.toString().charAt(0);
  if (first === '5') return 'permanent';
  if (first === '4') return 'transient';
  return 'unknown';
}

/** Clients that say which command was answered: Postfix "(in reply to …)", Exim "after …:", qmail "does not like …". In lower case. */
const spoken: readonly (readonly [string, Phase])[] = [
  ['in reply to mail from', 'mail'],
  ['after mail from', 'mail'],
  ['after pipelined mail from', 'mail'],
  ['in reply to rcpt to', 'rcpt'],
  ['after rcpt to', 'rcpt'],
  ['after pipelined rcpt to', 'rcpt'],
  ['in reply to end of data', 'data'],
  ['in reply to data', 'data'],
  ['after end of data', 'data'],
  ['after data', 'data'],
  ['in reply to ehlo', 'ehlo'],
  ['in reply to helo', 'ehlo'],
  ['after ehlo', 'ehlo'],
  ['after helo', 'ehlo'],
  ['in reply to starttls', 'starttls'],
  ['after starttls', 'starttls'],
  ['after initial connection', 'connect'],
  ['refused to talk to me', 'connect'],
  ['but my name was rejected', 'ehlo'],
  ['does not like sender', 'mail'],
  ['but sender was rejected', 'mail'],
  ['does not like recipient', 'rcpt'],
  ['failed on data command', 'data'],
  ['failed after i sent the message', 'data'],
  ['but greeting failed', 'connect'],
  ['in response to mail from', 'mail'],
  ['in response to rcpt to', 'rcpt'],
  ['hmailserver sent: mail from', 'mail'],
  ['hmailserver sent: rcpt to', 'rcpt'],
];
const spokenIndex = indexPhrases(
  spoken.map(([words]) => words),
  [],
);

/** The phase that a folded text names, or null. */
export function phaseOf(text: string): Phase | null {
  return spoken[spokenIndex.first(text)]?.[1] ?? null;
}

/** The words of a folded text that name the phase; null where none do. */
export function wordsOfPhase(text: string, phase: Phase): string | null {
  return spoken.find(([words, named]) => named === phase && text.includes(words))?.[0] ?? null;
}
