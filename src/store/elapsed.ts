/**
 * What follows when nothing is heard any more: mail that counts as delivered, retries whose time has come and that are not
 * ours to send, messages that nobody needs any longer. One process at a time does it, whether or not it sends.
 */
import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db, Queryable } from './db.ts';
import { assumeDelivered, batch, removeFinishedRaws, tellDueRetries } from './dispatch-sweep.ts';
import { claim, extend, finish } from './jobs.ts';

const interval = 15_000;
/** Looking through all messages is dear, and nearly always finds nothing. */
const rawsInterval = 600_000;

/** Looks at once and then every 15 s. */
export function startElapsed({
  db,
  options,
  log,
  metrics,
}: {
  readonly db: Db;
  readonly options: { readonly sender: { readonly assumedDelivered: number } };
  readonly log: Log;
  readonly metrics: Metrics;
}): { close(): Promise<void> } {
  const owner = randomUUID();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running = look();

  /** Batch after batch, as long as there are full ones and the job is ours. */
  async function all(step: (db: Db) => Promise<number>, name: string, own: Db = db): Promise<number> {
    let sum = 0;
    for (;;) {
      const count = await step(own);
      sum += count;
      if (count < batch || closed || !(await extend(db, name, owner))) return sum;
    }
  }

  async function assume(own: Db): Promise<number> {
    const { found, seconds } = await assumeDelivered(own, options.sender.assumedDelivered);
    for (const each of seconds) metrics.dispatchFinalSeconds.observe({ state: 'assumed_delivered' }, each);
    return found;
  }

  async function removeRaws(): Promise<void> {
    if (closed || !(await claim(db, 'raws', owner, rawsInterval))) return;
    const own = db.dedicated({ patient: true });
    try {
      const raws = await all((each: Queryable) => removeFinishedRaws(each), 'raws', own);
      await finish(db, 'raws', owner, { raws });
    } finally {
      await own.close();
    }
  }

  async function look(): Promise<void> {
    try {
      if (await claim(db, 'elapsed', owner, interval)) {
        const retries = await all(tellDueRetries, 'elapsed');
        const delivered = await all(assume, 'elapsed');
        await finish(db, 'elapsed', owner, { retries, delivered });
      }
      await removeRaws();
    } catch (error) {
      log.databaseTrouble('elapsed', error);
    }
    if (closed) return;
    timer = setTimeout(
      () => {
        running = look();
      },
      interval * (0.5 + Math.random() * 0.5),
    );
    timer.unref();
  }

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
