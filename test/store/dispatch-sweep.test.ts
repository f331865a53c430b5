/** What time does to dispatches, against a real PostgreSQL: by its clock, whoever looks. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../src/store/db.ts';
import { recordSent } from '../../src/store/dispatch-queue.ts';
import {
  assumeDelivered,
  expireDispatches,
  removeFinishedRaws,
  tellDueRetries,
} from '../../src/store/dispatch-sweep.ts';
import { startElapsed } from '../../src/store/elapsed.ts';
import { readLedger } from '../../src/store/ledger.ts';
import { runRetention } from '../../src/store/retention.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';
import { begun, claim, handedOver, rowOf, sent, someone, statesOf, taken } from './sending.ts';

const day = 86_400_000;
let database: TestDatabase;
let db: Db;
let other: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = database.db;
  other = await database.open();
});
afterAll(() => database.close());
beforeEach(async () => {
  for (const table of ['messages', 'counts', 'recipients', 'retries', 'outbox', 'jobs'])
    await db.query(`delete from ${table}`);
});

const rawOf = (message: string) => db.query('select 1 from message_raws where message = $1', [message]);
const age = (message: string, interval: string) =>
  db.query('update dispatches set sent_at = now() - $2::interval where message = $1', [message, interval]);

/** A message that the relay took so long ago. */
async function sentAgo(
  interval: string,
  recipient = someone(),
): Promise<{ id: string; dispatch: string; recipient: string }> {
  const { id, dispatches } = await handedOver(db, [recipient]);
  await sent(db);
  await age(id, interval);
  return { id, dispatch: dispatches[0]?.id ?? '', recipient };
}

const count = (recipient: string, key: string, type: string, at: string) =>
  db.query(
    `insert into counts (recipient, message_key, type, redirected, conclusive, rule, at, last_at, event_id, window_at, reports)
     values ($1, $2, $3, false, false, 'test', now() - $4::interval, now() - $4::interval, gen_random_uuid(), now(), 3)`,
    [recipient, key, type, at],
  );

test('what was tried long enough is expired, and nothing that is on its way', async () => {
  const [queued, under] = [await handedOver(db, [someone()]), await handedOver(db, [someone()])];
  await db.query(`update dispatches set due_at = now() + interval '1 hour' where message = $1`, [queued.id]);
  await begun(db);
  await db.query(`update dispatches set expires_at = now()`);
  const fresh = await handedOver(db, [someone()]);
  expect(await expireDispatches(db)).toHaveLength(1);
  expect(await rowOf(db, queued.dispatches[0]?.id ?? '')).toMatchObject({ state: 'expired', due_at: null });
  expect(await rowOf(db, under.dispatches[0]?.id ?? '')).toMatchObject({ state: 'sending' });
  expect(await rowOf(db, fresh.dispatches[0]?.id ?? '')).toMatchObject({ state: 'queued' });
});

test('silence for the whole time counts as delivery, and the octets go; a moment less does not', async () => {
  const old = await sentAgo('7 days 1 second');
  const young = await sentAgo('6 days 23 hours');
  expect((await assumeDelivered(db, 7 * day)).seconds).toHaveLength(1);
  expect(await rowOf(db, old.dispatch)).toMatchObject({ state: 'assumed_delivered' });
  expect(await rowOf(db, young.dispatch)).toMatchObject({ state: 'sent' });
  expect([(await rawOf(old.id)).length, (await rawOf(young.id)).length]).toEqual([0, 1]);
  expect((await assumeDelivered(db, 7 * day)).seconds).toHaveLength(0);
});

test('of a recipient without faults nothing is kept; with one the delivery counts, at the time of sending', async () => {
  const plain = await sentAgo('8 days');
  const faulty = await sentAgo('8 days');
  await count(faulty.recipient, 'earlier', 'hard_bounce', '20 days');
  await count(plain.recipient, 'earlier', 'delivery', '20 days');
  expect((await assumeDelivered(db, 7 * day)).seconds).toHaveLength(2);
  const ledger = await readLedger(db, [plain.recipient, faulty.recipient]);
  expect(ledger.get(plain.recipient)).toHaveLength(1);
  const rows = ledger.get(faulty.recipient) ?? [];
  expect(rows.map(({ type }) => type)).toEqual(['delivery', 'hard_bounce']);
  expect(rows[0]).toMatchObject({ rule: 'time/assumed-delivered', eventId: faulty.dispatch, conclusive: false });
  expect(Date.now() - (rows[0]?.at.getTime() ?? 0)).toBeGreaterThan(7.9 * day);
});

test('a fault of the same message stands, and what counted nothing gives way', async () => {
  const [failed, delayed] = [await sentAgo('8 days'), await sentAgo('8 days')];
  const keyOf = async ({ dispatch }: { dispatch: string }): Promise<string> =>
    (await db.query<{ key: string }>('select message_id as key from dispatches where id = $1', [dispatch]))[0]?.key ??
    '';
  await count(failed.recipient, await keyOf(failed), 'soft_bounce', '9 days');
  await count(delayed.recipient, await keyOf(delayed), 'none', '8 days');
  await count(delayed.recipient, 'earlier', 'hard_bounce', '20 days');
  await assumeDelivered(db, 7 * day);
  const ledger = await readLedger(db, [failed.recipient, delayed.recipient]);
  expect(ledger.get(failed.recipient)).toMatchObject([{ type: 'soft_bounce' }]);
  expect(ledger.get(delayed.recipient)).toMatchObject([{ type: 'delivery', reports: 3 }, { type: 'hard_bounce' }]);
});

