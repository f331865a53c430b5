import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedError, findBinaries, mayReach, reachable, runAs } from '../../src/store/embedded-binaries.ts';
import { acquireLock } from '../../src/store/embedded-lock.ts';
import { exists, startTimeOf, worksIn } from '../../src/store/embedded-processes.ts';
import { startEmbedded, type Embedded } from '../../src/store/embedded.ts';
import { collectingLog, once as statement } from '../helpers/database.ts';

const asRoot = process.getuid?.() === 0;
let folder: string;
let dataDir: string;
let running: Embedded[];
const children: ChildProcess[] = [];

async function start(): Promise<{ server: Embedded; events: () => unknown[] }> {
  const { log, lines } = collectingLog();
  const server = await startEmbedded({ dataDir, log });
  running.push(server);
  return { server, events: () => lines.map((line) => line['what']) };
}

/** A daemon of its own in a child process, which says the server's pid when it is there. */
async function startChild(): Promise<{ child: ChildProcess; pid: number }> {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('../../src/store/embedded.ts', import.meta.url).href)};
    import { createLog } from ${JSON.stringify(new URL('../../src/log.ts', import.meta.url).href)};
    const log = createLog({ level: 'error', addresses: 'masked' });
    const server = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log });
    process.stdout.write(server.pid() + '\\n');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, pid: Number(line.toString()) };
}

async function killChild(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bmx-embedded-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'var');
  running = [];
});
afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) await killChild(child);
  for (const server of running) await server.close();
  const place = await realpath(join(dataDir, 'postgres')).catch(() => null);
  if (place !== null && !place.startsWith(folder)) await rm(place, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

test('the first start creates a server with fsync on, on a socket alone, in a folder that nobody else enters', async () => {
  const { server, events } = await start();
  expect(events()).toEqual(['created']);
  const rows = await statement(
    server.url,
    `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses', 'password_encryption') order by name`,
  );
  expect(Object.fromEntries(rows.map((row) => [row['name'], row['setting']]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '',
    password_encryption: 'scram-sha-256',
    synchronous_commit: 'on',
  });
  const home = join(dataDir, 'postgres');
  for (const [name, mode] of [
    ['data', 0o700],
    ['run', 0o700],
    ['password', 0o600],
    ['url', 0o600],
    ['log', 0o600],
  ] as const)
    expect([name, (await stat(join(home, name))).mode & 0o777]).toEqual([name, mode]);
  expect((await readFile(join(home, 'url'), 'utf8')).trim()).toBe(server.url);
  await expect(statement(server.url.replace(/password=[^&]*/, 'password=wrong'), 'select 1')).rejects.toThrow(
    /password/,
  );
});

test('what was stored is there after a stop and a start', async () => {
  const first = await start();
  await statement(first.server.url, 'create table kept as select 42 as n');
  await first.server.close();
  expect(first.server.pid() === null || !exists(Number(first.server.pid()))).toBe(true);
  const second = await start();
  expect(second.events()).toEqual(['started']);
  expect(await statement(second.server.url, 'select n from kept')).toEqual([{ n: 42 }]);
});

test('a second daemon on the same data directory is refused while the first lives, in every one of many tries', async () => {
  await start();
  for (let tries = 0; tries < 20; tries++) {
    const error = await startEmbedded({ dataDir, log: collectingLog().log }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EmbeddedError);
    expect(error).toMatchObject({ kind: 'busy', message: expect.stringContaining(`pid ${process.pid}`) as string });
  }
});

test('of daemons that start at the same moment exactly one gets the directory', async () => {
  const results = await Promise.allSettled([start(), start(), start()]);
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'busy' });
});

