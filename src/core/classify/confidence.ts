/**
 * How sure a verdict is: the share of verdicts of its kind that turned out right, read from a table that `npm run calibrate` fits
 * (config/reliability.toml, docs/evaluation.md). The kind is what decided, and whether the enhanced status code says the same.
 */
import { categories, type Category, type Permanence } from './categories.ts';
import { categoryOfStatus } from './status-table.ts';

/** What decided. Rules are told apart by their own `confidence`, which is a rank: receiver's words, mail server's, general, weak. */
export const grounds = [
  'receiver',
  'server',
  'general',
  'weak',
  'model',
  'status',
  'phase',
  'reply',
  'unknown',
] as const;
export type Ground = (typeof grounds)[number];

/**
 * What the enhanced status code says of the category: the same, nothing, another one; `against`: a transient code beside words
 * that are final ("450 user unknown").
 */
export const consents = ['agrees', 'silent', 'differs', 'against'] as const;
export type Consent = (typeof consents)[number];

/** Shares, 0…1, two decimals. */
export type Reliability = Readonly<Record<Ground, Readonly<Record<Consent, number>>>>;

/** The ground that a rule of this confidence stands on. */
export function groundOf(confidence: number): Ground {
  if (confidence >= 0.96) return 'receiver';
  if (confidence >= 0.93) return 'server';
  return confidence >= 0.85 ? 'general' : 'weak';
}

/** What the codes say of a category that something else has found. */
export function consentOf(category: Category, statuses: readonly string[], codes: Permanence): Consent {
  if (codes === 'transient' && categories[category].type === 'hard_bounce') return 'against';
  for (const status of statuses) {
    const told = categoryOfStatus(status);
    if (told !== null) return told === category ? 'agrees' : 'differs';
  }
  return 'silent';
}

/** Where nothing was fitted: a rule's own word, and guesses for the rest. */
const guesses: Readonly<Record<Ground, number>> = {
  receiver: 0.97,
  server: 0.95,
  general: 0.9,
  weak: 0.7,
  model: 0.7,
  status: 0.6,
  phase: 0.5,
  reply: 0.4,
  unknown: 0.2,
};

export const unfitted: Reliability = Object.fromEntries(
  grounds.map((ground) => {
    const share = guesses[ground];
    return [ground, { agrees: share, silent: share, differs: share, against: Math.round(share * 80) / 100 }];
  }),
) as Record<Ground, Record<Consent, number>>;
