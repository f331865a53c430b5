/** The password of a relay that requires AUTH is changed while the daemon runs: SIGHUP, and no mail is lost or late. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostilePeer, scripted, type HostilePeer } from '../sender/hostile-peer.ts';
import { until } from './support/ports.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';

describe('the password of a relay', { timeout: 60_000 }, () => {
  let daemon: SendingDaemon;
  let relay: HostilePeer;
  let folder: string;
  let right = 'second';
  const file = (): string => join(folder, 'password');
  const hello = '250-relay.test\r\n250 AUTH PLAIN\r\n';
  /** It looks at what it heard last: one connection at a time is enough here. */
  const judged = (): string => {
    const given = /^AUTH PLAIN (\S+)\r\n$/m.exec(relay.heard().split('AUTH').at(-1)?.replace(/^/, 'AUTH') ?? '')?.[1];
    const plain = Buffer.from(given ?? '', 'base64').toString();
    return plain === `\0mailer\0${right}` ? '235 2.7.0 welcome\r\n' : '535 5.7.8 wrong\r\n';
  };

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/bmx-relay-password-');
    await writeFile(file(), 'first\n', { mode: 0o600 });
    relay = await hostilePeer((session) => scripted({ AUTH: judged }, hello)(session));
    daemon = await startSendingDaemon({
      relayUrl: `smtp://mailer@127.0.0.1:${relay.port}`,
      toml: `passwordFile = '${file()}'\nconnections = 1\n`,
      env: { BOUNCEMX_SENDER_POLL_INTERVAL: '200ms' },
    });
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
    await rm(folder, { recursive: true, force: true });
  });

  const hand = (to: string): Promise<unknown> =>
    daemon.hand({ from: `news@${sendingDomain}`, to, subject: 'November', text: 'Hello.' });
  const metrics = async (line: string): Promise<boolean> =>
    (await daemon.api<string>('/metrics')).body.split('\n').includes(line);
  const hangUp = async (line: string): Promise<void> => {
    daemon.child().kill('SIGHUP');
    await until(line, () => metrics(line));
  };

  it('that is wrong makes the mail wait, and after SIGHUP the one that the file holds now is used at once', async () => {
    await hand('ann@one.test');
    // Long enough that the relay would be left alone for a while.
    await until('three refusals', () => Promise.resolve((relay.heard().match(/^AUTH/gm)?.length ?? 0) >= 3), 30_000);
    expect(await metrics(`bouncemx_relay_up{relay="127.0.0.1:${relay.port}"} 0`)).toBe(true);
    await writeFile(file(), 'second\n');
    await hangUp('bouncemx_last_reload_successful{what="relays"} 1');
    await hand('eve@two.test');
    await until(
      'the mail',
      async () => (await daemon.dispatches('state=sent&recipient=eve@two.test')).length === 1,
      3000,
    );
    // What was turned away has its own pause behind it.
    await daemon.settled('all mail', 2, ({ state, attempt }) => state === 'sent' && attempt === 1, 20_000);
    expect(daemon.output()).not.toMatch(/first|second/);
  });

  it('is used for new connections where it changed between two mails; a file that others can read changes nothing', async () => {
    right = 'third';
    await writeFile(file(), 'third\n');
    await hangUp('bouncemx_last_reload_successful{what="relays"} 1');
    await hand('bob@one.test');
    await daemon.settled('the mail', 3, ({ state }) => state === 'sent', 15_000);
    await rm(file());
    await hangUp('bouncemx_last_reload_successful{what="relays"} 0');
    await hand('cid@one.test');
    await daemon.settled('the mail', 4, ({ state }) => state === 'sent', 15_000);
  });
});
