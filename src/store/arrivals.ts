/**
 * The group commit: what 250 stands on. While one commit is under way new arrivals gather, and the next commit takes them
 * all (up to a number and a size), on a connection that nobody else uses. A commit that fails for the database's reasons is
 * repeated until the deadline of who waits; repeating is safe, because the ids stay and the keys recognise them.
 */
import { setImmediate } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { insertArrivals, reduced, type NewArrival, type Pending, type Settled } from './arrival-rows.ts';
import { StoreError, type Db } from './db.ts';
import { asStoreError } from './failure.ts';
import { newId } from './ids.ts';
import { ensurePartitions } from './partitions.ts';
import type { Taken } from './queue.ts';

export type { NewArrival } from './arrival-rows.ts';

/** `duplicate`: the same report was here before; the id is that of the first. */
export interface CommitOutcome {
  readonly outcome: 'stored' | 'duplicate';
  readonly arrivalId: string;
}

/** Our own worker, who takes arrivals from memory right after their commit. */
export interface HandOff {
  readonly leaseMs: number;
  /** Whether it has room for an arrival of so many octets; `true` must be answered by `deliver` or `cancel`. */
  reserve(bytes: number): boolean;
  deliver(taken: readonly Taken[]): void;
  /** Reserved, but not ours after all: a duplicate, or never committed. */
  cancel(bytes: number): void;
}

export interface ArrivalLog {
  /**
   * Commits the arrivals of one SMTP transaction together; resolves once they are on disk, in their order.
   * Rejects with StoreError: `unavailable` at the deadline (the outcome may be unknown; sending again is safe), `full`
   * when too much waits already.
   */
  commit(group: readonly NewArrival[]): Promise<readonly CommitOutcome[]>;
  /** Octets that wait. */
  pending(): number;
  /** Finishes what waits, then refuses. */
  close(): Promise<void>;
}

export interface ArrivalLogParts {
  readonly db: Db;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds. */
  readonly commitDeadline: number;
  readonly handOff?: HandOff;
  readonly maxPendingBytes?: number;
}

interface Group {
  rows: readonly Pending[];
  readonly bytes: number;
  /** Resolved or rejected for good: a repetition of its batch leaves it out. */
  settled: boolean;
  /** Told at its deadline that it failed: no reason to ask the database once more. */
  answered: boolean;
  resolve(outcomes: readonly CommitOutcome[]): void;
  reject(error: StoreError): void;
}

const maxRows = 500;
const maxBytes = 16 * 1024 * 1024;
const backOff = { first: 50, most: 1000 };

