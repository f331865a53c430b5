/** Handing over, against a real PostgreSQL: all or nothing, once, and nobody who must not be mailed. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db } from '../../src/store/db.ts';
import { findMessage } from '../../src/store/dispatches.ts';
import { handOver, readRaws } from '../../src/store/messages.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { handedOver, newMessage, rowOf, someone, suppress, terms, to } from './sending.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = database.db;
});
afterAll(() => database.close());

const hashed = (text: string): Buffer => createHash('sha256').update(text).digest();
const absent = '00000000-0000-7000-8000-000000000000';

test('a message is stored once, with a queued dispatch for each recipient in the order given', async () => {
  const [ann, bob] = [someone(), someone()];
  const message = newMessage({ campaign: 'spring', stream: 'news', envelopeSender: 'app@sender.example' });
  const { raw, idempotencyKey, requestHash, smtputf8, eightBit, ...facts } = message;
  const handed = await handOver(db, message, [to(ann, { address: ann.toUpperCase() }), to(bob), to(ann)], terms);
  expect(handed).toMatchObject({
    outcome: 'stored',
    dispatches: [
      { recipient: ann, state: 'queued' },
      { recipient: bob, state: 'queued' },
    ],
  });
  expect(await findMessage(db, handed.id)).toMatchObject({ ...facts, id: handed.id, stored: true });
  expect((await readRaws(db, [handed.id])).get(handed.id)).toEqual(raw);
  expect([idempotencyKey, requestHash, smtputf8, eightBit]).toEqual([null, null, false, false]);
});

test('what is not there is null, and so is the raw mail of a message that is sent elsewhere', async () => {
  expect(await findMessage(db, absent)).toBeNull();
  expect(await readRaws(db, [absent])).toEqual(new Map());
  const { id } = await handedOver(db, [someone()], { raw: null }, { first: 'sent' });
  expect(await findMessage(db, id)).toMatchObject({ stored: false });
  expect(await readRaws(db, [id])).toEqual(new Map());
});

test('who must not be mailed has a dispatch that is suppressed from the start, and the others are queued', async () => {
  const [ann, bob, cid, dan, eve] = [someone(), someone(), someone(), someone(), someone()];
  await suppress(db, ann);
  await suppress(db, bob, 'temporarily_suppressed', '1 day');
  await suppress(db, cid, 'hard_suppressed', '-1 second');
  await suppress(db, dan, 'none');
  const { dispatches } = await handedOver(db, [ann, bob, cid, dan, eve]);
  expect(dispatches.map(({ state }) => state)).toEqual(['suppressed', 'suppressed', 'queued', 'queued', 'queued']);
  expect(await rowOf(db, dispatches[0]?.id ?? '')).toMatchObject({
    category: 'user_not_found',
    rule: 'test/user_not_found',
    due_at: null,
  });
});

test('mail that is sent elsewhere is on its way with its first attempt, suppressed or not', async () => {
  const recipient = someone();
  await suppress(db, recipient);
  const { dispatches } = await handedOver(db, [recipient], { raw: null, origin: 'elsewhere' }, { first: 'sent' });
  const row = await rowOf(db, dispatches[0]?.id ?? '');
  expect(row).toMatchObject({ state: 'sent', attempt: 1, due_at: null, category: null });
  expect(row.sent_at).not.toBeNull();
});

test('the same request with the same key gives what was stored, and stores nothing', async () => {
  const recipient = someone();
  const request = { idempotencyKey: 'k1', requestHash: hashed('a') };
  const first = await handedOver(db, [recipient], request);
  const again = await handedOver(db, [recipient], request);
  expect(again).toEqual({ ...first, outcome: 'repeated' });
  expect(await db.query('select 1 from dispatches where recipient = $1', [recipient])).toHaveLength(1);
});

test('another request with the same key is refused, and another submitter’s key is another key', async () => {
  const first = await handedOver(db, [someone()], { idempotencyKey: 'k2', requestHash: hashed('a') });
  const recipient = someone();
  const reused = await handedOver(db, [recipient], { idempotencyKey: 'k2', requestHash: hashed('b') });
  expect(reused).toEqual({ outcome: 'keyReused', id: first.id, messageId: first.messageId, dispatches: [] });
  expect(await db.query('select 1 from dispatches where recipient = $1', [recipient])).toEqual([]);
  const others = { idempotencyKey: 'k2', requestHash: hashed('b'), submitter: 'api:other' };
  expect(await handedOver(db, [recipient], others)).toMatchObject({ outcome: 'stored' });
});

test('without a key every request is a message of its own', async () => {
  const recipient = someone();
  await handedOver(db, [recipient], { messageId: 'same@sender.example' });
  await handedOver(db, [recipient], { messageId: 'same@sender.example' });
  expect(await db.query('select 1 from dispatches where recipient = $1', [recipient])).toHaveLength(2);
});

test('the same request from several processes at once is stored by one of them', async () => {
  const recipient = someone();
  const others = await Promise.all([database.open(), database.open(), database.open()]);
  const request = { idempotencyKey: 'k3', requestHash: hashed('a') };
  const handed = await Promise.all(others.map((each) => handedOver(each, [recipient], request)));
  expect(handed.map(({ outcome }) => outcome).toSorted()).toEqual(['repeated', 'repeated', 'stored']);
  expect(new Set(handed.map(({ id }) => id)).size).toBe(1);
});

test('a message that the database refuses leaves nothing behind', async () => {
  const recipient = someone();
  const refused = handedOver(db, ['nul\0@example.com', recipient], { messageId: 'refused@sender.example' });
  await expect(refused).rejects.toMatchObject({ failure: 'data' });
  expect(await db.query(`select 1 from messages where message_id = 'refused@sender.example'`)).toEqual([]);
  expect(await db.query('select 1 from dispatches where recipient = $1', [recipient])).toEqual([]);
});

test('a thousand recipients are one statement, and all are queued', async () => {
  const { dispatches } = await handedOver(
    db,
    Array.from({ length: 1000 }, () => someone()),
  );
  expect(dispatches.filter(({ state }) => state === 'queued')).toHaveLength(1000);
});
