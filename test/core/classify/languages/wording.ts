import type { Category } from '../../../../src/core/classify/categories.ts';

/** A text, and the categories that a reader of its language accepts. */
export type Wording = readonly [text: string, ...accepted: Category[]];
