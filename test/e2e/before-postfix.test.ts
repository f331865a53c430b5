/**
 * "Before Postfix" of docs/sending.md as it stands there, and the lines that are exported for Postfix: a real Postfix with
 * these lines carries the mail, and what fails comes back into the ledger. Only ports are changed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, readPage, sectionOf } from '../helpers/pages.ts';
import { startDaemon, type Daemon } from './support/daemon.ts';
import { startFarEnd, type FarEnd } from './support/far-end.ts';
import { missing } from './support/peers.ts';
import { freePort, until } from './support/ports.ts';
import { startPostfix, type Postfix } from './support/postfix.ts';

const page = readPage('docs/sending.md');
const section = sectionOf(page, '## Before Postfix');
const [configuration, mainCf] = blocksOf(section).map(({ text }) => text);
const [common] = blocksOf(page).filter(({ language }) => language === 'toml');

interface Item {
  readonly id: string;
  readonly recipient: string;
  readonly state: string;
  readonly category: string | null;
}

describe.skipIf(missing('postfix'))('before Postfix, by the lines of docs/sending.md', { timeout: 60_000 }, () => {
  let daemon: Daemon;
  let farEnd: FarEnd;
  let postfix: Postfix;
  let folder: string;

  const settings = (): string[] =>
    (mainCf ?? '')
      .replace('[127.0.0.1]:2525', `[127.0.0.1]:${daemon.smtpPort}`)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
  /** Not of the page: where mail to the rest of the world goes. */
  const world = (): string => `relayhost = [127.0.0.1]:${farEnd.port}`;

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/bmx-before-postfix-');
    farEnd = await startFarEnd();
    // Postfix has to know the port of the daemon, and the daemon that of Postfix.
    const smtpPort = await freePort();
    const relayPort = await freePort();
    const file = join(folder, 'bouncemx.toml');
    const domains = (common?.text ?? '').slice(0, common?.text.indexOf('[[relay]]'));
    const relay = (configuration ?? '').replace('127.0.0.1:25', `127.0.0.1:${relayPort}`);
    await writeFile(file, `${domains}${relay}[[provider]]\nname = 'far.test'\nconcurrency = 2\nratePerMinute = 60\n`);
    daemon = await startDaemon({ BOUNCEMX_CONFIG: file, BOUNCEMX_DOMAIN: undefined }, smtpPort);
    postfix = await startPostfix([...settings(), world()], [], relayPort);
  }, 60_000);
  afterAll(async () => {
    await postfix.stop();
    await daemon.stop();
    await farEnd.close();
    await rm(folder, { recursive: true, force: true });
  });

  const send = async (...to: string[]): Promise<void> => {
    const body = { from: 'Shop <shop@example.net>', to, subject: 'Your order', text: 'Thank you.' };
    expect((await daemon.api('/v1/messages', { method: 'POST', body })).status).toBe(200);
  };
  const found = async (recipient: string): Promise<Item | undefined> =>
    (await daemon.api<{ items: Item[] }>(`/v1/dispatches?recipient=${encodeURIComponent(recipient)}`)).body.items[0];

  it('mail goes out with its return-path, and a failure comes back and suppresses', async () => {
    await send('ann@far.test', 'gone@far.test');
    const bounced = await until('the report', async () => {
      const item = await found('gone@far.test');
      return item?.state === 'bounced' ? item : null;
    });
    expect(bounced.category).toBe('user_not_found');
    expect(await found('ann@far.test')).toMatchObject({ state: 'sent' });
    const { body } = await daemon.api<{ items: unknown[] }>('/v1/events?recipient=gone%40far.test');
    // It was Postfix that was refused: what it says of it came by SMTP, under the return-path of the attempt.
    expect(body.items).toEqual([
      expect.objectContaining({ source: 'smtp', proof: 'verp', type: 'hard_bounce', dispatchId: bounced.id }),
    ]);
    const log = await postfix.log();
    expect(log).toMatch(/from=<b-[a-z2-7]+@bounce\.example\.net>/);
    expect(log).toMatch(/to=<ann@far\.test>.* status=sent/);
    expect(log).toMatch(/to=<b-[a-z2-7]+@bounce\.example\.net>.* status=sent \(250 /);
    const suppression = await daemon.api<{ level: string }>('/v1/suppressions/gone%40far.test');
    expect(suppression.body.level).toBe('hard_suppressed');
  });

  it('a Postfix with the exported lines takes them, and goes by them', async () => {
    const { body } = await daemon.api<string>('/v1/providers/export?format=postfix');
    const part = (name: string): string[] => {
      const lines = body.split('\n');
      const begin = lines.findIndex((line) => line.startsWith(`# ${name}`));
      const length = lines.slice(begin + 1).findIndex((line) => line === '');
      return lines.slice(begin + 1, begin + 1 + length).filter((line) => !line.startsWith('#'));
    };
    const table = join(folder, 'transport');
    // A transport without a next hop goes to the domain's own MX, which has no DNS here.
    const hops = part('transport').map((line) => line.replace(/:$/, `:[127.0.0.1]:${farEnd.port}`));
    await writeFile(table, `${hops.join('\n')}\n`);
    const listed = settings().map((line) => (line.startsWith('transport_maps') ? `${line} texthash:${table}` : line));
    const port = postfix.port;
    await postfix.stop();
    const nowhere = 'default_transport = error:5.4.4 not by the exported lines';
    postfix = await startPostfix([...listed, ...part('main.cf'), nowhere], part('master.cf'), port);
    await send('bob@far.test', 'ann@sub.far.test');
    const log = await until('the mail', async () => {
      const text = await postfix.log();
      return (text.match(/to=<(?:bob@far|ann@sub\.far)\.test>.* status=sent/g)?.length ?? 0) === 2 && text;
    });
    expect(log).not.toMatch(/fatal|warning/);
  });
});
