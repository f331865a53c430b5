/** What a reader knew a mail by: the words, and where they stand. It becomes the evidence of verdicts that no rule decides. */
import type { Evidence, EvidenceField } from '../event.ts';
import { smallLetters } from '../small-letters.ts';

const maxText = 200;

/**
 * The words in a value, found without regard to case; the value's beginning where they are not in it as they are looked for
 * (white space was folded) or where none are given.
 */
export function signIn(field: EvidenceField, value: string, words = ''): Evidence {
  const start = words === '' ? -1 : smallLetters(value).indexOf(words);
  const end = start < 0 ? Math.min(value.length, maxText) : start + words.length;
  return { field, text: value.slice(Math.max(0, start), end), start: Math.max(0, start), end };
}
