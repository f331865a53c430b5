import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createArrivalLog } from '../../src/store/arrivals.ts';
import type { Db } from '../../src/store/db.ts';
import {
  endLeases,
  failAttempt,
  listStuck,
  queueFacts,
  releaseArrivals,
  requeue,
  takeArrivals,
} from '../../src/store/queue.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { newArrival } from './fixtures.ts';

let t: TestDatabase;
const options = { limit: 100, bytes: 1_000_000, leaseMs: 60_000, maxAttempts: 3 };

async function store(count: number, bytes = 100): Promise<string[]> {
  const log = createArrivalLog({ db: t.db, log: t.log, metrics: t.metrics, commitDeadline: 20_000 });
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    const [outcome] = await log.commit([newArrival({ raw: Buffer.alloc(bytes, made) })]);
    ids.push(outcome?.arrivalId ?? '');
  }
  await log.close();
  return ids;
}
const expireLeases = () => t.db.query(`update queue set lease_until = now() - interval '1 s' where state = 'taken'`);

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
afterEach(() => t.db.query('truncate arrivals, raws, arrival_keys, queue'));

test('what is taken is whole, counted as an attempt, and nobody else gets it', async () => {
  const ids = await store(3);
  const taken = await takeArrivals(t.db, options);
  expect(taken.map(({ arrival }) => arrival.id)).toEqual(ids);
  expect(taken.every(({ attempt }) => attempt === 1)).toBe(true);
  const expected = newArrival({ raw: Buffer.alloc(100, 1) });
  expect(taken[1]?.arrival).toEqual({
    ...expected,
    id: ids[1],
    receivedAt: taken[1]?.arrival.receivedAt,
    arrivalKey: taken[1]?.arrival.arrivalKey,
  });
  expect(taken[1]?.arrival.receivedAt).toBeInstanceOf(Date);
  expect(await takeArrivals(t.db, options)).toEqual([]);
});

test('two workers at once take different arrivals', async () => {
  const ids = await store(40);
  const other = await t.open();
  const [ours, theirs] = await Promise.all([
    takeArrivals(t.db, { ...options, limit: 25 }),
    takeArrivals(other, { ...options, limit: 25 }),
  ]);
  const rest = await takeArrivals(t.db, options);
  const all = [...ours, ...theirs, ...rest].map(({ arrival }) => arrival.id);
  expect(all.toSorted()).toEqual(ids.toSorted());
});

test('a batch ends at its octets, but one arrival is always taken', async () => {
  await store(4, 1000);
  expect(await takeArrivals(t.db, { ...options, bytes: 2000 })).toHaveLength(2);
  expect(await takeArrivals(t.db, { ...options, bytes: 10 })).toHaveLength(1);
});

test('a lease that ran out comes back alone, with one attempt more, before what is new', async () => {
  const ids = await store(3);
  await takeArrivals(t.db, { ...options, limit: 2 });
  await expireLeases();
  const first = await takeArrivals(t.db, options);
  const second = await takeArrivals(t.db, options);
  expect([first.length, second.length]).toEqual([1, 1]);
  expect([...first, ...second].map(({ attempt }) => attempt)).toEqual([2, 2]);
  expect((await takeArrivals(t.db, options)).map(({ arrival }) => arrival.id)).toEqual([ids[2]]);
});

test('a failed attempt waits its delay and is stuck after the last', async () => {
  const [id] = await store(1);
  for (const [attempt, state] of [
    [1, 'waiting'],
    [2, 'waiting'],
    [3, 'stuck'],
  ] as const) {
    const [taken] = await takeArrivals(t.db, options);
    expect(taken?.attempt).toBe(attempt);
    expect(await failAttempt(t.db, taken as never, 'broke \0 here', 0, options.maxAttempts)).toBe(state);
  }
  expect(await takeArrivals(t.db, options)).toEqual([]);
  expect(await listStuck(t.db)).toMatchObject([{ arrivalId: id, attempts: 3, lastError: 'broke   here', size: 100 }]);
  expect(await queueFacts(t.db)).toEqual({ depth: 0, oldestSeconds: 0, stuck: 1 });
});

test('a failed attempt is not due before its delay is over', async () => {
  await store(1);
  const [taken] = await takeArrivals(t.db, options);
  await failAttempt(t.db, taken as never, 'later', 60_000, 3);
  expect(await takeArrivals(t.db, options)).toEqual([]);
  expect((await queueFacts(t.db)).depth).toBe(1);
});

