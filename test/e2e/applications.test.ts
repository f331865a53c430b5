/**
 * "Behind an application" of docs/sending.md: the lines of its table, in the smallest application of each kind. What is
 * changed is the port, and the name, for one that this machine knows; the certificate is checked.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../helpers/certificate.ts';
import { readPage, sectionOf } from '../helpers/pages.ts';
import { applications, sendBy, type Application, type Letter, type Surroundings } from './support/applications.ts';
import { projectRoot, startDaemon, type Daemon } from './support/daemon.ts';
import { absent } from './support/peers.ts';
import { freePort, until } from './support/ports.ts';
import { startRelayPeer, type RelayPeer, type Taken } from './support/relay-peer.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const section = sectionOf(readPage('docs/sending.md'), '## Behind an application');
/** As the page says it: who sends to nobody where one is refused. */
const givesUp = ['PHP mail()', 'Symfony Mailer', 'Rails'];
const password = 'w+rd/of=7@shop:%x';

/** The code in the row of an application, for this machine. */
function linesOf(name: string, port: number): string[] {
  const row = section.split('\n').find((line) => line.replaceAll('`', '').startsWith(`| ${name} |`)) ?? '';
  const secret = JSON.stringify(password);
  const fits = (code: string): string =>
    code
      .replace('mail.example.net', 'localhost')
      .replace('2587', String(port))
      .replace('…', secret)
      .replace('PASSWORD@', `${encodeURIComponent(password)}@`);
  const lines = row.slice(row.indexOf('|', 1));
  return [...lines.matchAll(/`([^`]+)`/g)].map((match) => fits(match[1] ?? ''));
}

describe('behind an application, by the lines of docs/sending.md', { timeout: 60_000 }, () => {
  let daemon: Daemon;
  let relay: RelayPeer;
  let folder: string;
  let port: number;
  let surroundings: Surroundings;

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/bmx-applications-');
    const path = (name: string): string => join(folder, name);
    const { cert, key } = selfSigned('localhost');
    await writeFile(path('tls.crt'), cert);
    await writeFile(path('tls.key'), key, { mode: 0o600 });
    const main = join(projectRoot, 'dist/main.js');
    const user = execFileSync(process.execPath, [main, 'submission', 'hash', 'shop'], { input: `${password}\n` });
    await writeFile(path('users'), user, { mode: 0o600 });
    relay = await startRelayPeer({
      onRecipient: (to) => (to.startsWith('gone-') ? `550 5.1.1 <${to}>: User unknown` : null),
    });
    port = await freePort();
    const toml = `[[domain]]
name = 'bounce.example.net'
sendingDomains = ['example.net']
[[relay]]
url = 'smtp://127.0.0.1:${relay.port}'
[submission]
listen = ['127.0.0.1:${port}', '[::1]:${port}']
usersFile = '${path('users')}'
networks = ['127.0.0.1/32']
[smtp]
tlsCertFile = '${path('tls.crt')}'
tlsKeyFile = '${path('tls.key')}'
`;
    await writeFile(path('bouncemx.toml'), toml);
    surroundings = { password, caFile: path('tls.crt') };
    daemon = await startDaemon({
      BOUNCEMX_CONFIG: path('bouncemx.toml'),
      BOUNCEMX_DOMAIN: undefined,
      BOUNCEMX_SENDER_POLL_INTERVAL: '200ms',
    });
    await suppress('blocked@far.test');
  }, 60_000);
  afterAll(async () => {
    await daemon.stop();
    await relay.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function suppress(address: string): Promise<void> {
    const [to = ''] = await daemon.mint([address]);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const words = { diagnostic: '550 5.1.1 user unknown', status: '5.1.1', unique: 'b1' };
    expect(await peer.deliver('', to, failureReport({ to, about: address, ...words }))).toMatch(/^250/);
    peer.close();
    await until('the suppression', async () => {
      const { body } = await daemon.api<{ suppressed: boolean }>(`/v1/suppressions/${encodeURIComponent(address)}`);
      return body.suppressed;
    });
  }

  const slug = (name: string): string => name.toLowerCase().replace(/[^a-z]+/g, '');
  const takenBy = (recipient: string): Taken[] => relay.taken.filter(({ to }) => to.includes(recipient));
  const send = (application: Application, letter: Letter): ReturnType<typeof sendBy> =>
    sendBy(application, linesOf(application.name, port), letter, surroundings);

  it('the table has no other applications', () => {
    const names = [...section.matchAll(/^\| (.+?) \|/gm)].map((match) => match[1]?.replaceAll('`', '') ?? '');
    expect(names.filter((name) => name !== 'application' && !name.startsWith('-'))).toEqual(
      applications.map(({ name }) => name),
    );
  });

  describe.each(applications)('$name', (application) => {
    const skipped = absent(...application.peers);
    const at = `@${slug(application.name)}.test`;

    it.skipIf(skipped)(
      'gives each recipient a copy with a return-path of its own, and nobody is told of Bcc',
      async () => {
        const letter = { to: [`ann${at}`, `gone-1${at}`], cc: `cc${at}`, bcc: [`hidden${at}`] };
        const { content, output } = await send(application, letter);
        expect({ content, output }).toEqual({ content: true, output: '' });
        const mails = await until('the mails', () => {
          const found = [`ann${at}`, `cc${at}`, `hidden${at}`].map((to) => takenBy(to));
          return Promise.resolve(found.every(({ length }) => length === 1) && found.flat());
        });
        expect(new Set(mails.map(({ from }) => from)).size).toBe(3);
        for (const { from, message } of mails) {
          expect(from).toMatch(/^b-[a-z2-7]+@bounce\.example\.net$/);
          const header = message.slice(0, message.indexOf('\r\n\r\n'));
          expect(header).not.toMatch(/^bcc:|hidden/im);
          expect(header).toMatch(/^From: Shop <shop@example\.net>$/m);
          expect(header.match(/^Bouncemx-Dispatch: .*; attempt=1; /gm)).toHaveLength(1);
          expect(header.match(/^Message-ID: <[^<>@\s]+@[^<>@\s]+>/gim)).toHaveLength(1);
          expect(header.match(/^Date: /gm)).toHaveLength(1);
        }
        const unknown = await until('the refusal', async () => {
          const path = `/v1/dispatches?state=bounced&recipient=${encodeURIComponent(`gone-1${at}`)}`;
          return (await daemon.api<{ items: { category: string }[] }>(path)).body.items[0];
        });
        expect(unknown.category).toBe('user_not_found');
      },
    );

    const [is, does] = givesUp.includes(application.name) ? [false, 'to nobody'] : [true, 'to the others'];
    it.skipIf(skipped)(`sends ${does} where one recipient is suppressed`, async () => {
      const letter = { to: [`bob${at}`], cc: `copy${at}`, bcc: ['blocked@far.test'] };
      const { content, output } = await send(application, letter);
      // What it is told must reach a person, where nobody gets the mail.
      if (!is) expect(output).toContain('5.7.1 Suppressed');
      expect({ content, output }).toMatchObject({ content: is });
      const path = (to: string): string => `/v1/dispatches?recipient=${encodeURIComponent(to)}`;
      for (const to of [...letter.to, letter.cc])
        expect((await daemon.api<{ items: unknown[] }>(path(to))).body.items, to).toHaveLength(is ? 1 : 0);
      expect((await daemon.api<{ items: unknown[] }>(path('blocked@far.test'))).body.items).toEqual([]);
    });
  });
});
