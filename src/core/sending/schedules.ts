/**
 * When a message is tried again: the standard schedules of core/policy/retry.ts, or those that an operator wrote for a
 * category, a provider, or both. The most particular one is asked.
 */
import type { Category } from '../classify/categories.ts';
import { maxRetries, retryDelay, spread } from '../policy/retry.ts';

/** One `[[retry]]` of the configuration. */
interface Schedule {
  /** Null: all categories. */
  readonly category: Category | null;
  /** Organisational domain; null: all providers. */
  readonly provider: string | null;
  /** Milliseconds before the first, second … retry; empty: never again. */
  readonly delays: readonly number[];
}
export type Schedules = readonly Schedule[];

export interface Asked {
  readonly category: Category;
  /** A refusal for good: tried again only where a schedule names its category, except for reputation_block. */
  readonly blocked: boolean;
  readonly provider: string | null;
  /** The retry that would come: 1 is the first. */
  readonly retry: number;
  /** The MTA had tried for its queue's life: one more, a day later (DESIGN: policy defaults). */
  readonly late: boolean;
}

const lateDelay = 86_400_000;

/** Milliseconds until the retry, or null where there is none. @param jitter 0…1, spread over ×0.8–1.2. */
export function waitBefore(schedules: Schedules, asked: Asked, jitter: number): number | null {
  const { category, retry, late } = asked;
  if (retry > maxRetries) return null;
  const own = scheduleFor(schedules, asked);
  if (own === null && asked.blocked && category !== 'reputation_block') return null;
  if (late) return own?.delays.length === 0 ? null : lateDelay;
  if (own === null) return retryDelay(category, retry, jitter);
  const wait = own.delays[retry - 1];
  return wait === undefined ? null : spread(wait / 1000, jitter);
}

/** The most particular one; a provider's own weighs more than a category's. */
function scheduleFor(schedules: Schedules, { category, provider, blocked }: Asked): Schedule | null {
  return schedules
    .filter((each) => each.provider === null || each.provider === provider)
    .filter((each) => each.category === category || (each.category === null && !blocked))
    .reduce<Schedule | null>((best, each) => (best === null || weight(each) > weight(best) ? each : best), null);
}

function weight({ category, provider }: Schedule): number {
  return (provider === null ? 0 : 2) + (category === null ? 0 : 1);
}
