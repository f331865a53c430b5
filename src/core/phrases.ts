/**
 * Which of some thousand phrases may occur in a text, in one pass. Every phrase is known by one of its grams (four UTF-16 units in
 * a row, two for the short words of East Asia), the one that is rarest in sample texts. A bitmap says for each place of a text whether a gram
 * worth looking at ends there; few other grams set a bit of it. What belongs to a gram stands side by side: the time goes into
 * waiting for memory, and an automaton over the same phrases, a table of megabytes, waits at every unit of the text.
 */

import { octets, octetsOf } from './octets.ts';
import { cellAt, octetAt } from './within-bounds.ts';

export interface PhraseIndex {
  /**
   * Calls `found` with the number of every phrase that occurs, and of few that do not: who calls verifies. No order; a phrase
   * may come many times. `start`: where it would stand; -1 for the few phrases too short for a gram. `found` scans nothing itself.
   */
  scan(text: string, found: Found): void;
  /** The number of the first phrase, in their order, that does occur; -1 where none does. */
  first(text: string): number;
  /** Whether any phrase does occur. */
  any(text: string): boolean;
}

type Found = (phrase: number, start: number) => void;

/** @param samples texts of the kind that will be scanned: a phrase is not known by what is frequent in them. */
export function indexPhrases(phrases: readonly string[], samples: readonly string[]): PhraseIndex {
  const long: number[] = [];
  // Words of Chinese, Japanese and Korean: known by two units, in texts that are not ASCII.
  const short: number[] = [];
  const rest: number[] = [];
  for (const [number, phrase] of phrases.entries())
    (phrase.length >= 4 ? long : phrase.length >= 2 && !isAscii(phrase) ? short : rest).push(number);
  const fours = indexGrams(4, phrases, long, samples);
  const twos = indexGrams(2, phrases, short, samples);

  const index: PhraseIndex = {
    first(text) {
      let first = phrases.length;
      index.scan(text, (number, start) => {
        if (number >= first) return;
        const phrase = member(phrases, number);
        // Never the whole text again where a place is known: it may come once for each unit of a hostile text.
        if (start < 0 ? text.includes(phrase) : text.startsWith(phrase, start)) first = number;
      });
      return first < phrases.length ? first : -1;
    },
    any(text) {
      let met = false;
      index.scan(text, (number, start) => {
        if (met) return;
        const phrase = member(phrases, number);
        met = start < 0 ? text.includes(phrase) : text.startsWith(phrase, start);
      });
      return met;
    },
    scan(text, found) {
      const length = octetsOf(text);
      fours(text, length, found);
      if (short.length > 0 && length < 0) twos(text, length, found);
      for (const number of rest) found(number, -1);
    },
  };
  return index;
}

/**
 * Lists of phrases that are looked for together: of each the number of the first one that occurs, or -1, in an array that is used
 * again for the next text.
 * @param within how much of a text each list is looked for in, from its beginning (units).
 */
export function indexGroups(
  groups: readonly (readonly string[])[],
  within: readonly number[],
): (text: string) => readonly number[] {
  const phrases = groups.flat();
  const groupOf = Uint8Array.from(groups.flatMap((list, group) => list.map(() => group)));
  const begins = groups.map((_, group) => groupOf.indexOf(group));
  const index = indexPhrases(phrases, []);
  const firsts = groups.map(() => -1);
  let asked = '';
  const found: Found = (number, start) => {
    const group = octetAt(groupOf, number);
    const first = member(firsts, group);
    const own = number - member(begins, group);
    if (first >= 0 && own >= first) return;
    const phrase = member(phrases, number);
    const at = start < 0 ? asked.indexOf(phrase) : asked.startsWith(phrase, start) ? start : -1;
    if (at >= 0 && at + phrase.length <= member(within, group)) firsts[group] = own;
  };
  return (text) => {
    asked = text;
    firsts.fill(-1);
    index.scan(text, found);
    return firsts;
  };
}

/** `length`: of the text, where it stands in `octets`; else -1. */
type Scan = (text: string, length: number, found: Found) => void;

/** Numbers kept for a phrase: which it is, the end of its gram in it, its length, its first and last unit together. */
const width = 4;
const none = -1;

