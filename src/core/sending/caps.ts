/**
 * How much of us a provider has to bear: so many dispatches on their way at once, and so many a minute. A token bucket that
 * holds one second's worth, so that a minute never begins with a burst. Pure: time is a monotonic clock's milliseconds, and
 * a state is a value that the caller keeps for each provider.
 */

/** `[care]`, or a `[[provider]]` of the configuration. */
export interface Cap {
  readonly concurrency: number;
  /** 0: no limit. */
  readonly ratePerMinute: number;
}

export interface Load {
  readonly inFlight: number;
  /** Dispatches that may go at `at`, as far as the rate is concerned. */
  readonly tokens: number;
  /** Milliseconds. */
  readonly at: number;
}

export type Admission =
  | { readonly admitted: true; readonly load: Load }
  /** `waitMs`: when to ask again; null where one of those on their way must end first. */
  | { readonly admitted: false; readonly waitMs: number | null };

const minute = 60_000;
const noise = 1e-6;

/** What the bucket holds at the most. */
const burstOf = ({ ratePerMinute }: Cap): number => Math.max(1, ratePerMinute / 60);

/** A provider that nothing was sent to for a while. */
export const unloaded = (cap: Cap, nowMs: number): Load => ({ inFlight: 0, tokens: burstOf(cap), at: nowMs });

/** A clock that jumps back gives nothing, and takes nothing. */
function tokensAt({ tokens, at }: Load, cap: Cap, nowMs: number): number {
  return Math.min(burstOf(cap), tokens + (Math.max(0, nowMs - at) * cap.ratePerMinute) / minute);
}

/** Whether one more dispatch may go, and the load with it. */
export function admit(load: Load, cap: Cap, nowMs: number): Admission {
  if (load.inFlight >= cap.concurrency) return { admitted: false, waitMs: null };
  const inFlight = load.inFlight + 1;
  if (cap.ratePerMinute === 0) return { admitted: true, load: { ...load, inFlight, at: nowMs } };
  const tokens = tokensAt(load, cap, nowMs);
  // What sums of fractions lack must not cost a second wait.
  if (tokens < 1 - noise) return { admitted: false, waitMs: Math.ceil(((1 - tokens) * minute) / cap.ratePerMinute) };
  return { admitted: true, load: { inFlight, tokens: Math.max(0, tokens - 1), at: nowMs } };
}

/** One came to its end, whichever. */
export const release = (load: Load): Load => ({ ...load, inFlight: Math.max(0, load.inFlight - 1) });

/** The load says no more than `unloaded` would: it need not be kept. */
export function isUnloaded(load: Load, cap: Cap, nowMs: number): boolean {
  return load.inFlight === 0 && (cap.ratePerMinute === 0 || tokensAt(load, cap, nowMs) >= burstOf(cap));
}
