/** Gauges that nobody's work sets: how late the event loop runs, how long the queues are. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import { dispatchFacts } from '../store/dispatch-facts.ts';
import { queueFacts } from '../store/queue.ts';

const interval = 5_000;
const resolution = 10;
/** Counting dispatches reads all that are not final: it takes no more than this share of the time. */
const countingShare = 0.05;

/** Looks every 5 s; a database that is away leaves the last values and is reported elsewhere. */
export function startWatch({ db, log, metrics }: { db: Db; log: Log; metrics: Metrics }): { close(): Promise<void> } {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  let running: Promise<void> | null = null;
  let countAt = 0;
  const countDispatches = async (): Promise<void> => {
    const began = performance.now();
    if (began < countAt) return;
    const { states, oldestDueSeconds, resting } = await dispatchFacts(db);
    for (const [state, count] of Object.entries(states)) metrics.dispatches.set({ state }, count);
    metrics.dispatchesOldestDue.set(oldestDueSeconds);
    metrics.providerBreaker.reset();
    for (const { provider, state } of resting)
      metrics.providerBreaker.inc({ provider: metrics.provider.of(provider), state });
    const ended = performance.now();
    countAt = ended + (ended - began) / countingShare;
  };
  const look = async (): Promise<void> => {
    // The histogram counts the whole interval between two samples; only what goes beyond it is lag.
    const worst = Math.max(0, delay.max / 1e6 - resolution);
    metrics.loopLagSeconds.set(worst / 1000);
    delay.reset();
    try {
      const { depth, oldestSeconds, stuck } = await queueFacts(db);
      metrics.queueDepth.set(depth);
      metrics.queueAge.set(oldestSeconds);
      metrics.stuck.set(stuck);
      await countDispatches();
    } catch (error) {
      log.databaseTrouble('queue', error);
    }
  };
  const once = (): void => {
    running ??= look().finally(() => (running = null));
  };
  const timer = setInterval(once, interval);
  timer.unref();
  once();
  return {
    async close() {
      clearInterval(timer);
      delay.disable();
      await running;
    },
  };
}
