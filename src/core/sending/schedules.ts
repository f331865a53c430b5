/**
 * When a message is tried again: the standard schedules of core/policy/retry.ts, or those that an operator wrote for a
 * category, a provider, or both. The most particular one is asked.
 */
import type { Category } from '../classify/categories.ts';
import { maxRetries, retryDelay, spread } from '../policy/retry.ts';

/** One `[[retry]]` of the configuration. */
export interface Schedule {
  /** Null: all categories. */
  readonly category: Category | null;
  /** Organisational domain; null: all providers. */
  readonly provider: string | null;
  /** Milliseconds before the second, third … attempt; empty: never again. */
  readonly delays: readonly number[];
}
export type Schedules = readonly Schedule[];

export interface Asked {
  readonly category: Category;
  readonly provider: string | null;
  /** The attempt that would come: 2 is the first retry. */
  readonly attempt: number;
  /** The MTA had tried for its queue's life: one more, a day later (DESIGN: policy defaults). */
  readonly late: boolean;
}

const lateDelay = 86_400_000;

/** Milliseconds until the attempt, or null where there is none. @param jitter 0…1, spread over ×0.8–1.2. */
export function waitBefore(schedules: Schedules, asked: Asked, jitter: number): number | null {
  const { category, provider, attempt, late } = asked;
  if (attempt - 1 > maxRetries) return null;
  if (late) return lateDelay;
  const own = schedules
    .filter((each) => (each.category ?? category) === category && (each.provider ?? provider) === provider)
    .reduce<Schedule | null>((best, each) => (best === null || weight(each) > weight(best) ? each : best), null);
  if (own === null) return retryDelay(category, attempt - 1, jitter);
  const wait = own.delays[attempt - 2];
  return wait === undefined ? null : spread(wait / 1000, jitter);
}

function weight({ category, provider }: Schedule): number {
  return (provider === null ? 0 : 2) + (category === null ? 0 : 1);
}
