import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Bound } from '../../src/core/event.ts';
import { createArrivalLog, type ArrivalLog, type HandOff, type NewArrival } from '../../src/store/arrivals.ts';
import { insertArrivals } from '../../src/store/arrival-rows.ts';
import { StoreError } from '../../src/store/db.ts';
import type { Taken } from '../../src/store/queue.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { newArrival } from './fixtures.ts';

let t: TestDatabase;
let arrivals: ArrivalLog;

const open = (handOff?: HandOff, changes: { commitDeadline?: number; maxPendingBytes?: number } = {}): ArrivalLog =>
  createArrivalLog({
    db: t.db,
    log: t.log,
    metrics: t.metrics,
    commitDeadline: 20_000,
    ...(handOff === undefined ? {} : { handOff }),
    ...changes,
  });

/** A worker with room for everything, that remembers. */
function memory() {
  const taken: Taken[] = [];
  let reserved = 0;
  const handOff: HandOff = {
    leaseMs: 60_000,
    reserve: (bytes) => {
      reserved += bytes;
      return true;
    },
    deliver: (some) => {
      taken.push(...some);
      reserved -= some.reduce((sum, { arrival }) => sum + arrival.raw.length, 0);
    },
    cancel: (bytes) => {
      reserved -= bytes;
    },
  };
  return { handOff, taken, reserved: () => reserved };
}

const boundOf = ({ bound }: NewArrival): Bound => {
  if (bound === null) throw new Error('the fixture is bound');
  return bound;
};
const count = async (table: string): Promise<unknown> =>
  (await t.db.query<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n;

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(() => {
  arrivals = open();
});
afterEach(async () => {
  await arrivals.close();
  await t.db.query('truncate arrivals, raws, arrival_keys, queue');
});

test('a committed arrival is there with its octets, its key and a place in the queue', async () => {
  const raw = randomBytes(3000);
  const arrival = newArrival({ raw, reversePath: 'mäiler@example.org', size: 9_999_999_999, truncated: true });
  const [outcome] = await arrivals.commit([arrival]);
  expect(outcome?.outcome).toBe('stored');
  const [row] = await t.db.query(
    `select a.id, a.reverse_path, a.forward_path, a.bound, a.peer_address, a.helo, a.size, a.truncated, a.arrival_key,
       r.body, q.state, q.attempt, q.bytes, k.arrival_id
     from arrivals a join raws r on r.id = a.raw_id join queue q on q.arrival_id = a.id join arrival_keys k on k.key = a.arrival_key`,
  );
  expect(row).toMatchObject({
    id: outcome?.arrivalId,
    reverse_path: 'mäiler@example.org',
    forward_path: arrival.forwardPath,
    bound: arrival.bound,
    peer_address: '192.0.2.7',
    size: 9_999_999_999,
    truncated: true,
    state: 'new',
    attempt: 0,
    bytes: 3000,
    arrival_id: outcome?.arrivalId,
  });
  expect(row?.['body']).toEqual(raw);
  expect(row?.['arrival_key']).toEqual(arrival.arrivalKey);
});

test('the same report again is a duplicate that names the first, and stores nothing', async () => {
  const arrival = newArrival();
  const [first] = await arrivals.commit([arrival]);
  const [again] = await arrivals.commit([{ ...arrival, raw: Buffer.from('other octets') }]);
  expect(again).toEqual({ outcome: 'duplicate', arrivalId: first?.arrivalId });
  expect([await count('arrivals'), await count('raws'), await count('queue')]).toEqual([1, 1, 1]);
});

test('the recipients of one transaction share one raw message', async () => {
  const raw = Buffer.from('one for all');
  const outcomes = await arrivals.commit([newArrival({ raw }), newArrival({ raw }), newArrival({ raw })]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'stored', 'stored']);
  expect([await count('arrivals'), await count('raws')]).toEqual([3, 1]);
});

test('a raw message is kept when only one of its recipients is new', async () => {
  const known = newArrival();
  await arrivals.commit([known]);
  const raw = Buffer.from('half known');
  const outcomes = await arrivals.commit([{ ...known, raw }, newArrival({ raw })]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['duplicate', 'stored']);
  expect(
    await t.db.query(`select r.body from arrivals a join raws r on r.id = a.raw_id where a.id = $1`, [
      outcomes[1]?.arrivalId ?? '',
    ]),
  ).toEqual([{ body: raw }]);
});

