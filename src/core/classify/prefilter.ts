/**
 * Which of some ten thousand texts and phrases of rules are worth looking for in a diagnostic. Each is led to by one of its words,
 * its anchor, all of which are found in one pass (phrases.ts); hundreds share the commonest anchors, so that of the rest of an
 * entry a pair of letters must be there, too. Neither misses anything; what passes both is verified by who asked. The time goes
 * into waiting for memory: what an anchor leads to stands in one place, behind it what those entries ask for.
 */
import { indexPhrases } from '../phrases.ts';
import { cellAt, octetAt } from '../within-bounds.ts';
import type { LetterPairs } from './letter-pairs.ts';

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

/**
 * @param samples texts of the kind that will be asked about.
 * @param pairs what is asked notes its pairs in them, and leaves them there.
 */
export function prefilter(
  entries: readonly Entry[],
  samples: readonly string[],
  pairs: LetterPairs,
): (text: string) => Candidates {
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
  const { starts, items } = ledTo([...byAnchor.values()], (entry) => gateOf(member(entries, entry), pairs));
  // Stamps instead of sets, of one octet: nothing to clear between texts, and they fit into the nearest caches.
  let stamp = 0;
  const anchored = new Uint8Array(byAnchor.size);
  const listed = new Uint8Array(entries.length);
  const list: Candidates = { numbers: new Int32Array(entries.length), count: 0 };
  const begin = (): void => {
    list.count = 0;
    stamp += 1;
    if (stamp < 256) return;
    for (const stamps of [anchored, listed]) stamps.fill(0);
    stamp = 1;
  };
  let asked = '';
  const found = (anchor: number, start: number): void => {
    if (octetAt(anchored, anchor) === stamp || (start < 0 && !holds(anchor))) return;
    anchored[anchor] = stamp;
    const end = cellAt(starts, anchor + 1);
    for (let place = cellAt(starts, anchor); place < end;) {
      const entry = cellAt(items, place);
      const next = cellAt(items, place + 1);
      if (octetAt(listed, entry) !== stamp && passes(place + 2, next)) {
        listed[entry] = stamp;
        list.numbers[list.count++] = entry;
      }
      place = next;
    }
  };
  /** Of words too short for the index. */
  const holds = (anchor: number): boolean => {
    const words = String(anchors[anchor]);
    return (words.length < 2 || pairs.has(pairs.rarest(words))) && asked.includes(words);
  };
  /** Whether of each list of pairs, its length before it, one is there. */
  const passes = (from: number, to: number): boolean => {
    for (let place = from; place < to;) {
      const end = place + 1 + cellAt(items, place);
      place += 1;
      while (place < end && !pairs.has(cellAt(items, place))) place += 1;
      if (place === end) return false;
      place = end;
    }
    return true;
  };
  return (text) => {
    begin();
    asked = text;
    for (const number of always) list.numbers[list.count++] = number;
    pairs.note(text);
    index.scan(text, found);
    inOrder(list);
    return list;
  };
}

/** The pairs that an entry asks for beside its anchor: lists, each behind its length. */
function gateOf({ others }: Entry, pairs: LetterPairs): readonly number[] {
  return (
    others
      // A word of one letter says nothing here.
      .filter((words) => words.every(({ length }) => length > 1))
      .flatMap((words) => {
        const slots = [...new Set(words.map((one) => pairs.rarest(one)))];
        return [slots.length, ...slots];
      })
  );
}

interface Lists {
  /** Where the list of each anchor begins in `items`; one more, for the end of the last. */
  readonly starts: Int32Array;
  /** Entries: the number of each, where the next one begins, and its gate. */
  readonly items: Int32Array;
}

function ledTo(lists: readonly (readonly number[])[], gateFor: (entry: number) => readonly number[]): Lists {
  const starts = new Int32Array(lists.length + 1);
  const items: number[] = [];
  for (const [anchor, list] of lists.entries()) {
    for (const entry of list) {
      const gate = gateFor(entry);
      items.push(entry, items.length + 2 + gate.length, ...gate);
    }
    starts[anchor + 1] = items.length;
  }
  return { starts, items: Int32Array.from(items) };
}

/** Sorts in place: by insertion while there are few, as nearly always, since the general way costs more than all the rest. */
function inOrder({ numbers, count }: Candidates): void {
  if (count > 40) {
    numbers.subarray(0, count).sort();
    return;
  }
  for (let next = 1; next < count; next += 1) {
    const one = cellAt(numbers, next);
    let place = next;
    for (; place > 0 && cellAt(numbers, place - 1) > one; place -= 1) numbers[place] = cellAt(numbers, place - 1);
    numbers[place] = one;
  }
}

/** `list[index]` within bounds, which the type system cannot know. */
function member<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
