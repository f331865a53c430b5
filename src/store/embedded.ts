/**
 * The embedded PostgreSQL: started, adopted when an earlier daemon was killed and left it running, watched and restarted,
 * stopped with the daemon. It runs in a process group of its own, so that a signal to ours does not reach it, on a Unix
 * socket alone, with fsync on.
 */
import { spawn } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { EmbeddedError, findBinaries, reachable, type Binaries } from './embedded-binaries.ts';
import {
  checkVersion,
  createCluster,
  openLog,
  prepareHome,
  readPassword,
  readServerFacts,
  socketFolder,
  superuser,
  writeDurably,
  type Home,
  type ServerFacts,
} from './embedded-cluster.ts';
import { acquireLock, type Lock } from './embedded-lock.ts';
import { exists, until, workersIn, worksIn } from './embedded-processes.ts';
import type { Connection } from './postgres.ts';

export interface Embedded {
  readonly connection: Extract<Connection, { socket: string }>;
  /** For another process of the same user or root; also in <dataDir>/postgres/url (0600). */
  readonly url: string;
  /** Of the server now; null while it is being restarted. */
  pid(): number | null;
  /** Stops the server (fast, then hard) and frees the data directory. */
  close(): Promise<void>;
}

const database = 'bouncemx';
/** Crash recovery replays at most max_wal_size; longer than this something else is wrong. */
const startPatience = 300_000;
const backOff = { first: 100, most: 30_000 };

/**
 * What every start says. Durability is never traded; the rest suits one small writer: no parallel plans, no JIT, few
 * checkpoints. Its log holds no statements and no values, since those are addresses.
 */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '60',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  wal_buffers: '16MB',
  min_wal_size: '256MB',
  max_wal_size: '1GB',
  wal_compression: 'on',
  max_parallel_workers_per_gather: '0',
  max_wal_senders: '0',
  wal_level: 'minimal',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** Rejects with EmbeddedError (`busy`: exit 75, `setup`: exit 78). */
