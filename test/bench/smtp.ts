/**
 * `npm run bench smtp`: smtp-sink, Postfix with its queue, Haraka and bouncemx in turn, the same load, several rounds.
 * For bouncemx every message has a return-path of its own, and a round ends when nothing is left in its queue: the rate
 * to the last 250 and the rate to the last processed row are both shown.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../e2e/support/daemon.ts';
import { failureReport } from '../e2e/support/smtp-peer.ts';
import { buildLoadClient, cpuSeconds, load, residentMegabytes, show } from './measure.ts';
import { starts, type BenchPeer } from './peers.ts';

interface Shape {
  readonly name: string;
  readonly sessions: number;
  readonly perConnection: number;
  readonly messages: number;
  readonly rate: number;
}

interface Round {
  readonly rate: number;
  readonly settled: number;
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

const shapes = (messages: number): readonly Shape[] => [
  { name: '50 sessions, one message each', sessions: 50, perConnection: 1, messages, rate: 0 },
  { name: '200 sessions, one message each', sessions: 200, perConnection: 1, messages, rate: 0 },
  { name: '50 sessions, many messages each', sessions: 50, perConnection: 100, messages: messages * 2, rate: 0 },
  { name: '200 sessions, many messages each', sessions: 200, perConnection: 100, messages: messages * 2, rate: 0 },
];

async function recorded(daemon: Daemon): Promise<{ events: number; queue: number }> {
  const { body } = await daemon.api<string>('/metrics');
  const sum = (name: string): number =>
    body
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return { events: sum('bouncemx_events_total'), queue: sum('bouncemx_arrivals_total') };
}

let serial = 0;
async function mint(daemon: Daemon, count: number): Promise<string[]> {
  const addresses: string[] = [];
  while (addresses.length < count) {
    const recipients = Array.from({ length: Math.min(5000, count - addresses.length) }, () => `u${++serial}@r.test`);
    addresses.push(...(await daemon.mint(recipients)));
  }
  return addresses;
}

async function round(client: string, peer: BenchPeer, shape: Shape, folder: string, body: string): Promise<Round> {
  const addresses =
    peer.daemon === null
      ? Array.from({ length: shape.messages }, (_, i) => `b-${'x'.repeat(56)}${i % 7}@bounce.test`)
      : await mint(peer.daemon, shape.messages);
  const recipients = join(folder, 'recipients');
  await writeFile(recipients, `${addresses.join('\n')}\n`);
  const before = peer.daemon === null ? null : await recorded(peer.daemon);
  const cpu = await cpuSeconds(peer.roots);
  const begin = performance.now();
  const result = await load(client, {
    port: peer.port,
    sessions: shape.sessions,
    messages: shape.messages,
    perConnection: shape.perConnection,
    rate: shape.rate,
    body,
    recipients,
  });
  let seconds = result.seconds;
  if (peer.daemon !== null && before !== null) {
    for (;;) {
      const { events } = await recorded(peer.daemon);
      if (events - before.events === result.accepted) break;
      if (events - before.events > result.accepted) throw new Error('more events than acknowledged reports');
      if (performance.now() - begin > 120_000)
        throw new Error(`${result.accepted - events + before.events} acknowledged reports are not processed`);
      await sleep(5);
    }
    seconds = (performance.now() - begin) / 1000;
  }
  const used = (await cpuSeconds(peer.roots)) - cpu;
  return {
    rate: result.rate,
    settled: result.accepted / seconds,
    cpuMicros: (used / Math.max(1, result.accepted)) * 1e6,
    p50: result.p50,
    p99: result.p99,
    errors: result.errors,
  };
}

export async function benchSmtp(options: {
  rounds: number;
  messages: number;
  peers: readonly string[];
}): Promise<void> {
  const client = await buildLoadClient();
  const folder = await mkdtemp('/tmp/bmx-bench-');
  const body = join(folder, 'body');
  const report = failureReport({
    to: 'bounce@bounce.test',
    about: 'somebody@r.test',
    diagnostic: '550 5.1.1 <somebody@r.test>: Recipient address rejected: User unknown in virtual mailbox table',
    status: '5.1.1',
    unique: 'bench',
  });
  // 3.6 kB, as Postfix' reports are with the returned headers of an ordinary newsletter.
  const padding = Array.from({ length: 24 }, (_, i) => `X-Padding-${i}: ${'p'.repeat(72)}`).join('\n');
  await writeFile(body, report.replace('Subject: November', `Subject: November\n${padding}`).replace(/\r?\n/g, '\r\n'));
  const peers: BenchPeer[] = [];
  try {
    for (const name of options.peers) {
      const start = starts[name];
      if (start === undefined) throw new Error(`no peer '${name}'; there are ${Object.keys(starts).join(', ')}`);
      peers.push(await start());
    }
    const warm: Shape = { name: 'warm-up', sessions: 20, perConnection: 10, messages: 1000, rate: 0 };
    for (const peer of peers) await round(client, peer, warm, folder, body);
    for (const shape of shapes(options.messages)) {
      const results = new Map<string, Round[]>(peers.map((peer) => [peer.name, []]));
      for (let i = 0; i < options.rounds; i++) {
        for (const peer of peers) results.get(peer.name)?.push(await round(client, peer, shape, folder, body));
      }
      console.log(`\n${shape.name} (${shape.messages} messages, ${options.rounds} rounds; min–median–max)`);
      for (const [name, rounds] of results) {
        const of = (pick: (r: Round) => number, digits = 0): string => show(rounds.map(pick), digits);
        console.log(
          `  ${name.padEnd(18)} ${of((r) => r.rate).padEnd(20)} msg/s  processed ${of((r) => r.settled).padEnd(20)}` +
            ` CPU ${of((r) => r.cpuMicros).padEnd(16)} µs/msg  p50 ${of((r) => r.p50, 1)} ms  p99 ${of((r) => r.p99, 1)} ms  errors ${rounds.reduce((n, r) => n + r.errors, 0)}`,
        );
      }
      const ours = results.get('bouncemx');
      for (const [name, rounds] of results) {
        if (ours === undefined || name === 'bouncemx') continue;
        const ratios = rounds.map((r, i) => (ours[i]?.settled ?? NaN) / r.rate);
        console.log(`  bouncemx, processed ÷ ${name}: ${show(ratios, 2)}`);
      }
    }
    for (const peer of peers) {
      if (peer.daemon !== null)
        console.log(
          `\nbouncemx: ${(await residentMegabytes(peer.daemon.child().pid ?? 0)).toFixed(0)} MB resident at the end`,
        );
    }
  } finally {
    for (const peer of peers) await peer.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
