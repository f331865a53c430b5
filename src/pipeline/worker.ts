/**
 * The worker: take, process, settle. While one batch is settled in the database the next is read and classified. It owns
 * what it took for the length of a lease and settles only that attempt (store/settle.ts), so that a worker that was stopped,
 * frozen or cut off does no harm: somebody else takes the arrival after the lease, and the late one finds nothing to settle.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Options } from '../config/options.ts';
import { sendingTerms } from '../config/sending-terms.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import { describeError, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import { failAttempt, releaseArrivals, takeArrivals, type Taken } from '../store/queue.ts';
import { recordFacts } from '../store/facts.ts';
import { findReturnPaths } from '../store/return-paths.ts';
import { isPassing, settleBatch, type Processed } from '../store/settle.ts';
import { Inbox } from './inbox.ts';
import { processArrival } from './process.ts';

export interface WorkerParts {
  readonly db: Db;
  readonly options: Options;
  readonly rules: () => RuleSet;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

export interface Worker {
  readonly leaseMs: number;
  /** Room for an arrival in memory; `true` is answered by `deliver` or `cancel`. */
  reserve(bytes: number): boolean;
  cancel(bytes: number): void;
  deliver(taken: readonly Taken[]): void;
  /** Look at the queue now. */
  wake(): void;
  /** Finishes what is being settled, gives the rest back. */
  close(): Promise<void>;
}

/** So long the event loop may be ours before SMTP has its turn. */
const sliceMs = 5;
/** Batches are taken from memory at least so far apart, unless a full one waits. */
const gatherMs = 20;
/** Batches that may wait in memory. */
const batchesInMemory = 8;
const pause = { first: 100, most: 5000 };

/** Milliseconds until an attempt is repeated: 1 s, 4 s, 16 s, then a minute. */
function retryDelay(attempt: number): number {
  return Math.min(60_000, 1000 * 4 ** (attempt - 1));
}

