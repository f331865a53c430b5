/**
 * Which of some thousand phrases may occur in a text, in one pass. Every phrase is known by one of its grams (four UTF-16 units in
 * a row), the one that is rarest in sample texts. A bitmap small enough for the processor's first cache says for each place of a
 * text whether a gram worth looking at ends there. An automaton over the same phrases is a table of megabytes, and every unit
 * of the text waits for a cell of it.
 */

export interface PhraseIndex {
  /**
   * Calls `found` with the number of every phrase that occurs, and of few that do not: who calls verifies. No order; a phrase
   * may come many times. `start`: where it would stand; -1 for the few phrases of less than four units.
   */
  scan(text: string, found: (phrase: number, start: number) => void): void;
  /** The number of the first phrase, in their order, that does occur; -1 where none does. */
  first(text: string): number;
}

const gramLength = 4;
const slots = 65536;
/** Numbers kept for a phrase at its slot: which it is, the end of its gram in it, its length, its first and last unit. */
const width = 5;

/** @param samples texts of the kind that will be scanned: a phrase is not known by what is frequent in them. */
export function indexPhrases(phrases: readonly string[], samples: readonly string[]): PhraseIndex {
  // Too short for a gram: looked for one by one. Nearly all of them are words of Chinese, Japanese or Korean.
  const short: number[] = [];
  const shortForeign: number[] = [];
  const frequency = countGrams([...phrases, ...samples]);
  const bySlot = new Map<number, number[]>();
  for (const [number, phrase] of phrases.entries()) {
    if (phrase.length < gramLength) (isAscii(phrase) ? short : shortForeign).push(number);
    else {
      const { slot, end } = rarestGram(phrase, frequency);
      const place = [number, end, phrase.length, phrase.charCodeAt(0), phrase.charCodeAt(phrase.length - 1)];
      bySlot.set(slot, [...(bySlot.get(slot) ?? []), ...place]);
    }
  }
  // The places of a slot lie side by side; `starts` says where, and where those of the next begin.
  const bits = new Int32Array(slots / 32);
  const starts = new Int32Array(slots + 1);
  const places = new Int32Array(phrases.length * width);
  let filled = 0;
  for (let slot = 0; slot < slots; slot++) {
    const own = bySlot.get(slot) ?? [];
    if (own.length > 0) bits[slot >>> 5] = cell(bits, slot >>> 5) | (1 << (slot & 31));
    places.set(own, filled);
    filled += own.length;
    starts[slot + 1] = filled;
  }

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
      let gram = 0;
      let seen = 0;
      for (let at = 0; at < text.length; at++) {
        const unit = text.charCodeAt(at);
        seen |= unit;
        gram = (gram << 8) ^ unit;
        const slot = slotOf(gram);
        if ((cell(bits, slot >>> 5) & (1 << (slot & 31))) === 0) continue;
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
      }
      for (const number of short) found(number, -1);
      if (seen > 0x7f) for (const number of shortForeign) found(number, -1);
    },
  };
  return index;
}

/** What `scan` has after the last unit of a gram: the units before it have been shifted out. */
function slotOf(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> 16;
}

function eachSlot(text: string, found: (slot: number, end: number) => void): void {
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    gram = (gram << 8) ^ text.charCodeAt(at);
    if (at >= gramLength - 1) found(slotOf(gram), at + 1);
  }
}

function countGrams(texts: readonly string[]): Int32Array {
  const counts = new Int32Array(slots);
  for (const text of texts) eachSlot(text, (slot) => (counts[slot] = cell(counts, slot) + 1));
  return counts;
}

function rarestGram(phrase: string, frequency: Int32Array): { readonly slot: number; readonly end: number } {
  let rarest = { slot: 0, end: 0 };
  let least = Infinity;
  eachSlot(phrase, (slot, end) => {
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

function member<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
