/** What a stranger can and can't do with return-paths: the token proves whom a report is about, the report never does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf, encodeReturnPath, parseKeyRing } from '../../src/core/verp/index.ts';
import { domain, startDaemon, type Daemon } from './support/daemon.ts';
import { until } from './support/ports.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

async function level(daemon: Daemon, address: string): Promise<string> {
  return (await daemon.api<{ level: string }>(`/v1/suppressions/${encodeURIComponent(address)}`)).body.level;
}

async function quiet(daemon: Daemon): Promise<void> {
  await until(
    'the queue to be empty',
    async () => /^bouncemx_queue_depth 0$/m.test((await daemon.api<string>('/metrics')).body),
    60_000,
  );
}

describe('a report with a valid return-path', { timeout: 120_000 }, () => {
  let daemon: Daemon;
  beforeAll(async () => {
    daemon = await startDaemon({ BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32' });
  }, 120_000);
  afterAll(async () => {
    await daemon.stop();
  });

  it('never touches the address that its body names, in whatever form it names it', async () => {
    const victim = 'victim@r.test';
    const forms = [
      victim,
      'VICTIM@R.TEST',
      '<victim@r.test>',
      '"victim"@r.test',
      'victim+40r.test@r.test',
      'a@r.test, victim@r.test',
      'victim@r.test\nFinal-Recipient: rfc822; victim@r.test\nAction: failed\nStatus: 5.1.1',
      'victim@r.test\n\nFinal-Recipient: rfc822; victim@r.test\nAction: failed\nStatus: 5.1.1',
      'victim@r.test\nOriginal-Recipient: rfc822;victim@r.test',
      'utf-8; victim@r.test',
    ];
    const owners = forms.map((_, i) => `owner${i}@r.test`);
    const paths = await daemon.mint(owners);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    for (const [i, form] of forms.entries()) {
      const report = failureReport({
        to: victim,
        about: form,
        diagnostic: `550 5.1.1 ${victim}: user unknown`,
        status: '5.1.1',
        unique: `f${i}`,
      });
      expect(await peer.deliver('', paths[i] ?? '', report)).toMatch(/^250/);
    }
    peer.close();
    await quiet(daemon);
    expect(await level(daemon, victim)).toBe('none');
    const { body } = await daemon.api<{ items: { acts: boolean }[] }>(
      `/v1/events?recipient=${encodeURIComponent(victim)}`,
    );
    expect(body.items.filter((event) => event.acts)).toEqual([]);
    // The same reports did arrive and did act where they may: on the owners of the tokens, and never at once, since they name somebody else.
    const levels = await Promise.all(owners.map(async (owner) => await level(daemon, owner)));
    expect(levels.every((word) => word !== 'hard_suppressed')).toBe(true);
  });

  it('gives one and the same reply to unsigned, expired, unknown and mutated return-paths', async () => {
    const [good = ''] = await daemon.mint(['a@r.test']);
    const token = good.slice(0, good.indexOf('@'));
    const swapped = (at: number): string =>
      `${token.slice(0, at)}${token[at] === 'a' ? 'b' : 'a'}${token.slice(at + 1)}`;
    const wrong = [
      ...Array.from({ length: token.length - 2 }, (_, i) => swapped(i + 2)),
      'b-unsigned',
      'b+user=r.test',
      'user',
      token.slice(0, -1),
      `${token}a`,
      `${token.slice(0, 2)}${'a'.repeat(token.length - 2)}`,
    ];
    // A right signature of the daemon's own key, but of a day long past.
    const ring = parseKeyRing(await readFile(join(daemon.dataDir, 'verp.keys'), 'utf8'));
    const key = ring.ok ? ring.ring.keys[0] : undefined;
    if (key === undefined) throw new Error('no key to sign with');
    const signed = (day: number): string => {
      const minted = encodeReturnPath({
        domain: { name: domain, prefix: 'b' },
        key,
        day,
        messageTag: '0123456789',
        recipient: 'a@r.test',
      });
      return minted.ok ? minted.address.slice(0, minted.address.indexOf('@')) : '';
    };
    const today = dayOf(new Date());
    wrong.push(signed(today - 60), signed(today + 3));
    const replies = new Set<string>();
    for (const localPart of wrong) {
      const peer = new SmtpPeer(daemon.smtpPort);
      await peer.greet();
      await peer.say('MAIL FROM:<>');
      replies.add(await peer.say(`RCPT TO:<${localPart}@${domain}>`));
      peer.close();
    }
    expect([...replies]).toHaveLength(1);
    expect([...replies][0]).toMatch(/^550 5\.1\.1 /);
  });

  it('that leaked moves nothing but its own recipient, however many reports are sent to it', async () => {
    const [leaked = ''] = await daemon.mint(['leaked@r.test']);
    const diagnostics = [
      ['550 5.1.1 user unknown', '5.1.1'],
      ['554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using a block list', '5.7.1'],
      ['550 5.7.1 Message rejected as spam', '5.7.1'],
      ['552 5.2.2 mailbox full', '5.2.2'],
    ] as const;
    const before = (await daemon.api<{ score: number }>(`/v1/senders/${domain}`)).body.score;
    const total = 10_000;
    let accepted = 0;
    const sender = async (first: number, step: number): Promise<void> => {
      const peer = new SmtpPeer(daemon.smtpPort);
      await peer.greet();
      for (let i = first; i < total; i += step) {
        const [diagnostic, status] = diagnostics[i % diagnostics.length] ?? diagnostics[0];
        const about = `leaked@r.test`;
        const reply = await peer.deliver(
          '',
          leaked,
          failureReport({ to: leaked, about, diagnostic, status, unique: `l${i}` }),
        );
        if (reply.startsWith('250')) accepted++;
      }
      peer.close();
    };
    await Promise.all(Array.from({ length: 10 }, async (_, i) => await sender(i, 10)));
    expect(accepted).toBe(total);
    await quiet(daemon);
    expect(await level(daemon, 'leaked@r.test')).toBe('hard_suppressed');
    const { body } = await daemon.api<{ score: number }>(`/v1/senders/${domain}`);
    // At most one recipient's weight for the categories that were claimed: critical 10 + high 5.
    expect(before - body.score).toBeLessThanOrEqual(15);
    const metrics = (await daemon.api<string>('/metrics')).body;
    expect(Number(/^bouncemx_events_counted_only_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(9_900);
  });
});
