/**
 * `npm run chaos -- [--processes 1|2] [--kills N] [--database-kills N] [--senders N] [--messages N] [--seconds N]`
 *
 * Kills the daemon with -9 at random moments under load, stops and kills its database, and then counts: nothing that was
 * acknowledged may be missing, nothing may be there twice. The only help the daemon gets is what systemd would give it,
 * a new start.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDaemon, type Daemon } from '../e2e/support/daemon.ts';
import { startOwnDatabase, type ChaosDatabase } from './database.ts';
import { embeddedDatabase } from './embedded.ts';
import { startSenders, type Report } from './senders.ts';
import { verify } from './verify.ts';

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '1' },
    kills: { type: 'string', default: '200' },
    'database-kills': { type: 'string', default: '20' },
    senders: { type: 'string', default: '20' },
    messages: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '3600' },
  },
});
const [kills, databaseKills, senderCount, messages] = [
  values.kills,
  values['database-kills'],
  values.senders,
  values.messages,
].map(Number) as [number, number, number, number];
const deadline = Date.now() + Number(values.seconds) * 1000;

async function mintAll(daemon: Daemon): Promise<Report[]> {
  const recipients = Array.from({ length: messages }, (_, i) => `c${i}@r.test`);
  const reports: Report[] = [];
  for (let at = 0; at < recipients.length; at += 5000) {
    const some = recipients.slice(at, at + 5000);
    const paths = await daemon.mint(some);
    reports.push(...some.map((recipient, i) => ({ recipient, returnPath: paths[i] ?? '' })));
  }
  return reports;
}

execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit', cwd: new URL('../../', import.meta.url) });

const two = values.processes === '2';
// One process has its embedded server and must itself revive it; two share a server that is run for them.
const own = two ? await startOwnDatabase() : null;
const env = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32',
  BOUNCEMX_LOG_LEVEL: 'warn',
  ...(own === null ? {} : { BOUNCEMX_DATABASE_URL: own.url }),
  ...extra,
});
const first = await startDaemon(env());
const daemons = [first];
if (two) daemons.push(await startDaemon(env({ BOUNCEMX_VERP_KEY_FILE: `${first.dataDir}/verp.keys` })));
const database: ChaosDatabase = own ?? embeddedDatabase(first);

const reports = await mintAll(first);
// Spread over the run: the moments of the kills shall find work in hand, from the first to the last.
const expectedSeconds = Math.min(Number(values.seconds) * 0.8, (kills / daemons.length) * 2.2 + databaseKills * 3);
const senders = startSenders(
  senderCount,
  reports,
  daemons.map((daemon) => daemon.smtpPort),
  Math.max(0, (expectedSeconds * 0.5 * senderCount * 1000) / messages - 3),
);

let killed = 0;
let stopped = 0;
let hurt = 0;
const began = Date.now();
const say = setInterval(() => {
  console.log(
    `${Math.round((Date.now() - began) / 1000)} s: ${senders.acknowledged.size} acknowledged, ${senders.replies()} replies of 250, ${killed} kills, ${hurt} database ends`,
  );
}, 10_000);

const killing = daemons.map(async (daemon) => {
  while (killed < kills && Date.now() < deadline) {
    await sleep(Math.random() * 2000);
    // Now and then it is asked to stop: under load that must end well too.
    if (Math.random() < 0.15) {
      const code = await daemon.restart('SIGTERM');
      stopped++;
      if (code !== 0) throw new Error(`asked to stop, it ended with ${String(code)}`);
      continue;
    }
    killed++;
    await daemon.restart('SIGKILL');
  }
});
const hurting = (async () => {
  const every = (expectedSeconds * 1000) / (databaseKills + 1);
  while (hurt < databaseKills && Date.now() < deadline) {
    await sleep(every * (0.5 + Math.random()) * 0.8);
    await database.hurt(hurt % 2 === 0 ? 'kill' : 'stop');
    hurt++;
  }
})();

await Promise.all([...killing, hurting]);
await senders.finish();
clearInterval(say);
const verdict = await verify(database.connection, senders.acknowledged);
const seconds = Math.round((Date.now() - began) / 1000);
console.log(
  JSON.stringify({
    processes: daemons.length,
    seconds,
    kills: killed,
    stops: stopped,
    databaseEnds: hurt,
    replies: senders.replies(),
    ...verdict,
  }),
);
for (const daemon of daemons) await daemon.stop();
await database.stop();
const good = verdict.lost === 0 && verdict.double === 0 && verdict.half === 0 && verdict.stuck === 0;
console.log(good ? 'chaos: nothing lost, nothing double' : 'chaos: FAILED');
process.exitCode = good ? 0 : 1;