test('many at once become few commits, and the same key among them is stored once', async () => {
  const twin = newArrival();
  const groups = [...Array.from({ length: 300 }, () => [newArrival()]), [twin], [twin]];
  const outcomes = await Promise.all(groups.map((group) => arrivals.commit(group)));
  expect(outcomes.flat().filter(({ outcome }) => outcome === 'stored')).toHaveLength(301);
  expect(outcomes.at(-1)?.[0]).toEqual({ outcome: 'duplicate', arrivalId: outcomes.at(-2)?.[0]?.arrivalId });
  expect(await count('arrivals')).toBe(301);
  const [xids] = await t.db.query<{ n: number }>('select count(distinct xmin::text) as n from arrival_keys');
  expect(xids?.n).toBeLessThan(10);
});

test('two processes that get the same reports at the same time store each once and agree on its id', async () => {
  const other = createArrivalLog({ db: await t.open(), log: t.log, metrics: t.metrics, commitDeadline: 20_000 });
  const reports = Array.from({ length: 200 }, () => newArrival());
  const [ours, theirs] = await Promise.all([
    Promise.all(reports.map((report) => arrivals.commit([report]))),
    Promise.all(reports.toReversed().map((report) => other.commit([report]))),
  ]);
  theirs.reverse();
  for (const [index, [one]] of ours.entries()) {
    const [two] = theirs[index] ?? [];
    expect(one?.arrivalId).toBe(two?.arrivalId);
    expect([one?.outcome, two?.outcome].toSorted()).toEqual(['duplicate', 'stored']);
  }
  expect(await count('arrivals')).toBe(200);
  await other.close();
});

test('NUL, lone surrogates and endless names are stored, not refused', async () => {
  const arrival = newArrival({
    reversePath: 'nul\0@example.org',
    forwardPath: 'lone\ud800@example.org',
    peer: { address: '192.0.2.1', helo: 'x'.repeat(100_000), tls: true, trusted: true },
  });
  const bound = { ...boundOf(arrival), recipient: 'a\0b\udfff@example.org' };
  const [outcome] = await arrivals.commit([{ ...arrival, bound }]);
  expect(outcome?.outcome).toBe('stored');
  const [row] = await t.db.query('select reverse_path, forward_path, bound, helo from arrivals');
  expect(row).toMatchObject({ reverse_path: 'nul\ufffd@example.org', forward_path: 'lone\ufffd@example.org' });
  expect(row?.['bound']).toMatchObject({ recipient: 'a\ufffdb\ufffd@example.org' });
});

test('one arrival that the database refuses fails none of its neighbours, and is itself stored in reduced form', async () => {
  await t.db.query(`alter table arrivals add constraint poison check (helo <> 'poison')`);
  try {
    const bad = newArrival({ peer: { address: '192.0.2.9', helo: 'poison', tls: false, trusted: false } });
    const groups = [
      ...Array.from({ length: 40 }, () => [newArrival()]),
      [bad],
      ...Array.from({ length: 9 }, () => [newArrival()]),
    ];
    const outcomes = await Promise.all(groups.map((group) => arrivals.commit(group)));
    expect(outcomes.flat().every(({ outcome }) => outcome === 'stored')).toBe(true);
    expect(await count('arrivals')).toBe(50);
    const rows = await t.db.query('select helo, bound from arrivals where arrival_key = $1', [bad.arrivalKey]);
    expect(rows).toEqual([{ helo: '', bound: bad.bound }]);
  } finally {
    await t.db.query('alter table arrivals drop constraint poison');
  }
});

test('what the database refuses even in reduced form is rejected as data, alone', async () => {
  await t.db.query(`alter table arrivals add constraint poison check (peer_address <> '192.0.2.66')`);
  try {
    const bad = newArrival({ peer: { address: '192.0.2.66', helo: '', tls: false, trusted: false } });
    const good = [arrivals.commit([newArrival()]), arrivals.commit([newArrival()])];
    await expect(arrivals.commit([bad])).rejects.toMatchObject({ failure: 'data' });
    await expect(Promise.all(good)).resolves.toHaveLength(2);
    expect(arrivals.pending()).toBe(0);
  } finally {
    await t.db.query('alter table arrivals drop constraint poison');
  }
});

