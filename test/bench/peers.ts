/** The servers that a benchmark runs in turn. Each listens on loopback, accepts for bounce.test and says which processes it is. */
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDaemon, type Daemon } from '../e2e/support/daemon.ts';
import { freePort, until } from '../e2e/support/ports.ts';
import { startPostfix } from '../e2e/support/postfix.ts';

const run = promisify(execFile);

export interface BenchPeer {
  readonly name: string;
  readonly port: number;
  readonly roots: readonly number[];
  /** Only bouncemx: the daemon, for minting and for what became of each 250. */
  readonly daemon: Daemon | null;
  stop(): Promise<void>;
}

export async function listening(port: number): Promise<void> {
  await until(
    `port ${port}`,
    () =>
      new Promise<boolean>((resolve) => {
        const socket = createConnection(port, '127.0.0.1');
        socket.once('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', () => resolve(false));
      }),
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function smtpSink(): Promise<BenchPeer> {
  const port = await freePort();
  const child = spawn('/usr/sbin/smtp-sink', ['-u', 'postfix', `127.0.0.1:${port}`, '1000'], { stdio: 'ignore' });
  await listening(port);
  return { name: 'smtp-sink', port, roots: [child.pid ?? 0], daemon: null, stop: async () => await end(child) };
}

/** Postfix with its real queue (fsync); what it queued is then discarded. */
async function postfixQueue(): Promise<BenchPeer> {
  const postfix = await startPostfix([
    'default_transport = discard:bench',
    'default_process_limit = 250',
    'smtpd_client_connection_count_limit = 0',
    'smtpd_peername_lookup = no',
  ]);
  const pid = Number(await readFile(join(postfix.folder, 'queue/pid/master.pid'), 'utf8'));
  await listening(postfix.port);
  return {
    name: 'Postfix queue',
    port: postfix.port,
    roots: [pid],
    daemon: null,
    stop: async () => await postfix.stop(),
  };
}

/** Haraka with test_queue (writes each message to a file, no fsync), installed for the benchmark alone. */
async function haraka(): Promise<BenchPeer> {
  const folder = await mkdtemp('/tmp/bmx-haraka-');
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', 'Haraka@3.3.4'], {
    cwd: folder,
    timeout: 300_000,
  });
  const config = join(folder, 'config');
  const port = await freePort();
  await mkdir(config);
  await writeFile(join(config, 'smtp.ini'), `listen=127.0.0.1:${port}\nnodes=0\n`);
  await writeFile(join(config, 'plugins'), 'rcpt_to.in_host_list\nqueue/test\n');
  await writeFile(join(config, 'host_list'), 'bounce.test\n');
  await writeFile(join(config, 'loglevel'), 'LOGCRIT\n');
  await writeFile(join(config, 'me'), 'haraka.test\n');
  await copyFile(join(folder, 'node_modules/Haraka/config/connection.ini'), join(config, 'connection.ini'));
  await mkdir(join(folder, 'tmp'));
  const child = spawn(process.execPath, [join(folder, 'node_modules/Haraka/bin/haraka'), '-c', folder], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: join(folder, 'tmp') },
  });
  await listening(port);
  return {
    name: 'Haraka test_queue',
    port,
    roots: [child.pid ?? 0],
    daemon: null,
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bouncemx(): Promise<BenchPeer> {
  const daemon = await startDaemon({ BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32', BOUNCEMX_LOG_LEVEL: 'warn' });
  const pid = daemon.child().pid ?? 0;
  const postmaster = await postmasterPid(daemon);
  return {
    name: 'bouncemx',
    port: daemon.smtpPort,
    roots: [pid, postmaster],
    daemon,
    stop: async () => {
      await daemon.stop();
    },
  };
}

/** The embedded server's process: started detached, so no child of the daemon's. */
async function postmasterPid(daemon: Daemon): Promise<number> {
  return Number((await readFile(join(daemon.dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

export const starts: Readonly<Record<string, () => Promise<BenchPeer>>> = {
  sink: smtpSink,
  postfix: postfixQueue,
  haraka,
  bouncemx,
};
