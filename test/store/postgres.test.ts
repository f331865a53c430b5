import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';
import { StoreError, type Db } from '../../src/store/db.ts';
import { startEmbedded, type Embedded } from '../../src/store/embedded.ts';
import { asStoreError } from '../../src/store/failure.ts';
import { openDatabase, type Connection, type DatabaseOptions } from '../../src/store/postgres.ts';
import { collectingLog, databaseOptions, once, testDatabase, type TestDatabase } from '../helpers/database.ts';

const open = async (connection: Connection, options: Partial<DatabaseOptions> = {}) => {
  const { log, lines } = collectingLog();
  const metrics = createMetrics({ providers: 1 });
  const db = await openDatabase({ connection, options: { ...databaseOptions, ...options }, log, metrics });
  return { db, lines, up: async () => (await metrics.databaseUp.get()).values[0]?.value };
};

describe('on any server', () => {
  let t: TestDatabase;
  beforeAll(async () => {
    t = await testDatabase('empty');
    await t.db.query('create table things (id int primary key, word text, small smallint)');
  });
  afterAll(() => t.close());

  test('bigint comes as a number, a date as its text, a time as a Date, and bytea as octets', async () => {
    const [row] = await t.db.query(
      `select 9007199254740991::bigint as big, date '2026-01-31' as day, timestamptz '2026-01-31 12:00+02' as at, $1::bytea as octets`,
      [Buffer.from([0, 255])],
    );
    expect(row).toEqual({
      big: Number.MAX_SAFE_INTEGER,
      day: '2026-01-31',
      at: new Date('2026-01-31T10:00:00Z'),
      octets: Buffer.from([0, 255]),
    });
  });

  test('a session commits to the disk, thinks in UTC, and is bounded by the timeouts', async () => {
    await once(t.url, `alter role current_user in database ${t.name} set synchronous_commit = off`);
    const own = await t.open({ statementTimeout: 1234 });
    const [row] = await own.query(
      `select current_setting('synchronous_commit') as sync, current_setting('TimeZone') as zone, current_setting('statement_timeout') as timeout`,
    );
    expect(row).toEqual({ sync: 'on', zone: 'UTC', timeout: '1234ms' });
    await once(t.url, `alter role current_user in database ${t.name} reset synchronous_commit`);
  });

  test.each([
    ['select * from nowhere', 'bug', '42P01'],
    ["insert into things values (1, 'a'), (1, 'b')", 'data', '23505'],
    ['insert into things values (2, null, 99999)', 'data', '22003'],
    ['select pg_sleep(5)', 'unavailable', '57014'],
  ])('%s fails as %s (%s)', async (sql, failure, code) => {
    const own = await t.open({ statementTimeout: 100 });
    await expect(own.query(sql)).rejects.toMatchObject({ name: 'StoreError', failure, code });
  });

  test('a text with NUL is data, and the connection goes on', async () => {
    await expect(t.db.query('insert into things values (3, $1)', ['a\0b'])).rejects.toMatchObject({
      failure: 'data',
      code: '22021',
    });
    expect(await t.db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a transaction that fails leaves nothing and passes the error of its work on', async () => {
    const ours = new Error('changed my mind');
    await expect(
      t.db.transaction(async (tx) => {
        await tx.query(`insert into things values (10, 'gone')`);
        throw ours;
      }),
    ).rejects.toBe(ours);
    await expect(
      t.db.transaction(async (tx) => {
        await tx.query(`insert into things values (11, 'gone')`);
        await tx.query('select 1/0');
      }),
    ).rejects.toMatchObject({ failure: 'data', code: '22012' });
    expect(await t.db.query('select * from things where id in (10, 11)')).toEqual([]);
    expect(await t.db.transaction((tx) => tx.query('select 2 as two'))).toEqual([{ two: 2 }]);
  });

  test('two transactions that wait for each other end in a conflict for one of them', async () => {
    await t.db.query(`insert into things values (20, ''), (21, '') on conflict do nothing`);
    const run = (first: number, second: number) =>
      t.db.transaction(async (tx) => {
        await tx.query('update things set word = $2 where id = $1', [first, 'x']);
        await sleep(100);
        await tx.query('update things set word = $2 where id = $1', [second, 'x']);
      });
    const results = await Promise.allSettled([run(20, 21), run(21, 20)]);
    const [lost] = results.filter((result) => result.status === 'rejected');
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(lost?.reason).toMatchObject({ failure: 'conflict', code: '40P01' });
  });

  test('a server that is read-only counts as away, and as back when it takes writes again', async () => {
    const { db, lines, up } = await open({ url: t.url });
    await db.ping();
    expect(await up()).toBe(1);
    await once(t.url, `alter database ${t.name} set default_transaction_read_only = on`);
    try {
      await once(
        t.url,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await expect(db.ping()).rejects.toMatchObject({ failure: 'unavailable', code: '25006' });
      await expect(db.query(`insert into things values (30)`)).rejects.toMatchObject({ failure: 'unavailable' });
      expect(await up()).toBe(0);
    } finally {
      const admin = new URL(t.url);
      admin.pathname = '/postgres';
      await once(admin.href, `alter database ${t.name} reset default_transaction_read_only`);
    }
    await db.ping();
    expect(await up()).toBe(1);
    expect(lines.map((line) => line['event'])).toEqual(['databaseLost', 'databaseBack']);
    await db.close();
  });

  test('after every connection was cut, the next statements succeed on new ones', async () => {
    const { db } = await open({ url: t.url });
    await Promise.all([1, 2, 3, 4].map(() => db.query('select pg_sleep(0.05)')));
    await once(
      t.url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    const reads = [1, 2].map((one) => db.query('select $1::int as one', [one]));
    const writes = [41, 42].map((id) => db.transaction((tx) => tx.query('insert into things values ($1)', [id])));
    expect(await Promise.all(reads)).toEqual([[{ one: 1 }], [{ one: 2 }]]);
    await Promise.all(writes);
    expect(await db.query('select count(*) as n from things where id between 40 and 49')).toEqual([{ n: 2 }]);
    await db.close();
  });

  test('a connection that is cut inside a transaction fails it whole', async () => {
    const { db } = await open({ url: t.url });
    await expect(
      db.transaction(async (tx) => {
        await tx.query('insert into things values (50)');
        const [me] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await once(t.url, `select pg_terminate_backend(${Number(me?.pid)})`);
        await tx.query('insert into things values (51)');
      }),
    ).rejects.toMatchObject({ failure: 'unavailable' });
    expect(await db.query('select * from things where id in (50, 51)')).toEqual([]);
    await db.close();
  });

  test('a connection of its own works while the shared ones are all busy, and closes with its parent', async () => {
    const { db } = await open({ url: t.url }, { connections: 4 });
    const own = db.dedicated();
    const busy = [db.query('select pg_sleep(0.5)'), db.query('select pg_sleep(0.5)')];
    const since = performance.now();
    let ownDone = 0;
    await Promise.all([own.query('select 1').then(() => (ownDone = performance.now() - since)), ...busy]);
    expect(ownDone).toBeLessThan(performance.now() - since);
    await own.close();
    const left = db.dedicated({ patient: true });
    expect(await left.query(`select current_setting('statement_timeout') as t`)).toEqual([{ t: '0' }]);
    await db.close();
    await expect(left.query('select 1')).rejects.toBeInstanceOf(StoreError);
  });

  test('a password beside the URL reaches the server', async () => {
    await once(t.url, `create role "pw_${t.name}" login password 'from a file'`).catch(() => []);
    const url = new URL(t.url);
    url.searchParams.set('user', `pw_${t.name}`);
    url.username = '';
    const { db } = await open({ url: url.href, password: 'from a file' });
    expect(await db.query('select current_user as me')).toEqual([{ me: `pw_${t.name}` }]);
    await db.close();
    await once(t.url, `drop role "pw_${t.name}"`);
  });
});

describe('on a server that is hurt', () => {
  let folder: string;
  let server: Embedded;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bmx-hurt-'));
    await chmod(folder, 0o711);
    server = await startEmbedded({ dataDir: folder, log: collectingLog().log });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a frozen backend is given up by the client, its connection is not lent again', async () => {
    const { db, up } = await open(server.connection, { queryTimeout: 400, connections: 4 });
    const [backend] = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
    const pid = Number(backend?.pid);
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(db.query('select 1 as one')).rejects.toMatchObject({
        failure: 'unavailable',
        code: 'QUERY_TIMEOUT',
      });
      expect(await up()).toBe(0);
      expect(await db.query('select pg_backend_pid() as pid')).not.toEqual([{ pid }]);
      expect(await up()).toBe(1);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await db.close();
  });

  test('without a free connection it is full, and works again when one is free', async () => {
    const { socket, user, password, database } = server.connection;
    const hogs: pg.Client[] = [];
    for (;;) {
      const hog = new pg.Client({ host: socket, user, password, database });
      hog.on('error', () => undefined);
      try {
        await hog.connect();
        hogs.push(hog);
      } catch {
        break;
      }
    }
    const { db } = await open(server.connection);
    await expect(db.query('select 1')).rejects.toMatchObject({ failure: 'full', code: '53300' });
    await Promise.all(hogs.map((hog) => hog.end()));
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    await db.close();
  });

  test('a server killed with -9 under load is away, comes back by itself, and nothing else is needed', async () => {
    const { db, lines } = await open(server.connection);
    await db.query('create table if not exists facts (id int primary key)');
    const before = server.pid();
    let next = 0;
    const acknowledged: number[] = [];
    let stop = false;
    const work = async (): Promise<void> => {
      while (!stop) {
        const id = next++;
        await db.query('insert into facts values ($1)', [id]).then(
          () => acknowledged.push(id),
          (error: unknown) => {
            expect(error).toMatchObject({ failure: 'unavailable' });
            return sleep(10);
          },
        );
      }
    };
    const workers = [work(), work(), work()];
    await sleep(100);
    process.kill(Number(before), 'SIGKILL');
    await expect.poll(() => server.pid(), { timeout: 15_000 }).not.toBe(before);
    await expect.poll(() => db.query('select 1').catch(() => null), { timeout: 15_000 }).not.toBeNull();
    const reached = next;
    await expect.poll(() => next, { timeout: 10_000 }).toBeGreaterThan(reached);
    stop = true;
    await Promise.all(workers);
    const rows = await db.query<{ id: number }>('select id from facts');
    const stored = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(lines.map((line) => line['event'])).toEqual(expect.arrayContaining(['databaseLost', 'databaseBack']));
    await db.close();
  });
});

describe('without a server', () => {
  let db: Db;
  afterAll(() => db.close());
  test('it is unavailable at once, and says so once in the log', async () => {
    const opened = await open({ url: 'postgres://nobody@127.0.0.1:1/none' });
    db = opened.db;
    for (let tries = 0; tries < 3; tries++)
      await expect(db.query('select 1')).rejects.toMatchObject({ failure: 'unavailable', code: 'ECONNREFUSED' });
    await expect(db.transaction((tx) => tx.query('select 1'))).rejects.toMatchObject({ failure: 'unavailable' });
    expect(opened.lines.map((line) => line['event'])).toEqual(['databaseLost']);
    expect(await opened.up()).toBe(0);
  });
});

test('what JavaScript throws for a mistake of ours is a bug, a missing partition is no fault of the row', () => {
  expect(asStoreError(new TypeError('x'))).toMatchObject({ failure: 'bug', code: 'TypeError' });
  expect(asStoreError('text')).toMatchObject({ failure: 'bug' });
  const known = new StoreError('full', '53100', 'disk');
  expect(asStoreError(known)).toBe(known);
  const error = new pg.DatabaseError('no partition of relation "raws" found for row', 1, 'error');
  error.code = '23514';
  expect(asStoreError(error)).toMatchObject({ failure: 'unavailable', code: '23514' });
  error.constraint = 'state_check';
  expect(asStoreError(error)).toMatchObject({ failure: 'data' });
});
