/** The sender's care for providers: caps of its own, and breakers that it shares with other processes by the database. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createCare, type Care } from '../../src/sender/care.ts';
import type { Db } from '../../src/store/db.ts';
import { noteWords, releaseProbes } from '../../src/store/providers.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { sending } from '../helpers/mail-events.ts';
import { handIn, senderOptions } from './setup.ts';

const provider = 'big.example';
const breaker = { ...sending.breaker, threshold: 2, pause: 60_000, maxPause: 300_000 };
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

const careOf = (own: Db, changes: Parameters<typeof senderOptions>[0] = {}): Care =>
  createCare({ db: own, options: senderOptions(changes), breaker });
const fault = (dispatch: string = randomUUID()) => ({
  provider,
  dispatch,
  category: 'rate_limiting' as const,
  diagnostic: null,
});
const note = (...words: ReturnType<typeof fault>[]) => db.transaction((tx) => noteWords(tx, words, breaker));
/** It rests, and its pause is over. */
async function readyForProbe(): Promise<void> {
  await note(fault(), fault());
  await db.query(`update providers set probe_at = now() - interval '1 second'`);
}
async function asked(care: Care, dispatch: string): Promise<string> {
  care.stale();
  await care.refresh();
  return (await care.ask(provider, dispatch)).may;
}
const state = async (): Promise<string> =>
  (await db.query<{ state: string }>('select state from providers where provider = $1', [provider]))[0]?.state ??
  'none';

test('what a report elsewhere did to a provider is known here after a moment, without anything sent there', async () => {
  const care = careOf(db);
  await care.refresh();
  expect(await care.ask(provider, randomUUID())).toEqual({ may: 'go' });
  await note(fault(), fault());
  await new Promise((resolve) => setTimeout(resolve, 300));
  await care.refresh();
  expect(await care.ask(provider, randomUUID())).toMatchObject({ may: 'rest' });
  expect(care.closedTo()).toEqual([provider]);
});

test('one mail alone tries after the pause, whichever process has it', async () => {
  await readyForProbe();
  const [here, there] = [careOf(db), careOf(other)];
  const dispatch = randomUUID();
  expect(await asked(here, dispatch)).toBe('go');
  expect(await asked(there, randomUUID())).toBe('rest');
  expect(await asked(here, randomUUID())).toBe('rest');
  await here.taken(provider, dispatch);
  await here.done(provider, dispatch);
  expect(await state()).toBe('closed');
  expect(await asked(there, randomUUID())).toBe('go');
});

test('the pause is over by the database’s clock, whatever this host takes the time for', async () => {
  const hosts = [careOf(db), careOf(other)];
  for (const [hours, care] of [-24, 24].map((hours, i) => [hours, hosts[i] ?? careOf(db)] as const)) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
    try {
      await db.query('delete from providers');
      await note(fault(), fault());
      expect(await asked(care, randomUUID())).toBe('rest');
      expect(care.closedTo()).toEqual([provider]);
      await db.query(`update providers set probe_at = now() - interval '1 second'`);
      expect(await asked(care, randomUUID())).toBe('go');
    } finally {
      vi.useRealTimers();
    }
  }
});

test('a try that ends without a word of the provider lets another one try at once', async () => {
  await readyForProbe();
  const care = careOf(db);
  const dispatch = randomUUID();
  expect(await asked(care, dispatch)).toBe('go');
  // Suppressed meanwhile, cancelled, or the relay went down: neither good nor bad.
  await care.done(provider, dispatch);
  expect(await state()).toBe('open');
  expect(await asked(careOf(other), randomUUID())).toBe('go');
});

test('a try that is turned away ends the matter: what is done with it afterwards opens nothing', async () => {
  await readyForProbe();
  const care = careOf(db);
  const dispatch = randomUUID();
  expect(await asked(care, dispatch)).toBe('go');
  await note(fault(dispatch));
  await care.done(provider, dispatch);
  expect(await state()).toBe('open');
  expect(await asked(care, randomUUID())).toBe('rest');
});

test('the try of a process that was killed is released once its lease is over, and no sooner', async () => {
  await readyForProbe();
  const [killed, alive] = [careOf(db), careOf(other)];
  expect(await asked(killed, randomUUID())).toBe('go');
  expect(await asked(alive, randomUUID())).toBe('rest');
  expect(await releaseProbes(other, 60_000)).toBe(0);
  expect(await asked(alive, randomUUID())).toBe('rest');
  await db.query(`update providers set since = now() - interval '61 seconds'`);
  expect(await releaseProbes(other, 60_000)).toBe(1);
  expect(await asked(alive, randomUUID())).toBe('go');
});

test('a try that is still on its way is nobody’s to release, however old', async () => {
  await readyForProbe();
  const [dispatch = ''] = await handIn(db, { recipients: [`slow@${provider}`] });
  await db.query(`update dispatches set state = 'sending', owner = $2 where id = $1`, [dispatch, randomUUID()]);
  expect(await asked(careOf(db), dispatch)).toBe('go');
  await db.query(`update providers set since = now() - interval '1 hour'`);
  expect(await releaseProbes(other, 60_000)).toBe(0);
  await db.query(`update dispatches set state = 'indeterminate' where id = $1`, [dispatch]);
  expect(await releaseProbes(other, 60_000)).toBe(1);
});

test('a cap holds for each provider by itself, and a place is free again when one is done', async () => {
  const care = careOf(db, {
    care: { concurrency: 2 },
    provider: [{ name: provider, concurrency: 1, ratePerMinute: 0 }],
  });
  await care.refresh();
  const first = randomUUID();
  expect(await care.ask(provider, first)).toEqual({ may: 'go' });
  expect(await care.ask(provider, randomUUID())).toEqual({ may: 'wait', waitMs: null });
  expect(await care.ask('small.example', randomUUID())).toEqual({ may: 'go' });
  expect(await care.ask('small.example', randomUUID())).toEqual({ may: 'go' });
  expect(care.closedTo().sort()).toEqual([provider, 'small.example']);
  await care.done(provider, first);
  expect(await care.ask(provider, randomUUID())).toEqual({ may: 'go' });
});
