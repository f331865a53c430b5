/** The worker between the arrival log and the tables, on a real PostgreSQL: what it does when all is well, and when not. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import type { RuleSet } from '../../src/core/classify/rule-set.ts';
import type { NewArrival } from '../../src/store/arrivals.ts';
import { createArrivalLog } from '../../src/store/arrivals.ts';
import { listEvents, rawOfEvent } from '../../src/store/events.ts';
import { listStuck, queueFacts } from '../../src/store/queue.ts';
import { storeReturnPaths } from '../../src/store/return-paths.ts';
import { suppressionOf } from '../../src/store/suppressions.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { arrival, bound } from '../helpers/mail-events.ts';
import { startTestWorker, type WorkParts } from './setup.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const work = (parts: WorkParts = {}) => startTestWorker(database, parts);

const someone = (): string => `r${randomBytes(6).toString('hex')}@example.com`;

const bounce = (recipient: string): Buffer =>
  Buffer.from(
    [
      'From: MAILER-DAEMON@mx.example.com',
      'Subject: Undelivered',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=x',
      '',
      '--x',
      '',
      'It did not work.',
      '--x',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.example.com',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 user unknown',
      '',
      '--x--',
      '',
    ].join('\r\n'),
  );

function newArrival(recipient: string, fields: Partial<NewArrival> = {}): NewArrival {
  const plain: NewArrival = arrival({ bound: { ...bound, recipient } });
  const raw = bounce(recipient);
  const arrivalKey = createHash('sha256').update(randomBytes(16)).digest();
  return { ...plain, raw, size: raw.length, arrivalKey, ...fields };
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000;
  while (!(await what())) {
    if (performance.now() > end) throw new Error('it never came');
    await sleep(10);
  }
}
const isSuppressed = async (address: string): Promise<boolean> =>
  (await suppressionOf(database.db, address, new Date())).suppressed;

test('arrivals handed over in memory and arrivals of the queue are both worked on, and the queue is empty then', async () => {
  const { worker, lines } = work();
  const { db, log, metrics } = database;
  const handed = createArrivalLog({ db, log, metrics, commitDeadline: 5000, handOff: worker });
  const queued = createArrivalLog({ db, log, metrics, commitDeadline: 5000 });
  const people = Array.from({ length: 60 }, someone);
  await Promise.all(people.map((recipient, n) => (n % 2 === 0 ? handed : queued).commit([newArrival(recipient)])));
  worker.wake();
  await until(async () => (await Promise.all(people.map(isSuppressed))).every(Boolean));
  await until(async () => (await queueFacts(db)).depth === 0);
  expect(lines.filter(({ event }) => event === 'recorded')).toHaveLength(60);
  expect(lines.filter(({ event }) => event === 'decided')).toHaveLength(60);
  const { items } = await listEvents(db, { recipient: people[0] }, { limit: 5, cursor: null });
  expect(items).toMatchObject([{ proof: 'verp', acts: true, category: 'user_not_found', status: '5.1.1' }]);
  const raw = await rawOfEvent(db, items[0]?.id ?? '');
  expect(raw).toMatchObject({ arrivalId: items[0]?.arrivalId, truncated: false, body: bounce(people[0] ?? '') });
  expect(await rawOfEvent(db, '00000000-0000-7000-8000-000000000000')).toBeNull();
  await handed.close();
  await queued.close();
  await worker.close();
});

test('an opaque token speaks of the recipient of its row; without the row nobody is touched', async () => {
  const { worker } = work();
  const { db, log, metrics } = database;
  const arrivals = createArrivalLog({ db, log, metrics, commitDeadline: 5000, handOff: worker });
  const recipient = someone();
  const rowId = randomBytes(8).toString('hex');
  const opaque = (id: string) => ({ ...bound, form: 'opaque' as const, recipient: null, rowId: id });
  await storeReturnPaths(db, [
    {
      rowId,
      recipient,
      recipientOriginal: recipient,
      messageId: 'm@sender.example',
      campaign: 'spring',
      sendingDomain: 'sender.example',
      dispatch: null,
    },
  ]);
  await arrivals.commit([newArrival(recipient, { bound: opaque(rowId) })]);
  const other = someone();
  await arrivals.commit([newArrival(other, { bound: opaque(randomBytes(8).toString('hex')) })]);
  await until(async () => (await queueFacts(db)).depth === 0);
  expect(await isSuppressed(recipient)).toBe(true);
  expect(await isSuppressed(other)).toBe(false);
  const { items } = await listEvents(db, { recipient }, { limit: 5, cursor: null });
  expect(items).toMatchObject([{ messageId: 'm@sender.example', campaign: 'spring' }]);
  await arrivals.close();
  await worker.close();
});

test('an arrival that a bug of ours meets is stuck after its attempts, and its neighbours are not', async () => {
  const whole = loadShippedRules();
  const rules: RuleSet = {
    ...whole,
    version: whole.version,
    first(text, facts) {
      if (text.includes('poison')) throw new Error('a bug of ours');
      return whole.first(text, facts);
    },
  };
  const { worker, lines } = work({ rules: () => rules });
  const { db, log, metrics } = database;
  const arrivals = createArrivalLog({ db, log, metrics, commitDeadline: 5000, handOff: worker });
  const recipient = someone();
  const raw = Buffer.from(bounce(someone()).toString().replace('user unknown', 'poison'));
  await arrivals.commit([newArrival(someone(), { raw })]);
  await arrivals.commit([newArrival(recipient)]);
  await until(() => isSuppressed(recipient));
  await until(async () => (await listStuck(db)).length === 1);
  expect((await listStuck(db))[0]).toMatchObject({ attempts: 2, lastError: 'a bug of ours' });
  expect(lines.filter(({ event }) => event === 'attemptFailed')).toHaveLength(2);
  expect(lines.filter(({ event }) => event === 'stuck')).toHaveLength(1);
  await db.query('delete from queue');
  await arrivals.close();
  await worker.close();
});

test('a worker that stops gives back what it has not begun, as if it had never been taken', async () => {
  const { worker } = work();
  const { db, log, metrics } = database;
  const arrivals = createArrivalLog({ db, log, metrics, commitDeadline: 5000, handOff: worker });
  const closing = worker.close();
  await closing;
  expect(worker.reserve(1)).toBe(false);
  const recipient = someone();
  await arrivals.commit([newArrival(recipient)]);
  expect(await db.query('select state, attempt from queue')).toEqual([{ state: 'new', attempt: 0 }]);
  const { worker: next } = work();
  await until(() => isSuppressed(recipient));
  await next.close();
  await arrivals.close();
});

test('a lease that ran out brings the arrival to the next worker', async () => {
  const { db, log, metrics } = database;
  const dead = { leaseMs: 200, reserve: () => true, cancel: () => undefined, deliver: () => undefined };
  const arrivals = createArrivalLog({ db, log, metrics, commitDeadline: 5000, handOff: dead });
  const recipient = someone();
  await arrivals.commit([newArrival(recipient)]);
  const { worker } = work();
  await until(() => isSuppressed(recipient));
  await until(async () => (await queueFacts(db)).depth === 0);
  await worker.close();
  await arrivals.close();
});

test('a worker survives a database that cuts its connections, and loses nothing', async () => {
  const { worker } = work();
  const { db, log, metrics } = database;
  const arrivals = createArrivalLog({ db, log, metrics, commitDeadline: 15_000, handOff: worker });
  const people = Array.from({ length: 100 }, someone);
  const cutting = (async () => {
    for (let cuts = 0; cuts < 5; cuts++) {
      await sleep(40);
      await db
        .query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        )
        .catch(() => undefined);
    }
  })();
  for (const recipient of people) {
    await arrivals.commit([newArrival(recipient)]);
    await sleep(2);
  }
  await cutting;
  await until(async () => (await Promise.all(people.map(isSuppressed))).every(Boolean));
  await until(async () => (await queueFacts(db)).depth === 0);
  const rows = await db.query('select count(*)::int as n from events where recipient = any($1::text[])', [people]);
  expect(rows).toEqual([{ n: 100 }]);
  await arrivals.close();
  await worker.close();
});