export function createArrivalLog(parts: ArrivalLogParts): ArrivalLog {
  const { log, metrics, handOff, commitDeadline } = parts;
  const maxPendingBytes = parts.maxPendingBytes ?? 256 * 1024 * 1024;
  const db = parts.db.dedicated();
  const waiting: Group[] = [];
  let pendingBytes = 0;
  let running: Promise<void> | null = null;
  let closed = false;
  /** Since when every commit has failed: who comes into a long outage is not kept waiting in vain. */
  let failingSince: number | null = null;

  function commit(group: readonly NewArrival[]): Promise<readonly CommitOutcome[]> {
    if (closed) return Promise.reject(new StoreError('unavailable', 'CLOSED', 'stopping'));
    if (group.length === 0) return Promise.resolve([]);
    const bytes = sizeOf(group);
    if (pendingBytes > 0 && pendingBytes + bytes > maxPendingBytes)
      return Promise.reject(new StoreError('full', 'PENDING', 'too many arrivals wait for the database'));
    pendingBytes += bytes;
    const now = performance.now();
    const patience =
      failingSince !== null && now - failingSince > commitDeadline ? commitDeadline / 10 : commitDeadline;
    return new Promise((resolve, reject) => {
      const entry: Group = {
        rows: group.map((arrival) => ({
          id: newId(),
          arrival,
          reserved: handOff?.reserve(arrival.raw.length) ?? false,
        })),
        bytes,
        settled: false,
        answered: false,
        resolve,
        reject,
      };
      const timer = setTimeout(() => {
        // Not under way: let go of it now. Under way: its outcome is unknown, and sending again is safe.
        entry.answered = true;
        const at = waiting.indexOf(entry);
        if (at >= 0) {
          waiting.splice(at, 1);
          forget(entry);
        }
        reject(new StoreError('unavailable', 'COMMIT_DEADLINE', 'the database did not commit in time'));
      }, patience);
      entry.resolve = (outcomes) => {
        clearTimeout(timer);
        resolve(outcomes);
      };
      entry.reject = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      waiting.push(entry);
      running ??= flushAll();
    });
  }

  /** Batches one after another until nothing waits. Never rejects. */
  async function flushAll(): Promise<void> {
    let pause = backOff.first;
    while (waiting.length > 0) {
      // What the current turn of the event loop still brings belongs to the same commit.
      await setImmediate();
      const batch = nextBatch();
      if (batch.length === 0) continue;
      try {
        await store(batch);
        failingSince = null;
        pause = backOff.first;
      } catch (error) {
        const failure = asStoreError(error);
        failingSince ??= performance.now();
        if (failure.code === '23514') await ensurePartitions(db).catch(() => undefined);
        log.databaseTrouble('commit', failure);
        // Of a halved batch one part may be stored already.
        const again = batch.filter((group) => !group.settled && !group.answered);
        for (const group of batch) if (group.answered && !group.settled) forget(group);
        waiting.unshift(...again);
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, backOff.most);
      }
    }
    // In the same turn as the last look at `waiting`: what comes from now on starts a run of its own.
    running = null;
  }

  /** As many whole groups as fit, at least one. */
  function nextBatch(): Group[] {
    const batch: Group[] = [];
    let rows = 0;
    let bytes = 0;
    for (;;) {
      const group = waiting[0];
      if (group === undefined) return batch;
      if (batch.length > 0 && (rows + group.rows.length > maxRows || bytes + group.bytes > maxBytes)) return batch;
      waiting.shift();
      batch.push(group);
      rows += group.rows.length;
      bytes += group.bytes;
    }
  }

  /** Commits groups; halves them when the data is at fault, so that one arrival never fails the others. */
  async function store(groups: readonly Group[]): Promise<void> {
    try {
      settle(groups, await insert(groups));
    } catch (error) {
      const failure = asStoreError(error);
      if (failure.failure !== 'data' && failure.failure !== 'bug') throw failure;
      const [only, ...others] = groups;
      if (only === undefined) return;
      if (others.length > 0) {
        const middle = Math.ceil(groups.length / 2);
        await store(groups.slice(0, middle));
        await store(groups.slice(middle));
        return;
      }
      log.databaseTrouble('arrival stored in reduced form', failure);
      await storeReduced(only);
    }
  }

  async function storeReduced(group: Group): Promise<void> {
    group.rows = group.rows.map((row) => ({ ...row, arrival: reduced(row.arrival) }));
    try {
      settle([group], await insert([group]));
    } catch (error) {
      const failure = asStoreError(error);
      if (failure.failure !== 'data' && failure.failure !== 'bug') throw failure;
      forget(group);
      group.reject(failure);
    }
  }

  /** One statement for what differs; the same key twice in a batch is one arrival. */
  async function insert(groups: readonly Group[]): Promise<Map<string, Settled>> {
    const first = new Map<string, Pending>();
    const twins: [Pending, Pending][] = [];
    for (const row of groups.flatMap((group) => group.rows)) {
      const key = row.arrival.arrivalKey.toString('latin1');
      const other = first.get(key);
      if (other === undefined) first.set(key, row);
      else twins.push([row, other]);
    }
    const batch = [...first.values()];
    const settled = await insertArrivals(db, batch, handOff?.leaseMs ?? 0);
    metrics.commitBatch.observe(batch.length);
    for (const [row, other] of twins) {
      const result = settled.get(other.id);
      if (result !== undefined) settled.set(row.id, { ...result, ours: false });
    }
    return settled;
  }

  function settle(groups: readonly Group[], settled: ReadonlyMap<string, Settled>): void {
    const now = performance.now();
    const taken: Taken[] = [];
    for (const group of groups) {
      group.settled = true;
      pendingBytes -= group.bytes;
      const outcomes = group.rows.map((row): CommitOutcome | null => {
        const result = settled.get(row.id);
        if (result === undefined) return null;
        if (row.reserved && result.ours)
          taken.push({
            arrival: { ...row.arrival, id: row.id, receivedAt: result.receivedAt },
            attempt: 1,
            committedAt: now,
          });
        else if (row.reserved) handOff?.cancel(row.arrival.raw.length);
        return { outcome: result.ours ? 'stored' : 'duplicate', arrivalId: result.arrivalId };
      });
      const known = outcomes.filter((outcome) => outcome !== null);
      if (known.length === outcomes.length) group.resolve(known);
      else group.reject(new StoreError('conflict', 'KEY_GONE', 'a key vanished while its arrival was stored'));
    }
    if (taken.length > 0) handOff?.deliver(taken);
  }

  function forget(group: Group): void {
    group.settled = true;
    pendingBytes -= group.bytes;
    for (const row of group.rows) if (row.reserved) handOff?.cancel(row.arrival.raw.length);
  }

  return {
    commit,
    pending: () => pendingBytes,
    async close() {
      closed = true;
      while (running !== null) await running;
      await db.close();
    },
  };
}

/** Octets of a group in memory: a message that its recipients share counts once. */
function sizeOf(group: readonly NewArrival[]): number {
  let bytes = 0;
  for (const raw of new Set(group.map((arrival) => arrival.raw))) bytes += raw.length;
  return bytes + 1000 * group.length;
}
