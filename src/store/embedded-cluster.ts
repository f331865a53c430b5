/**
 * The files of the embedded server. <dataDir>/postgres is ours: password, url, log. Inside it `data` (the cluster) and
 * `run` (the socket) belong to the account that runs the server, mode 0700; we write nothing into those, since whoever owns
 * a folder could lay links there. As root with a private <dataDir>, `postgres` is a link to a place that account can reach.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  codeOf,
  EmbeddedError,
  mayReach,
  ownerOf,
  runAs,
  sharedPlace,
  type Account,
  type Binaries,
} from './embedded-binaries.ts';

export interface Home {
  /** The real folder behind <dataDir>/postgres. */
  readonly folder: string;
  readonly data: string;
  /** Who runs the server; null is ourselves. */
  readonly who: Account | null;
}

export interface ServerFacts {
  readonly pid: number;
  readonly socket: string;
  readonly status: string;
}

const run = promisify(execFile);
export const superuser = 'bouncemx';
/** sun_path holds 108 octets with its NUL, and `/.s.PGSQL.5432` is 14 of them. */
const longestSocketFolder = 93;

/** Finds or makes <dataDir>/postgres. Folders made here as root can be passed through, so that all stays in them. */
export async function prepareHome(dataDir: string): Promise<Home> {
  const asRoot = process.getuid?.() === 0;
  const made = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (made !== undefined && asRoot)
    for (let folder = resolve(dataDir); folder.length >= resolve(made).length; folder = dirname(folder))
      await chmod(folder, 0o711);
  const entry = join(dataDir, 'postgres');
  if ((await lstat(entry).catch(() => null)) === null) {
    const who = runAs();
    if (who === null || mayReach(await realpath(dataDir), who)) {
      await mkdir(entry, { recursive: true, mode: 0o700 });
      // Whatever the umask: the server's account must pass.
      if (who !== null) await chmod(entry, 0o711);
    } else {
      // Never named after <dataDir>: one that was removed and made again must not find its old database.
      const place = await sharedPlace(`bouncemx-${randomBytes(6).toString('hex')}`);
      await symlink(place, entry).catch(async (error: unknown) => {
        await rm(place, { recursive: true });
        if (codeOf(error) !== 'EEXIST') throw error;
      });
    }
  }
  const folder = await realpath(entry).catch((cause: unknown) => {
    throw new EmbeddedError('setup', `${entry} leads nowhere: restore what it pointed to, or remove it to begin anew`, {
      cause,
    });
  });
  const data = join(folder, 'data');
  return { folder, data, who: await accountFor(data) };
}

/** Who runs it: the owner of the cluster; before there is one, whoever may. */
async function accountFor(data: string): Promise<Account | null> {
  if (!existsSync(data)) return runAs();
  const owner = ownerOf(data);
  if (process.getuid?.() !== 0) {
    if (owner.uid !== process.getuid?.())
      throw new EmbeddedError('setup', `${data} belongs to ${owner.name}: start bouncemx as that user (or as root)`);
    return null;
  }
  if (owner.uid === 0) throw new EmbeddedError('setup', `${data} belongs to root, and PostgreSQL does not run as root`);
  if (!mayReach(await realpath(data), owner))
    throw new EmbeddedError(
      'setup',
      `${data} can't be reached by ${owner.name}, who runs the database: chmod o+x the folders above it`,
    );
  return owner;
}

/** The superuser's password, made at the first start. */
export async function readPassword(home: Home): Promise<string> {
  const path = join(home.folder, 'password');
  const found = await readFile(path, 'utf8').catch(() => null);
  if (found !== null && found.trim() !== '') return found.trim();
  if (existsSync(home.data))
    throw new EmbeddedError('setup', `${path} is missing: without it the database beside it can't be opened`);
  const password = randomBytes(24).toString('base64url');
  await writeDurably(path, `${password}\n`);
  return password;
}

/** Creates the cluster beside its place and moves it there: a crash in between leaves only a folder to sweep. */
export async function createCluster(home: Home, binaries: Binaries, password: string): Promise<boolean> {
  // What a killed daemon left half made. Only the holder of the daemon's lock comes here.
  for (const name of await readdir(home.folder))
    if (name.startsWith('making-')) await rm(join(home.folder, name), { recursive: true, force: true });
  if (existsSync(home.data)) return false;
  const ids = home.who === null ? {} : { uid: home.who.uid, gid: home.who.gid };
  const making = await mkdtemp(join(home.folder, 'making-'));
  try {
    if (home.who !== null) await chown(making, home.who.uid, home.who.gid);
    const passwordFile = join(making, 'password');
    await writeDurably(passwordFile, `${password}\n`);
    if (home.who !== null) await chown(passwordFile, home.who.uid, home.who.gid);
    // prettier-ignore
    const args = ['-D', join(making, 'data'), '-U', superuser, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-locale', '--no-instructions'];
    await run(binaries.initdb, args, { ...ids, cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' } });
    await rename(join(making, 'data'), home.data);
    await syncFolder(home.folder);
    return true;
  } catch (cause) {
    // The loser of a race finds the winner's cluster in place.
    if (existsSync(join(home.data, 'PG_VERSION'))) return false;
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().slice(-500) : '';
    throw new EmbeddedError('setup', `the database could not be created in ${home.folder}: ${stderr}`, { cause });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Another major version can't read these files: refused, with the way out. */
export async function checkVersion(home: Home, binaries: Binaries): Promise<void> {
  const made = (await readFile(join(home.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  const ours = binaries.version.split('.')[0] ?? '';
  if (made === ours) return;
  throw new EmbeddedError(
    'setup',
    made === ''
      ? `${home.data} is no PostgreSQL data directory (no PG_VERSION): move it away, or restore it`
      : `the data in ${home.data} is of PostgreSQL ${made}, this bouncemx brings ${ours}: install the release that made it, ` +
          `dump with its database.url (pg_dump ${made} or newer), move ${home.folder} away, start this release once, and restore; ` +
          `or run PostgreSQL ${made} yourself and set database.url`,
  );
}

/** postmaster.pid: pid, data directory, start, port, socket folder, address, shared memory, status. Null where there is none. */
export async function readServerFacts(data: string): Promise<ServerFacts | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, socket: lines[4] ?? '', status: lines[7] ?? '' } : null;
}

/** A folder for the socket that only the server's account and we can enter: in the home, or a short one where that is too long. */
export async function socketFolder(home: Home): Promise<string> {
  const near = join(home.folder, 'run');
  const fits = Buffer.byteLength(near) <= longestSocketFolder;
  const folder = fits ? near : await mkdtemp(join(tmpdir(), 'bmx-'));
  await mkdir(folder, { mode: 0o700, recursive: true });
  if (!(await lstat(folder)).isDirectory()) throw new EmbeddedError('setup', `${folder} must be a folder`);
  await chmod(folder, 0o700);
  if (home.who !== null) await chown(folder, home.who.uid, home.who.gid);
  return folder;
}

/** The server's own log, kept to two files of 10 MiB or so. */
export async function openLog(home: Home): Promise<FileHandle> {
  const path = join(home.folder, 'log');
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 10 * 1024 * 1024) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** 0600, and on the disk when this resolves. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
