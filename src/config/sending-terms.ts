/** What the options say of retries and of care, as core/sending takes it. */
import { isCategory } from '../core/classify/categories.ts';
import type { BreakerOptions } from '../core/sending/breaker.ts';
import type { Cap } from '../core/sending/caps.ts';
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

/** What one provider has to bear of one process: its own `[[provider]]`, else `[care]`. */
export function capOf({ care, provider }: Pick<Options, 'care' | 'provider'>, name: string | null): Cap {
  const { concurrency, ratePerMinute } = provider.find((each) => each.name === name) ?? care;
  return { concurrency, ratePerMinute };
}
