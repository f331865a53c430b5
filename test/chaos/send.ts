/**
 * `npm run chaos:send -- [--processes 3] [--dispatches 10000] [--every 3] [--seconds 600] [--concurrency 20] [--pause 250]`
 * `--pause`: milliseconds before the relay answers to a final dot: how long the run lasts.
 *
 * Sender processes over one database, each killed with -9 or stopped with SIGSTOP (for longer than its lease, now and then)
 * every few seconds, until all is sent. Then it is counted at the far end: nothing may have been sent by two owners, nothing
 * may be lost, and no more may be indeterminate than was on its way at the kills.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import build from '../e2e/support/build.ts';
import { startDaemon, type Daemon } from '../e2e/support/daemon.ts';
import { startOwnDatabase } from './database.ts';
import { startCountingSink } from './counting-sink.ts';

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '3' },
    dispatches: { type: 'string', default: '10000' },
    every: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '600' },
    concurrency: { type: 'string', default: '20' },
    lease: { type: 'string', default: '14' },
    pause: { type: 'string', default: '250' },
  },
});
const [processes, dispatches, every, seconds, concurrency, lease] = [
  values.processes,
  values.dispatches,
  values.every,
  values.seconds,
  values.concurrency,
  values.lease,
].map(Number) as [number, number, number, number, number, number];
const perMessage = 500;

async function handIn(daemon: Daemon): Promise<void> {
  for (let at = 0; at < dispatches; at += perMessage) {
    const id = randomBytes(8).toString('hex');
    const raw = `From: news@bounce.test\r\nMessage-ID: <${id}@bounce.test>\r\nSubject: chaos\r\n\r\n${'x'.repeat(70)}\r\n`;
    const to = Array.from({ length: Math.min(perMessage, dispatches - at) }, (_, i) => `c${at + i}@p${i % 40}.test`);
    const { status, body } = await daemon.api('/v1/messages', {
      method: 'POST',
      body: { raw: Buffer.from(raw).toString('base64'), recipients: to, sendingDomain: 'bounce.test' },
    });
    if (status >= 300) throw new Error(`hand-over answered ${status}: ${JSON.stringify(body)}`);
  }
}

type Counts = Readonly<Record<string, number>>;

build();
const database = await startOwnDatabase();
const sink = await startCountingSink(Number(values.pause));
const env = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  BOUNCEMX_DATABASE_URL: database.url,
  BOUNCEMX_DATABASE_QUERY_TIMEOUT: '2s',
  BOUNCEMX_DATABASE_STATEMENT_TIMEOUT: '1500ms',
  BOUNCEMX_RELAY_URL: `smtp://127.0.0.1:${sink.port}`,
  BOUNCEMX_SENDER_CONCURRENCY: String(concurrency),
  BOUNCEMX_SENDER_DEADLINE: '8s',
  BOUNCEMX_SENDER_LEASE: `${lease}s`,
  BOUNCEMX_SENDER_POLL_INTERVAL: '200ms',
  BOUNCEMX_LOG_LEVEL: 'warn',
  ...extra,
});
const first = await startDaemon(env({ BOUNCEMX_SENDER_ENABLED: 'false' }));
await handIn(first);
const daemons: Daemon[] = [];
for (let i = 0; i < processes; i++)
  daemons.push(await startDaemon(env({ BOUNCEMX_VERP_KEY_FILE: `${first.dataDir}/verp.keys` })));

const client = new pg.Client(database.connection);
await client.connect();
const states = async (): Promise<Counts> =>
  Object.fromEntries(
    (
      await client.query<{ state: string; n: string }>('select state, count(*) as n from dispatches group by 1')
    ).rows.map(({ state, n }) => [state, Number(n)]),
  );
const unfinished = (counts: Counts): number =>
  ['queued', 'claimed', 'sending', 'waiting'].reduce((sum, state) => sum + (counts[state] ?? 0), 0);

let kills = 0;
let freezes = 0;
let done = false;
const began = Date.now();
const deadline = began + seconds * 1000;
const hurting = daemons.map(async (daemon) => {
  for (;;) {
    await sleep(every * 1000 * (0.5 + Math.random()));
    if (done || Date.now() > deadline) return;
    if (Math.random() < 0.5) {
      kills++;
      await daemon.restart('SIGKILL');
      continue;
    }
    freezes++;
    daemon.child().kill('SIGSTOP');
    // One in three sleeps past its lease, and wakes up as one who believes that all is still its own.
    await sleep(Math.random() < 0.33 ? (lease + 3) * 1000 : 1000 + Math.random() * 2000);
    daemon.child().kill('SIGCONT');
  }
});
for (;;) {
  const counts = await states();
  console.log(
    `${Math.round((Date.now() - began) / 1000)} s: ${JSON.stringify(counts)}, ${kills} kills, ${freezes} freezes`,
  );
  if (unfinished(counts) === 0 || Date.now() > deadline) break;
  await sleep(5000);
}
done = true;
await Promise.all(hurting);
for (const daemon of [...daemons, first]) await daemon.stop();

const counts = await states();
const { rows } = await client.query<{ id: string; state: string }>('select id, state from dispatches');
const twice = [...sink.taken].filter(([, n]) => n > 1).length;
// Neither at the far end nor known to be in doubt.
const lost = rows.filter(({ id, state }) => !sink.taken.has(id) && state !== 'indeterminate').length;
const missing = dispatches - rows.length;
const untrue = rows.filter(({ id, state }) => state === 'sent' && !sink.taken.has(id)).length;
const indeterminate = counts['indeterminate'] ?? 0;
console.log(
  JSON.stringify({
    processes,
    seconds: Math.round((Date.now() - began) / 1000),
    kills,
    freezes,
    taken: sink.taken.size,
    ...counts,
    twice,
    lost: lost + missing,
    untrue,
    allowed: (kills + freezes) * concurrency,
  }),
);
await client.end();
await sink.close();
await database.stop();
const good =
  twice === 0 &&
  lost + missing === 0 &&
  untrue === 0 &&
  indeterminate <= (kills + freezes) * concurrency &&
  unfinished(counts) === 0;
console.log(good ? 'chaos: nothing sent twice, nothing lost' : 'chaos: FAILED');
process.exitCode = good ? 0 : 1;
