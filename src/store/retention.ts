/**
 * What is deleted when. Partitions are dropped whole; rows of the unpartitioned tables go in small batches, so that no
 * statement holds locks for long. An arrival that is still in the queue (stuck ones too) keeps its whole day.
 */
import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { StoreError, type Db } from './db.ts';
import { claim, extend, finish } from './jobs.ts';
import { ensurePartitions, partitionsBefore, type Partition } from './partitions.ts';

/** Milliseconds, as in the options' section. */
export interface RetentionPeriods {
  readonly raw: number;
  readonly keys: number;
  readonly counts: number;
  readonly events: number;
  readonly review: number;
  readonly postmaster: number;
}

export interface RetentionParts {
  /** Patient, and nobody else's. */
  readonly db: Db;
  readonly periods: RetentionPeriods;
  /** Asked between batches; false ends the run. */
  readonly goOn: () => Promise<boolean>;
}

const batch = 5000;
const batchesPerRun = 2000;

/** Tables that grow by rows: the column of age and the period that it is held against. */
const pruned: readonly { table: string; where: string; order: string; period: keyof RetentionPeriods }[] = [
  { table: 'arrival_keys', where: 'received_at < $1', order: 'received_at', period: 'keys' },
  { table: 'event_keys', where: 'received_at < $1', order: 'received_at', period: 'keys' },
  { table: 'return_paths', where: 'minted_at < $1', order: 'minted_at', period: 'keys' },
  { table: 'counts', where: 'at < $1 and last_at < $1', order: 'at', period: 'counts' },
  { table: 'sender_faults', where: 'day < $1::date', order: 'day', period: 'counts' },
  {
    table: 'retries',
    where: `(state in ('done', 'cancelled') and created_at < $1) or due_at < $1`,
    order: 'due_at',
    period: 'counts',
  },
  // Dispatches first: a message never takes thousands of them along in one statement.
  { table: 'dispatches', where: 'created_at < $1', order: 'created_at', period: 'events' },
  { table: 'messages', where: 'created_at < $1', order: 'created_at', period: 'events' },
  { table: 'outbox', where: 'created_at < $1', order: 'created_at', period: 'keys' },
  { table: 'sent_counts', where: 'hour < $1', order: 'hour', period: 'events' },
  { table: 'verdicts', where: 'received_at < $1', order: 'received_at', period: 'events' },
  { table: 'reclassifications', where: 'created_at < $1', order: 'created_at', period: 'events' },
  { table: 'review_items', where: 'created_at < $1', order: 'created_at', period: 'review' },
  { table: 'alerts', where: 'last_at < $1', order: 'last_at', period: 'review' },
  { table: 'postmaster_mail', where: 'received_at < $1', order: 'received_at', period: 'postmaster' },
  { table: 'provider_faults', where: 'at < $1', order: 'at', period: 'keys' },
  // A week after its end nobody asks any more why somebody was suppressed for a while; the decisions stay.
  {
    table: 'suppressions',
    where: `expires_at < now() - interval '7 days' and $1::timestamptz is not null`,
    order: 'expires_at',
    period: 'keys',
  },
];

/** Looks at once and then by interval (with jitter, so that many processes do not ask in step). */
export function startRetention({
  db,
  options,
  log,
  metrics,
}: {
  readonly db: Db;
  /** `interval`: milliseconds between two runs, over all processes. */
  readonly options: { readonly retention: RetentionPeriods & { readonly interval: number } };
  readonly log: Log;
  readonly metrics: Metrics;
}): { close(): Promise<void> } {
  const { retention } = options;
  const owner = randomUUID();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running = look();

  async function look(): Promise<void> {
    try {
      if (await claim(db, 'retention', owner, retention.interval)) await work();
    } catch (error) {
      log.databaseTrouble('retention', error);
    }
    if (closed) return;
    const wait = Math.min(retention.interval, 2 ** 31 - 1) * (0.5 + Math.random() * 0.5);
    timer = setTimeout(() => {
      running = look();
    }, wait);
    timer.unref();
  }

  async function work(): Promise<void> {
    const own = db.dedicated({ patient: true });
    try {
      const goOn = async (): Promise<boolean> => !closed && (await extend(db, 'retention', owner));
      const counts = await runRetention({ db: own, periods: retention, goOn });
      await finish(db, 'retention', owner, counts);
      for (const [table, count] of Object.entries(counts))
        if (table !== 'partitionsMade') metrics.retentionDeleted.inc({ table }, count);
      if (Object.keys(counts).length > 0) log.retention(counts);
    } finally {
      await own.close();
    }
  }

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/**
 * One run: partitions ahead, partitions dropped, rows pruned.
 * @returns numbers above 0: partitions made, partitions dropped or rows deleted by table.
 */
export async function runRetention({ db, periods, goOn }: RetentionParts): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const add = (name: string, count: number): void => {
    if (count > 0) counts[name] = (counts[name] ?? 0) + count;
  };
  add('partitionsMade', await ensurePartitions(db));
  const [clock] = await db.query<{ now: Date }>('select now() as now');
  const now = clock?.now.getTime() ?? 0;
  const before = (period: keyof RetentionPeriods): Date => new Date(now - periods[period]);

  for (const [table, period] of [
    ['arrivals', 'raw'],
    ['raws', 'raw'],
    ['events', 'events'],
    ['decisions', 'events'],
  ] as const)
    for (const partition of await partitionsBefore(db, table, before(period))) {
      if (!(await goOn())) return counts;
      add(table, (await drop(db, partition)) ? 1 : 0);
    }

  for (const { table, where, order, period } of pruned)
    for (let round = 0; round < batchesPerRun; round++) {
      if (!(await goOn())) return counts;
      // By ctid, oldest first: an index scan that ends after one batch, whatever the keys look like.
      const [row] = await db.query<{ n: number }>(
        `with old as (select ctid from ${table} where ${where} order by ${order} limit ${batch} for update skip locked),
         gone as (delete from ${table} using old where ${table}.ctid = old.ctid returning 1)
         select count(*) as n from gone`,
        [before(period)],
      );
      const count = row?.n ?? 0;
      add(table, count);
      if (count < batch) break;
    }
  return counts;
}

/** False where the queue still needs the partition, or where its lock can't be had quickly: the next run tries again. */
async function drop(db: Db, { table, name, from, to }: Partition): Promise<boolean> {
  try {
    return await db.transaction(async (tx) => {
      // Dropping locks the whole table for a moment; waiting longer for that would queue every insert behind us.
      await tx.query(`set local lock_timeout = '2s'`);
      if (table === 'raws' || table === 'arrivals') {
        const [row] = await tx.query<{ needed: boolean }>(
          'select exists (select from queue where received_at >= $1 and received_at < $2) as needed',
          [from, to],
        );
        if (row?.needed === true) return false;
      }
      await tx.query(`drop table if exists ${name}`);
      return true;
    });
  } catch (error) {
    if (error instanceof StoreError && error.code === '55P03') return false;
    throw error;
  }
}
