/**
 * The pairs of letters in a text, noted in one pass: whether a word can stand in it is then asked of the pair of its letters that is
 * rarest in samples. Never misses a word that is there; of ten that are not there, nine are told so.
 */
import { cellAt, octetAt } from '../within-bounds.ts';

export interface LetterPairs {
  /** Notes the pairs of the text that is asked about next. */
  note(text: string): void;
  /** The number of the rarest pair in `words` (two units or more). */
  rarest(words: string): number;
  /** Whether the text that was noted last has the pair, or one that shares its number. */
  has(pair: number): boolean;
}

const slots = 4096;

/** @param samples texts of the kind that will be asked about. */
export function letterPairs(samples: readonly string[]): LetterPairs {
  const often = new Int32Array(slots);
  for (const sample of samples)
    for (let next = 1; next < sample.length; next += 1) {
      const slot = slotOf(sample.charCodeAt(next - 1), sample.charCodeAt(next));
      often[slot] = cellAt(often, slot) + 1;
    }
  // A stamp of one octet instead of a set: nothing to clear between texts, and it fits into the nearest caches.
  const stamps = new Uint8Array(slots);
  let stamp = 0;
  return {
    note(text) {
      stamp += 1;
      if (stamp === 256) {
        stamps.fill(0);
        stamp = 1;
      }
      const { length } = text;
      let before = 0;
      for (let next = 0; next < length; next += 1) {
        const unit = text.charCodeAt(next);
        stamps[slotOf(before, unit)] = stamp;
        before = unit;
      }
    },
    rarest(words) {
      let best = slotOf(words.charCodeAt(0), words.charCodeAt(1));
      for (let next = 2; next < words.length; next += 1) {
        const slot = slotOf(words.charCodeAt(next - 1), words.charCodeAt(next));
        if (cellAt(often, slot) < cellAt(often, best)) best = slot;
      }
      return best;
    },
    has: (pair) => octetAt(stamps, pair) === stamp,
  };
}

function slotOf(first: number, second: number): number {
  return (Math.imul(first, 67) ^ second) & (slots - 1);
}
