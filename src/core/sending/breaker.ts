/**
 * The breaker of one provider: it opens when too many of our dispatches were turned away within a window, lets one mail
 * through after a while, and closes when that one is taken. Pure; store/providers.ts keeps it for all processes.
 */

export interface BreakerOptions {
  /** Distinct dispatches turned away within `window` that open it. */
  readonly threshold: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds until the first probe; doubles with each probe that fails. */
  readonly pause: number;
  readonly maxPause: number;
}

export interface Breaker {
  readonly state: 'closed' | 'open' | 'probing';
  /** Since when it is in this state. */
  readonly since: Date;
  /** Rests in a row before this one, each of which doubles it; while closed, those before the next if it comes soon. */
  readonly failures: number;
  /** When the next probe may go; null while closed or probing. */
  readonly probeAt: Date | null;
  /** The dispatch that probes. */
  readonly probe: string | null;
}

export const closed = (since: Date): Breaker => ({ state: 'closed', since, failures: 0, probeAt: null, probe: null });

function open(failures: number, { pause, maxPause }: BreakerOptions, now: Date): Breaker {
  const wait = Math.min(maxPause, pause * 2 ** Math.min(failures, 20));
  return { state: 'open', since: now, failures, probeAt: new Date(now.getTime() + wait), probe: null };
}

const isProbe = (breaker: Breaker, dispatch: string): boolean =>
  breaker.state === 'probing' && breaker.probe === dispatch;

/** After a dispatch was turned away. @param distinct dispatches turned away within the window, this one included. */
export function afterFault(
  breaker: Breaker,
  dispatch: string,
  distinct: number,
  options: BreakerOptions,
  now: Date,
): Breaker {
  if (isProbe(breaker, dispatch)) return open(breaker.failures + 1, options, now);
  if (breaker.state !== 'closed' || distinct < options.threshold) return breaker;
  // Behind a relay a probe always seems to be taken, and reports open it again at once: that was no recovery.
  const soon = now.getTime() - breaker.since.getTime() <= options.window;
  return open(soon ? breaker.failures : 0, options, now);
}

/** After a dispatch was taken, or refused for a reason of its own: the provider talks to us. */
export function afterSuccess(breaker: Breaker, dispatch: string, now: Date): Breaker {
  return isProbe(breaker, dispatch) ? { ...closed(now), failures: breaker.failures + 1 } : breaker;
}

/** After a dispatch came back without a word from the provider (relay down, suppressed meanwhile): another may probe. */
export function afterSilence(breaker: Breaker, dispatch: string, now: Date): Breaker {
  return isProbe(breaker, dispatch) ? { ...breaker, state: 'open', since: now, probeAt: now, probe: null } : breaker;
}

/** Whether a dispatch may go now, and the breaker as it is then: the first one after the pause becomes the probe. */
export function admit(
  breaker: Breaker,
  dispatch: string,
  options: BreakerOptions,
  now: Date,
): { readonly admitted: boolean; readonly breaker: Breaker } {
  if (breaker.state === 'closed' || isProbe(breaker, dispatch)) return { admitted: true, breaker };
  const due = breaker.state === 'open' && breaker.probeAt !== null && breaker.probeAt <= now;
  // A probe whose end nobody heard of: its process is gone.
  const lost = breaker.state === 'probing' && now.getTime() - breaker.since.getTime() > options.maxPause;
  if (!due && !lost) return { admitted: false, breaker };
  return { admitted: true, breaker: { ...breaker, state: 'probing', since: now, probeAt: null, probe: dispatch } };
}
