/**
 * A provider that rests because of reports alone: our relay takes every mail at once, as relays do, and what the provider
 * thinks of them comes to the MX later. Minutes are seconds here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/ports.ts';
import { startRelayPeer, type RelayPeer } from './support/relay-peer.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const threshold = 9;
/** The metric is looked after every five seconds. */
const pauseMs = 7000;
const turnedAway = [
  { category: 'rate_limiting', status: '4.7.28', diagnostic: '421 4.7.28 Too many messages from your IP, slow down' },
  {
    category: 'reputation_block',
    status: '5.7.1',
    diagnostic: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
  },
  {
    category: 'connection_timeout',
    status: '4.4.1',
    diagnostic: '421 4.4.1 connect to mx.big.test[192.0.2.7]:25: Connection timed out',
  },
] as const;

interface ProviderItem {
  readonly provider: string;
  readonly state: string;
  readonly faults: number;
  readonly failures: number;
  readonly waiting: number;
}

describe('a provider that is heard of in reports alone', { timeout: 60_000 }, () => {
  let daemon: SendingDaemon;
  let relay: RelayPeer;

  beforeAll(async () => {
    relay = await startRelayPeer();
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      toml: `[care]
breakerThreshold = ${threshold}
breakerWindow = '1m'
breakerPause = '${pauseMs / 1000}s'
breakerMaxPause = '14s'
`,
      env: { BOUNCEMX_SENDER_POLL_INTERVAL: '200ms', BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32' },
    });
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
  });

  const hand = (name: string, count: number, provider: string): Promise<unknown> =>
    daemon.hand({
      raw: Buffer.from(
        `From: News <news@${sendingDomain}>\r\nTo: readers@${sendingDomain}\r\nSubject: ${name}\r\n\r\nHello.\r\n`,
      ).toString('base64'),
      recipients: Array.from({ length: count }, (_, i) => `${name}${i}@${provider}`),
    });
  const sentTo = (name: string, provider: string): { from: string; to: string; at: number }[] =>
    relay.taken
      .map(({ from, to, at }) => ({ from, to: to.join(), at }))
      .filter(({ to }) => to.startsWith(name) && to.endsWith(`@${provider}`));
  const arrived = (name: string, count: number, provider: string): Promise<unknown> =>
    until(`${count} mails of ${name} to ${provider}`, () => Promise.resolve(sentTo(name, provider).length === count));
  const provider = async (name: string): Promise<ProviderItem | undefined> =>
    (await daemon.api<{ items: ProviderItem[] }>('/v1/providers')).body.items.find((each) => each.provider === name);
  const breakerInMetrics = async (): Promise<string[]> =>
    (await daemon.api<string>('/metrics')).body
      .split('\n')
      .filter((line) => line.startsWith('bouncemx_provider_breaker{'));

  /** The relay's report about a mail that it took. */
  const report = async (
    peer: SmtpPeer,
    mail: { from: string; to: string; at: number },
    kind: number,
  ): Promise<void> => {
    const { status, diagnostic } = turnedAway[kind % turnedAway.length] ?? turnedAway[0];
    const dsn = failureReport({ to: mail.from, about: mail.to, status, diagnostic, unique: `b${kind}-${mail.at}` });
    expect(await peer.deliver('', mail.from, dsn)).toMatch(/^250/);
  };

  it('rests after reports about enough distinct dispatches, keeps its mail queued, tries with one, and gets the rest', async () => {
    await hand('first', threshold, 'big.test');
    await arrived('first', threshold, 'big.test');
    const first = sentTo('first', 'big.test');
    await daemon.settled('the first to be recorded', threshold, ({ state }) => state === 'sent');
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    // Again and again about the same ones: fewer dispatches than the threshold, however many reports.
    for (const [i, mail] of first.slice(1).entries()) await report(peer, mail, i + 1);
    for (const [i, mail] of first.slice(1).entries()) await report(peer, { ...mail, to: mail.to.toUpperCase() }, i + 2);
    await until('all but one to be known', async () => (await provider('big.test'))?.faults === threshold - 1);
    expect(await provider('big.test')).toMatchObject({ state: 'closed' });
    const categories = (await daemon.dispatches('state=waiting')).map(({ category }) => category ?? '');
    expect([...new Set(categories)].sort()).toEqual(turnedAway.map(({ category }) => category).sort());

    for (const mail of first.slice(0, 1)) await report(peer, mail, 0);
    peer.close();
    await until('the provider to rest', async () => (await provider('big.test'))?.state === 'open');
    const opened = Date.now();
    await hand('second', 40, 'big.test');
    await hand('second', 20, 'other.test');
    await arrived('second', 20, 'other.test');
    await until('the metric', async () => (await breakerInMetrics()).some((line) => line.includes('"open"')), 10_000);
    if (Date.now() < opened + pauseMs - 500) {
      expect(sentTo('second', 'big.test')).toEqual([]);
      expect((await provider('big.test'))?.waiting).toBe(40 + threshold);
    }

    await arrived('second', 40, 'big.test');
    const times = sentTo('second', 'big.test').map(({ at }) => at);
    // Opened a moment before we saw it.
    expect(Math.min(...times) - opened).toBeGreaterThan(pauseMs - 1500);
    expect(await provider('big.test')).toMatchObject({ state: 'closed', faults: 0 });
    const ended = await daemon.dispatches('state=sent');
    expect(ended).toHaveLength(60);
    expect(new Set(relay.taken.map(({ to }) => to.join())).size).toBe(relay.taken.length);
  });

  it('rests for longer when reports about what went after the try turn it away again', async () => {
    const second = sentTo('second', 'big.test');
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    for (const mail of second.slice(0, threshold)) await report(peer, mail, 0);
    peer.close();
    await until('the provider to rest', async () => (await provider('big.test'))?.state === 'open');
    const opened = Date.now();
    await hand('third', 10, 'big.test');
    await sleep(pauseMs + 1000);
    expect(sentTo('third', 'big.test')).toEqual([]);
    await arrived('third', 10, 'big.test');
    const times = sentTo('third', 'big.test').map(({ at }) => at);
    expect(Math.min(...times) - opened).toBeGreaterThan(2 * pauseMs - 1500);
  });
});
