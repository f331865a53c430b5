import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

let folder = '';
let databaseUrl = '';
const databases: TestDatabase[] = [];
const running = new Set<Daemon>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-serve-'));
  databaseUrl = await emptyDatabase();
});
afterEach(async () => {
  for (const daemon of running) {
    daemon.child.kill('SIGKILL');
    await daemon.ended;
  }
});
afterAll(async () => {
  for (const database of databases) await database.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Daemon {
  readonly child: ChildProcess;
  readonly env: Record<string, string>;
  readonly dataDir: string;
  readonly ended: Promise<number | null>;
  out(): string;
  err(): string;
  events(name: string): Record<string, unknown>[];
}

async function emptyDatabase(): Promise<string> {
  const database = await testDatabase('empty');
  databases.push(database);
  return database.url;
}

let number = 0;
async function environment(extra: Record<string, string> = {}): Promise<Record<string, string>> {
  number += 1;
  return {
    PATH: process.env['PATH'] ?? '',
    ...(process.env['NODE_V8_COVERAGE'] !== undefined && { NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'] }),
    BOUNCEMX_DATA_DIR: join(folder, `data${number}`),
    BOUNCEMX_SMTP_LISTEN: `127.0.0.1:${await freePort()}`,
    BOUNCEMX_HTTP_LISTEN: `127.0.0.1:${await freePort()}`,
    BOUNCEMX_DATABASE_URL: databaseUrl,
    ...extra,
  };
}

function start(env: Record<string, string>): Daemon {
  const child = spawn(process.execPath, [main, 'serve'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (texts.out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (texts.err += data.toString()));
  const daemon: Daemon = {
    child,
    env,
    dataDir: env['BOUNCEMX_DATA_DIR'] ?? '',
    ended: once(child, 'close').then(([code]) => {
      running.delete(daemon);
      return code as number | null;
    }),
    out: () => texts.out,
    err: () => texts.err,
    events: (name) =>
      texts.out
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ event }) => event === name),
  };
  running.add(daemon);
  return daemon;
}

async function ready(env: Record<string, string>): Promise<Daemon> {
  const daemon = start(env);
  await waitFor(() => daemon.events('started').length > 0 || daemon.child.exitCode !== null, 'the daemon to start');
  if (daemon.child.exitCode !== null) throw new Error(`it ended: ${daemon.out()}${daemon.err()}`);
  return daemon;
}

describe('the first start', { timeout: 60_000 }, () => {
  it('makes the keys for its owner alone, says where they are, and answers', async () => {
    const daemon = await ready(await environment({ BOUNCEMX_DOMAIN: 'bounce.test' }));
    const mode = (name: string): string => (statSync(join(daemon.dataDir, name)).mode & 0o777).toString(8);
    expect([mode('.'), mode('verp.keys'), mode('admin.key')]).toEqual(['711', '600', '600']);
    // Two pipes: which one is read first is nobody's promise.
    await expect.poll(() => daemon.err()).toContain(join(daemon.dataDir, 'verp.keys'));
    expect(daemon.err()).toMatch(/ b-[a-z2-7]+@bounce\.test\n/);
    const key = readFileSync(join(daemon.dataDir, 'admin.key'), 'utf8').trim();
    expect(daemon.err() + daemon.out()).not.toContain(key);
    const api = `http://${daemon.env['BOUNCEMX_HTTP_LISTEN'] ?? ''}`;
    expect((await fetch(`${api}/readyz`)).status).toBe(200);
    expect((await fetch(`${api}/v1/events`)).status).toBe(401);
    const minted = await fetch(`${api}/v1/events`, { headers: { authorization: `Bearer ${key}` } });
    expect(minted.status).toBe(200);
    expect(await (await fetch(`${api}/metrics`)).text()).toContain('bouncemx_build_info{');

    const keys = readFileSync(join(daemon.dataDir, 'verp.keys'), 'utf8');
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
    const again = await ready(daemon.env);
    expect(again.err()).toBe('');
    expect(readFileSync(join(daemon.dataDir, 'verp.keys'), 'utf8')).toBe(keys);
  });

  it('with no database configured runs its own, which goes with it', async () => {
    const env = await environment();
    delete env['BOUNCEMX_DATABASE_URL'];
    const daemon = await ready(env);
    const home = realpathSync(join(daemon.dataDir, 'postgres'));
    try {
      expect(daemon.events('started')[0]).toMatchObject({ database: 'embedded' });
      const second = start({ ...env, BOUNCEMX_SMTP_LISTEN: '127.0.0.1:0', BOUNCEMX_HTTP_LISTEN: '127.0.0.1:0' });
      expect(await second.ended).toBe(75);
      expect(second.err()).toContain('another bouncemx');
      daemon.child.kill('SIGTERM');
      expect(await daemon.ended).toBe(0);
      expect(daemon.events('embedded').map(({ what }) => what)).toEqual(['created', 'stopped']);
    } finally {
      daemon.child.kill('SIGTERM');
      await daemon.ended;
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe('a start that cannot be', { timeout: 60_000 }, () => {
  it('names every problem of the configuration and exits 78', async () => {
    const daemon = start(await environment({ BOUNCEMX_SMTP_MAX_SIZE: '25', BOUNCEMX_NONSENSE: '1' }));
    expect(await daemon.ended).toBe(78);
    expect(daemon.err()).toContain('BOUNCEMX_SMTP_MAX_SIZE: expected a size');
    expect(daemon.err()).toContain('BOUNCEMX_NONSENSE: no such variable');
    expect(existsSync(daemon.dataDir)).toBe(false);
  });

  it('exits 78 where others can read the keys', async () => {
    const first = await ready(await environment());
    first.child.kill('SIGTERM');
    await first.ended;
    chmodSync(join(first.dataDir, 'verp.keys'), 0o644);
    const daemon = start(first.env);
    expect(await daemon.ended).toBe(78);
    expect(daemon.err()).toContain('chmod 0600');
  });

  it('exits 75 where a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const daemon = start(await environment({ BOUNCEMX_HTTP_LISTEN: `127.0.0.1:${port}` }));
    expect(await daemon.ended).toBe(75);
    expect(daemon.err()).toContain('EADDRINUSE');
    server.close();
  });

  it('exits 78 where the certificate cannot be used or the password file is open', async () => {
    const file = join(folder, 'no.pem');
    writeFileSync(file, 'no certificate');
    const tls = { BOUNCEMX_SMTP_TLS_CERT_FILE: file, BOUNCEMX_SMTP_TLS_KEY_FILE: file };
    expect(await start(await environment(tls)).ended).toBe(78);
    chmodSync(file, 0o644);
    const daemon = start(await environment({ BOUNCEMX_DATABASE_PASSWORD_FILE: file }));
    expect(await daemon.ended).toBe(78);
    expect(daemon.err()).toContain(file);
  });

  it('stops with 0 when it is told to while it waits for its database', async () => {
    const daemon = start(await environment({ BOUNCEMX_DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/x` }));
    await waitFor(() => daemon.events('databaseLost').length > 0, 'the database to be missed');
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
  });
});

describe('signals', { timeout: 60_000 }, () => {
  it('SIGHUP reads the keys again and keeps the old ones where the file is bad', async () => {
    const daemon = await ready(await environment());
    const file = join(daemon.dataDir, 'verp.keys');
    const good = readFileSync(file, 'utf8');
    daemon.child.kill('SIGHUP');
    await waitFor(() => daemon.events('reloaded').length === 3, 'the reload');
    expect(daemon.events('reloaded').map(({ what }) => what)).toEqual(['tls', 'keys', 'rules']);
    writeFileSync(file, 'nonsense');
    daemon.child.kill('SIGHUP');
    await waitFor(() => daemon.events('reloadFailed').length === 1, 'the refusal');
    expect(daemon.events('reloadFailed')[0]).toMatchObject({ what: 'keys' });
    const returnPath = spawnSync(process.execPath, [main, 'verp', 'encode', '--recipient', 'a@b.example'], {
      env: { ...daemon.env, BOUNCEMX_VERP_KEY_FILE: write('old.keys', good, 0o600) },
      encoding: 'utf8',
    }).stdout.trim();
    expect(await rcpt(daemon, returnPath)).toMatch(/^250/);
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
  });

  it('SIGHUP reads the rules of the operator again, and keeps the old ones where a file is bad', async () => {
    const rules = join(folder, 'rules.d');
    mkdirSync(rules);
    const daemon = await ready(await environment({ BOUNCEMX_RULES_DIRECTORY: rules }));
    const said = async (line: string): Promise<boolean> =>
      (await (await fetch(`http://${daemon.env['BOUNCEMX_HTTP_LISTEN'] ?? ''}/metrics`)).text()).includes(line);
    const rule =
      "family = 'local'\n[[rule]]\nid = 'local/a'\ncategory = 'unknown'\ntext = ['aaa']\nexamples = ['550 aaa']\n";
    writeFileSync(join(rules, '10-local.toml'), rule, { mode: 0o644 });
    daemon.child.kill('SIGHUP');
    await waitFor(() => daemon.events('reloaded').length === 3, 'the reload');
    expect(await said('bouncemx_rules{origin="operator"} 1')).toBe(true);
    expect(await said('bouncemx_last_reload_successful{what="rules"} 1')).toBe(true);
    writeFileSync(join(rules, '10-local.toml'), rule.replace('aaa', 'bbb'));
    daemon.child.kill('SIGHUP');
    await waitFor(() => daemon.events('reloadFailed').length === 1, 'the refusal');
    const where = `${rules}/10-local.toml:2: local/a: its example "550 aaa" is decided by reply/5xx`;
    expect(daemon.events('reloadFailed')[0]).toMatchObject({ what: 'rules', text: where });
    expect(await said('bouncemx_rules{origin="operator"} 1')).toBe(true);
    expect(await said('bouncemx_last_reload_successful{what="rules"} 0')).toBe(true);
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
    const refused = start(daemon.env);
    expect(await refused.ended).toBe(78);
    expect(refused.err()).toBe(`bouncemx serve: ${where}\n`);
  });

  it('SIGTERM says 421 to those who are idle and ends with 0', async () => {
    const daemon = await ready(await environment());
    const peer = connect(portOf(daemon), '127.0.0.1');
    let said = '';
    peer.on('data', (data) => (said += data.toString()));
    await waitFor(() => said.startsWith('220'), 'the greeting');
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
    expect(said).toContain('421 4.3.2');
    expect(daemon.events('stopped')).toHaveLength(1);
  });

  it('one signal that comes twice at once, from the process group and from npm, is one asking', async () => {
    const daemon = await ready(await environment());
    // A peer in the middle of its mail: without it the second signal could meet a process that has already left.
    const peer = await inTheMiddleOfAMail(daemon);
    daemon.child.kill('SIGTERM');
    await waitFor(() => daemon.events('stopping').length > 0, 'the first signal');
    daemon.child.kill('SIGTERM');
    peer.socket.write('\r\n.\r\n');
    await waitFor(() => peer.replies().length > 5, 'the reply to the mail');
    expect(peer.replies()[5]).toMatch(/^250 /);
    expect(await daemon.ended).toBe(0);
    expect(daemon.events('stopped')).toHaveLength(1);
  });

  it('a second SIGTERM does not wait for a peer in the middle of its mail', async () => {
    const daemon = await ready(await environment());
    const peer = await inTheMiddleOfAMail(daemon);
    daemon.child.kill('SIGTERM');
    await waitFor(() => daemon.events('stopping').length > 0, 'the first signal');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(1);
    expect(daemon.events('stopped')).toEqual([]);
    peer.socket.destroy();
  });

  it('a port that systemd opened is served instead of the configured one', async () => {
    if (spawnSync('sh', ['-c', 'command -v systemd-socket-activate']).status !== 0) {
      if (process.env['BOUNCEMX_REQUIRE_PEERS'] === '1') throw new Error('systemd-socket-activate is missing');
      process.stdout.write('skipped: systemd-socket-activate is not installed\n');
      return;
    }
    const port = await freePort();
    const env = await environment();
    const child = spawn(
      'systemd-socket-activate',
      [
        '-l',
        `127.0.0.1:${port}`,
        '--fdname=smtp',
        ...Object.entries(env).map(([name, value]) => `-E${name}=${value}`),
        process.execPath,
        main,
        'serve',
      ],
      { env: { PATH: env['PATH'] ?? '' }, stdio: ['ignore', 'ignore', 'pipe'], cwd: folder },
    );
    try {
      await once(child.stderr, 'data');
      const peer = connect(port, '127.0.0.1');
      let said = '';
      peer.on('data', (data) => (said += data.toString()));
      await waitFor(() => said.startsWith('220'), 'the greeting');
      peer.destroy();
      const configured = connect(Number((env['BOUNCEMX_SMTP_LISTEN'] ?? '').split(':')[1]), '127.0.0.1');
      const [error] = (await once(configured, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    } finally {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }
  });
});

describe('bouncemx migrate', { timeout: 60_000 }, () => {
  it('applies what is missing, and says so when nothing is', async () => {
    const env = await environment({ BOUNCEMX_DATABASE_URL: await emptyDatabase() });
    const run = (): string => spawnSync(process.execPath, [main, 'migrate'], { env, encoding: 'utf8' }).stdout;
    expect(run()).toContain('applied 0001-arrivals.sql');
    expect(run()).toBe('up to date\n');
  });
});

function write(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}

function portOf(daemon: Daemon): number {
  return Number((daemon.env['BOUNCEMX_SMTP_LISTEN'] ?? '').split(':')[1]);
}

/** The reply to RCPT for an address. */
async function rcpt(daemon: Daemon, address: string): Promise<string> {
  const peer = connect(portOf(daemon), '127.0.0.1');
  let said = '';
  peer.on('data', (data) => (said += data.toString()));
  const replies = (): string[] => said.split('\r\n').filter((line) => /^\d{3} /.test(line));
  await waitFor(() => replies().length === 1, 'the greeting');
  for (const [index, command] of ['HELO x', 'MAIL FROM:<>', `RCPT TO:<${address}>`].entries()) {
    peer.write(`${command}\r\n`);
    await waitFor(() => replies().length === index + 2, command);
  }
  peer.destroy();
  return replies().at(-1) ?? '';
}

/** A session that has sent a part of its mail: six replies are due in all, the last one after the dot. */
async function inTheMiddleOfAMail(daemon: Daemon): Promise<{ socket: Socket; replies: () => string[] }> {
  const returnPath = spawnSync(process.execPath, [main, 'verp', 'encode', '--recipient', 'a@b.example'], {
    env: daemon.env,
    encoding: 'utf8',
  }).stdout.trim();
  const socket = connect(portOf(daemon), '127.0.0.1');
  socket.on('error', () => undefined);
  let said = '';
  socket.on('data', (data) => (said += data.toString()));
  const replies = (): string[] => said.split('\r\n').filter((line) => /^\d{3} /.test(line));
  for (const [index, command] of ['', 'HELO x', 'MAIL FROM:<>', `RCPT TO:<${returnPath}>`, 'DATA'].entries()) {
    if (command !== '') socket.write(`${command}\r\n`);
    await waitFor(() => replies().length > index, command);
  }
  expect(replies().map((reply) => reply.slice(0, 3))).toEqual(['220', '250', '250', '250', '354']);
  socket.write('Subject: half of a mail\r\n');
  return { socket, replies };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function waitFor(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited 30 s for ${what}`);
    await sleep(20);
  }
}
