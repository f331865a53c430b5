/**
 * Phrases of rules: what one clause says in the words of anybody. `{account|mailbox} * {closed|disabled}` holds where one of the
 * first is followed by one of the second a few words later in the same clause. Receivers say one thing in thousands of ways, and
 * spelled out as texts they would fill memory. Linear in the text, but for the sorting of what occurs.
 */
import { plainLetters, wordsApart } from './letters.ts';
import { alternatives, spellings, type Words } from './wording.ts';

/** The slots of a phrase in order, each a list of words of which any may stand there. */
export type Phrase = readonly (readonly string[])[];

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Two slots are this many units apart at most. */
const maxGap = 32;
/** A comma ends a clause, and so does a colon, unless it introduces what is said of an address. */
const clauseEnd = /[,;]|\. |(?<![>@]): /;

/** The slots that `pattern` names, each with its alternatives spelled out; what is wrong is told. */
export function readPhrase(pattern: string, words: Words, say: (text: string) => void): Phrase {
  return pattern.split('*').map((slot) => {
    const options = alternatives(slot.trim(), words, say);
    for (const option of options) {
      if (option.trim() === '') say(`phrase '${pattern}' has a slot that any text fills`);
      if (option !== option.toLowerCase()) say(`phrase '${pattern}' has capitals: it is looked for in lower case`);
      if (option.includes('  ')) say(`phrase '${pattern}' can never match: spaces are single`);
    }
    return [...new Set(spellings(options).map((option) => wordsApart(plainLetters(option).text)))];
  });
}

/** The slot that a text is asked for first: without it, the phrase need not be looked for. The one that is said least often. */
export function rarestSlot(phrase: Phrase, frequency: ReadonlyMap<string, number>): readonly string[] {
  const often = (slot: readonly string[]) => slot.reduce((sum, option) => sum + (frequency.get(option) ?? 0), 0);
  return phrase.reduce((best, slot) => (often(slot) < often(best) ? slot : best));
}

/** Whether the text that is looked at may hold a word: the option of that number in the slot of that number. */
type MayHold = (slot: number, option: number) => boolean;

/**
 * Where the phrase ends first, with the latest beginning; null where it is not said.
 * @param mayHold says of most words at once that they are not there.
 */
export function findPhrase(text: string, phrase: Phrase, mayHold: MayHold = () => true): Span | null {
  // What the slots before lead to: by end, each with the beginning of the whole.
  let reached: readonly Span[] = [];
  for (const [index, slot] of phrase.entries()) {
    const found = occurrences(text, slot, index, mayHold);
    const next: Span[] = index === 0 ? found : [];
    let before = -1;
    if (index > 0)
      for (const one of found) {
        for (let next = reached[before + 1]; next !== undefined && next.end <= one.start; next = reached[before + 1])
          before++;
        const from = reached[before];
        if (from !== undefined && inOneClause(text, from.end, one.start))
          next.push({ start: from.start, end: one.end });
      }
    if (next.length === 0) return null;
    reached = next.length === 1 ? next : next.sort((a, b) => a.end - b.end);
  }
  return reached[0] ?? null;
}

function inOneClause(text: string, from: number, to: number): boolean {
  return to - from <= maxGap && !clauseEnd.test(text.slice(from - 1, to));
}

/** All places where one of the options stands, by start. */
function occurrences(text: string, options: readonly string[], slot: number, mayHold: MayHold): Span[] {
  const found: Span[] = [];
  for (const [number, option] of options.entries()) {
    if (!mayHold(slot, number)) continue;
    for (let at = text.indexOf(option); at >= 0; at = text.indexOf(option, at + option.length))
      if (beginsWord(text, at, option)) found.push({ start: at, end: at + option.length });
  }
  return found.length < 2 ? found : found.sort((a, b) => a.start - b.start);
}

/** "ip" is not in "recipient"; but "cannot" says "not", and what is short for it hangs on its verb. */
function beginsWord(text: string, at: number, option: string): boolean {
  if (!isWordUnit(text.charCodeAt(at - 1)) || !isWordUnit(option.charCodeAt(0))) return true;
  return option.startsWith("n't") || (option.startsWith('not ') && text.startsWith('can', at - 3));
}

/** Small letters and digits; NaN, outside the text, is none. */
function isWordUnit(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39);
}
