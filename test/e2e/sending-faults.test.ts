/**
 * Sending while things go wrong: relays that are down, providers that turn mail away, forged reports, circles. The relays are
 * scripts that count what reaches them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, until } from './support/ports.ts';
import { startRelayPeer, type RelayPeer, type Taken } from './support/relay-peer.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const news = (recipients: readonly string[], subject = 'November'): Record<string, unknown> => ({
  raw: Buffer.from(
    `From: News <news@${sendingDomain}>\r\nTo: readers@${sendingDomain}\r\nSubject: ${subject}\r\n\r\nHello, this is ours.\r\n`,
  ).toString('base64'),
  recipients,
});
const numbered = (count: number, domain: string): string[] =>
  Array.from({ length: count }, (_, i) => `r${i}@${domain}`);

/** Octets of mail that are on their way need a moment; after it, what was counted is final. */
async function silence(count: () => number, ms = 2500): Promise<void> {
  let last = -1;
  while (last !== count()) {
    last = count();
    await sleep(ms);
  }
}

describe('a relay that is down for a while', { timeout: 60_000 }, () => {
  let daemon: SendingDaemon;
  let relay: RelayPeer;
  let down = true;

  beforeAll(async () => {
    relay = await startRelayPeer({ greeting: () => (down ? '421 4.3.2 not now' : null) });
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      toml: 'connections = 4\n',
      env: { BOUNCEMX_SENDER_POLL_INTERVAL: '200ms' },
    });
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
  });

  it('is asked now and then instead of once for every mail, and gets each mail once when it is back', async () => {
    const recipients = ['one.test', 'two.test', 'three.test'].flatMap((domain) => numbered(100, domain));
    for (let i = 0; i < 300; i += 50) await daemon.hand(news(recipients.slice(i, i + 50)));
    await sleep(3000);
    expect(relay.taken).toEqual([]);
    expect(relay.connections.length).toBeGreaterThan(0);
    expect(relay.connections.length).toBeLessThan(30);
    // Now not even the port answers.
    await relay.close();
    await sleep(1000);
    const states = new Set((await daemon.dispatches()).map(({ state }) => state));
    expect([...states].every((state) => ['queued', 'waiting', 'claimed', 'sending'].includes(state))).toBe(true);
    down = false;
    await relay.open();
    const ended = await daemon.settled('all mail to be taken', 300, ({ state }) => state === 'sent');
    expect(ended.map(({ recipient }) => recipient).sort()).toEqual([...recipients].sort());
    expect(relay.taken.map(({ to }) => to.join()).sort()).toEqual([...recipients].sort());
    // No herd: all hands are the relay's own number of connections.
    expect(relay.mostAtOnce).toBeLessThanOrEqual(4);
    // Nobody's bounce.
    const { body } = await daemon.api<{ items: unknown[] }>('/v1/events');
    expect(body.items).toEqual([]);
  });
});

describe('a provider that turns mail away', { timeout: 90_000 }, () => {
  const receivers = 1000;
  const refusal = '421 4.7.0 Too many messages from your address, try again later';
  let daemon: SendingDaemon;
  let relay: RelayPeer;
  let refusing = true;

  beforeAll(async () => {
    relay = await startRelayPeer({
      onRecipient: (to) => (refusing && to.endsWith('@big.test') ? refusal : null),
    });
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      // Minutes are seconds here: 10 m of refusals, a rest of 5 m, the first retry after an hour.
      toml: `[[retry]]
category = 'rate_limiting'
delays = ['1s', '2s', '2s', '2s', '2s']
[care]
breakerThreshold = 10
breakerWindow = '10s'
breakerPause = '2s'
breakerMaxPause = '3s'
`,
      env: { BOUNCEMX_SENDER_POLL_INTERVAL: '200ms' },
    });
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
  });

  it('is left alone but for single probes, while other providers have their mail, and gets all of it after', async () => {
    for (let i = 0; i < receivers; i += 500) await daemon.hand(news(numbered(receivers, 'big.test').slice(i, i + 500)));
    await daemon.hand(news(numbered(50, 'other.test')));
    const began = Date.now();
    await until('the mail to others', () => Promise.resolve(relay.taken.length >= 50));
    await sleep(Math.max(0, 10_000 - (Date.now() - began)));
    const attempts = relay.asked.filter(({ to }) => to.endsWith('@big.test'));
    // Without the breaker each of them would have been tried at once, and the first again within its schedule.
    expect(attempts.length).toBeGreaterThanOrEqual(10);
    expect(attempts.length).toBeLessThan(receivers * 0.05);
    const { body } = await daemon.api<{ items: { provider: string; state: string }[] }>('/v1/providers');
    expect(body.items.find(({ provider }) => provider === 'big.test')?.state).toMatch(/^(?:open|probing)$/);

    refusing = false;
    const ended = await daemon.settled('all mail to be taken', receivers + 50, ({ state }) => state === 'sent');
    expect(ended).toHaveLength(receivers + 50);
    expect(new Set(relay.taken.map(({ to }) => to.join())).size).toBe(receivers + 50);
    expect(relay.taken).toHaveLength(receivers + 50);
  });
});

