/**
 * The fallback for words that no rule knows: a linear model over words, pairs of words and pieces of words, hashed into buckets.
 * It is trained by scripts/train.ts on sentences written for it (docs/evaluation.md); here it only adds up. Codes, hosts,
 * addresses and digits are no words: a model must not learn what the code tables say better. Linear in the text, which is bounded.
 */
import type { Category } from './categories.ts';

/** Trained weights: for each bucket one for each class. */
export interface Weights {
  /** `unknown` is the class of sentences that say nothing. */
  readonly classes: readonly Category[];
  /** A power of two. */
  readonly buckets: number;
  readonly bias: readonly number[];
  /** Of the category with number c in the bucket b: `values[b * classes.length + c] * scale`. */
  readonly values: Int8Array;
  readonly scale: number;
}

export interface Guess {
  readonly category: Category;
  /** 0…1 among the classes, as trained: no confidence, only an order. */
  readonly probability: number;
  /** The words that weigh most, as offsets in the text given. */
  readonly span: { readonly start: number; readonly end: number };
}

/** One word with the buckets that it, and its pair with the word before, fall into. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly buckets: readonly number[];
}

/** Words looked at: more say no more. */
const maxTokens = 200;
/** Scripts without spaces (CJK, kana, hangul, Thai) begin here: their units are read by twos and threes. */
const dense = 0x0e00;
const chunk = /[^\s<>()[\],;"!?|*#=]+/g;
const word = /[\p{L}'\p{M}]+/gu;
/** Hosts, URLs, paths, addresses, codes, ids: nothing in a chunk like these is a word. */
const nameLike = /[@/\\\d_]|\p{L}\.\p{L}/u;

function hash(text: string, seed: number, mask: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 15)) & mask;
}

/** The words of a folded text. Training and use share this function, or the weights would mean nothing. */
export function tokensOf(text: string, buckets: number): Token[] {
  const mask = buckets - 1;
  const tokens: Token[] = [];
  let before = '^';
  for (const part of text.matchAll(chunk)) {
    const host = nameLike.exec(part[0]);
    if (host !== null && part[0].charCodeAt(0) < dense) continue;
    for (const found of part[0].matchAll(word)) {
      const start = part.index + found.index;
      tokens.push({ start, end: start + found[0].length, buckets: bucketsOf(found[0], before, mask) });
      if (tokens.length === maxTokens) return tokens;
      before = found[0];
    }
  }
  return tokens;
}

function bucketsOf(letters: string, before: string, mask: number): number[] {
  const list: number[] = [];
  if (letters.charCodeAt(0) >= dense) {
    const end = Math.min(letters.length, maxTokens);
    for (let i = 0; i + 2 <= end; i++) {
      list.push(hash(letters.slice(i, i + 2), 3, mask));
      if (i + 3 <= end) list.push(hash(letters.slice(i, i + 3), 4, mask));
    }
    return list;
  }
  list.push(hash(letters, 1, mask), hash(`${before} ${letters}`, 2, mask));
  // Pieces find the word again in another form: rejection, rejected, rejecting.
  const padded = `^${letters.slice(0, 30)}$`;
  for (let i = 0; i + 4 <= padded.length && letters.length > 3; i++) list.push(hash(padded.slice(i, i + 4), 5, mask));
  return list;
}

/** The likeliest category of a folded text, or null where it has no words, or one alone. */
export function guess(weights: Weights, text: string): Guess | null {
  const { classes, values, scale, bias } = weights;
  const tokens = tokensOf(text, weights.buckets);
  // One word that no rule knows is no sentence: pieces of it are like pieces of others by chance.
  if (tokens.length === 1 && text.charCodeAt(member(tokens, 0).start) < dense) return null;
  const width = classes.length;
  const sums = new Float64Array(width);
  let count = 0;
  for (const { buckets } of tokens) {
    count += buckets.length;
    for (const bucket of buckets)
      for (let c = 0; c < width; c++) sums[c] = member(sums, c) + weightAt(values, bucket * width + c);
  }
  if (count === 0) return null;
  const factor = scale / Math.sqrt(count);
  const scores = classes.map((_, c) => member(sums, c) * factor + member(bias, c));
  const best = scores.indexOf(Math.max(...scores));
  const total = scores.reduce((sum, score) => sum + Math.exp(score - member(scores, best)), 0);
  return { category: member(classes, best), probability: 1 / total, span: heaviest(weights, tokens, best) };
}

/** The run of words with the greatest sum of what each adds to the class beyond the mean of all classes. */
function heaviest({ values, classes }: Weights, tokens: readonly Token[], best: number): Guess['span'] {
  const width = classes.length;
  let greatest = -Infinity;
  let sum = 0;
  let from = 0;
  let span = { start: 0, end: 0 };
  for (const [index, { buckets, end }] of tokens.entries()) {
    let own = 0;
    for (const bucket of buckets) {
      let all = 0;
      for (let c = 0; c < width; c++) all += weightAt(values, bucket * width + c);
      own += weightAt(values, bucket * width + best) - all / width;
    }
    if (sum <= 0) {
      sum = 0;
      from = index;
    }
    sum += own;
    if (sum > greatest) {
      greatest = sum;
      span = { start: member(tokens, from).start, end };
    }
  }
  return span;
}

/** As `member`, for weights alone: a function that has met several kinds of lists asks at every call which it got. */
function weightAt<T = number>(list: Readonly<Record<number, T>> & Int8Array, index: number): T {
  return list[index] as T;
}

/** `list[index]` within bounds, which the type system cannot know. */
function member<T>(list: Readonly<Record<number, T>>, index: number): T {
  return list[index] as T;
}
