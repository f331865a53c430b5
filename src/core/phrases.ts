/**
 * Which of some thousand phrases may occur in a text, in one pass. Every phrase is known by one of its grams (four UTF-16 units in
 * a row, two for the short words of East Asia), the one that is rarest in sample texts. A bitmap small enough for the processor's first cache says for each place of a
 * text whether a gram worth looking at ends there. An automaton over the same phrases is a table of megabytes, and every unit
 * of the text waits for a cell of it.
 */

export interface PhraseIndex {
  /**
   * Calls `found` with the number of every phrase that occurs, and of few that do not: who calls verifies. No order; a phrase
   * may come many times. `start`: where it would stand; -1 for the few phrases too short for a gram. `found` scans nothing itself.
   */
  scan(text: string, found: (phrase: number, start: number) => void): void;
  /** The number of the first phrase, in their order, that does occur; -1 where none does. */
  first(text: string): number;
}

/** Numbers kept for a phrase at its slot: which it is, the end of its gram in it, its length, its first and last unit. */
const width = 5;

/** @param samples texts of the kind that will be scanned: a phrase is not known by what is frequent in them. */
export function indexPhrases(phrases: readonly string[], samples: readonly string[]): PhraseIndex {
  const long: number[] = [];
  // Words of Chinese, Japanese and Korean: known by two units, in texts that are not ASCII.
  const short: number[] = [];
  const rest: number[] = [];
  for (const [number, phrase] of phrases.entries())
    if (phrase.length >= 4) long.push(number);
    else if (phrase.length >= 2 && !isAscii(phrase)) short.push(number);
    else rest.push(number);
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
    scan(text, found) {
      fours(text, found);
      if (short.length > 0 && !isAscii(text)) twos(text, found);
      for (const number of rest) found(number, -1);
    },
  };
  return index;
}

/** Finds the places of phrases (their numbers are given) by grams of four units or two. */
function indexGrams(
  gramLength: 2 | 4,
  phrases: readonly string[],
  numbers: readonly number[],
  samples: readonly string[],
): PhraseIndex['scan'] {
  const kind: Grams = { length: gramLength, move: 32 / gramLength, shift: shiftFor(numbers.length) };
  const { move, shift } = kind;
  const own = numbers.map((number) => member(phrases, number));
  const frequency = countGrams([...own, ...samples], kind);
  const bySlot = new Map<number, number[]>();
  for (const [at, phrase] of own.entries()) {
    const { slot, end } = rarestGram(phrase, frequency, kind);
    const units = [phrase.charCodeAt(0), phrase.charCodeAt(phrase.length - 1)];
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), member(numbers, at), end, phrase.length, ...units]);
  }
  // The places of a slot lie side by side, up to those of the next one; one bit for each slot says whether there are any.
  const slots = 2 ** (32 - shift);
  const bits = new Int32Array(slots / 32);
  const starts = new Int32Array(slots + 1);
  const places = new Int32Array(numbers.length * width);
  let filled = 0;
  for (let slot = 0; slot < slots; slot++) {
    starts[slot] = filled;
    const list = bySlot.get(slot);
    if (list === undefined) continue;
    bits[slot >>> 5] = cell(bits, slot >>> 5) | (1 << (slot & 31));
    places.set(list, filled);
    filled += list.length;
  }
  starts[slots] = filled;
  const look = (text: string, at: number, slot: number, found: (phrase: number, start: number) => void): void => {
    const last = cell(starts, slot + 1);
    for (let place = cell(starts, slot); place < last; place += width) {
      const start = at + 1 - cell(places, place + 1);
      // Outside the text a unit is NaN, equal to none.
      if (
        text.charCodeAt(start) === cell(places, place + 3) &&
        text.charCodeAt(start + cell(places, place + 2) - 1) === cell(places, place + 4)
      )
        found(cell(places, place), start);
    }
  };
  return (text, found) => {
    let gram = 0;
    if (text.length <= octets.length && encoder.encodeInto(text, octets).written === text.length) {
      for (let at = 0; at < text.length; at++) {
        gram = (gram << move) ^ octet(octets, at);
        const slot = Math.imul(gram, spread) >>> shift;
        if ((cell(bits, slot >>> 5) & (1 << (slot & 31))) !== 0) look(text, at, slot, found);
      }
      return;
    }
    for (let at = 0; at < text.length; at++) {
      gram = (gram << move) ^ text.charCodeAt(at);
      const slot = Math.imul(gram, spread) >>> shift;
      if ((cell(bits, slot >>> 5) & (1 << (slot & 31))) !== 0) look(text, at, slot, found);
    }
  };
}

interface Grams {
  readonly length: number;
  /** Bits by which a unit moves up for the next: after `length` units it has left the gram. */
  readonly move: number;
  readonly shift: number;
}

/** ASCII, which nearly every text is, is read from here: a unit of a string costs twice as much, whatever the string is made of. */
const octets = new Uint8Array(64 * 1024);
const encoder = new TextEncoder();

/** An odd number whose bits are as good as random (2³² over the golden ratio). */
const spread = 0x9e3779b1;

/** A slot for each gram and many to spare: of grams that are not looked for few meet one that is. */
function shiftFor(phrases: number): number {
  return Math.max(16, 27 - Math.ceil(Math.log2(phrases + 1)));
}

function eachSlot(text: string, { length, move, shift }: Grams, found: (slot: number, end: number) => void): void {
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    gram = (gram << move) ^ text.charCodeAt(at);
    if (at >= length - 1) found(Math.imul(gram, spread) >>> shift, at + 1);
  }
}

function countGrams(texts: readonly string[], kind: Grams): Int32Array {
  const counts = new Int32Array(2 ** (32 - kind.shift));
  for (const text of texts) eachSlot(text, kind, (slot) => (counts[slot] = cell(counts, slot) + 1));
  return counts;
}

function rarestGram(
  phrase: string,
  frequency: Int32Array,
  kind: Grams,
): { readonly slot: number; readonly end: number } {
  let rarest = { slot: 0, end: 0 };
  let least = Infinity;
  eachSlot(phrase, kind, (slot, end) => {
    const count = cell(frequency, slot);
    if (count >= least) return;
    least = count;
    rarest = { slot, end };
  });
  return rarest;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/**
 * `list[index]` within bounds, which the type system cannot know. Only for lists of this one kind: a function that has met several
 * kinds asks at every call which it got.
 */
function cell<T = number>(list: Readonly<Record<number, T>> & Int32Array, index: number): T {
  return list[index] as T;
}

/** As `cell`, for octets alone. */
function octet<T = number>(list: Readonly<Record<number, T>> & Uint8Array, index: number): T {
  return list[index] as T;
}

function member<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