describe('forged reports', { timeout: 60_000 }, () => {
  let daemon: SendingDaemon;
  let relay: RelayPeer;

  beforeAll(async () => {
    relay = await startRelayPeer();
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      toml: `[[retry]]
delays = ['1s', '1s']
`,
      env: { BOUNCEMX_SENDER_POLL_INTERVAL: '200ms', BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32' },
    });
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
  });

  /** As a forger would have it: a soft bounce that returns a message of another's. */
  const forged = (to: string, about: string, i: number): string =>
    failureReport({
      to,
      about,
      diagnostic: '452 4.2.2 mailbox full',
      status: '4.2.2',
      unique: `f${i}`,
    })
      .replace('Content-Type: text/rfc822-headers', 'Content-Type: message/rfc822')
      .replace(`\nTo: ${about}`, `\nTo: victim${i}@elsewhere.test`)
      .replace(/\n\n--B\.f\d+--/, '\n\nforeign octets\n$&');

  it('make nothing go out but the retries that a message has anyway, with the content that was handed over', async () => {
    await daemon.hand(news(['reader@one.test']));
    const [first] = await until('the first attempt', () => Promise.resolve(relay.taken.length > 0 && relay.taken));
    // One that nobody handed over has a valid return-path as well: there is nothing to send again.
    const [minted = ''] = await daemon.mint(['reader@two.test']);
    const stolen = first?.from ?? '';
    for (let session = 0; session < 10; session++) {
      const peer = new SmtpPeer(daemon.smtpPort);
      await peer.greet();
      for (let i = 0; i < 100; i++) {
        const to =
          i % 3 === 0 ? stolen : i % 3 === 1 ? minted : stolen.replace(/.(?=@)/, (last) => (last === 'a' ? 'b' : 'a'));
        const reply = await peer.deliver(
          '',
          to,
          forged(to, i % 3 === 1 ? 'reader@two.test' : 'reader@one.test', session * 100 + i),
        );
        expect(reply).toMatch(i % 3 === 2 ? /^550 5\.1\.1/ : /^250/);
        if (i % 3 === 2) await peer.say('RSET');
      }
      peer.close();
    }
    await silence(() => relay.taken.length);
    expect(relay.taken.length).toBeGreaterThan(1);
    expect(relay.taken.length).toBeLessThanOrEqual(3);
    const whole = ({ message }: Taken): string => message.replace(/^Bouncemx-Dispatch:.*\r\n/, '');
    for (const mail of relay.taken) {
      expect(mail.to).toEqual(['reader@one.test']);
      expect(whole(mail)).toBe(first === undefined ? '' : whole(first));
      expect(mail.message).not.toContain('elsewhere.test');
      expect(mail.message).not.toContain('foreign octets');
    }
    expect(new Set(relay.taken.map(({ from }) => from)).size).toBe(relay.taken.length);
    expect(relay.asked).toHaveLength(relay.taken.length);
  });
});

describe('two of them, wired to each other', { timeout: 60_000 }, () => {
  const running: { stop(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  it('end a message that runs in a circle, after a few rounds', async () => {
    const [a, b] = [await freePort(), await freePort()];
    // Whatever an operator wishes for the rest: a circle is not entered again.
    const onceMore = "[[retry]]\ndelays = ['1s']\n";
    const pair = await Promise.all(
      [
        [a, b],
        [b, a],
      ].map(([own = 0, other = 0]) =>
        startSendingDaemon({ relayUrl: `smtp://127.0.0.1:${other}`, toml: onceMore, submissionPort: own }),
      ),
    );
    running.push(...pair);
    await pair[0]?.hand(news(['somebody@circle.test']));
    const all = async () => (await Promise.all(pair.map((each) => each.dispatches()))).flat();
    const last = await until('the circle to end', async () => (await all()).find(({ state }) => state === 'bounced'));
    expect(last).toMatchObject({ replyCode: 554, status: '5.4.6', attempt: 1 });
    await sleep(3000);
    expect((await all()).length).toBeLessThanOrEqual(5);
    expect((await all()).filter(({ state }) => state !== 'sent')).toHaveLength(1);
  });

  it('do not answer an automatic answer that one of them carries to the other', async () => {
    const relayOfB = await startRelayPeer();
    const b = await startSendingDaemon({ relayUrl: `smtp://127.0.0.1:${relayOfB.port}` });
    /** Somebody on holiday, whose server answers every mail, by the other of the two. */
    const answers: Promise<unknown>[] = [];
    const relayOfA = await startRelayPeer({
      onMessage: ({ from, to }) => {
        const headers = { 'Auto-Submitted': 'auto-replied', Precedence: 'bulk' };
        const text = 'I am on holiday until Monday.';
        answers.push(
          b.hand({ from: `${to[0]?.split('@')[0] ?? ''}@${sendingDomain}`, to: from, subject: 'Away', text, headers }),
        );
        return null;
      },
    });
    const a = await startSendingDaemon({ relayUrl: `smtp://127.0.0.1:${relayOfA.port}` });
    running.push(a, b, { stop: () => relayOfA.close() }, { stop: () => relayOfB.close() });
    await a.hand(news(['holiday@away.test']));
    const [answer] = await until('the answer', () => Promise.resolve(relayOfB.taken.length > 0 && relayOfB.taken));
    await Promise.all(answers);
    // Its own servers bring it home.
    const peer = new SmtpPeer(a.smtpPort);
    await peer.greet();
    expect(await peer.deliver(answer?.from ?? '', answer?.to[0] ?? '', answer?.message ?? '')).toMatch(/^250/);
    peer.close();
    await until('the event', async () => {
      const { body } = await a.api<{ items: { type: string }[] }>('/v1/events');
      return body.items.some(({ type }) => type === 'auto_reply');
    });
    await silence(() => relayOfA.taken.length + relayOfB.taken.length);
    expect(relayOfA.taken).toHaveLength(1);
    expect(relayOfB.taken).toHaveLength(1);
    expect((await a.dispatches()).map(({ state }) => state)).toEqual(['sent']);
  });
});
