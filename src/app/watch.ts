/** Gauges that nobody's work sets: how late the event loop runs, how long the queue is. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import { queueFacts } from '../store/queue.ts';

const interval = 5_000;
const resolution = 10;

/** Looks every 5 s; a database that is away leaves the last values and is reported elsewhere. */
export function startWatch({ db, log, metrics }: { db: Db; log: Log; metrics: Metrics }): { close(): Promise<void> } {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  let running: Promise<void> | null = null;
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
