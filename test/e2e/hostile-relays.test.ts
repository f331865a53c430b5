/**
 * Relays that misbehave in every way at once, each with mail to carry: no attempt takes longer than its deadline, what is
 * said of each mail is true, reports are taken as fast as ever, and the relay that is well has its mail meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../helpers/certificate.ts';
import { hostilePeer, scripted, startTls, type HostilePeer, type Session } from '../sender/hostile-peer.ts';
import { until } from './support/ports.ts';
import { slowestReceive } from './support/receive-times.ts';
import { startRelayPeer, type RelayPeer } from './support/relay-peer.ts';
import { askingAt, startResolver, type TestResolver } from './support/resolver.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';

const each = 15;
const deadline = 3000;

type Behaviour = (session: Session) => Promise<void> | void;
const repeat = ({ socket }: Session, ms: number, text: string): null => {
  const timer = setInterval(() => socket.write(text), ms);
  socket.on('close', () => {
    clearInterval(timer);
  });
  return null;
};
const flood = ({ socket }: Session): null => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let left = 200;
  const more = (): void => {
    while (left-- > 0 && !socket.destroyed) if (!socket.write(chunk)) return void socket.once('drain', more);
  };
  more();
  return null;
};
const certificate = selfSigned('somebody.else');
const tlsFor =
  (garbage: boolean): Behaviour =>
  async (session) => {
    session.say('220 relay.test\r\n');
    await session.line();
    session.say('250-relay.test\r\n250 STARTTLS\r\n');
    await session.line();
    session.say('220 go on\r\n');
    if (garbage) session.say('no TLS at all\r\n'.repeat(50));
    else startTls(session, certificate);
  };

/** `lost`: the relay may have it. A host that is none of this machine's is spoken to in TLS alone. */
const relays: Readonly<Record<string, { behave: Behaviour; url?: string; lost?: boolean }>> = {
  silent: { behave: () => undefined },
  drip: { behave: (session) => void repeat(session, 100, '2') },
  endless: { behave: scripted({ MAIL: (session) => repeat(session, 20, '250-wait\r\n') }) },
  flood: { behave: scripted({ RCPT: flood }) },
  busy: { behave: ({ socket }) => void socket.end('421 4.3.2 not now\r\n') },
  reset: { behave: scripted({ '.': ({ socket }) => (socket.resetAndDestroy(), null) }), lost: true },
  mute: { behave: scripted({ '.': () => null }), lost: true },
  garbage: { behave: tlsFor(true), url: 'smtp://relay.provider.test' },
  stranger: { behave: tlsFor(false), url: 'smtp://relay.provider.test' },
  stripped: { behave: scripted({}), url: 'smtp://relay.provider.test' },
};

describe('hostile relays', { timeout: 120_000 }, () => {
  const peers = new Map<string, HostilePeer>();
  let folder: string;
  let resolver: TestResolver;
  let well: RelayPeer;
  let daemon: SendingDaemon;
  let usual: number;

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/bmx-hostile-');
    resolver = await startResolver(0);
    well = await startRelayPeer();
    for (const [name, { behave }] of Object.entries(relays)) peers.set(name, await hostilePeer(behave));
    const tables = [...peers].map(([name, { port }]) => {
      const url = `${relays[name]?.url ?? 'smtp://127.0.0.1'}:${port}`;
      return `[[relay]]\nurl = '${url}'\nsendingDomains = ['${name}.test']\nconnections = 5\n`;
    });
    const names = [...peers.keys()].map((name) => `'${name}.test'`);
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${well.port}`,
      toml: `${tables.join('')}[[domain]]\nname = 'bounces.test'\nsendingDomains = [${names.join(', ')}]\n`,
      env: {
        BOUNCEMX_SENDER_POLL_INTERVAL: '200ms',
        BOUNCEMX_SENDER_DEADLINE: `${deadline}ms`,
        BOUNCEMX_DOMAIN: undefined,
        BOUNCEMX_SENDER_CONCURRENCY: '40',
        NODE_OPTIONS: await askingAt(resolver.port, join(folder, 'resolver.mjs')),
      },
    });
    await slowestReceive(daemon, 'warm', 100);
    usual = await slowestReceive(daemon, 'usual', 200);
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await well.close();
    for (const peer of peers.values()) await peer.close();
    resolver.close();
    await rm(folder, { recursive: true, force: true });
  });

  const hand = (domain: string, count: number, name: string): Promise<unknown> =>
    daemon.hand({
      from: `news@${domain}`,
      to: Array.from({ length: count }, (_, i) => `${name}${i}@far${i % 5}.test`),
      subject: 'November',
      text: 'Hello.',
    });
  const states = async (name: string): Promise<Record<string, number>> => {
    const found = await daemon.dispatches(`sendingDomain=${name}.test`);
    return found.reduce<Record<string, number>>((sum, { state }) => ({ ...sum, [state]: (sum[state] ?? 0) + 1 }), {});
  };

  it('hold up neither the relay that is well, nor reports that come in', async () => {
    for (const name of peers.keys()) await hand(`${name}.test`, each, name);
    await until('the relays to be met', () =>
      Promise.resolve([...peers.values()].every((peer) => peer.connections() > 0)),
    );
    for (let round = 0; round < 4; round++) {
      const before = well.taken.length;
      const began = performance.now();
      await hand(sendingDomain, 20, `well${round}-`);
      await until('the mail', () => Promise.resolve(well.taken.length === before + 20), 20_000);
      // None of the others lets go of a connection before its deadline.
      expect(performance.now() - began).toBeLessThan(deadline / 2);
      await sleep(500);
    }
    const now = await slowestReceive(daemon, 'meanwhile', 200);
    expect(now).toBeLessThan(Math.max(usual * 3, usual + 100));
  });

  it('end every attempt in time, and each mail is where it can be: waiting, or in doubt', async () => {
    // Long enough for two attempts, with the pause of a relay that is left alone between them.
    await sleep(2 * deadline + 5000);
    for (const [name, { lost }] of Object.entries(relays)) {
      const found = await states(name);
      const { queued = 0, waiting = 0, claimed = 0, sending = 0, indeterminate = 0, ...others } = found;
      expect([name, others], JSON.stringify(found)).toEqual([name, {}]);
      expect([name, queued + waiting + claimed + sending + indeterminate]).toEqual([name, each]);
      if (lost === true) expect([name, indeterminate]).not.toEqual([name, 0]);
      else expect([name, indeterminate]).toEqual([name, 0]);
    }
    // What is the relay's own fault is nobody's bounce; the only events are those of the reports above.
    const { body } = await daemon.api<{ items: { source: string }[] }>('/v1/events?limit=500');
    expect(body.items.filter(({ source }) => source === 'reply')).toEqual([]);
    expect(await states(sendingDomain.replace('.test', ''))).toEqual({ sent: 80 });
    const old = (await daemon.dispatches('state=sending')).filter(
      ({ stateAt }) => Date.now() - Date.parse(stateAt) > deadline + 5000,
    );
    expect(old).toEqual([]);
    for (const name of ['garbage', 'stranger', 'stripped'])
      expect(peers.get(name)?.heard()).not.toMatch(/^(?:MAIL|RCPT|AUTH)/m);
  });
});