test('a daemon that was killed leaves its server running, and the next one adopts it', async () => {
  const { child, pid } = await startChild();
  await killChild(child);
  expect(await startTimeOf(pid)).not.toBeNull();
  const { server, events } = await start();
  expect(events()).toEqual(['adopted']);
  expect(server.pid()).toBe(pid);
  expect(await statement(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server that dies is started again on the same socket', async () => {
  const { server, events } = await start();
  const before = Number(server.pid());
  process.kill(before, 'SIGKILL');
  await expect.poll(events, { timeout: 20_000 }).toEqual(['created', 'restarted']);
  expect(server.pid()).not.toBe(before);
  expect(await statement(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server that is ended while it comes up is brought up again', async () => {
  const first = await start();
  await first.server.close();
  const pidFile = join(await realpath(join(dataDir, 'postgres')), 'data', 'postmaster.pid');
  const starting = start();
  let ended: number | null = null;
  await expect
    .poll(
      async () => {
        const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
        if (pid > 0) process.kill((ended = pid), 'SIGINT');
        return ended;
      },
      { timeout: 20_000, interval: 1 },
    )
    .not.toBeNull();
  const { server } = await starting;
  await expect
    .poll(() => statement(server.url, 'select 1 as one').catch(() => null), { timeout: 20_000 })
    .toEqual([{ one: 1 }]);
  expect(server.pid()).not.toBe(ended);
});

test('daemon and server killed together: the next start recovers, zombie or not', async () => {
  const { child, pid } = await startChild();
  // The stopped daemon can't reap: its server stays a zombie until it is gone itself.
  child.kill('SIGSTOP');
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => startTimeOf(pid), { timeout: 5000 }).toBeNull();
  expect(exists(pid)).toBe(true);
  await rm(join(dataDir, 'postgres', 'daemon.lock'));
  const { server, events } = await start();
  expect(events()).toEqual(['started']);
  expect(await statement(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a pid file that names a stranger is cleared, a lock of a stranger too', async () => {
  const first = await start();
  await first.server.close();
  const data = await realpath(join(dataDir, 'postgres', 'data'));
  // Our own pid: alive, of another start, and not working in that directory.
  await writeFile(
    join(data, 'postmaster.pid'),
    `${process.pid}\n${data}\n1700000000\n5432\n${data}\n\n 1 1\nready   \n`,
  );
  expect(await worksIn(process.pid, data)).toBe(false);
  await writeFile(
    join(dataDir, 'postgres', 'daemon.lock'),
    JSON.stringify({ pid: process.pid, start: '1', boot: null }),
  );
  const { events } = await start();
  expect(events()).toEqual(['started']);
});

test('data of another major version is refused with the way out', async () => {
  const first = await start();
  await first.server.close();
  await writeFile(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '17\n');
  await expect(start()).rejects.toMatchObject({
    kind: 'setup',
    message: expect.stringMatching(/PostgreSQL 17.*pg_dump/s) as string,
  });
});

test('without its password file an existing database is refused, not overwritten', async () => {
  const first = await start();
  await first.server.close();
  await rm(join(dataDir, 'postgres', 'password'));
  await expect(start()).rejects.toMatchObject({ kind: 'setup' });
});

test('a server that can not start says why', async () => {
  const first = await start();
  await first.server.close();
  await writeFile(join(dataDir, 'postgres', 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
  await expect(start()).rejects.toMatchObject({
    kind: 'setup',
    message: expect.stringContaining('did not start') as string,
  });
});

test('what a killed creation left half made is swept', async () => {
  await mkdir(join(dataDir, 'postgres', 'making-old'), { recursive: true });
  if (asRoot) for (const path of [dataDir, join(dataDir, 'postgres')]) await chmod(path, 0o711);
  await start();
  await expect(lstat(join(dataDir, 'postgres', 'making-old'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('in a folder too deep for a socket path the socket goes to a short private one', async () => {
  dataDir = join(folder, 'd'.repeat(60), 'e'.repeat(60));
  const { server } = await start();
  expect(await realpath(join(dataDir, 'postgres'))).toBe(join(dataDir, 'postgres'));
  expect(Buffer.byteLength(server.connection.socket)).toBeLessThanOrEqual(93);
  expect((await stat(server.connection.socket)).mode & 0o777).toBe(0o700);
  expect(await statement(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await server.close();
  await expect(lstat(server.connection.socket)).rejects.toMatchObject({ code: 'ENOENT' });
});

test.runIf(asRoot)(
  'as root under a private home everything lies where the unprivileged account can reach it',
  async () => {
    const home = join(folder, 'home');
    await mkdir(home, { mode: 0o700 });
    dataDir = join(home, 'var');
    const { server } = await start();
    const place = await realpath(join(dataDir, 'postgres'));
    expect(place.startsWith(folder)).toBe(false);
    const { uid, mode } = await stat(place);
    expect([uid, mode & 0o022]).toEqual([0, 0]);
    expect((await stat(`/proc/${Number(server.pid())}`)).uid).not.toBe(0);
    expect(await statement(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  },
);

describe.runIf(asRoot)('binaries', () => {
  test('those under a private home are copied to a place of root that everybody can read', async () => {
    const own = findBinaries();
    const who = runAs();
    const hidden = join(folder, 'private');
    await mkdir(hidden, { mode: 0o700 });
    await cp(own.root, join(hidden, 'native'), { recursive: true, verbatimSymlinks: true });
    // What npm ci --ignore-scripts leaves: no links between the libraries.
    const root = join(hidden, 'native');
    await rm(join(root, 'lib', 'libpq.so.5'), { force: true });
    const moved = {
      ...own,
      root,
      postgres: join(root, 'bin', 'postgres'),
      initdb: join(root, 'bin', 'initdb'),
      version: `${own.version}-test${process.pid}`,
    };
    const copy = await reachable(moved, who);
    expect(copy.root.startsWith(folder)).toBe(false);
    expect(who !== null && mayReach(copy.postgres, who)).toBe(true);
    expect((await stat(copy.postgres)).mode & 0o777).toBe(0o755);
    expect(await reachable(moved, who)).toEqual(copy);
    await rm(copy.root, { recursive: true });
  });

  test('where nothing is in the way they stay', async () => {
    const own = findBinaries();
    expect(await reachable(own, null)).toEqual(own);
  });
});

test('a lock is free again after its release, and one of a dead process is taken over', async () => {
  const path = join(folder, 'lock');
  const lock = await acquireLock(path);
  await expect(acquireLock(path)).rejects.toMatchObject({ kind: 'busy' });
  await lock.release();
  await (await acquireLock(path)).release();
  for (const stale of ['', 'no json', 'null', JSON.stringify({ pid: 2 ** 22 + 1, start: '5', boot: null })]) {
    await writeFile(path, stale);
    await (await acquireLock(path)).release();
  }
  await writeFile(path, JSON.stringify({ pid: process.pid, start: null, boot: 'another boot' }));
  const many = await Promise.allSettled(Array.from({ length: 5 }, () => acquireLock(path)));
  expect(many.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});
