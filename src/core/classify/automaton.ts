/**
 * Aho-Corasick over UTF-16 units: which of some thousand fragments occur in a text, in one pass over it whatever the text is.
 * The transition table is dense and small because units are mapped to classes first: every unit that no fragment holds is class 0.
 * A small table is the speed: it must stay in the processor's cache.
 */

interface Automaton {
  /** Calls `found` with the number of each pattern at each place where it ends; a pattern may come more than once. */
  scan(text: string, found: (pattern: number) => void): void;
}

export function buildAutomaton(patterns: readonly string[]): Automaton {
  const classes = new Uint16Array(65536);
  let width = 1;
  let units = 0;
  for (const pattern of patterns) {
    units += pattern.length;
    for (let i = 0; i < pattern.length; i++) {
      const unit = pattern.charCodeAt(i);
      if (classes[unit] === 0) classes[unit] = width++;
    }
  }
  // A state is the offset of its row; 0 is the root. A state is made for each new prefix.
  const next = new Int32Array((units + 1) * width);
  const outputs: number[][] = [[]];
  for (const [number, pattern] of patterns.entries()) {
    let state = 0;
    for (let i = 0; i < pattern.length; i++) {
      const at = state + item(classes, pattern.charCodeAt(i));
      if (next[at] === 0) {
        next[at] = outputs.length * width;
        outputs.push([]);
      }
      state = item(next, at);
    }
    item(outputs, state / width).push(number);
  }
  const table = next.slice(0, outputs.length * width);
  link(table, outputs, width);
  // Class 0 leads to the root from everywhere, so its column is free to say whether the state ends a pattern.
  for (const [state, list] of outputs.entries()) if (list.length > 0) table[state * width] = 1;

  return {
    scan(text, found) {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        const unit = item(classes, text.charCodeAt(i));
        if (unit === 0) {
          state = 0;
          continue;
        }
        state = item(table, state + unit);
        if (table[state] === 1) for (const number of item(outputs, state / width)) found(number);
      }
    },
  };
}

/** Failure links by breadth first, folded into the table: a missing edge becomes the edge of the longest proper suffix. */
function link(table: Int32Array, outputs: number[][], width: number): void {
  const failure = new Int32Array(outputs.length);
  const queue: number[] = [];
  for (let unit = 1; unit < width; unit++) {
    const state = item(table, unit);
    if (state !== 0) queue.push(state);
  }
  for (let head = 0; head < queue.length; head++) {
    const state = item(queue, head);
    const suffix = item(failure, state / width);
    item(outputs, state / width).push(...item(outputs, suffix / width));
    for (let unit = 1; unit < width; unit++) {
      const child = item(table, state + unit);
      const over = item(table, suffix + unit);
      if (child === 0) table[state + unit] = over;
      else {
        failure[child / width] = over;
        queue.push(child);
      }
    }
  }
}

/** `list[index]` where the index is known to be within bounds, which the type system cannot know. */
export function item<T>(list: Readonly<Record<number, T>>, index: number): T {
  return list[index] as T;
}
