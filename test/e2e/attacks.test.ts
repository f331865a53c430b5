/** Six attacks on the running daemon. After each a good client must be served, by the same process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { embeddedDatabase } from '../chaos/embedded.ts';
import { startDaemon, type Daemon } from './support/daemon.ts';
import { until } from './support/ports.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

describe('the daemon goes on serving', { timeout: 120_000 }, () => {
  let daemon: Daemon;
  let folder: string;
  let pid: number | undefined;
  let serial = 0;

  const reportFor = (about: string, returnPath: string): string =>
    failureReport({
      to: returnPath,
      about,
      diagnostic: '550 5.1.1 user unknown',
      status: '5.1.1',
      unique: `a${++serial}`,
    });

  /** A good client's whole transaction; the final reply. */
  const serve = async (): Promise<string> => {
    const about = `good${++serial}@r.test`;
    const [returnPath = ''] = await daemon.mint([about]);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const reply = await peer.deliver('', returnPath, reportFor(about, returnPath));
    peer.close();
    return reply;
  };

  beforeAll(async () => {
    folder = mkdtempSync('/tmp/bmx-attack-');
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        '2',
        '-subj',
        '/CN=mx.bounce.test',
      ],
      {
        stdio: 'ignore',
      },
    );
    daemon = await startDaemon({
      BOUNCEMX_SMTP_TLS_CERT_FILE: cert,
      BOUNCEMX_SMTP_TLS_KEY_FILE: key,
      BOUNCEMX_SMTP_COMMIT_DEADLINE: '5s',
    });
    pid = daemon.child().pid;
  }, 120_000);
  afterEach(async () => {
    expect(await serve()).toMatch(/^250 /);
    expect(daemon.child().exitCode).toBeNull();
    expect(daemon.child().pid).toBe(pid);
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('when a report is an HTML bomb', async () => {
    const [returnPath = ''] = await daemon.mint(['bomb@r.test']);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const html = '<blockquote>\r\n'.repeat(64_000);
    const bomb = `From: x@y.test\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`;
    expect(await peer.deliver('', returnPath, bomb)).toMatch(/^250 /);
    peer.close();
    await until('the bomb to be worked off', async () =>
      /^bouncemx_queue_depth 0$/m.test((await daemon.api<string>('/metrics')).body),
    );
  });

  it('when peers reset the connection at every byte of a transaction', async () => {
    const [returnPath = ''] = await daemon.mint(['reset@r.test']);
    const script = `EHLO peer.test\r\nMAIL FROM:<>\r\nRCPT TO:<${returnPath}>\r\nDATA\r\n${reportFor('reset@r.test', returnPath).replace(/\n/g, '\r\n')}.\r\n`;
    const reset = async (length: number): Promise<void> => {
      const socket = connect(daemon.smtpPort, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('data', resolve));
      socket.write(script.slice(0, length), () => undefined);
      await sleep(2);
      socket.resetAndDestroy();
    };
    for (let at = 1; at <= script.length; at += 10) {
      await Promise.all(Array.from({ length: 10 }, async (_, i) => await reset(at + i)));
    }
  });

  it('when peers send garbage after STARTTLS', async () => {
    for (let i = 0; i < 50; i++) {
      const peer = new SmtpPeer(daemon.smtpPort);
      expect(await peer.greet()).toContain('STARTTLS');
      expect(await peer.say('STARTTLS')).toMatch(/^220 /);
      peer.socket.write(
        i % 2 === 0 ? 'this is no handshake\r\n'.repeat(20) : Buffer.from([22, 3, 1, 255, 255, 1, 2, 3]),
      );
      await until('the connection to end', () => Promise.resolve(peer.closed || i % 2 === 1));
      peer.close();
    }
  });

  it('when its database is killed, with 451 meanwhile and nothing acknowledged lost', async () => {
    const about = 'during@r.test';
    const [returnPath = ''] = await daemon.mint([about]);
    const report = reportFor(about, returnPath);
    await embeddedDatabase(daemon).hurt('kill');
    const replies: string[] = [];
    await until(
      'the same report to be taken',
      async () => {
        const peer = new SmtpPeer(daemon.smtpPort);
        await peer.greet();
        const reply = await peer.deliver('', returnPath, report);
        peer.close();
        replies.push(reply);
        return reply.startsWith('250');
      },
      60_000,
    );
    expect(replies.slice(0, -1).every((reply) => reply.startsWith('451 '))).toBe(true);
    await until('the suppression', async () => {
      const { body } = await daemon.api<{ level: string }>(`/v1/suppressions/${encodeURIComponent(about)}`);
      return body.level === 'hard_suppressed';
    });
  });

  it('when DATA never ends', async () => {
    const [returnPath = ''] = await daemon.mint(['endless@r.test']);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    for (const line of ['MAIL FROM:<>', `RCPT TO:<${returnPath}>`, 'DATA']) await peer.say(line);
    const block = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(64));
    let sent = 0;
    while (!peer.closed && sent < 200 * 1024 * 1024) {
      sent += block.length;
      if (!peer.socket.write(block))
        await Promise.race([new Promise((resolve) => peer.socket.once('drain', resolve)), sleep(200)]);
    }
    expect(sent).toBeLessThan(100 * 1024 * 1024);
    await until('the connection to end', () => Promise.resolve(peer.closed));
  });

  it('when 300 slow clients hold on', async () => {
    const slow = Array.from({ length: 300 }, (_, i) => {
      // Many loopback addresses: one alone would not get past its share.
      const socket = connect({ port: daemon.smtpPort, host: '127.0.0.1', localAddress: `127.0.1.${1 + (i % 30)}` });
      socket.on('error', () => undefined);
      const timer = setInterval(() => socket.write('N'), 500);
      socket.on('close', () => {
        clearInterval(timer);
      });
      return socket;
    });
    await sleep(1500);
    expect(slow.filter((socket) => !socket.destroyed).length).toBeGreaterThan(250);
    for (let i = 0; i < 20; i++) {
      const begin = performance.now();
      expect(await serve()).toMatch(/^250 /);
      expect(performance.now() - begin).toBeLessThan(2000);
    }
    for (const socket of slow) socket.destroy();
  });
});
