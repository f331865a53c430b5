/** A relay that is away for a day while 100,000 mails wait for it, and comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';
import { createRelayRest } from '../../src/sender/relay-rest.ts';
import { startRelayPeer, type RelayPeer } from '../e2e/support/relay-peer.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { relayAt, senderOptions, sendWith, until, type TestSender } from './setup.ts';

const day = 86_400_000;

test('for a day it is asked every few minutes, by each process at times of its own, and then found within minutes', () => {
  const processes = 20;
  const asked = Array.from({ length: processes }, (_, n) => {
    const clock = { now: n };
    const rest = createRelayRest(() => clock.now, Math.random);
    const times: number[] = [];
    while (clock.now < day) {
      times.push(clock.now);
      rest.failed('session');
      clock.now += rest.waitMs();
    }
    // It is back: the next time somebody asks, it answers.
    expect(clock.now - day).toBeLessThan(300_000 * 1.2);
    return times;
  });
  for (const times of asked) expect(times.length).toBeLessThan(day / 240_000 + 10);
  // An hour before the end nobody knows any more who began with whom.
  const late = asked.flatMap((times) => times.filter((at) => at > day - 3_600_000));
  const seconds = new Map<number, number>();
  for (const at of late) seconds.set(Math.floor(at / 1000), (seconds.get(Math.floor(at / 1000)) ?? 0) + 1);
  expect(Math.max(...seconds.values())).toBeLessThanOrEqual(processes / 4);
});

const jobs = 100_000;
const providers = 10;
/** A second of each process. */
const perSecond = 5;
const connections = 2;

let database: TestDatabase;
let relay: RelayPeer;
const senders: TestSender[] = [];

beforeAll(async () => {
  database = await testDatabase();
  relay = await startRelayPeer();
  // Handed over a day ago, and due since.
  await database.db.dedicated({ patient: true }).query(
    `with m as (
       insert into messages (id, message_id, sending_domain, origin, submitter, size)
       values (gen_random_uuid(), 'm@sender.example', 'sender.example', 'api', 'api:test', 40) returning id
     ), raw as (
       insert into message_raws (message, body) select id, convert_to(E'From: a@sender.example\\r\\n\\r\\nHello.\\r\\n', 'UTF8') from m
     )
     insert into dispatches (id, message, recipient, recipient_original, provider, sending_domain, message_id, state, due_at,
       created_at, expires_at)
     select gen_random_uuid(), m.id, a, a, 'p' || n % $2 || '.example', 'sender.example', 'm@sender.example', 'queued',
       now() - interval '1 day', now() - interval '1 day', now() + interval '6 days'
     from m, generate_series(1, $1) as n, concat('r', n, '@p', n % $2, '.example') as a`,
    [jobs, providers],
  );
  await database.db.query('analyze dispatches');
}, 60_000);
afterAll(async () => {
  await Promise.all(senders.map(({ sender }) => sender.close()));
  await relay.close();
  await database.close();
});

const states = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await database.db.query<{ state: string; n: number }>(
        'select state, count(*)::int as n from dispatches group by state',
      )
    ).map(({ state, n }) => [state, n]),
  );

test(
  '100,000 mails wait unharmed, go at the configured rate when it is back, and none is lost or sent twice',
  { timeout: 60_000 },
  async () => {
    await relay.close();
    const options = senderOptions({ care: { ratePerMinute: perSecond * 60 } });
    const settings = [relayAt(relay.port, { connections })];
    senders.push(sendWith(database, settings, options));
    senders.push(sendWith({ db: await database.open(), metrics: createMetrics({ providers: 1 }) }, settings, options));
    await sleep(3000);
    // Some may be in hand just now, for one more look at the relay.
    const { queued = 0, claimed = 0, ...begun } = await states();
    expect([queued + claimed, begun]).toEqual([jobs, {}]);
    expect(await database.db.query('select 1 from dispatches where attempt > 0')).toEqual([]);
    for (const { lines } of senders) expect(lines.filter(({ event }) => event === 'relayDown')).toHaveLength(1);

    await relay.open();
    await until('it to be found', () => Promise.resolve(relay.taken.length > 0));
    const began = Date.now();
    await sleep(4000);
    const taken = relay.taken.length;
    const seconds = (Date.now() - began) / 1000;
    await Promise.all(senders.map(({ sender }) => sender.close()));
    // Of each process, to each provider: its rate, and the second's worth that a rate begins with.
    expect(taken).toBeLessThanOrEqual(senders.length * providers * perSecond * (seconds + 1));
    expect(taken).toBeGreaterThan(providers * perSecond);
    expect(relay.mostAtOnce).toBeLessThanOrEqual(senders.length * connections);
    expect(new Set(relay.taken.map(({ to }) => to.join())).size).toBe(relay.taken.length);
    // What was claimed by the end of its process is back; a cut connection would be told of as indeterminate.
    const { sent = 0, ...others } = await states();
    expect(sent).toBe(relay.taken.length);
    expect(Object.keys(others).filter((state) => state !== 'queued' && state !== 'waiting')).toEqual([]);
    expect(sent + (others['queued'] ?? 0) + (others['waiting'] ?? 0)).toBe(jobs);
  },
);
