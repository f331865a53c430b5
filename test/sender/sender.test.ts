/** The sender on a real PostgreSQL, with relays by script: what becomes of dispatches. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';
import { startRelayPeer, type RelayPeer } from '../e2e/support/relay-peer.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { hostilePeer } from './hostile-peer.ts';
import { dispatchRow, handIn, inState, relayAt, senderOptions, sendWith, until, type TestSender } from './setup.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  while (open.length > 0) await open.pop()?.close();
});

async function peer(script?: Parameters<typeof startRelayPeer>[0]): Promise<RelayPeer> {
  const relay = await startRelayPeer(script);
  open.push(relay);
  return relay;
}

function sending(...args: Parameters<typeof sendWith>): TestSender {
  const test = sendWith(...args);
  open.push(test.sender);
  return test;
}

test('a message goes to each recipient in a transaction of its own, from a return-path of its own', async () => {
  const relay = await peer();
  const ids = await handIn(database.db, { recipients: ['ann@one.example', 'Bob@two.example'] });
  sending(database, [relayAt(relay.port)]);
  for (const id of ids) await inState(database.db, id, 'sent');
  expect(relay.taken.map(({ to }) => to).toSorted()).toEqual([['Bob@two.example'], ['ann@one.example']]);
  const paths = relay.taken.map(({ from }) => from);
  expect(new Set(paths).size).toBe(2);
  for (const path of paths) expect(path).toMatch(/^b-[a-z2-7]+@bounce\.example$/);
  const rows = await database.db.query<{ dispatch: string; attempt: number }>(
    'select dispatch_id as dispatch, attempt from return_paths where dispatch_id = any($1::uuid[])',
    [ids],
  );
  expect(rows).toHaveLength(2);
  expect(rows.every(({ attempt }) => attempt === 1)).toBe(true);
  const { values } = await database.metrics.sent.get();
  expect(values.map(({ labels, value }) => [labels.provider, value]).toSorted()).toEqual([
    ['one.example', 1],
    ['two.example', 1],
  ]);
  expect(relay.taken[0]?.message).toMatch(/^Bouncemx-Dispatch: [0-9a-f-]{36}; attempt=1; host=mx\.bounce\.example\r\n/);
});

test('an address that the relay refuses for good is bounced, with an event of our own', async () => {
  const relay = await peer({ onRecipient: (to) => (to.startsWith('gone') ? '550 5.1.1 User unknown' : null) });
  const [gone = '', here = ''] = await handIn(database.db, { recipients: ['gone@one.example', 'here@one.example'] });
  sending(database, [relayAt(relay.port)]);
  expect(await inState(database.db, gone, 'bounced')).toMatchObject({ category: 'user_not_found', replyCode: 550 });
  await inState(database.db, here, 'sent');
  const events = await database.db.query<{ proof: string; source: string }>(
    'select proof, source from events where dispatch_id = $1',
    [gone],
  );
  expect(events).toEqual([{ proof: 'own', source: 'reply' }]);
});

test('a temporary refusal waits for the time of its schedule, and is tried again with a new return-path', async () => {
  let refuse = true;
  const relay = await peer({
    onMessage: () => (refuse ? '451 4.3.0 Try again later' : null),
  });
  const [id = ''] = await handIn(database.db, { recipients: ['slow@one.example'] });
  const retry = [{ category: '', provider: '', delays: [1000] }];
  const test = sending(database, [relayAt(relay.port)], senderOptions({ retry }));
  await inState(database.db, id, 'waiting');
  refuse = false;
  test.sender.wake();
  expect((await inState(database.db, id, 'sent')).attempt).toBe(2);
  const from = relay.asked.filter(({ to }) => to === 'slow@one.example').map((each) => each.from);
  expect(new Set(from).size).toBe(2);
});

test('a relay that is away costs no attempt and nobody a bounce, and is told of once', async () => {
  const relay = await peer();
  await relay.close();
  const [id = ''] = await handIn(database.db, { recipients: ['patient@one.example'] });
  const { lines } = sending(database, [relayAt(relay.port)]);
  await until('the relay to be down', () => Promise.resolve(lines.some(({ event }) => event === 'relayDown')));
  await until('it to be given back', async () => {
    const { state } = await dispatchRow(database.db, id);
    return state === 'queued';
  });
  expect(await dispatchRow(database.db, id)).toMatchObject({ attempt: 0, category: null });
  await relay.open();
  await inState(database.db, id, 'sent');
  expect(lines.filter(({ event }) => event === 'relayDown')).toHaveLength(1);
  expect(lines.filter(({ event }) => event === 'relayBack')).toHaveLength(1);
});

test('a refusal at MAIL is nobody’s bounce: the dispatch waits', async () => {
  const relay = await peer({ onRecipient: () => '421 4.3.2 shutting down' });
  const [id = ''] = await handIn(database.db, { recipients: ['mute@one.example'] });
  sending(database, [relayAt(relay.port)]);
  expect(await inState(database.db, id, 'waiting')).toMatchObject({ category: null, attempt: 1 });
  const events = await database.db.query('select 1 from events where dispatch_id = $1', [id]);
  expect(events).toEqual([]);
});

test('two senders over one database send each dispatch once', async () => {
  const relay = await peer();
  const recipients = Array.from({ length: 200 }, (_, i) => `each${i}@d${i % 20}.example`);
  const ids = await handIn(database.db, { recipients });
  const other = await database.open();
  sending(database, [relayAt(relay.port)]);
  sending({ db: other, metrics: createMetrics({ providers: 1 }) }, [relayAt(relay.port)]);
  for (const id of ids) await inState(database.db, id, 'sent');
  const counts = new Map<string, number>();
  for (const { to } of relay.taken) counts.set(to[0] ?? '', (counts.get(to[0] ?? '') ?? 0) + 1);
  expect([...counts.values()].filter((n) => n !== 1)).toEqual([]);
  expect(counts.size).toBe(200);
});

test('a process that stops does not wait for a relay that says nothing', async () => {
  const silent = await hostilePeer(() => undefined);
  open.push(silent);
  const [id = ''] = await handIn(database.db, { recipients: ['patient@stop.example'] });
  const { sender, lines } = sending(
    database,
    [relayAt(silent.port)],
    senderOptions({ sender: { deadline: 600_000, lease: 900_000 } }),
  );
  await until('a connection', () => Promise.resolve(silent.connections() > 0));
  await sender.close();
  expect(await dispatchRow(database.db, id)).toMatchObject({ state: 'queued', attempt: 0 });
  // Nobody but us ended it.
  expect(lines.filter(({ event }) => event === 'relayDown')).toEqual([]);
});

test('what is claimed and not begun is given back when the process stops', async () => {
  const relay = await peer();
  const recipients = Array.from({ length: 30 }, (_, i) => `held${i}@same.example`);
  const ids = await handIn(database.db, { recipients });
  const options = senderOptions({ care: { ratePerMinute: 60 } });
  const { sender } = sending(database, [relayAt(relay.port)], options);
  await until('one to be sent', () => Promise.resolve(relay.taken.length > 0));
  await sender.close();
  const rows = await Promise.all(ids.map((id) => dispatchRow(database.db, id)));
  expect(rows.filter(({ state }) => state === 'claimed' || state === 'sending')).toEqual([]);
  expect(rows.filter(({ state }) => state === 'queued').length).toBeGreaterThan(20);
});
