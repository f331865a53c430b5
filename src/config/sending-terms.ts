/** What the options say of retries and of care, as core/sending takes it. */
import { isCategory } from '../core/classify/categories.ts';
import type { BreakerOptions } from '../core/sending/breaker.ts';
import type { Schedules } from '../core/sending/schedules.ts';
import type { Options } from './options.ts';

export function sendingTerms({ retry, care }: Pick<Options, 'retry' | 'care'>): {
  readonly schedules: Schedules;
  readonly breaker: BreakerOptions;
} {
  return {
    schedules: retry.map(({ category, provider, delays }) => ({
      category: isCategory(category) ? category : null,
      provider: provider === '' ? null : provider,
      delays,
    })),
    breaker: {
      threshold: care.breakerThreshold,
      window: care.breakerWindow,
      pause: care.breakerPause,
      maxPause: care.breakerMaxPause,
    },
  };
}
