/**
 * Which of some ten thousand texts and phrases of rules are worth looking for in a diagnostic. Each is led to by one of its words,
 * its anchor, all of which are found in one pass (phrases.ts); hundreds share the commonest anchors, so that of the rest of an
 * entry a pair of letters must be there, too. Neither misses anything; what passes both is verified by who asked.
 */
import { indexPhrases } from '../phrases.ts';

export interface Entry {
  /** One of them is in every text that holds the entry. */
  readonly anchors: readonly string[];
  /** Of each of these lists, too, one is in it. */
  readonly others: readonly (readonly string[])[];
}

/** The numbers of entries that a text may hold, in order, in the first places of a list that is used again for the next text. */
export interface Candidates {
  readonly numbers: Int32Array;
  count: number;
}

/** @param samples texts of the kind that will be asked about. */
export function prefilter(entries: readonly Entry[], samples: readonly string[]): (text: string) => Candidates {
  const byAnchor = new Map<string, number[]>();
  const always: number[] = [];
  for (const [number, { anchors }] of entries.entries()) {
    if (anchors.length === 0) always.push(number);
    for (const words of anchors) {
      const known = byAnchor.get(words);
      if (known === undefined) byAnchor.set(words, [number]);
      else known.push(number);
    }
  }
  const anchors = [...byAnchor.keys()];
  const index = indexPhrases(anchors, samples);
  const led = flat([...byAnchor.values()]);
  const gates = gatesOf(entries, samples);
  // Stamps instead of sets, of one octet: nothing to clear between texts, and they fit into the nearest caches.
  let stamp = 0;
  const anchored = new Uint8Array(byAnchor.size);
  const listed = new Uint8Array(entries.length);
  const pairs = new Uint8Array(pairSlots);
  const list: Candidates = { numbers: new Int32Array(entries.length), count: 0 };
  const begin = (): void => {
    list.count = 0;
    stamp += 1;
    if (stamp < 256) return;
    for (const stamps of [anchored, listed, pairs]) stamps.fill(0);
    stamp = 1;
  };
  let asked = '';
  const found = (anchor: number, start: number): void => {
    if (at(anchored, anchor) === stamp || (start < 0 && !holds(anchor))) return;
    anchored[anchor] = stamp;
    const end = item(led.starts, anchor + 1);
    for (let place = item(led.starts, anchor); place < end; place += 1) {
      const entry = item(led.items, place);
      if (at(listed, entry) === stamp || !passes(item(gates.starts, entry))) continue;
      listed[entry] = stamp;
      list.numbers[list.count++] = entry;
    }
  };
  /** Of words too short for the index. */
  const holds = (anchor: number): boolean => {
    const words = String(anchors[anchor]);
    for (let next = 1; next < words.length; next += 1)
      if (at(pairs, slotOf(words.charCodeAt(next - 1), words.charCodeAt(next))) !== stamp) return false;
    return asked.includes(words);
  };
  /** `gate`: lists of slots, each behind its length, and 0. */
  const passes = (gate: number): boolean => {
    for (let place = gate; item(gates.items, place) > 0;) {
      const end = place + 1 + item(gates.items, place);
      place += 1;
      while (place < end && at(pairs, item(gates.items, place)) !== stamp) place += 1;
      if (place === end) return false;
      place = end;
    }
    return true;
  };
  return (text) => {
    begin();
    asked = text;
    for (const number of always) list.numbers[list.count++] = number;
    for (let before = 0, next = 0; next < text.length; next += 1) {
      const unit = text.charCodeAt(next);
      pairs[slotOf(before, unit)] = stamp;
      before = unit;
    }
    index.scan(text, found);
    inOrder(list);
    return list;
  };
}

const pairSlots = 4096;

function slotOf(first: number, second: number): number {
  return (Math.imul(first, 67) ^ second) & (pairSlots - 1);
}

/** For each entry where its lists of pairs begin: one pair for each word, the rarest of it in the samples. */
function gatesOf(entries: readonly Entry[], samples: readonly string[]): Lists {
  const often = new Int32Array(pairSlots);
  for (const sample of samples)
    for (let next = 1; next < sample.length; next += 1) {
      const slot = slotOf(sample.charCodeAt(next - 1), sample.charCodeAt(next));
      often[slot] = item(often, slot) + 1;
    }
  const rarest = (words: string): number => {
    let best = slotOf(words.charCodeAt(0), words.charCodeAt(1));
    for (let next = 2; next < words.length; next += 1) {
      const slot = slotOf(words.charCodeAt(next - 1), words.charCodeAt(next));
      if (item(often, slot) < item(often, best)) best = slot;
    }
    return best;
  };
  return flat(
    entries.map(({ others }) => [
      // A word of one letter says nothing here.
      ...others
        .filter((words) => words.every(({ length }) => length > 1))
        .flatMap((words) => {
          const slots = [...new Set(words.map(rarest))];
          return [slots.length, ...slots];
        }),
      0,
    ]),
  );
}

interface Lists {
  /** Where each list begins in `items`; one more, for the end of the last. */
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

function flat(lists: readonly (readonly number[])[]): Lists {
  const starts = new Int32Array(lists.length + 1);
  for (const [number, list] of lists.entries()) starts[number + 1] = item(starts, number) + list.length;
  return { starts, items: Int32Array.from(lists.flat()) };
}

/** Sorts in place: by insertion while there are few, as nearly always, since the general way costs more than all the rest. */
function inOrder({ numbers, count }: Candidates): void {
  if (count > 40) {
    numbers.subarray(0, count).sort();
    return;
  }
  for (let next = 1; next < count; next += 1) {
    const one = item(numbers, next);
    let place = next;
    for (; place > 0 && item(numbers, place - 1) > one; place -= 1) numbers[place] = item(numbers, place - 1);
    numbers[place] = one;
  }
}

/** `list[index]` within bounds, which the type system cannot know; one function for each kind of list, or it would ask which it got. */
function item<T = number>(list: Readonly<Record<number, T>> & Int32Array, index: number): T {
  return list[index] as T;
}

function at<T = number>(list: Readonly<Record<number, T>> & Uint8Array, index: number): T {
  return list[index] as T;
}
