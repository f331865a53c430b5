/** Whichever way a dispatch comes to its end, bouncemx_dispatch_final_seconds hears of it, once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batch } from '../../src/store/dispatch-sweep.ts';
import { startElapsed } from '../../src/store/elapsed.ts';
import { startRelayPeer, type RelayPeer } from '../e2e/support/relay-peer.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';
import { suppress } from '../store/sending.ts';
import { handIn, inState, relayAt, senderOptions, sendWith, until } from './setup.ts';

const hour = 3600;
let database: TestDatabase;
let relay: RelayPeer;
beforeAll(async () => {
  database = await testDatabase();
  relay = await startRelayPeer();
});
afterAll(async () => {
  await relay.close();
  await database.close();
});

/** How many of a state, and their mean time. */
async function observed(state: string): Promise<{ count: number; mean: number }> {
  const { values } = await database.metrics.dispatchFinalSeconds.get();
  const of = (suffix: string): number =>
    values.find((each) => each.metricName?.endsWith(suffix) === true && each.labels.state === state)?.value ?? 0;
  const count = of('_count');
  return { count, mean: count === 0 ? 0 : of('_sum') / count };
}
async function expectObserved(state: string, count: number, mean: number): Promise<void> {
  const found = await observed(state);
  expect(found.count).toBe(count);
  expect(Math.abs(found.mean - mean)).toBeLessThan(60);
}
const handedOverAgo = (ids: readonly string[], seconds: number, set = 'id = id') =>
  database.db.query(
    `update dispatches set created_at = now() - $2::float8 * interval '1 s', ${set} where id = any($1::uuid[])`,
    [ids, seconds],
  );

test('by suppression between hand-over and sending, and by its age, more than one batch of them', async () => {
  const [blocked = ''] = await handIn(database.db, { recipients: ['blocked@one.example'] });
  await suppress(database.db, 'blocked@one.example');
  await handedOverAgo([blocked], 2 * hour);
  const many = Array.from({ length: batch + 5 }, (_, i) => `old${i}@two.example`);
  const old = await handIn(database.db, { recipients: many });
  await handedOverAgo(old, 170 * hour, 'expires_at = now()');
  const { sender } = sendWith(database, [relayAt(relay.port)], senderOptions());
  await inState(database.db, blocked, 'suppressed');
  await until('the old ones to end', async () => (await observed('expired')).count >= batch + 5);
  await sender.close();
  await expectObserved('suppressed', 1, 2 * hour);
  await expectObserved('expired', batch + 5, 170 * hour);
  expect(relay.taken).toEqual([]);
});

test('by silence', async () => {
  const ids = await handIn(database.db, { recipients: ['quiet@one.example', 'loud@one.example'] });
  await handedOverAgo(ids.slice(0, 1), 200 * hour, `state = 'sent', sent_at = now() - interval '8 days'`);
  const { log } = collectingLog();
  const options = { sender: { assumedDelivered: 7 * 24 * hour * 1000 } };
  const job = startElapsed({ db: database.db, options, log, metrics: database.metrics });
  await inState(database.db, ids[0] ?? '', 'assumed_delivered');
  await until('it to be told', async () => (await observed('assumed_delivered')).count > 0);
  await job.close();
  await expectObserved('assumed_delivered', 1, 200 * hour);
});