test('who lost the lease changes nothing any more', async () => {
  await store(1);
  const [old] = await takeArrivals(t.db, options);
  await expireLeases();
  await takeArrivals(t.db, options);
  expect(await failAttempt(t.db, old as never, 'late', 0, 3)).toBe('lost');
  expect(await releaseArrivals(t.db, [old as never])).toBe(0);
  const [row] = await t.db.query('select state, attempt, last_error from queue');
  expect(row).toEqual({ state: 'taken', attempt: 2, last_error: null });
});

test('what is given back counts as no attempt and is due at once', async () => {
  await store(5);
  const taken = await takeArrivals(t.db, options);
  expect(await releaseArrivals(t.db, taken)).toBe(5);
  expect(await releaseArrivals(t.db, [])).toBe(0);
  const again = await takeArrivals(t.db, options);
  expect(again.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
});

test('an arrival whose worker dies every time is stuck in the end, and that is told', async () => {
  const [id] = await store(1);
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect(await takeArrivals(t.db, options)).toHaveLength(1);
    await expireLeases();
  }
  const told: [string, number][] = [];
  expect(await takeArrivals(t.db, { ...options, onStuck: (...facts) => told.push(facts) })).toEqual([]);
  expect(told).toEqual([[id, 3]]);
  expect(await listStuck(t.db)).toMatchObject([{ arrivalId: id, lastError: 'the lease ran out' }]);
});

test('requeue un-sticks by id or all, with all attempts before them, and ignores what is not stuck', async () => {
  const ids = await store(3);
  await t.db.query(`update queue set state = 'stuck', attempt = 3 where arrival_id <> $1`, [ids[0] ?? '']);
  expect(await requeue(t.db, [ids[0] ?? '', ids[1] ?? '', 'no-uuid'])).toBe(1);
  expect(await requeue(t.db, 'all')).toBe(1);
  expect(await requeue(t.db, 'all')).toBe(0);
  const taken = await takeArrivals(t.db, options);
  expect(taken.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
});

test('a long backlog of every kind is read along its indexes, whatever the planner believes', async () => {
  const ids = await store(2);
  await t.db.query(
    `insert into queue (arrival_id, received_at, state, attempt, lease_until, due_at)
     select gen_random_uuid(), now(), kind, 1, case kind when 'taken' then now() + interval '1 h' end, now() + interval '1 h'
     from generate_series(1, 5000), unnest(array['new', 'taken', 'stuck']) as kind`,
  );
  await t.db.query(
    `update queue set state = 'taken', attempt = 1, lease_until = now() - interval '1 s' where arrival_id = $1`,
    [ids[0] ?? ''],
  );
  const read: number[] = [];
  const counting: Db = {
    query: (...args) => t.db.query(...args),
    transaction: (work) =>
      t.db.transaction(async (tx) => {
        const result = await work(tx);
        const [row] = await tx.query<{ n: number }>(
          `select seq_tup_read + coalesce(idx_tup_fetch, 0) as n from pg_stat_xact_user_tables where relname = 'queue'`,
        );
        read.push(row?.n ?? 0);
        return result;
      }),
    ping: () => t.db.ping(),
    dedicated: () => t.db.dedicated(),
    close: () => t.db.close(),
  };
  expect((await takeArrivals(counting, options)).map(({ arrival }) => arrival.id)).toEqual([ids[0]]);
  expect((await takeArrivals(counting, options)).map(({ arrival }) => arrival.id)).toEqual([ids[1]]);
  expect(await takeArrivals(counting, options)).toEqual([]);
  expect(read).toHaveLength(2);
  // Of 15,000; dead versions of rows on the way count too.
  expect(Math.max(...read)).toBeLessThan(1000);
});

test('the facts tell depth and the age of the oldest', async () => {
  await store(2);
  await t.db.query(`update queue set received_at = now() - interval '90 s'`);
  const facts = await queueFacts(t.db);
  expect(facts).toMatchObject({ depth: 2, stuck: 0 });
  expect(Math.round(facts.oldestSeconds)).toBe(90);
});

test('what an earlier process held when it was killed is taken at once, its attempts counted, and is stuck in the end', async () => {
  const [id] = await store(1);
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect(await takeArrivals(t.db, options)).toMatchObject([{ attempt, arrival: { id } }]);
    expect(await endLeases(t.db)).toBe(1);
  }
  expect(await takeArrivals(t.db, options)).toEqual([]);
  expect(await listStuck(t.db)).toMatchObject([{ arrivalId: id, attempts: 3 }]);
});
