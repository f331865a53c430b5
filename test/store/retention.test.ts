import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArrivalLog } from '../../src/store/arrivals.ts';
import { claim, extend, finish } from '../../src/store/jobs.ts';
import { createPartitionsAt, ensurePartitions, partitionsBefore } from '../../src/store/partitions.ts';
import { runRetention, startRetention } from '../../src/store/retention.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';
import { newArrival } from './fixtures.ts';

const day = 86_400_000;
const periods = {
  raw: 60 * day,
  keys: 60 * day,
  counts: 120 * day,
  events: 550 * day,
  review: 180 * day,
  postmaster: 60 * day,
};
const always = () => Promise.resolve(true);
let t: TestDatabase;

const names = async (): Promise<string[]> =>
  (
    await t.db.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent::regclass::text in ('raws', 'arrivals', 'events', 'decisions') order by 1`,
    )
  ).map(({ name }) => name);

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

test('partitions reach from today to a week ahead, by day and by month, and are made once', async () => {
  for (const table of ['raws', 'arrivals', 'events', 'decisions'])
    for (const partition of (await names()).filter((name) => name.startsWith(table)))
      await t.db.query(`drop table ${partition}`);
  const made = await Promise.all([ensurePartitions(t.db), ensurePartitions(await t.open())]);
  const all = await names();
  expect(made.toSorted((a, b) => a - b)).toEqual([0, all.length]);
  expect(all.filter((name) => name.startsWith('raws_'))).toHaveLength(8);
  expect(all.filter((name) => name.startsWith('arrivals_'))).toHaveLength(8);
  expect([1, 2]).toContain(all.filter((name) => name.startsWith('events_')).length);
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  expect(all).toContain(`raws_${today}`);
  expect(all).toContain(`decisions_${today.slice(0, 6)}01`);
  expect(await ensurePartitions(t.db)).toBe(0);
});

test('new partitions wait for no reader that stays, such as a dump: commits would wait behind them', async () => {
  const last = (await names()).filter((name) => name.startsWith('arrivals_')).at(-1);
  await t.db.query(`drop table ${String(last)}`);
  const impatient = await t.open({ statementTimeout: 1000 });
  await t.db.transaction(async (reader) => {
    await reader.query('select count(*) from arrivals');
    expect(await ensurePartitions(impatient)).toBe(1);
  });
  expect(await names()).toContain(last);
});

test('raw mail of an ordinary size is stored in its row, not beside it', async () => {
  const log = createArrivalLog({ db: t.db, log: t.log, metrics: t.metrics, commitDeadline: 20_000 });
  await log.commit([newArrival({ raw: Buffer.alloc(3600, 'compressible ') })]);
  await log.close();
  const [row] = await t.db.query<{ toasted: number }>(
    `select sum(pg_relation_size(reltoastrelid)) as toasted from pg_class where relname like 'raws\\_%' and reltoastrelid <> 0`,
  );
  expect(Number(row?.toasted)).toBe(0);
});

test('old days are dropped whole, but never one whose arrival is still in the queue', async () => {
  const at = (ago: number) => new Date(Date.now() - ago * day);
  for (const ago of [61, 62, 63, 59]) await createPartitionsAt(t.db, at(ago));
  const insert = (id: string, ago: number) =>
    t.db.query(
      `insert into arrivals values ($1, $2, $1, 'smtp', '', 'b-x@bounce.example', null, '192.0.2.1', '', false, false, '\\x00', 1, false)`,
      [id, at(ago)],
    );
  await insert('00000000-0000-7000-8000-000000000061', 61.5);
  await insert('00000000-0000-7000-8000-000000000063', 63);
  await t.db.query(
    `insert into queue (arrival_id, received_at, state, attempt) values ('00000000-0000-7000-8000-000000000063', $1, 'stuck', 5)`,
    [at(63)],
  );
  await runRetention({ db: t.db, periods, goOn: always });
  const left = await names();
  const nameOf = (table: string, ago: number) => `${table}_${at(ago).toISOString().slice(0, 10).replaceAll('-', '')}`;
  expect(left).not.toContain(nameOf('arrivals', 62));
  expect(left).toContain(nameOf('arrivals', 63));
  expect(left).toContain(nameOf('raws', 63));
  expect(left).toContain(nameOf('raws', 59));
  await t.db.query('delete from queue');
  await runRetention({ db: t.db, periods, goOn: always });
  expect(await names()).not.toContain(nameOf('arrivals', 63));
});

test('rows go at their age in batches, and what is younger stays', async () => {
  await t.db.query(
    `insert into arrival_keys select decode(lpad(to_hex(n), 64, '0'), 'hex'), gen_random_uuid(), now() - interval '61 days' from generate_series(1, 12000) n`,
  );
  await t.db.query(`insert into arrival_keys values ('\\xff', gen_random_uuid(), now() - interval '59 days')`);
  await t.db.query(
    `insert into event_keys select decode(lpad(to_hex(n), 64, '0'), 'hex'), gen_random_uuid(), now() - n * interval '1 day' from generate_series(58, 63) n`,
  );
  await t.db.query(
    `insert into return_paths (row_id, recipient, recipient_original, sending_domain, minted_at)
     select decode(lpad(to_hex(n), 16, '0'), 'hex'), 'a@b.example', 'a@b.example', 'b.example', now() - n * interval '1 day' from generate_series(58, 63) n`,
  );
  await t.db.query(
    `insert into sent_counts values ('b.example', '', '', now() - interval '600 days', 1), ('b.example', '', '', now() - interval '500 days', 1)`,
  );
  await t.db.query(
    `insert into suppressions (address, level, since, expires_at, event_ids, decision_id) values
     ('old@b.example', 'soft_suppressed', now(), now() - interval '8 days', '{}', gen_random_uuid()),
     ('young@b.example', 'soft_suppressed', now(), now() - interval '6 days', '{}', gen_random_uuid()),
     ('ever@b.example', 'hard_suppressed', now() - interval '9 years', null, '{}', gen_random_uuid())`,
  );
  const before = await t.db.query(`select key from arrival_keys where received_at > now() - interval '60 days'`);
  const counts = await runRetention({ db: t.db, periods, goOn: always });
  expect(counts).toMatchObject({ arrival_keys: 12_000, sent_counts: 1, suppressions: 1 });
  expect(counts['event_keys']).toBeGreaterThanOrEqual(3);
  expect(counts['return_paths']).toBe(counts['event_keys']);
  expect(await t.db.query('select key from arrival_keys')).toEqual(before);
  expect(await t.db.query('select address from suppressions order by 1')).toEqual([
    { address: 'ever@b.example' },
    { address: 'young@b.example' },
  ]);
});

test('a run ends between batches when it is told to', async () => {
  await t.db.query(
    `insert into arrival_keys select decode(lpad(to_hex(n), 64, '0'), 'hex'), gen_random_uuid(), now() - interval '61 days' from generate_series(1, 12000) n`,
  );
  let asked = 0;
  const counts = await runRetention({ db: t.db, periods, goOn: () => Promise.resolve(++asked <= 1) });
  expect(counts).toEqual({ arrival_keys: 5000 });
});

test('a partition whose table is locked is left for the next run', async () => {
  const at = new Date(Date.now() - 70 * day);
  await createPartitionsAt(t.db, at);
  const [old] = await partitionsBefore(t.db, 'raws', new Date(Date.now() - 60 * day));
  let release: () => void = () => undefined;
  const held = t.db.transaction(async (tx) => {
    await tx.query(`select * from ${String(old?.name)}`);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const own = await t.open();
  await runRetention({ db: own, periods, goOn: always });
  release();
  await held;
  expect(await names()).toContain(old?.name);
  await runRetention({ db: own, periods, goOn: always });
  expect(await names()).not.toContain(old?.name);
});

test('one process at a time has a job, and nobody before its interval is over', async () => {
  const other = await t.open();
  const claims = await Promise.all([claim(t.db, 'x', 'a', 1000), claim(other, 'x', 'b', 1000)]);
  expect(claims.filter(Boolean)).toHaveLength(1);
  const [owner, loser] = claims[0] ? ['a', 'b'] : ['b', 'a'];
  expect(await extend(t.db, 'x', owner)).toBe(true);
  expect(await extend(t.db, 'x', loser)).toBe(false);
  await finish(t.db, 'x', owner, { rows: 1 });
  expect(await claim(t.db, 'x', loser, 60_000)).toBe(false);
  await t.db.query(`update jobs set last_run_at = now() - interval '2 minutes'`);
  expect(await claim(t.db, 'x', loser, 60_000)).toBe(true);
  await t.db.query(`update jobs set lease_until = now() - interval '1 s'`);
  expect(await claim(t.db, 'x', owner, 60_000)).toBe(true);
  expect(await extend(t.db, 'x', loser)).toBe(false);
});

test('the job runs at start, says what it deleted, and stops when told', async () => {
  await t.db.query(`delete from jobs`);
  await t.db.query(
    `insert into arrival_keys values ('\\xaa01', gen_random_uuid(), now() - interval '61 days') on conflict do nothing`,
  );
  const { log, lines } = collectingLog();
  const job = startRetention({
    db: t.db,
    options: { retention: { ...periods, interval: 60_000 } },
    log,
    metrics: t.metrics,
  });
  await expect.poll(() => lines.some((line) => line['event'] === 'retention'), { timeout: 10_000 }).toBe(true);
  await job.close();
  expect(lines).toHaveLength(1);
  expect(Number(lines[0]?.['arrival_keys'])).toBeGreaterThan(0);
  expect(await t.db.query(`select last_result is not null as told from jobs where name = 'retention'`)).toEqual([
    { told: true },
  ]);
});
