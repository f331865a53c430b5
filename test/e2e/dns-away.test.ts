/**
 * The resolver is silent, slow or broken: what comes in is taken as fast as ever, what is handed over for sending too, what
 * goes out waits for the relay's address, and leaves when it is known again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/ports.ts';
import { slowestReceive } from './support/receive-times.ts';
import { startRelayPeer, type RelayPeer } from './support/relay-peer.ts';
import { askingAt, startResolver, type ResolverMode, type TestResolver } from './support/resolver.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';

const deliveries = 200;

describe('a resolver that fails', { timeout: 90_000 }, () => {
  let daemon: SendingDaemon;
  let relay: RelayPeer;
  let resolver: TestResolver;
  let folder: string;
  let usual: number;

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/bmx-dns-');
    resolver = await startResolver(30_000);
    relay = await startRelayPeer();
    daemon = await startSendingDaemon({
      relayUrl: `smtp://relay.provider.test:${relay.port}?tls=none`,
      toml: '[care]\nmxLookup = true\n',
      env: {
        BOUNCEMX_SENDER_POLL_INTERVAL: '200ms',
        // An attempt that hangs ends soon enough to be seen.
        BOUNCEMX_SENDER_DEADLINE: '3s',
        NODE_OPTIONS: await askingAt(resolver.port, join(folder, 'resolver.mjs')),
      },
    });
    await hand('first@one.test');
    await daemon.settled('the first mail', 1, ({ state }) => state === 'sent');
    // The first ones warm everything up.
    await slowestReceive(daemon, 'warm', deliveries);
    usual = await slowestReceive(daemon, 'usual', deliveries);
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
    resolver.close();
    await rm(folder, { recursive: true, force: true });
  });

  const hand = (to: string): Promise<unknown> =>
    daemon.hand({ from: `news@${sendingDomain}`, to, subject: 'November', text: 'Hello.' });

  it.each<[ResolverMode]>([['silent'], ['servfail'], ['slow']])('%s', async (mode) => {
    // What nodemailer remembers of the relay is good for five minutes; another name is not.
    resolver.mode = mode;
    const asked = resolver.asked;
    const before = performance.now();
    await hand(`${mode}@never-heard-of-${mode}.test`);
    // The time limit of MX look-ups, and what a busy machine adds.
    expect(performance.now() - before).toBeLessThan(2500);
    expect(resolver.asked).toBeGreaterThan(asked);
    const now = await slowestReceive(daemon, mode, deliveries);
    expect(now).toBeLessThan(Math.max(usual * 3, usual + 100));
    resolver.mode = 'answers';
    await daemon.settled('all mail', 2, ({ state }) => state === 'sent', 40_000);
  });
});

describe('a relay whose name nobody can resolve for a while', { timeout: 90_000 }, () => {
  it.each<[ResolverMode]>([['silent'], ['servfail']])(
    '%s: is asked for less and less, nobody bounces, and the mail goes when it can be found',
    async (mode) => {
      const folder = await mkdtemp('/tmp/bmx-dns-');
      const resolver = await startResolver(0);
      resolver.mode = mode;
      const relay = await startRelayPeer();
      const daemon = await startSendingDaemon({
        relayUrl: `smtp://relay.provider.test:${relay.port}?tls=none`,
        env: {
          BOUNCEMX_SENDER_POLL_INTERVAL: '200ms',
          BOUNCEMX_SENDER_DEADLINE: '1s',
          NODE_OPTIONS: await askingAt(resolver.port, join(folder, 'resolver.mjs')),
        },
      });
      try {
        const to = Array.from({ length: 50 }, (_, i) => `r${i}@one.test`);
        await daemon.hand({ from: `news@${sendingDomain}`, to, subject: 'November', text: 'Hello.' });
        const down = `bouncemx_relay_up{relay="relay.provider.test:${relay.port}"} 0`;
        await until('the relay to be missed', async () => (await daemon.api<string>('/metrics')).body.includes(down));
        await new Promise((resolve) => setTimeout(resolve, 4000));
        // Two questions (A and AAAA), each asked again by the library: a handful of sessions, not one for each mail.
        expect(resolver.asked).toBeLessThan(60);
        expect((await daemon.dispatches()).every(({ attempt, state }) => attempt === 0 && state !== 'sent')).toBe(true);
        expect((await daemon.api<{ items: unknown[] }>('/v1/events')).body.items).toEqual([]);
        resolver.mode = 'answers';
        await daemon.settled('all mail', 50, ({ state, attempt }) => state === 'sent' && attempt === 1, 40_000);
      } finally {
        await daemon.stop();
        await relay.close();
        resolver.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
