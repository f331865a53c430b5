/** Multinomial logistic regression by AdaGrad over hashed words: from sentences with categories to weights of eight bits. */
import type { Category } from '../../src/core/classify/categories.ts';
import { fold } from '../../src/core/classify/fold.ts';
import { tokensOf, type Weights } from '../../src/core/classify/model.ts';
import type { Draw } from './phrases.ts';

export interface Sample {
  readonly text: string;
  readonly category: Category;
}

export interface Training {
  readonly buckets: number;
  readonly epochs: number;
  readonly rate: number;
  /** Pulls weights to zero: the higher, the smoother. */
  readonly decay: number;
}

/** The same samples, settings and draws give the same weights. */
export function learn(samples: readonly Sample[], { buckets, epochs, rate, decay }: Training, draw: Draw): Weights {
  const classes = [...new Set(samples.map(({ category }) => category))].sort();
  const width = classes.length;
  const rows = samples.map(({ text, category }) => ({
    buckets: tokensOf(fold(text).text, buckets).flatMap((token) => token.buckets),
    label: classes.indexOf(category),
  }));
  const weights = new Float64Array(buckets * width);
  const squares = new Float64Array(buckets * width).fill(1e-8);
  const bias = new Float64Array(width);
  const order = rows.map((_, index) => index);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(draw() * (i + 1));
      [order[i], order[j]] = [at(order, j), at(order, i)];
    }
    for (const index of order) {
      const row = rows[index];
      if (row === undefined || row.buckets.length === 0) continue;
      const factor = 1 / Math.sqrt(row.buckets.length);
      const scores = Float64Array.from(bias);
      for (const bucket of row.buckets)
        for (let c = 0; c < width; c++) scores[c] = at(scores, c) + at(weights, bucket * width + c) * factor;
      const top = Math.max(...scores);
      const odds = scores.map((score) => Math.exp(score - top));
      const total = odds.reduce((sum, each) => sum + each, 0);
      for (let c = 0; c < width; c++) {
        const slope = at(odds, c) / total - (c === row.label ? 1 : 0);
        bias[c] = at(bias, c) - 0.01 * slope;
        if (Math.abs(slope) < 1e-3) continue;
        for (const bucket of row.buckets) {
          const cell = bucket * width + c;
          const weight = at(weights, cell);
          const gradient = slope * factor + decay * weight;
          const square = at(squares, cell) + gradient * gradient;
          squares[cell] = square;
          weights[cell] = weight - (rate * gradient) / Math.sqrt(square);
        }
      }
    }
  }
  return quantised(classes, buckets, weights, bias);
}

/** To eight bits; the few weights beyond the 99.9th percentile are cut. */
function quantised(classes: readonly Category[], buckets: number, weights: Float64Array, bias: Float64Array): Weights {
  const sizes = weights.map(Math.abs).sort();
  const scale = (sizes[Math.floor(sizes.length * 0.999)] ?? 1) / 127;
  const values = Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale))));
  return { classes, buckets, bias: [...bias].map((each) => Math.round(each * 1000) / 1000), values, scale };
}

/** `list[index]` within bounds, which the type system cannot know. */
function at(list: Readonly<Record<number, number>>, index: number): number {
  return list[index] ?? 0;
}
