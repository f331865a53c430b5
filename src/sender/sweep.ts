/** What time does to dispatches (store/dispatch-sweep.ts), looked after by every process that sends. */
import type { Options } from '../config/options.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import { batch, expireDispatches, sweepLeases } from '../store/dispatch-sweep.ts';
import { releaseProbes } from '../store/providers.ts';

const most = 15_000;

/** Looks at once and then four times in a lease, every 15 s at least. */
export function startSweep({
  db,
  options,
  log,
  metrics,
}: {
  readonly db: Db;
  readonly options: Options['sender'];
  readonly log: Log;
  readonly metrics: Metrics;
}): { close(): Promise<void> } {
  let running: Promise<void> | null = null;
  let closed = false;
  /** Batch after batch: what a relay's long absence left must not keep the front of the queue for hours. */
  const expire = async (): Promise<void> => {
    let count: number;
    do {
      const seconds = await expireDispatches(db);
      for (const each of seconds) metrics.dispatchFinalSeconds.observe({ state: 'expired' }, each);
      count = seconds.length;
    } while (count === batch && !closed);
  };
  const look = async (): Promise<void> => {
    try {
      const { indeterminate, resent } = await sweepLeases(db, options.indeterminate === 'resend');
      if (indeterminate + resent > 0) log.dispatchesAbandoned({ indeterminate, resent });
      await releaseProbes(db, options.lease);
      await expire();
    } catch (error) {
      log.databaseTrouble('sweep', error);
    }
  };
  const once = (): void => {
    running ??= look().finally(() => (running = null));
  };
  const timer = setInterval(once, Math.min(most, options.lease / 4));
  timer.unref();
  once();
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}
