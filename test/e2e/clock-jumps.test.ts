/**
 * The clock of one host jumps, forwards and back, by an hour and by a day: the database's clock alone says when a mail is
 * sent again, so nothing goes early, nothing goes twice, and return-paths that were made meanwhile are good.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOwnDatabase, type ChaosDatabase } from '../chaos/database.ts';
import { until } from './support/ports.ts';
import { startRelayPeer, type RelayPeer } from './support/relay-peer.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const hour = 3_600_000;
const jumps = [hour, -hour, 24 * hour, -24 * hour, 0];
/** Seconds; long enough that all jumps lie between an attempt and the next. */
const delay = 8;
const recipients = Array.from({ length: 100 }, (_, i) => `r${i}@p${i % 5}.test`);

/** A clock whose distance from the real one is read from a file, again and again. */
const preload = (file: string): string => `import { readFileSync } from 'node:fs';
const Real = Date;
let offset = 0;
const look = () => (offset = Number(readFileSync('${file}', 'utf8')));
look();
setInterval(look, 20).unref();
globalThis.Date = class extends Real {
  constructor(...given) {
    super(...(given.length === 0 ? [Real.now() + offset] : given));
  }
  static now() {
    return Real.now() + offset;
  }
};
`;

describe('a host whose clock jumps', { timeout: 90_000 }, () => {
  let database: ChaosDatabase;
  let relay: RelayPeer;
  let steady: SendingDaemon;
  let jumping: SendingDaemon;
  let folder: string;
  const first = new Set<string>();

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/bmx-clock-');
    await writeFile(join(folder, 'offset'), '0');
    await writeFile(join(folder, 'clock.mjs'), preload(join(folder, 'offset')));
    database = await startOwnDatabase();
    relay = await startRelayPeer({
      onRecipient: (to) => {
        if (first.has(to)) return null;
        first.add(to);
        return '452 4.2.2 mailbox full';
      },
    });
    const setup = {
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      toml: `[[retry]]\ndelays = ['${delay}s']\n`,
    };
    const env = { BOUNCEMX_DATABASE_URL: database.url, BOUNCEMX_SENDER_POLL_INTERVAL: '200ms' };
    steady = await startSendingDaemon({ ...setup, env: { ...env, BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32' } });
    jumping = await startSendingDaemon({
      ...setup,
      env: {
        ...env,
        BOUNCEMX_VERP_KEY_FILE: `${steady.dataDir}/verp.keys`,
        NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'clock.mjs')).href}`,
      },
    });
  }, 60_000);
  afterAll(async () => {
    await jumping.stop();
    await steady.stop();
    await relay.close();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const jump = async (offset: number): Promise<void> => {
    await writeFile(join(folder, 'offset'), String(offset));
    await sleep(200);
  };

  it('sends nothing early and nothing twice, whoever of the two has it', async () => {
    for (const [i, offset] of jumps.entries()) {
      await jump(offset);
      // By the one that jumps as well as by the other.
      const part = recipients.slice(i * 20, i * 20 + 20);
      const by = i % 2 === 0 ? jumping : steady;
      await by.hand({ from: `news@${sendingDomain}`, to: part, subject: `November ${i}`, text: 'Hello.' });
    }
    await until('all first attempts', () => Promise.resolve(first.size === recipients.length));
    for (const offset of [...jumps, ...jumps]) await jump(offset);
    await steady.settled('all mail', recipients.length, ({ state, attempt }) => state === 'sent' && attempt === 2);
    expect(relay.taken.map(({ to }) => to.join()).sort()).toEqual([...recipients].sort());
    expect(relay.asked).toHaveLength(2 * recipients.length);
    for (const recipient of recipients) {
      const [begin = 0, end = 0] = relay.asked.filter(({ to }) => to === recipient).map(({ at }) => at);
      expect(end - begin, recipient).toBeGreaterThan(delay * 800 - 100);
    }
  });

  it('makes return-paths that are good everywhere, and takes those of others', async () => {
    const taken = relay.taken.slice(0, 12);
    for (const [i, offset] of jumps.entries()) {
      await jump(offset);
      const [made = ''] = await jumping.mint([`minted${i}@far.test`]);
      const [other = ''] = await steady.mint([`other${i}@far.test`]);
      const pairs: [SendingDaemon, string, string][] = [
        [steady, made, `minted${i}@far.test`],
        [jumping, other, `other${i}@far.test`],
        [jumping, taken[i]?.from ?? '', taken[i]?.to.join() ?? ''],
        [steady, taken[i + 5]?.from ?? '', taken[i + 5]?.to.join() ?? ''],
      ];
      for (const [place, [daemon, to, about]] of pairs.entries()) {
        const peer = new SmtpPeer(daemon.smtpPort);
        await peer.greet();
        const words = { diagnostic: '550 5.1.1 user unknown', status: '5.1.1', unique: `j${i}-${place}` };
        expect(await peer.deliver('', to, failureReport({ to, about, ...words })), `${offset} ${place}`).toMatch(
          /^250/,
        );
        peer.close();
      }
    }
    // It did live on other days.
    const days = new Set([...jumping.output().matchAll(/"time":"(\d{4}-\d\d-\d\d)/g)].map(([, day]) => day));
    expect(days.size).toBeGreaterThanOrEqual(3);
    await until('the reports', async () => (await steady.dispatches('state=bounced')).length === 10);
    const { body } = await steady.api<{ items: { type: string; acts: boolean }[] }>('/v1/events?type=hard_bounce');
    expect(body.items.filter(({ acts }) => acts)).toHaveLength(20);
  });
});
