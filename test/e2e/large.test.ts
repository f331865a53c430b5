/**
 * Large reports side by side: what the daemon holds in memory of them, and whether others are served meanwhile. Ten in a common run;
 * `LARGE_REPORTS=50 npx vitest run test/e2e/large.test.ts` is the bar that the daemon is held to.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residentMegabytes } from '../bench/measure.ts';
import { startDaemon, type Daemon } from './support/daemon.ts';
import { until } from './support/ports.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const parallel = Number(process.env['LARGE_REPORTS'] ?? 10);
const size = 10 * 1024 * 1024;
const block = 64 * 1024;

describe(`${parallel} reports of 10 MiB at once`, { timeout: 300_000 }, () => {
  let daemon: Daemon;
  let serial = 0;

  beforeAll(async () => {
    daemon = await startDaemon();
  }, 120_000);
  afterAll(async () => {
    await daemon.stop();
  });

  const report = (about: string, to: string): string =>
    failureReport({ to, about, diagnostic: '550 5.1.1 user unknown', status: '5.1.1', unique: `l${++serial}` });

  /** A report with the filling before its own parts, where a reader has to go through it. */
  async function deliverLarge(type: string, line: string, peerNumber: number): Promise<string> {
    const about = `large${++serial}@r.test`;
    const [returnPath = ''] = await daemon.mint([about]);
    const peer = new SmtpPeer(daemon.smtpPort, '127.0.0.1', `127.0.2.${1 + (peerNumber % 50)}`);
    await peer.greet();
    for (const command of ['MAIL FROM:<>', `RCPT TO:<${returnPath}>`, 'DATA']) {
      const reply = await peer.say(command);
      if (!/^[23]/.test(reply)) return reply;
    }
    const boundary = `B.l${serial + 1}`;
    const [head = '', ...parts] = report(about, returnPath).replaceAll('\n', '\r\n').split(`--${boundary}\r\n`);
    const filling = Buffer.from(line.repeat(Math.ceil(block / line.length)));
    peer.socket.write(`${head}--${boundary}\r\n${type}\r\n\r\n`);
    for (let sent = 0; sent < size && !peer.closed; sent += filling.length)
      if (!peer.socket.write(filling)) await Promise.race([once(peer.socket, 'drain'), sleep(200)]);
    peer.socket.write(`\r\n--${boundary}\r\n${parts.join(`--${boundary}\r\n`)}.\r\n`);
    const reply = await peer.reply(240_000);
    peer.close();
    return reply;
  }

  async function deliverSmall(): Promise<string> {
    const about = `small${++serial}@r.test`;
    const [returnPath = ''] = await daemon.mint([about]);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const reply = await peer.deliver('', returnPath, report(about, returnPath));
    peer.close();
    return reply;
  }

  it.each([
    ['empty lines', 'Content-Type: text/plain', '\r\n'],
    [
      'base64',
      'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64',
      `${'QUJD'.repeat(19)}\r\n`,
    ],
    ['flowed text', 'Content-Type: text/plain; format=flowed', 'word after word \r\n'],
  ])('of %s keep under 1 GB and let others in', async (_, type, line) => {
    const pid = daemon.child().pid ?? 0;
    let most = 0;
    const done = new AbortController();
    const watching = (async () => {
      while (!done.signal.aborted) {
        most = Math.max(most, await residentMegabytes(pid));
        await sleep(20);
      }
    })();
    const large = Promise.all(
      Array.from({ length: parallel }, async (_, index) => await deliverLarge(type, line, index)),
    );
    const small: string[] = [];
    const good = (async () => {
      while (!done.signal.aborted) {
        small.push(await deliverSmall());
        await sleep(500);
      }
    })();
    const replies = await large;
    await until('all to be worked off', async () =>
      /^bouncemx_queue_depth 0$/m.test((await daemon.api<string>('/metrics')).body),
    );
    done.abort();
    await Promise.all([watching, good]);
    // Over the octets that are held at once a peer is told to come again, never more than that.
    expect(replies.filter((reply) => !/^(?:250|452) /.test(reply))).toEqual([]);
    expect(replies.filter((reply) => reply.startsWith('250')).length).toBeGreaterThan(0);
    expect(small.filter((reply) => !reply.startsWith('250'))).toEqual([]);
    expect(most).toBeLessThan(1024);
    process.stdout.write(
      `large.test.ts: ${parallel} x 10 MiB, at most ${most.toFixed(0)} MiB resident, ${small.length} others served\n`,
    );
  });
});
