/**
 * What a verdict points at: the words or the code that decided, and the field that they stand in. The receiver's words are
 * preferred wherever they hold what decided: that is what a person recognises. Offsets count UTF-16 units in the field's value.
 */
import type { Evidence, EvidenceField, Phase } from '../event.ts';
import { wordsOfPhase, type Codes } from './codes.ts';
import type { Folded } from './fold.ts';
import type { Facts, Match } from './rule-set.ts';

/** A diagnostic as rules and tables look at it. */
export interface Looked {
  /** As given; empty where there is none. */
  readonly given: string;
  readonly folded: Folded;
  readonly inText: Codes;
  readonly facts: Facts;
}

/** Of a text that nobody understood, so much is shown. */
const maxOpening = 200;

/** A field's whole value; null where the report does not have the field. */
export function wholeOf(field: EvidenceField, value: string | null): Evidence | null {
  return value === null || value === '' ? null : { field, text: value, start: 0, end: value.length };
}

/** What a rule matched: its words, else the first other condition that it has. */
export function evidenceOfRule({ rule, span }: Match, looked: Looked): Evidence | null {
  if (span !== null) return inWords(looked, span);
  const { facts } = looked;
  const status = facts.statuses.find((code) => rule.status?.includes(code));
  if (status !== undefined) return evidenceOfStatus(status, looked);
  const reply = facts.replies.find((code) => rule.reply?.includes(code));
  return reply === undefined ? wholeOf('remoteMta', facts.remoteMta) : evidenceOfReply(reply, looked);
}

export function evidenceOfStatus(status: string, { given, inText }: Looked): Evidence | null {
  return status === inText.status ? slice(given, inText.statusAt, status.length) : wholeOf('status', status);
}

export function evidenceOfReply(reply: number, { given, inText }: Looked): Evidence | null {
  return reply === inText.reply ? slice(given, inText.replyAt, 3) : wholeOf('replyCode', String(reply));
}

/** The words that name the phase, where the diagnostic has them. */
export function evidenceOfPhase(phase: Phase, looked: Looked): Evidence | null {
  const { text } = looked.folded;
  const words = wordsOfPhase(text, phase);
  if (words === null) return wholeOf('phase', phase);
  const start = text.indexOf(words);
  return inWords(looked, { start, end: start + words.length });
}

/** The beginning of what no rule knows; null where there are no words at all. */
export function opening(given: string): Evidence | null {
  const start = given.length - given.trimStart().length;
  return start === given.length ? null : slice(given, start, given.slice(start, start + maxOpening).trimEnd().length);
}

/** A span of the folded text in the text as it came, without the spaces around it. */
export function inWords({ folded, given }: Looked, span: { readonly start: number; readonly end: number }): Evidence {
  let start = folded.original(span.start);
  let end = folded.original(span.end);
  while (start < end && given.charCodeAt(start) <= 0x20) start++;
  while (end > start && given.charCodeAt(end - 1) <= 0x20) end--;
  return slice(given, start, end - start);
}

function slice(given: string, start: number, length: number): Evidence {
  return { field: 'diagnosticCode', text: given.slice(start, start + length), start, end: start + length };
}
