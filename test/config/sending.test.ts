/** [submission], [sender], [care], [[relay]], [[retry]], [[provider]], and what becomes of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOptions } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { sendingTerms } from '../../src/config/sending-terms.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-sending-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
function load(text: string, env: Record<string, string> = {}): ReturnType<typeof loadOptions> {
  const file = join(folder, `${++files}.toml`);
  writeFileSync(file, text);
  return loadOptions({ file, env: { BOUNCEMX_DATA_DIR: '/d', ...env } });
}
function good(text: string, env?: Record<string, string>): Options {
  const loaded = load(text, env);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.options;
}
function problems(text: string, env?: Record<string, string>): string[] {
  const loaded = load(text, env);
  return loaded.ok ? [] : loaded.problems.map((problem) => problem.replace(/^\S+\.toml/, 'file'));
}

const local = `[[relay]]\nurl = 'smtp://127.0.0.1'\n`;

test('without any of it nothing is sent, and nobody can hand mail over', () => {
  const { submission, relay, retry, provider, sender } = good('');
  expect([submission.listen, relay, retry, provider]).toEqual([[], [], [], []]);
  expect(sender).toMatchObject({ deadline: 120_000, lease: 300_000, expiry: 7 * 86_400_000, indeterminate: 'hold' });
});

test('domains are written as they are compared, files from the data directory', () => {
  const options = good(`[[relay]]
url = 'smtp://ann@mx.example'
passwordFile = 'relay.password'
sendingDomains = ['Sender.Example.', 'müller.example']
dkimDomain = 'sender.example'
dkimSelector = 's1'
dkimKeyFile = '/etc/dkim.pem'
[[retry]]
provider = 'Example.COM'
category = 'mailbox_full'
delays = ['1s', '2h']
[[provider]]
name = 'Gmail.com'
ratePerMinute = 60`);
  expect(options.relay[0]).toMatchObject({
    sendingDomains: ['sender.example', 'xn--mller-kva.example'],
    passwordFile: '/d/relay.password',
    caFile: '',
    dkimKeyFile: '/etc/dkim.pem',
    connections: 10,
  });
  expect(options.retry).toEqual([{ provider: 'example.com', category: 'mailbox_full', delays: [1000, 7_200_000] }]);
  expect(options.provider).toEqual([{ name: 'gmail.com', concurrency: 20, ratePerMinute: 60 }]);
});

test('they become the terms of core/sending', () => {
  const options = good(`[care]
breakerThreshold = 3
[[retry]]
delays = ['1m']
[[retry]]
category = 'rate_limiting'
provider = 'example.com'
delays = []`);
  expect(sendingTerms(options)).toEqual({
    schedules: [
      { category: null, provider: null, delays: [60_000] },
      { category: 'rate_limiting', provider: 'example.com', delays: [] },
    ],
    breaker: { threshold: 3, window: 600_000, pause: 300_000, maxPause: 3_600_000 },
  });
});

describe('what does not go together is refused at its place', () => {
  test.each([
    ['a listener that is none', `${local}[submission]\nlisten = ['x']\nnetworks = ['::1']`, 'submission.listen'],
    ['a network that is none', `[submission]\nnetworks = ['here']`, 'submission.networks'],
    ['taking mail without a relay', `[submission]\nlisten = ['127.0.0.1:0']\nnetworks = ['::1']`, 'submission.listen'],
    ['taking mail from nobody', `${local}[submission]\nlisten = ['127.0.0.1:0']`, 'submission.listen'],
    [
      'passwords in clear',
      `${local}[submission]\nlisten = ['127.0.0.1:0']\nusersFile = 'users'`,
      'submission.usersFile',
    ],
    ['a lease shorter than an attempt', `[sender]\nlease = '2m'`, 'sender.lease'],
    ['a relay without a url', `[[relay]]\nconnections = 1`, 'relay[0]'],
    ['a relay of another scheme', `[[relay]]\nurl = 'http://x'`, 'relay[0].url'],
    ['a user without a password', `[[relay]]\nurl = 'smtp://ann@mx.example'`, 'relay[0].passwordFile'],
    ['a password without a user', `[[relay]]\nurl = 'smtp://mx.example'\npasswordFile = 'p'`, 'relay[0].url'],
    ['a second relay for all', `${local}${local}`, 'relay[1].sendingDomains'],
    [
      'two relays for one domain',
      `${local}sendingDomains = ['a.example']\n${local}sendingDomains = ['A.example']`,
      'relay[1].sendingDomains',
    ],
    ['a sending domain that is none', `${local}sendingDomains = ['a b']`, 'relay[0].sendingDomains'],
    ['half a DKIM key', `${local}dkimDomain = 'a.example'`, 'relay[0].dkimDomain'],
    ['DKIM for no domain', `${local}dkimDomain = '@'\ndkimSelector = 's'\ndkimKeyFile = 'k'`, 'relay[0].dkimDomain'],
    ['a schedule without delays', `[[retry]]\ncategory = 'unknown'`, 'retry[0]'],
    ['a schedule for no category', `[[retry]]\ncategory = 'full'\ndelays = []`, 'retry[0].category'],
    ['a schedule for no domain', `[[retry]]\nprovider = 'a b'\ndelays = []`, 'retry[0].provider'],
    ['a schedule for a host', `[[retry]]\nprovider = 'mx.example.com'\ndelays = []`, 'retry[0].provider'],
    ['six delays', `[[retry]]\ndelays = ['1s', '1s', '1s', '1s', '1s', '1s']`, 'retry[0].delays'],
    ['a delay of no time', `[[retry]]\ndelays = ['10ms']`, 'retry[0].delays'],
    ['a delay of days', `[[retry]]\ndelays = ['2d']`, 'retry[0].delays'],
    ['a delay without unit', `[[retry]]\ndelays = [60]`, 'retry[0].delays'],
    ['two schedules for one case', `[[retry]]\ndelays = []\n[[retry]]\ndelays = []`, 'retry[1].category'],
    ['a provider without a name', `[[provider]]\nconcurrency = 1`, 'provider[0]'],
    ['a provider that is none', `[[provider]]\nname = 'a b'`, 'provider[0].name'],
    ['a provider that is a host', `[[provider]]\nname = 'mx1.mail.example.co.uk'`, 'provider[0].name'],
    ['a provider listed twice', `[[provider]]\nname = 'a.com'\n[[provider]]\nname = 'A.com'`, 'provider[1].name'],
    ['a rest longer than the longest', `[care]\nbreakerPause = '2h'`, 'care.breakerPause'],
  ])('%s', (_, text, path) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^file:\d+:\d+: /);
    expect(found[0]).toContain(` ${path}: `);
  });

  test('a host name where a provider belongs is told its organisational domain', () => {
    expect(problems(`[[provider]]\nname = 'aspmx.l.google.com'`)[0]).toContain(`'google.com' is`);
  });

  test('taking mail is accepted from a network, and with users under TLS', () => {
    const listen = `${local}[submission]\nlisten = ['127.0.0.1:0']\n`;
    expect(problems(`${listen}networks = ['10.0.0.0/8']`)).toEqual([]);
    const tls = `[smtp]\ntlsCertFile = 'c.pem'\ntlsKeyFile = 'k.pem'`;
    expect(problems(`${listen}usersFile = 'users'\n${tls}`)).toEqual([]);
  });
});

describe('BOUNCEMX_RELAY_URL', () => {
  const url = 'smtp://127.0.0.1:2526';
  const secret = { BOUNCEMX_RELAY_URL: 'smtp://ann@mx.example', BOUNCEMX_RELAY_PASSWORD_FILE: '/run/secrets/relay' };

  test('sets a single relay for all mail', () => {
    expect(good('', { BOUNCEMX_RELAY_URL: url }).relay).toMatchObject([{ url, sendingDomains: [], connections: 10 }]);
  });

  test('takes the place of the url of the only relay of the file, and leaves the rest of it', () => {
    const { relay } = good(`${local}connections = 3`, { BOUNCEMX_RELAY_URL: url });
    expect(relay).toMatchObject([{ url, connections: 3 }]);
  });

  test('goes with a file that holds the password', () => {
    expect(good('', secret).relay).toMatchObject([
      { url: 'smtp://ann@mx.example', passwordFile: '/run/secrets/relay' },
    ]);
    expect(good(`[[relay]]\nurl = 'smtp://ann@mx.example'`, { BOUNCEMX_RELAY_PASSWORD_FILE: 'p' }).relay).toMatchObject(
      [{ passwordFile: '/d/p' }],
    );
  });

  test.each([
    [{ BOUNCEMX_RELAY_URL: 'mx.example' }, '', 'relay[0].url: expected smtp://'],
    [{ BOUNCEMX_RELAY_URL: 'smtp://ann@mx.example' }, '', 'relay[0].passwordFile: a user'],
    [{ BOUNCEMX_RELAY_URL: 'smtp://ann:hunter2@mx.example' }, '', 'relay[0].url: the password'],
    [{ BOUNCEMX_RELAY_PASSWORD_FILE: 'p' }, '', 'BOUNCEMX_RELAY_PASSWORD_FILE: needs BOUNCEMX_RELAY_URL'],
    [
      { BOUNCEMX_RELAY_URL: url },
      `${local}${local}sendingDomains = ['a.example']`,
      'BOUNCEMX_RELAY_URL: sets a single',
    ],
    [secret, `${local}${local}sendingDomains = ['a.example']`, 'BOUNCEMX_RELAY_URL: sets a single'],
  ])('that is wrong is refused: %j', (env, text, expected) => {
    const found = problems(text, env);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
    expect(found[0]).not.toContain('hunter2');
  });
});
