import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSupervision, startNotifier } from '../src/systemd.ts';

const units = fileURLToPath(new URL('../systemd/', import.meta.url));
const modulePath = new URL('../src/systemd.ts', import.meta.url).href;

function has(program: string): boolean {
  const there = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (there) return true;
  if (process.env['BOUNCEMX_REQUIRE_PEERS'] === '1') throw new Error(`${program} is missing`);
  process.stdout.write(`skipped: ${program} is not installed\n`);
  return false;
}

describe('what systemd put into the environment', () => {
  it('is nothing without systemd', () => {
    expect(readSupervision({}, 7)).toEqual({ notifySocket: null, watchdogInterval: null, sockets: [] });
  });

  it('gives the notify socket and half the watchdog time', () => {
    const env = { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' };
    expect(readSupervision(env, 7)).toEqual({ notifySocket: '/run/n', watchdogInterval: 15_000, sockets: [] });
    expect(readSupervision({ ...env, NOTIFY_SOCKET: '@abstract' }, 7).notifySocket).toBe('@abstract');
  });

  it('ignores what is meant for another process or makes no sense', () => {
    expect(readSupervision({ WATCHDOG_USEC: '1000', WATCHDOG_PID: '8' }, 7).watchdogInterval).toBeNull();
    expect(readSupervision({ WATCHDOG_USEC: 'x' }, 7).watchdogInterval).toBeNull();
    expect(readSupervision({ NOTIFY_SOCKET: 'vsock:2:1234' }, 7).notifySocket).toBeNull();
    expect(readSupervision({ LISTEN_PID: '8', LISTEN_FDS: '1' }, 7).sockets).toEqual([]);
    for (const count of ['0', '-1', '1e9', 'x', '65'])
      expect(readSupervision({ LISTEN_PID: '7', LISTEN_FDS: count }, 7).sockets).toEqual([]);
  });

  it('names the inherited sockets in order', () => {
    const env = { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'smtp:http' };
    expect(readSupervision(env, 7).sockets).toEqual([
      { name: 'smtp', fd: 3 },
      { name: 'http', fd: 4 },
      { name: '', fd: 5 },
    ]);
  });
});

// Prints each datagram as one line; closes the descriptors that come along (systemd-notify waits for that).
const listener = `
import os, socket, sys, array
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(65536, 4096)
    for level, kind, fds in ancillary:
        if kind == socket.SCM_RIGHTS:
            for fd in array.array('i', fds[: len(fds) - len(fds) % 4]): os.close(fd)
    print(data.decode().replace('\\n', '|'), flush=True)
`;

describe('messages to systemd', () => {
  it('say nothing where no socket is given', async () => {
    const notifier = startNotifier(readSupervision({}, process.pid), process.pid);
    await Promise.all([notifier.ready('x'), notifier.reloading(), notifier.stopping()]);
    notifier.close();
  });

  it.runIf(has('python3'))('arrive in order, with signs of life between them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bmx-notify-'));
    const path = join(folder, 'notify');
    const python = spawn('python3', ['-c', listener, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    python.stdout.on('data', (data: Buffer) => lines.push(...data.toString().trim().split('\n')));
    try {
      await waitFor(() => lines.includes('bound'));
      const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '100000' };
      const notifier = startNotifier(readSupervision(env, process.pid), process.pid);
      await notifier.ready('listening');
      await notifier.reloading();
      await notifier.ready('listening again');
      await waitFor(() => lines.some((line) => line.includes('WATCHDOG=1')));
      await notifier.stopping();
      notifier.close();
      const said = lines.filter((line) => /(?:READY|RELOADING|STOPPING)=1/.test(line));
      expect(said.map((line) => /\b(\w+)=1\b/.exec(line)?.[1])).toEqual(['READY', 'RELOADING', 'READY', 'STOPPING']);
      expect(said[0]).toContain('STATUS=listening');
      expect(said[1]).toMatch(/MONOTONIC_USEC=\d{6,}/);
    } finally {
      python.kill();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('socket activation', () => {
  let folder = '';
  let child: ChildProcess | null = null;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bmx-activate-'));
  });
  afterAll(() => {
    child?.kill();
    rmSync(folder, { recursive: true });
  });

  it.runIf(has('systemd-socket-activate'))('hands over listening sockets by name', async () => {
    const port = await freePort();
    const script = join(folder, 'serve.ts');
    writeFileSync(
      script,
      `import { createServer } from 'node:net';
import { readSupervision } from '${modulePath}';
const [socket] = readSupervision(process.env, process.pid).sockets;
createServer((peer) => peer.end('by ' + socket.name)).listen({ fd: socket.fd });`,
    );
    const started = spawn(
      'systemd-socket-activate',
      ['-l', `127.0.0.1:${port}`, '--fdname=smtp', process.execPath, script],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child = started;
    await once(started.stderr, 'data');
    const peer = createConnection(port, '127.0.0.1');
    let said = '';
    peer.on('data', (data) => (said += data.toString()));
    await once(peer, 'close');
    expect(said).toBe('by smtp');
  });
});

describe('the units', () => {
  it.runIf(has('systemd-analyze'))('expose little: at most 2.0 by systemd-analyze security', () => {
    const run = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=20', join(units, 'bouncemx.service')],
      { encoding: 'utf8' },
    );
    expect(`${run.status ?? 'killed'} ${run.stdout.trim().split('\n').at(-1) ?? ''}`).toMatch(
      /^0 .*: [01]\.\d|^0 .*: 2\.0/,
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 500) throw new Error('it did not happen within 10 s');
    await sleep(20);
  }
}
