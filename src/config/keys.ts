/**
 * The key file: read with care (whoever reads it can sign return-paths), made by the first `serve` or by `verp keygen`,
 * replaced as a whole by a rename so that no reader ever sees half of it. Two processes that start at once make one file.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createKeyRing,
  formatKey,
  freeKeyId,
  parseKeyRing,
  rotateKeys,
  type KeyRing,
  type VerpKey,
} from '../core/verp/key-ring.ts';

const header = `# The keys that sign return-paths (docs/verp.md). Whoever reads this file can sign: keep it at mode 0600.
# id, sending domain, day made, active (signs and verifies) or verify (only verifies), secret
# A sending host needs the line of its own sending domain. \`bouncemx verp keygen\` writes this file anew, comments are lost.
`;
const maxFileSize = 1 << 20;
const maxKeys = 4095;
/** A writer holds the lock for milliseconds: an older lock is a dead process's. */
const lockLife = 10_000;

export type ReadKeys =
  | { readonly ok: true; readonly ring: KeyRing }
  | { readonly ok: false; readonly missing: boolean; readonly problems: readonly string[] };

export type MadeKeys =
  | { readonly ok: true; readonly ring: KeyRing; readonly made: readonly VerpKey[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads and checks the key file. `missing` where there is no file: the one problem that making keys can heal. */
export async function readKeys(path: string): Promise<ReadKeys> {
  const refuse = (problem: string, missing = false): ReadKeys => ({ ok: false, missing, problems: [problem] });
  let file: FileHandle;
  try {
    // Non-blocking: a pipe put in its place must not hang the start.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') return refuse(`${path}: there is no such file`, true);
    return refuse(`${path}: cannot be read (${code})`);
  }
  try {
    // Of the open file, not of the path: nothing can be exchanged in between.
    const facts = await file.stat();
    if (!facts.isFile()) return refuse(`${path}: is not a regular file`);
    const mode = facts.mode & 0o777;
    // systemd hands a credential over as root's file with an ACL, which shows as group-readable (0440).
    const handedOver = facts.uid === 0 && process.getuid?.() !== 0 && (mode & 0o037) === 0;
    if ((mode & 0o077) !== 0 && !handedOver)
      return refuse(`${path}: mode ${mode.toString(8).padStart(4, '0')} lets others read the keys; chmod 0600 ${path}`);
    if (facts.size > maxFileSize) return refuse(`${path}: larger than ${maxFileSize} octets`);
    const parsed = parseKeyRing(await file.readFile('utf8'));
    return parsed.ok
      ? parsed
      : { ok: false, missing: false, problems: parsed.problems.map((problem) => `${path}: ${problem}`) };
  } finally {
    await file.close();
  }
}

/** Makes a key for each sending domain that has no active one; makes the file where there is none. */
export async function ensureKeys(path: string, sendingDomains: readonly string[], today: number): Promise<MadeKeys> {
  const wanting = (ring: KeyRing): string[] => {
    const signing = new Set(ring.keys.filter((key) => key.state === 'active').map((key) => key.sendingDomain));
    return [...new Set(sendingDomains)].filter((domain) => !signing.has(domain));
  };
  // Nothing to make is the usual start: it needs no right to write.
  const before = await readKeys(path);
  if (before.ok && wanting(before.ring).length === 0) return { ok: true, ring: before.ring, made: [] };
  return change(path, (keys) => addKeys(keys, wanting(createKeyRing(keys)), today, (all, key) => [...all, key]));
}

/** Makes a new key for each sending domain; the older ones verify until the last return-path they signed has expired. */
export function rotateKeyFile(
  path: string,
  sendingDomains: readonly string[],
  today: number,
  validityDays: number,
): Promise<MadeKeys> {
  return change(path, (keys) =>
    addKeys(keys, [...new Set(sendingDomains)], today, (all, key) => rotateKeys(all, key, validityDays)),
  );
}

interface Changed {
  readonly keys: readonly VerpKey[];
  readonly made: readonly VerpKey[];
}

function addKeys(
  keys: readonly VerpKey[],
  sendingDomains: readonly string[],
  today: number,
  add: (keys: readonly VerpKey[], key: VerpKey) => VerpKey[],
): Changed | string {
  let all = keys;
  const made: VerpKey[] = [];
  for (const sendingDomain of sendingDomains) {
    const id = freeKeyId(all);
    if (id === null) return `all ${maxKeys} key ids are taken`;
    const key: VerpKey = { id, sendingDomain, secret: randomBytes(32), createdDay: today, state: 'active' };
    made.push(key);
    all = add(all, key);
  }
  return { keys: all, made };
}

/** Read, change, replace, under a lock: of two writers at once none loses a key. */
async function change(path: string, work: (keys: readonly VerpKey[]) => Changed | string): Promise<MadeKeys> {
  const lock = `${path}.lock`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await takeLock(lock);
  } catch (error) {
    return {
      ok: false,
      problems: [`${path}: cannot be written (${(error as NodeJS.ErrnoException).code ?? 'locked'})`],
    };
  }
  try {
    const current = await readKeys(path);
    if (!current.ok && !current.missing) return current;
    const changed = work(current.ok ? current.ring.keys : []);
    if (typeof changed === 'string') return { ok: false, problems: [`${path}: ${changed}`] };
    if (changed.made.length > 0) await replaceFile(path, changed.keys);
    return { ok: true, ring: createKeyRing(changed.keys), made: changed.made };
  } finally {
    await unlink(lock);
  }
}

async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await stat(lock).catch(() => null);
    if (held !== null && Date.now() - held.mtimeMs > lockLife) await unlink(lock).catch(() => undefined);
    else await pause(20);
  }
}

async function replaceFile(path: string, keys: readonly VerpKey[]): Promise<void> {
  const next = `${path}.new`;
  // Left behind by a process that was killed here; we hold the lock, so it is nobody's.
  await unlink(next).catch(() => undefined);
  const file = await open(next, 'wx', 0o600);
  try {
    await file.writeFile(`${header}${keys.map((key) => `${formatKey(key)}\n`).join('')}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}