/** Finds the places of phrases (their numbers are given) by grams of four units or two. */
function indexGrams(
  gramLength: 2 | 4,
  phrases: readonly string[],
  numbers: readonly number[],
  samples: readonly string[],
): Scan {
  const kind: Grams = { length: gramLength, move: 32 / gramLength, shift: shiftFor(numbers.length) };
  const { move, shift } = kind;
  const own = numbers.map((number) => member(phrases, number));
  // What is said counts for more than what is only listed.
  const frequency = countGrams([...own, ...Array.from({ length: 8 }, () => samples).flat()], kind);
  const byGram = new Map<number, number[]>();
  for (const [at, phrase] of own.entries()) {
    const { gram, end } = rarestGram(phrase, frequency, kind);
    const units = ends(phrase.charCodeAt(0), phrase.charCodeAt(phrase.length - 1));
    byGram.set(gram, [...(byGram.get(gram) ?? []), member(numbers, at), end, phrase.length, units]);
  }
  const { bits, table, lists } = pack(byGram, shift);
  const last = table.length - 2;
  /** Where in `lists` the phrases of a gram begin; -1 where another one set its bit. */
  const listOf = (gram: number): number => {
    let place = ((Math.imul(gram, spread) >>> shift) << 1) & last;
    while (cellAt(table, place) !== gram) {
      if (cellAt(table, place + 1) === none) return none;
      place = (place + 2) & last;
    }
    return cellAt(table, place + 1);
  };
  return (text, length, found) => {
    if (length >= 0) {
      const count = mark(bits, move, shift, length);
      for (let next = 0; next < count; next++) {
        const at = cellAt(marks, next);
        for (let one = listOf(gramAt(at)); one >= 0 && cellAt(lists, one) !== none; one += width) {
          const start = at + 1 - cellAt(lists, one + 1);
          const end = start + cellAt(lists, one + 2) - 1;
          if (
            start >= 0 &&
            end < length &&
            ends(octetAt(octets, start), octetAt(octets, end)) === cellAt(lists, one + 3)
          )
            found(cellAt(lists, one), start);
        }
      }
      return;
    }
    let gram = 0;
    for (let at = 0; at < text.length; at++) {
      gram = (gram << move) ^ text.charCodeAt(at);
      const slot = Math.imul(gram, spread) >>> shift;
      if ((cellAt(bits, slot >>> 5) & (1 << (slot & 31))) === 0) continue;
      for (let one = listOf(gram); one >= 0 && cellAt(lists, one) !== none; one += width) {
        const start = at + 1 - cellAt(lists, one + 1);
        const end = start + cellAt(lists, one + 2) - 1;
        // Outside the text a unit is NaN: no phrase begins or ends with a NUL, which it counts for here.
        if (ends(text.charCodeAt(start), text.charCodeAt(end)) === cellAt(lists, one + 3))
          found(cellAt(lists, one), start);
      }
    }
  };
}

/** Two units in one number. */
function ends(first: number, last: number): number {
  return first | (last << 16);
}

/** Where in `octets` a gram worth looking at ends: how many places, which are put into `marks`. No branch depends on the text. */
function mark(bits: Int32Array, move: number, shift: number, length: number): number {
  let gram = 0;
  let count = 0;
  for (let at = 0; at < length; at++) {
    gram = (gram << move) ^ octetAt(octets, at);
    const slot = Math.imul(gram, spread) >>> shift;
    marks[count] = at;
    count += (cellAt(bits, slot >>> 5) >>> (slot & 31)) & 1;
  }
  return count;
}

/**
 * A bit for the slot of each gram; a table, half empty, of grams and where their phrases stand in `lists`, at the slot or as soon
 * as there is room behind it; the phrases of each gram, and `none` behind them.
 */
function pack(byGram: ReadonlyMap<number, readonly number[]>, shift: number) {
  const bits = new Int32Array(2 ** (32 - shift) / 32);
  const table = new Int32Array(2 ** Math.ceil(Math.log2(byGram.size * 2 + 2)) * 2).fill(none);
  const lists = new Int32Array([...byGram.values()].reduce((sum, list) => sum + list.length + 1, 0)).fill(none);
  let filled = 0;
  for (const [gram, list] of byGram) {
    const slot = Math.imul(gram, spread) >>> shift;
    bits[slot >>> 5] = cellAt(bits, slot >>> 5) | (1 << (slot & 31));
    let place = (slot << 1) & (table.length - 2);
    while (cellAt(table, place + 1) !== none) place = (place + 2) & (table.length - 2);
    table[place] = gram;
    table[place + 1] = filled;
    lists.set(list, filled);
    filled += list.length + 1;
  }
  return { bits, table, lists };
}

interface Grams {
  readonly length: number;
  /** Bits by which a unit moves up for the next: after `length` units it has left the gram. */
  readonly move: number;
  readonly shift: number;
}

/** Places in `octets`. */
const marks = new Int32Array(octets.length + 1);

/** The four octets that end at a place, as one number; before the first there is nothing. */
function gramAt(at: number): number {
  let gram = octetAt(octets, at);
  for (let back = 1; back < 4 && back <= at; back++) gram |= octetAt(octets, at - back) << (8 * back);
  return gram;
}

/** An odd number whose bits are as good as random (2³² over the golden ratio). */
const spread = 0x9e3779b1;

/** Sixteen slots or more for each gram. */
function shiftFor(phrases: number): number {
  return Math.min(20, Math.max(13, 28 - Math.ceil(Math.log2(phrases + 1))));
}

function eachGram(text: string, { length, move }: Grams, found: (gram: number, end: number) => void): void {
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    gram = (gram << move) ^ text.charCodeAt(at);
    if (at >= length - 1) found(gram, at + 1);
  }
}

function countGrams(texts: readonly string[], kind: Grams): Int32Array {
  const counts = new Int32Array(2 ** (32 - kind.shift));
  for (const text of texts)
    eachGram(text, kind, (gram) => {
      const slot = Math.imul(gram, spread) >>> kind.shift;
      counts[slot] = cellAt(counts, slot) + 1;
    });
  return counts;
}

function rarestGram(
  phrase: string,
  frequency: Int32Array,
  kind: Grams,
): { readonly gram: number; readonly end: number } {
  let rarest = { gram: 0, end: 0 };
  let least = Infinity;
  eachGram(phrase, kind, (gram, end) => {
    const count = cellAt(frequency, Math.imul(gram, spread) >>> kind.shift);
    if (count >= least) return;
    least = count;
    rarest = { gram, end };
  });
  return rarest;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/** `list[index]` within bounds, which the type system cannot know. */
function member<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
