/**
 * Phrases of rules: what one clause says in the words of anybody. `{account|mailbox} * {closed|disabled}` holds where one of the
 * first is followed by one of the second a few words later in the same clause. Receivers say one thing in thousands of ways, and
 * spelled out as texts they would fill memory. Linear in the text, but for the sorting of what occurs.
 */
import { plainLetters } from './letters.ts';
import { alternatives, type Words } from './wording.ts';

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
const wordUnit = /[a-z0-9]/;

/** The slots that `pattern` names, each with its alternatives spelled out; what is wrong is told. */
export function readPhrase(pattern: string, words: Words, say: (text: string) => void): Phrase {
  return pattern.split('*').map((slot) => {
    const options = alternatives(slot.trim(), words, say);
    for (const option of options) {
      if (option.trim() === '') say(`phrase '${pattern}' has a slot that any text fills`);
      if (option !== option.toLowerCase()) say(`phrase '${pattern}' has capitals: it is looked for in lower case`);
      if (option.includes('  ')) say(`phrase '${pattern}' can never match: spaces are single`);
    }
    return [...new Set(options.map((option) => plainLetters(option).text))];
  });
}

/** The slot that a text is asked for first: without it, the phrase need not be looked for. The one that is said least often. */
export function rarestSlot(phrase: Phrase, frequency: ReadonlyMap<string, number>): readonly string[] {
  const often = (slot: readonly string[]) => slot.reduce((sum, option) => sum + (frequency.get(option) ?? 0), 0);
  return phrase.reduce((best, slot) => (often(slot) < often(best) ? slot : best));
}

/** Where the phrase ends first, with the latest beginning; null where it is not said. */
export function findPhrase(text: string, phrase: Phrase): Span | null {
  // What the slots before lead to: by end, each with the beginning of the whole.
  let reached: readonly Span[] = [];
  for (const [index, slot] of phrase.entries()) {
    const next: Span[] = [];
    let before = -1;
    for (const found of occurrences(text, slot)) {
      if (index === 0) next.push(found);
      else {
        for (let next = reached[before + 1]; next !== undefined && next.end <= found.start; next = reached[before + 1])
          before++;
        const from = reached[before];
        if (from !== undefined && inOneClause(text, from.end, found.start))
          next.push({ start: from.start, end: found.end });
      }
    }
    if (next.length === 0) return null;
    reached = next.sort((a, b) => a.end - b.end);
  }
  return reached[0] ?? null;
}

function inOneClause(text: string, from: number, to: number): boolean {
  return to - from <= maxGap && !clauseEnd.test(text.slice(from - 1, to));
}

/** All places where one of the options stands, by start. */
function occurrences(text: string, options: readonly string[]): Span[] {
  const found: Span[] = [];
  for (const option of options)
    for (let at = text.indexOf(option); at >= 0; at = text.indexOf(option, at + option.length))
      if (beginsWord(text, at, option)) found.push({ start: at, end: at + option.length });
  return found.sort((a, b) => a.start - b.start);
}

/** "ip" is not in "recipient"; but "cannot" says "not", and what is short for it hangs on its verb. */
function beginsWord(text: string, at: number, option: string): boolean {
  if (!wordUnit.test(text.charAt(at - 1)) || !wordUnit.test(option.charAt(0))) return true;
  return option.startsWith("n't") || (option.startsWith('not ') && text.startsWith('can', at - 3));
}
