/**
 * `npm run bench -- send [--rounds N] [--messages N] [--connections 10] [--concurrency 100]`: raw messages of 4 KB to
 * smtp-sink, nodemailer's own pool alone and the whole path (claimed, begun, sent, recorded in PostgreSQL, fsync on) in turn in
 * one run. A round of ours begins when its dispatches are queued and ends when the last of them is recorded.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createTransport } from 'nodemailer';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadOptions } from '../../src/config/load.ts';
import { loadShippedRules } from '../../src/config/rules.ts';
import { createKeyRing } from '../../src/core/verp/index.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { startSender } from '../../src/sender/sender.ts';
import type { Db } from '../../src/store/db.ts';
import { handOver } from '../../src/store/messages.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/postgres.ts';
import { startOwnDatabase } from '../chaos/database.ts';
import { freePort } from '../e2e/support/ports.ts';
import { listening } from './peers.ts';

export interface SendBench {
  readonly rounds: number;
  readonly messages: number;
  readonly connections: number;
  readonly concurrency: number;
}

interface Round {
  readonly rate: number;
  /** Of this process alone, as nodemailer's too. */
  readonly cpuMicros: number;
}

const body = Buffer.from('A line of some words that a newsletter may have.\r\n'.repeat(78));
const domain = 'bench.test';

function message(id: string): Buffer {
  return Buffer.concat([
    Buffer.from(`From: news@${domain}\r\nMessage-ID: <${id}@${domain}>\r\nSubject: bench\r\n\r\n`),
    body,
  ]);
}

async function measured(count: number, work: () => Promise<void>): Promise<Round> {
  const cpu = process.cpuUsage();
  const since = performance.now();
  await work();
  const seconds = (performance.now() - since) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: count / seconds, cpuMicros: (user + system) / count };
}

async function alone(port: number, { messages, connections }: SendBench): Promise<Round> {
  const transport = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    maxConnections: connections,
    maxMessages: Infinity,
  });
  const mails = Array.from({ length: messages }, (_, i) => ({
    raw: message(`alone${i}`),
    envelope: { from: `b-${i}@${domain}`, to: [`r${i}@p${i % 200}.test`] },
  }));
  const round = await measured(messages, async () => {
    await Promise.all(mails.map((mail) => transport.sendMail(mail)));
  });
  transport.close();
  return round;
}

/** A message for each dispatch: the way of mail that is made for its recipient. */
async function queue(db: Db, messages: number): Promise<void> {
  const one = async (i: number): Promise<void> => {
    const raw = message(randomBytes(8).toString('hex'));
    await handOver(
      db,
      {
        messageId: `${randomBytes(8).toString('hex')}@${domain}`,
        sendingDomain: domain,
        stream: null,
        campaign: null,
        origin: 'api',
        submitter: 'api:bench',
        envelopeSender: '',
        raw,
        size: raw.length,
        smtputf8: false,
        eightBit: false,
        idempotencyKey: null,
        requestHash: null,
      },
      [{ recipient: `r${i}@p${i % 200}.test`, address: `r${i}@p${i % 200}.test`, provider: `p${i % 200}.test` }],
      { expiry: 86_400_000, first: 'queued' },
    );
  };
  for (let at = 0; at < messages; at += 20)
    await Promise.all(Array.from({ length: Math.min(20, messages - at) }, (_, i) => one(at + i)));
}

async function whole(db: Db, port: number, bench: SendBench): Promise<Round> {
  const loaded = loadOptions({ file: '/dev/null', env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const { options } = loaded;
  await queue(db, bench.messages);
  await db.query('analyze');
  const ring = createKeyRing([
    { id: 1, sendingDomain: domain, secret: randomBytes(32), createdDay: 1, state: 'active' },
  ]);
  const rules = loadShippedRules();
  const metrics = createMetrics({ providers: 0 });
  let close = (): Promise<void> => Promise.resolve();
  const round = await measured(bench.messages, async () => {
    const sender = startSender({
      db,
      options: {
        ...options,
        domain: [{ name: `bounce.${domain}`, prefix: 'b', sendingDomains: [domain], foreign: [] }],
        sender: { ...options.sender, concurrency: bench.concurrency },
      },
      relays: [
        {
          name: 'sink',
          host: '127.0.0.1',
          port,
          implicitTls: false,
          requireTls: false,
          user: '',
          password: null,
          ca: null,
          dkim: null,
          connections: bench.connections,
          sendingDomains: [],
        },
      ],
      hostname: 'mx.bench.test',
      ring: () => ring,
      rules: () => rules,
      log: createLog({ level: 'warn', addresses: 'plain' }),
      metrics,
      now: () => new Date(),
      random: Math.random,
    });
    close = () => sender.close();
    for (;;) {
      const { values } = await metrics.dispatchAttempts.get();
      if (values.reduce((sum, { value }) => sum + value, 0) >= bench.messages) break;
      await sleep(5);
    }
  });
  await close();
  const [row] = await db.query<{ n: number }>(`select count(*) as n from dispatches where state = 'sent'`);
  if (row?.n !== bench.messages) throw new Error(`${row?.n ?? 0} of ${bench.messages} are recorded as sent`);
  await db.query('truncate messages, message_raws, dispatches, return_paths cascade');
  return round;
}

const spread = (values: readonly number[], digits = 0): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
    .map((value) => (value ?? NaN).toFixed(digits))
    .join('–');
};

export async function benchSend(bench: SendBench): Promise<void> {
  const database = await startOwnDatabase();
  const port = await freePort();
  const sink = spawn('/usr/sbin/smtp-sink', ['-u', 'postfix', `127.0.0.1:${port}`, '1000'], { stdio: 'ignore' });
  await listening(port);
  const log = createLog({ level: 'warn', addresses: 'plain' });
  const { database: standard } = (() => {
    const loaded = loadOptions({ file: '/dev/null', env: {} });
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
    return loaded.options;
  })();
  const db = await openDatabase({
    connection: { url: database.url },
    options: standard,
    log,
    metrics: createMetrics({ providers: 0 }),
  });
  try {
    await migrate(db, log);
    const rounds: { alone: Round; whole: Round }[] = [];
    for (let i = 0; i <= bench.rounds; i++) {
      const round = { alone: await alone(port, bench), whole: await whole(db, port, bench) };
      // The first one warms up.
      if (i === 0) continue;
      rounds.push(round);
      console.log(
        `round ${i}: nodemailer alone ${round.alone.rate.toFixed(0)}/s, whole path ${round.whole.rate.toFixed(0)}/s`,
      );
    }
    const of = (pick: (round: (typeof rounds)[number]) => number, digits = 0): string =>
      spread(rounds.map(pick), digits);
    console.log(`nodemailer alone  ${of((r) => r.alone.rate)} messages/s, ${of((r) => r.alone.cpuMicros)} CPU µs each`);
    console.log(`whole path        ${of((r) => r.whole.rate)} messages/s, ${of((r) => r.whole.cpuMicros)} CPU µs each`);
    console.log(`ratio             ${of((r) => r.whole.rate / r.alone.rate, 2)}   (min–median–max)`);
  } finally {
    await db.close();
    const ended = once(sink, 'exit');
    sink.kill('SIGTERM');
    await ended;
    await database.stop();
  }
}