test('a missing partition is made and the arrival stored', async () => {
  const rows = await t.db.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent in ('raws'::regclass, 'arrivals'::regclass)`,
  );
  for (const { name } of rows) await t.db.query(`drop table ${name}`);
  const [outcome] = await arrivals.commit([newArrival()]);
  expect(outcome?.outcome).toBe('stored');
});

test('what the worker has room for is taken from the start and handed over from memory', async () => {
  const worker = memory();
  const own = open(worker.handOff);
  const arrival = newArrival();
  const [[outcome], [again]] = await Promise.all([own.commit([arrival]), own.commit([arrival])]);
  expect(worker.taken).toHaveLength(1);
  expect(worker.taken[0]).toMatchObject({ attempt: 1, arrival: { ...arrival, id: outcome?.arrivalId } });
  expect(again?.outcome).toBe('duplicate');
  expect(worker.reserved()).toBe(0);
  const [row] = await t.db.query('select state, attempt, lease_until > now() as leased, received_at from queue');
  expect(row).toEqual({ state: 'taken', attempt: 1, leased: true, received_at: worker.taken[0]?.arrival.receivedAt });
  await own.close();
});

test('at the deadline the answer is unavailable; what did commit after all is a duplicate when it comes again', async () => {
  const worker = memory();
  const own = open(worker.handOff, { commitDeadline: 300 });
  await own.commit([newArrival()]);
  const arrival = newArrival();
  // Somebody locks the keys: the commit is under way and can't end.
  let release: () => void = () => undefined;
  const held = t.db.transaction(async (tx) => {
    await tx.query('lock table arrival_keys in exclusive mode');
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [underWay, waiting] = [
    own.commit([arrival]),
    new Promise((r) => setTimeout(r, 20)).then(() => own.commit([newArrival()])),
  ];
  await expect(underWay).rejects.toMatchObject({ failure: 'unavailable', code: 'COMMIT_DEADLINE' });
  await expect(waiting).rejects.toBeInstanceOf(StoreError);
  release();
  await held;
  await own.close();
  expect(own.pending()).toBe(0);
  expect(worker.reserved()).toBe(0);
  const [again] = await arrivals.commit([arrival]);
  expect(again?.outcome).toBe('duplicate');
  expect(worker.taken.map((taken) => taken.arrival.id)).toContain(again?.arrivalId);
});

test('beyond its bytes the log refuses with full instead of growing', async () => {
  const small = open(undefined, { maxPendingBytes: 10_000 });
  const first = small.commit([newArrival({ raw: Buffer.alloc(8000) })]);
  await expect(small.commit([newArrival({ raw: Buffer.alloc(8000) })])).rejects.toMatchObject({ failure: 'full' });
  await first;
  expect(small.pending()).toBe(0);
  await small.commit([newArrival({ raw: Buffer.alloc(50_000) })]);
  await small.close();
  await expect(small.commit([newArrival()])).rejects.toMatchObject({ code: 'CLOSED' });
});

test('a commit reads no more of the keys when there are many than when there were none', async () => {
  const own = t.db.dedicated();
  const one = () => ({ id: randomUUID(), arrival: newArrival(), reserved: false });
  // Enough for the server to keep a plan that it made for an empty table.
  for (let warm = 0; warm < 10; warm++) await insertArrivals(own, [one()], 0);
  await t.db.query(
    `insert into arrival_keys select decode(lpad(to_hex(n), 64, '0'), 'hex'), gen_random_uuid(), now() from generate_series(1, 20000) n`,
  );
  const [row] = await own.transaction(async (tx) => {
    await insertArrivals(tx, [one(), one(), one()], 0);
    return tx.query<{ n: number }>(
      `select seq_tup_read + coalesce(idx_tup_fetch, 0) as n from pg_stat_xact_user_tables where relname = 'arrival_keys'`,
    );
  });
  expect(row?.n).toBeLessThan(10);
  await own.close();
});

test('killing every connection of the server loses nothing that was acknowledged and doubles nothing', async () => {
  const acknowledged: string[] = [];
  let stop = false;
  const senders = Array.from({ length: 8 }, async () => {
    while (!stop) {
      const arrival = newArrival();
      const [outcome] = await arrivals.commit([arrival]);
      acknowledged.push(`${String(outcome?.arrivalId)} ${arrival.arrivalKey.toString('hex')}`);
    }
  });
  const other = await t.open();
  for (let kills = 0; kills < 10; kills++) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await other.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  }
  stop = true;
  await Promise.all(senders);
  const rows = await t.db.query<{ line: string }>(
    `select a.id || ' ' || encode(a.arrival_key, 'hex') as line from arrivals a join queue q on q.arrival_id = a.id`,
  );
  const stored = new Set(rows.map(({ line }) => line));
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(acknowledged.filter((line) => !stored.has(line))).toEqual([]);
  expect(rows).toHaveLength(stored.size);
  expect(await count('arrival_keys')).toBe(rows.length);
});
