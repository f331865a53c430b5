/**
 * Mail is never answered with mail: reports, answers, complaints, digests, what is refused and what is not understood, from
 * null and other senders, and nothing leaves. What must be said is said in the session.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { domain, projectRoot } from './support/daemon.ts';
import { until } from './support/ports.ts';
import { startRelayPeer, type RelayPeer } from './support/relay-peer.ts';
import { startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';
import { SmtpPeer } from './support/smtp-peer.ts';

const count = 10_000;
const peers = 10;
const fixtures = globSync('test/fixtures/**/*.eml', { cwd: projectRoot });

describe('mail of all kinds', { timeout: 180_000 }, () => {
  let daemon: SendingDaemon;
  let relay: RelayPeer;

  beforeAll(async () => {
    relay = await startRelayPeer();
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      // Tests speak from one address.
      env: { BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32', BOUNCEMX_LOG_LEVEL: 'warn' },
    });
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
  });

  it(`${count} messages, and none goes out`, async () => {
    const mails = fixtures.map((name) => readFileSync(join(projectRoot, name), 'latin1').replace(/\r?\n/g, '\r\n'));
    const recipients = Array.from({ length: count / 2 }, (_, i) => `r${i}@far.test`);
    const paths: string[] = [];
    for (let at = 0; at < recipients.length; at += 1000)
      paths.push(...(await daemon.mint(recipients.slice(at, at + 1000))));
    /** A return-path of ours (every second one), one that was tampered with, no one of ours, postmaster, the submission's listener. */
    const targets = (i: number): string => {
      const path = paths[i >> 1] ?? '';
      if (i % 2 === 0) return path;
      const others = [
        path.replace(/.(?=@)/, (last) => (last === 'a' ? 'b' : 'a')),
        `postmaster@${domain}`,
        'ann@elsewhere.test',
        `nobody@${domain}`,
      ];
      return others[(i >> 1) % others.length] ?? '';
    };
    const replies = new Map<string, number>();
    let next = 0;
    const deliver = async (): Promise<void> => {
      let peer: SmtpPeer | null = null;
      for (let i = next++; i < count; i = next++) {
        const submits = i % 20 === 19;
        if (peer === null || peer.closed || submits) {
          peer?.close();
          peer = new SmtpPeer(submits ? daemon.submissionPort : daemon.smtpPort);
          await peer.greet();
        }
        const from = i % 3 === 0 ? `somebody${i}@elsewhere.test` : '';
        const reply = await peer.deliver(from, targets(i), `X-Serial: ${i}\r\n${mails[i % mails.length] ?? ''}`);
        const code = reply.slice(0, 3);
        replies.set(code, (replies.get(code) ?? 0) + 1);
        if (submits) {
          peer.close();
          peer = null;
        } else if (!reply.startsWith('250')) await peer.say('RSET');
      }
      peer?.close();
    };
    await Promise.all(Array.from({ length: peers }, deliver));
    expect([...replies.values()].reduce((sum, n) => sum + n, 0)).toBe(count);
    expect(replies.get('250')).toBeGreaterThan(count * 0.4);
    expect(replies.get('550')).toBeGreaterThan(count * 0.2);
    await until('all of it to be read', async () => {
      const { body } = await daemon.api<string>('/metrics');
      return body.includes('\nbouncemx_queue_depth 0\n');
    });
    const { body } = await daemon.api<{ items: unknown[] }>('/v1/events?limit=500');
    expect(body.items).toHaveLength(500);
    expect(relay.connections).toEqual([]);
    expect(await daemon.dispatches()).toEqual([]);
  });
});
