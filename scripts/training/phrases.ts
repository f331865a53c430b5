/**
 * Templates to sentences. All choices are drawn from one seeded sequence, so that the same sources give the same model, octet
 * for octet.
 */
import type { Category } from '../../src/core/classify/categories.ts';
import { slots } from './slots.ts';

/** Templates by category. `unknown` holds what says nothing: from it the model learns to be silent. */
export type Phrases = Readonly<Partial<Record<Category, readonly string[]>>>;

/** A number in 0…1 that is the next of its sequence. */
export type Draw = () => number;

/** The generator mulberry32 of a seed. */
export function sequence(seed: number): Draw {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(list: readonly T[], draw: Draw): T {
  return list[Math.floor(draw() * list.length)] as T;
}

/** One sentence of a template. Braces nest: the innermost are drawn first. */
export function sentence(template: string, draw: Draw): string {
  let text = template;
  for (;;) {
    const end = text.indexOf('}');
    if (end < 0) return text.replace(/ +/g, ' ').trim();
    const start = text.lastIndexOf('{', end);
    const inside = text.slice(start + 1, end);
    const chosen = pick((slots[inside] ?? inside).split('|'), draw);
    text = text.slice(0, start) + chosen + text.slice(end + 1);
  }
}