test('two mails with one Message-ID to one recipient, silent together, count once and hold up nothing', async () => {
  const recipient = someone();
  await count(recipient, 'earlier', 'hard_bounce', '20 days');
  const messageId = 'twice@sender.example';
  const both = [await handedOver(db, [recipient], { messageId }), await handedOver(db, [recipient], { messageId })];
  await sent(db);
  for (const { id } of both) await age(id, '8 days');
  expect((await assumeDelivered(db, 7 * day)).seconds).toHaveLength(2);
  for (const { dispatches } of both)
    expect(await rowOf(db, dispatches[0]?.id ?? '')).toMatchObject({ state: 'assumed_delivered' });
  expect((await readLedger(db, [recipient])).get(recipient)?.map(({ type }) => type)).toEqual([
    'delivery',
    'hard_bounce',
  ]);
});

test('two who assume at once do it once, and a late record of the sending finds nothing', async () => {
  const { dispatch } = await sentAgo('8 days');
  const both = await Promise.all([assumeDelivered(db, 7 * day), assumeDelivered(other, 7 * day)]);
  expect(both.map(({ seconds }) => seconds.length).toSorted()).toEqual([0, 1]);
  expect(await recordSent(db, 'one', [taken(dispatch)])).toEqual([]);
  expect(await rowOf(db, dispatch)).toMatchObject({ state: 'assumed_delivered' });
});

test('retries of mail that others send are told of when they are due, once', async () => {
  const recipient = someone();
  const insert = (key: string, state: string, dueIn: string) =>
    db.query(
      `insert into retries (recipient, message_key, message_id, category, attempt, due_at, state, event_id)
       values ($1, $2, 'm1@sender.example', 'mailbox_full', 1, now() + $4::interval, $3, gen_random_uuid())`,
      [recipient, key, state, dueIn],
    );
  await insert('due', 'waiting', '-1 second');
  await insert('later', 'waiting', '1 hour');
  await insert('stopped', 'cancelled', '-1 hour');
  const told = await Promise.all([tellDueRetries(db), tellDueRetries(other)]);
  expect(told.toSorted()).toEqual([0, 1]);
  const outbox = await db.query<{ payload: Record<string, unknown> }>(
    `select payload from outbox where kind = 'retry.due'`,
  );
  expect(outbox).toMatchObject([
    { payload: { dispatchId: null, recipient, messageId: 'm1@sender.example', category: 'mailbox_full' } },
  ]);
  expect(Date.now() - new Date(String(outbox[0]?.payload['dueAt'])).getTime()).toBeLessThan(60_000);
  expect(await db.query('select message_key, state from retries order by 1')).toEqual([
    { message_key: 'due', state: 'done' },
    { message_key: 'later', state: 'waiting' },
    { message_key: 'stopped', state: 'cancelled' },
  ]);
});

test('octets stay while one dispatch is open, and go when all have ended', async () => {
  const { id } = await handedOver(db, [someone(), someone()]);
  await db.query(
    `update dispatches set state = 'cancelled' where id = (select id from dispatches where message = $1 limit 1)`,
    [id],
  );
  expect(await removeFinishedRaws(db)).toBe(0);
  await db.query(`update dispatches set state = 'bounced' where state = 'queued'`);
  expect(await removeFinishedRaws(db)).toBe(1);
  expect(await rawOf(id)).toEqual([]);
});

test('the job does all of it at once when it starts, and says where the database is in the way', async () => {
  const { dispatch } = await sentAgo('8 days');
  const ended = await handedOver(db, [someone()]);
  await db.query(`update dispatches set state = 'cancelled' where message = $1`, [ended.id]);
  const { log, lines } = collectingLog();
  const options = { sender: { assumedDelivered: 7 * day } };
  const job = startElapsed({ db, options, log, metrics: database.metrics });
  await expect.poll(async () => (await rowOf(db, dispatch)).state, { timeout: 10_000 }).toBe('assumed_delivered');
  await expect.poll(() => rawOf(ended.id), { timeout: 10_000 }).toEqual([]);
  await job.close();
  expect(lines).toEqual([]);
  const closed = await database.open();
  await closed.close();
  await startElapsed({ db: closed, options, log, metrics: database.metrics }).close();
  expect(lines).toMatchObject([{ event: 'databaseTrouble', where: 'elapsed' }]);
});

test('messages and dispatches go with the events, and their return-paths with the keys', async () => {
  const [old, young] = [await handedOver(db, [someone()]), await handedOver(db, [someone()])];
  for (const table of ['messages', 'dispatches'])
    await db.query(
      `update ${table} set created_at = now() - interval '551 days' where ${table === 'messages' ? 'id' : 'message'} = $1`,
      [old.id],
    );
  const periods = { raw: 60, keys: 60, counts: 120, events: 550, review: 180, postmaster: 60 };
  const ms = Object.fromEntries(Object.entries(periods).map(([name, days]) => [name, days * day])) as typeof periods;
  const counts = await runRetention({ db, periods: ms, goOn: () => Promise.resolve(true) });
  expect(counts).toMatchObject({ messages: 1, dispatches: 1 });
  expect(await statesOf(db, old.id)).toEqual({});
  expect(Object.values(await statesOf(db, young.id))).toEqual(['queued']);
  expect(await claim(db)).toHaveLength(1);
});