export function startWorker({ db, options, rules, log, metrics, now }: WorkerParts): Worker {
  const { batch: rows, batchBytes: bytes, lease, maxAttempts, pollInterval } = options.pipeline;
  const limit = { rows, bytes };
  const sending = sendingTerms(options);
  const inbox = new Inbox({ rows: rows * batchesInMemory, bytes: bytes * 2 });
  // A connection that nobody else waits for, and that waits for nobody.
  const settleDb = db.dedicated();
  let closing = false;
  let polledAt = -Infinity;
  let takenAt = -Infinity;
  /** Queue and memory take turns: neither starves the other. */
  let queueHadTurn = false;
  /** Taken and not yet handed to settling. */
  let held: readonly Taken[] = [];
  let settling: Promise<void> = Promise.resolve();
  let signal: () => void = () => undefined;

  /** Until somebody wakes us, or for so long. */
  function rest(ms: number): Promise<void> {
    if (closing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(wakeUp, ms);
      function wakeUp(): void {
        clearTimeout(timer);
        signal = () => undefined;
        resolve();
      }
      signal = wakeUp;
    });
  }

  /** From memory; from the queue when it is time to look there, or nothing is in memory. */
  async function nextBatch(): Promise<readonly Taken[]> {
    if (held.length > 0) return held;
    const at = performance.now();
    if (at - polledAt >= pollInterval && !(queueHadTurn && inbox.size > 0)) {
      queueHadTurn = true;
      polledAt = at;
      const taken = await takeArrivals(db, {
        limit: rows,
        bytes,
        leaseMs: lease,
        maxAttempts,
        onStuck: (arrivalId, attempts) => log.stuck({ arrivalId, attempts }, new Error('the lease ran out')),
      });
      // Where there was something there may be more.
      if (taken.length > 0) polledAt = -Infinity;
      if (taken.length > 0) return taken;
    }
    queueHadTurn = false;
    // A settling of few rows costs nearly as much as one of many: under load it waits a moment for more to come.
    const since = performance.now() - takenAt;
    if (inbox.size < rows && since < gatherMs) await sleep(gatherMs - since);
    takenAt = performance.now();
    return inbox.take(limit);
  }

  /** What waited longer than its lease belongs to whoever takes it next. */
  const isOurs = ({ committedAt }: Taken): boolean => performance.now() - committedAt < lease;

  async function fail({ arrival, attempt }: Taken, error: unknown): Promise<void> {
    metrics.attemptsFailed.inc();
    log.attemptFailed({ arrivalId: arrival.id, attempt }, error);
    try {
      const { text } = describeError(error);
      const state = await failAttempt(db, { arrival, attempt }, text, retryDelay(attempt), maxAttempts);
      if (state === 'stuck') log.stuck({ arrivalId: arrival.id, attempts: attempt }, error);
    } catch (trouble) {
      // The lease runs out by itself.
      log.databaseTrouble('fail', trouble);
    }
  }

  async function processBatch(batch: readonly Taken[]): Promise<Processed[]> {
    const rowIds = batch.flatMap(({ arrival }) => arrival.bound?.rowId ?? []);
    const minted = await findReturnPaths(db, rowIds);
    const ruleSet = rules();
    const processed: Processed[] = [];
    let since = performance.now();
    for (const taken of batch) {
      try {
        processed.push({ taken, events: await processArrival(taken.arrival, ruleSet, minted) });
      } catch (error) {
        await fail(taken, error);
      }
      if (performance.now() - since < sliceMs) continue;
      await setImmediate();
      since = performance.now();
    }
    return processed;
  }

  /** Repeats while the lease lasts and the database is away; then the queue has it. Never rejects. */
  async function settleAll(batch: readonly Processed[], rulesVersion: string): Promise<void> {
    const deadline = Math.min(...batch.map(({ taken }) => taken.committedAt)) + lease;
    const { policy, pipeline } = options;
    let remaining = batch;
    let wait = pause.first;
    while (remaining.length > 0) {
      const terms = {
        policy,
        tokenEventsPerDay: pipeline.tokenEventsPerDay,
        rulesVersion,
        sending,
        now: now(),
      };
      const done = new Set<Processed>();
      try {
        const unsettled = await settleBatch(settleDb, remaining, terms, (settled) => {
          for (const each of settled.done) done.add(each);
          recordFacts(settled, log, metrics);
        });
        for (const { processed, error } of unsettled) await fail(processed.taken, error);
        return;
      } catch (error) {
        log.databaseTrouble('settle', error);
        remaining = remaining.filter((each) => !done.has(each));
        if (!isPassing(error) || closing || performance.now() + wait > deadline) return;
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(wait * 2, pause.most);
      }
    }
  }

  async function run(): Promise<void> {
    let wait = pause.first;
    while (!closing) {
      try {
        held = (await nextBatch()).filter(isOurs);
        if (held.length === 0) {
          if (inbox.size === 0 && polledAt !== -Infinity) await rest(pollInterval);
          continue;
        }
        const rulesVersion = rules().version;
        const processed = await processBatch(held);
        await settling;
        held = [];
        if (processed.length > 0) settling = settleAll(processed, rulesVersion);
        wait = pause.first;
      } catch (error) {
        // What is held is tried again while its lease lasts; what is in memory waits there.
        log.databaseTrouble('take', error);
        await rest(wait);
        wait = Math.min(wait * 2, pause.most);
      }
    }
  }

  const running = run();
  return {
    leaseMs: lease,
    reserve: (octets) => inbox.reserve(octets),
    cancel: (octets) => inbox.cancel(octets),
    deliver(taken) {
      inbox.put(taken);
      signal();
    },
    wake() {
      polledAt = -Infinity;
      signal();
    },
    async close() {
      closing = true;
      inbox.close();
      signal();
      await running;
      await settling;
      try {
        await releaseArrivals(db, [...held, ...inbox.take({ rows: Infinity, bytes: Infinity })]);
      } catch (error) {
        log.databaseTrouble('release', error);
      }
      await settleDb.close();
    },
  };
}
