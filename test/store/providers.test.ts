/** The breaker as all processes share it, against a real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../src/store/db.ts';
import { askBreaker, noteSilence, noteSuccess, noteWords, type Word } from '../../src/store/providers.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { sending } from '../helpers/mail-events.ts';
import { listProviders } from './sending.ts';

const provider = 'big.example';
const { breaker } = sending;
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
  await db.query('delete from providers');
  await db.query('delete from provider_faults');
});

const turnedAway = (fields: Partial<Word> = {}): Word => ({
  provider,
  dispatch: randomUUID(),
  category: 'rate_limiting',
  diagnostic: '421 slow down',
  ...fields,
});
const note = (words: readonly Word[], where = db) => where.transaction((tx) => noteWords(tx, words, breaker));
const state = async () => (await listProviders(db)).find((row) => row.provider === provider);
const paused = () => db.query(`update providers set probe_at = now() - interval '1 second' where state = 'open'`);
async function opened(): Promise<void> {
  await note([turnedAway(), turnedAway(), turnedAway()]);
  expect(await state()).toMatchObject({ state: 'open' });
}

test('distinct dispatches within the window open it; the same one again, and older ones, do not', async () => {
  const dispatch = randomUUID();
  await note([turnedAway({ dispatch }), turnedAway({ dispatch }), turnedAway()]);
  await note([turnedAway({ dispatch })]);
  expect(await state()).toMatchObject({
    state: 'closed',
    lastCategory: 'rate_limiting',
    lastDiagnostic: '421 slow down',
  });
  await db.query(`update provider_faults set at = now() - interval '11 minutes' where dispatch_id = $1`, [dispatch]);
  await note([turnedAway()]);
  expect(await state()).toMatchObject({ state: 'closed' });
  await note([turnedAway()]);
  expect(await state()).toMatchObject({ state: 'open', failures: 0 });
});

test('one provider’s trouble is not another’s', async () => {
  await note([turnedAway(), turnedAway({ provider: 'a.example' }), turnedAway(), turnedAway()]);
  expect(await listProviders(db)).toMatchObject([
    { provider: 'a.example', state: 'closed' },
    { provider, state: 'open' },
  ]);
});

test('settlers that name the same providers in other orders do not stand in each other’s way', async () => {
  const names = Array.from({ length: 20 }, (_, n) => `p${n}.example`);
  const words = names.map((name) => turnedAway({ provider: name }));
  await Promise.all([note(words), note(words.toReversed(), other), note(words), note(words.toReversed(), other)]);
  expect(await listProviders(db)).toHaveLength(20);
});

test('nobody is admitted before the pause is over, then one dispatch alone, over all processes', async () => {
  await opened();
  expect(await askBreaker(db, provider, randomUUID(), breaker)).toBe(false);
  await paused();
  const ids = [randomUUID(), randomUUID()];
  const asked = await Promise.all(ids.map((id, n) => askBreaker(n === 0 ? db : other, provider, id, breaker)));
  expect(asked.toSorted()).toEqual([false, true]);
  expect(await state()).toMatchObject({ state: 'probing', probe: ids[asked.indexOf(true)] });
  expect(await askBreaker(db, provider, ids[asked.indexOf(true)] ?? '', breaker)).toBe(true);
});

test('a provider that never turned mail away admits everybody', async () => {
  expect(await askBreaker(db, 'kind.example', randomUUID(), breaker)).toBe(true);
  expect(await listProviders(db)).toEqual([]);
});

test('a probe that is taken closes it, and what was counted before is forgotten; another’s success does not', async () => {
  await opened();
  await paused();
  const probe = randomUUID();
  await askBreaker(db, provider, probe, breaker);
  await noteSuccess(db, provider, randomUUID());
  expect(await state()).toMatchObject({ state: 'probing' });
  await noteSuccess(db, provider, probe);
  expect(await state()).toMatchObject({ state: 'closed' });
  await note([turnedAway(), turnedAway()]);
  expect(await state()).toMatchObject({ state: 'closed' });
});

test('a probe that is turned away opens it again for longer', async () => {
  await opened();
  await paused();
  const probe = randomUUID();
  await askBreaker(db, provider, probe, breaker);
  await note([turnedAway()]);
  expect(await state()).toMatchObject({ state: 'probing' });
  await note([turnedAway({ dispatch: probe })]);
  const row = await state();
  expect(row).toMatchObject({ state: 'open', failures: 1 });
  expect((row?.probeAt?.getTime() ?? 0) - (row?.since.getTime() ?? 0)).toBe(2 * breaker.pause);
});

test('a probe that is refused for a reason of its own closes it: the provider talks to us', async () => {
  await opened();
  await paused();
  const probe = randomUUID();
  await askBreaker(db, provider, probe, breaker);
  await note([turnedAway({ dispatch: probe, category: 'user_not_found' })]);
  expect(await state()).toMatchObject({ state: 'closed', lastCategory: 'rate_limiting' });
});

test('a probe that came back without a word lets another go at once', async () => {
  await opened();
  await paused();
  const [probe, next] = [randomUUID(), randomUUID()];
  await askBreaker(db, provider, probe, breaker);
  await noteSilence(db, provider, probe);
  expect(await askBreaker(other, provider, next, breaker)).toBe(true);
  expect(await state()).toMatchObject({ state: 'probing', probe: next });
});

test('words about providers that are not known change nothing', async () => {
  await note([turnedAway({ category: 'user_not_found' })]);
  await noteSuccess(db, provider, randomUUID());
  await noteSilence(db, provider, randomUUID());
  expect(await listProviders(db)).toEqual([]);
});