export async function startEmbedded({ dataDir, log }: { dataDir: string; log: Log }): Promise<Embedded> {
  const home = await prepareHome(dataDir);
  const lock = await acquireLock(join(home.folder, 'daemon.lock'));
  try {
    return await startLocked(home, lock, log);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startLocked(home: Home, lock: Lock, log: Log): Promise<Embedded> {
  const binaries = await reachable(findBinaries(), home.who);
  const password = await readPassword(home);
  const created = await createCluster(home, binaries, password);
  await checkVersion(home, binaries);
  const data = await realpath(home.data);

  const up = await bringUp(home, data, binaries, password);
  const current = up.facts;
  log.embedded(created ? 'created' : up.adopted ? 'adopted' : 'started', { pid: current.pid, folder: home.folder });
  const { connection } = up;
  const url = `postgres:///${database}?host=${encodeURIComponent(current.socket)}&user=${superuser}&password=${password}`;
  await writeDurably(join(home.folder, 'url'), `${url}\n`);

  let pid: number | null = current.pid;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const pause = (ms: number) => sleep(ms, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined);
  const watch = (async () => {
    let wait = backOff.first;
    while (!isStopping()) {
      const since = performance.now();
      while (!isStopping() && pid !== null && (await worksIn(pid, data))) await pause(250);
      if (isStopping()) return;
      pid = null;
      // A server that lasted gets a quick restart; one that dies at once gets more time each time.
      if (performance.now() - since > 60_000) wait = backOff.first;
      await pause(wait);
      wait = Math.min(wait * 2, backOff.most);
      if (isStopping()) return;
      try {
        // The socket stays where it was: the pool knows that path and no other.
        const again = (await findRunning(data)) ?? (await launch(home, data, binaries, connection.socket));
        pid = again.pid;
        log.embedded('restarted', { pid, folder: home.folder });
      } catch (error) {
        log.databaseTrouble('embedded server', error);
      }
    }
  })();

  return {
    connection,
    url,
    pid: () => pid,
    async close() {
      stopping.abort();
      await watch;
      if (pid !== null) await stop(pid, data);
      log.embedded('stopped', { pid, folder: home.folder });
      await rm(join(home.folder, 'url'), { force: true });
      // A short folder was made for this start alone.
      if (connection.socket !== join(home.folder, 'run')) await rm(connection.socket, { recursive: true, force: true });
      await lock.release();
    },
  };
}

/**
 * A server that takes connections, with our database in it. One that ends while it comes up (somebody's signal, the memory
 * killer) is brought up again a few times; what is wrong with the setup shows itself each time.
 */
async function bringUp(
  home: Home,
  data: string,
  binaries: Binaries,
  password: string,
): Promise<{ facts: ServerFacts; adopted: boolean; connection: Embedded['connection'] }> {
  for (let tries = 1; ; tries++) {
    try {
      const running = await findRunning(data);
      const facts = running ?? (await launch(home, data, binaries));
      const connection = { socket: facts.socket, user: superuser, password, database };
      await ensureDatabase(connection);
      return { facts, adopted: running !== null, connection };
    } catch (error) {
      if (tries === 4 || (error instanceof EmbeddedError && error.kind === 'busy')) throw error;
      await sleep(250 * tries);
    }
  }
}

/**
 * The server that already works on this data, ready; null where there is none. Waits for one that starts or stops, and
 * clears away a pid file that names somebody else: PostgreSQL would refuse to start for ever.
 */
async function findRunning(data: string): Promise<ServerFacts | null> {
  let found: ServerFacts | null = null;
  const settled = await until(async () => {
    const facts = await readServerFacts(data);
    found = null;
    if (facts === null) return (await workersIn(data)).length === 0;
    if (await worksIn(facts.pid, data)) {
      found = facts.status === 'ready' ? facts : null;
      return found !== null;
    }
    // Backends outlive a killed server for a moment; until they are gone nothing may start or be cleared.
    if ((await workersIn(data)).length > 0) return false;
    // The pid is free, or (a zombie, or a stranger who got its number) only looks taken.
    if (exists(facts.pid)) await rm(join(data, 'postmaster.pid'), { force: true });
    return true;
  }, 60_000);
  if (!settled) throw new EmbeddedError('busy', `a PostgreSQL in ${data} neither starts nor stops`);
  return found;
}

/** Starts the server and waits until it takes connections (crash recovery included). */
async function launch(home: Home, data: string, binaries: Binaries, known?: string): Promise<ServerFacts> {
  const socket = known ?? (await socketFolder(home));
  // No server works here (findRunning), and the folder is ours alone: the socket's lock file would be believed as the pid
  // file was, zombies and strangers included.
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) await rm(join(socket, name), { force: true });
  const file = await openLog(home);
  const args = Object.entries({ ...settings, unix_socket_directories: socket }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const ids = home.who === null ? {} : { uid: home.who.uid, gid: home.who.gid };
  const child = spawn(binaries.postgres, ['-D', data, ...args], {
    ...ids,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', file.fd, file.fd],
    detached: true,
  });
  const end: { reason: unknown } = { reason: undefined };
  child.on('error', (error) => (end.reason ??= error));
  child.on('exit', (code, signal) => (end.reason ??= new Error(`exit ${String(code ?? signal)}`)));
  child.unref();
  let facts = null as ServerFacts | null;
  await until(async () => {
    facts = await readServerFacts(data);
    return end.reason !== undefined || (facts?.pid === child.pid && facts?.status === 'ready');
  }, startPatience);
  await file.close();
  if (facts?.status === 'ready' && end.reason === undefined) return facts;
  const tail = (await readFile(join(home.folder, 'log'), 'utf8').catch(() => ''))
    .trim()
    .split('\n')
    .slice(-3)
    .join(' / ');
  throw new EmbeddedError('setup', `the embedded PostgreSQL did not start: ${tail.slice(-600)}`, {
    cause: end.reason,
  });
}

/** SIGINT is PostgreSQL's fast shutdown (open transactions are rolled back); SIGTERM would wait for every client. */
async function stop(pid: number, data: string): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    try {
      if (await worksIn(pid, data)) process.kill(pid, signal);
    } catch {
      return;
    }
    if (await until(async () => !(await worksIn(pid, data)), patience)) return;
  }
}

async function ensureDatabase(connection: Extract<Connection, { socket: string }>): Promise<void> {
  const client = new pg.Client({
    host: connection.socket,
    user: connection.user,
    password: connection.password,
    database: 'postgres',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}
