import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { checkRelays } from '../../src/commands/check-relays.ts';
import type { Finding } from '../../src/commands/check-finding.ts';
import { loadOptions } from '../../src/config/load.ts';

let folder = '';
const secret = (): string => join(folder, 'password');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-relays-'));
  writeFileSync(secret(), 'right\n', { mode: 0o600 });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const open: (SMTPServer | Server)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(closed));
});

function closed(server: SMTPServer | Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => {
      done();
    });
  });
}

async function relay(options: SMTPServerOptions): Promise<number> {
  const server = new SMTPServer({ logger: false, disableReverseLookup: true, closeTimeout: 1, ...options });
  server.on('error', () => undefined);
  open.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.server.address() as AddressInfo).port;
}
async function peer(greeting: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (greeting !== '') socket.write(greeting);
    socket.on('end', () => socket.destroy());
  });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function check(text: string): Promise<string[]> {
  const file = join(folder, 'bouncemx.toml');
  writeFileSync(file, text);
  const loaded = loadOptions({ file, env: { BOUNCEMX_DATA_DIR: folder } });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const found: Finding[] = await checkRelays(loaded.options, 'mx.example');
  return found.map(({ level, area, text: words }) => `${level} ${area} ${words}`);
}
const domain = `[[domain]]\nname = 'bounce.sender.example'\nsendingDomains = ['sender.example']\n`;

test('without a relay it says what that means', async () => {
  expect(await check('')).toEqual(['ok relays none: no mail is taken for sending']);
});

test('a relay that answers is told, with the way to it', async () => {
  const port = await relay({ authOptional: true });
  expect(await check(`${domain}[[relay]]\nurl = 'smtp://127.0.0.1:${port}'`)).toEqual([
    `ok relays 127.0.0.1:${port} answers, no TLS, no AUTH`,
  ]);
});

test('TLS and the password are tried, and a wrong certificate or password fails', async () => {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert,
      '-days', '9', '-subj', '/CN=x', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    { stdio: 'pipe' },
  );
  chmodSync(key, 0o600);
  const port = await relay({
    secure: true,
    cert: readFileSync(cert),
    key: readFileSync(key),
    onAuth: ({ username, password }, _, done) => {
      if (username === 'ann' && password === 'right') done(null, { user: 'ann' });
      else done(new Error('no such user'));
    },
  });
  const text = (user: string, ca: string): string =>
    `${domain}[[relay]]\nurl = 'smtps://${user}@127.0.0.1:${port}'\npasswordFile = 'password'\ncaFile = '${ca}'`;
  expect(await check(text('ann', cert))).toEqual([`ok relays 127.0.0.1:${port} answers, TLS, AUTH as ann`]);
  expect((await check(text('eve', cert)))[0]).toMatch(/^fail relays 127\.0\.0\.1:\d+: auth: 535/);
  expect((await check(text('ann', '')))[0]).toMatch(/^fail relays .*certificate/);
});

test('one that is not there, is silent, or is something else fails in time', async () => {
  const [silent, other] = [await peer(''), await peer('HTTP/1.1 400 Bad \u001b[31mRequest\r\n\r\n')];
  const gone = await peer('');
  await Promise.all(open.splice(-1).map(closed));
  const found = await check(
    `${domain}[[relay]]\nurl = 'smtp://127.0.0.1:${gone}'
[[relay]]\nurl = 'smtp://127.0.0.1:${silent}'\nsendingDomains = ['sender.example']
[[relay]]\nurl = 'smtp://127.0.0.1:${other}'\nsendingDomains = ['other.example']`,
  );
  expect(found[0]).toMatch(/^fail relays 127\.0\.0\.1:\d+: connect: .*ECONNREFUSED/);
  expect(found[1]).toMatch(/^fail relays 127\.0\.0\.1:\d+: connect: /);
  expect(found[2]).toMatch(/^fail relays 127\.0\.0\.1:\d+: connect: /);
  expect(found.join('')).not.toContain('\u001b');
  expect(found[3]).toBe('warn relays other.example has a relay, and no [[domain]] lists it under sendingDomains');
});

test('a sending domain without a way out, mail in clear, and files that cannot be read are told', async () => {
  const port = await relay({ authOptional: true });
  const own = `[[relay]]\nurl = 'smtp://127.0.0.1:${port}'\nsendingDomains = ['other.example']\n`;
  expect((await check(`${domain}${own}`)).slice(1)).toEqual([
    'warn relays sender.example has no relay',
    'warn relays other.example has a relay, and no [[domain]] lists it under sendingDomains',
  ]);
  const clear = await check(
    `${domain}[[relay]]\nurl = 'smtp://ann@192.0.2.1:${port}?tls=none'\npasswordFile = 'password'`,
  );
  expect(clear[0]).toBe(`warn relays 192.0.2.1:${port}: ?tls=none: mail and password go in clear`);
  expect((await check(`[[relay]]\nurl = 'smtp://127.0.0.1'\ncaFile = 'absent.pem'`))[0]).toMatch(
    /^fail relays .*absent/,
  );
});
