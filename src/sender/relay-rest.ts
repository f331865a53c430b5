/**
 * When a relay is left alone. A session that can't be had, or transaction after transaction turned away through no fault of
 * a recipient, is the relay's trouble: all mail for it waits, longer each time, and then one mail tries. With jitter, so that
 * many processes do not come back in step.
 */
export interface RelayRest {
  /** Milliseconds, 0 where it may be used. */
  waitMs(): number;
  /** It failed last: one transaction at a time, until one gets through. */
  readonly doubtful: boolean;
  /** `session`: none could be had; `transaction`: one came to nothing. True where it goes down with this one. */
  failed(what: 'session' | 'transaction'): boolean;
  /** Something was changed: one may try at once. */
  reconsider(): void;
  /** A transaction got through, whatever was said of its recipient. True where it comes back with this one. */
  worked(): boolean;
}

const shortest = 1000;
const longest = 300_000;
/** Transactions in a row that come to nothing. */
const patience = 10;

/** @param clock monotonic, milliseconds. @param random 0…1. */
export function createRelayRest(clock: () => number, random: () => number): RelayRest {
  let failures = 0;
  let inVain = 0;
  let until = -Infinity;
  return {
    waitMs: () => Math.max(0, until - clock()),
    get doubtful() {
      return failures > 0;
    },
    failed(what) {
      if (what === 'transaction' && ++inVain < patience && failures === 0) return false;
      // Several that were under way end together: one failure, not as many.
      if (until > clock()) return false;
      failures++;
      until = clock() + Math.min(longest, shortest * 2 ** Math.min(20, failures - 1)) * (0.8 + 0.4 * random());
      return failures === 1;
    },
    reconsider() {
      until = -Infinity;
    },
    worked() {
      const back = failures > 0;
      failures = 0;
      inVain = 0;
      until = -Infinity;
      return back;
    },
  };
}
