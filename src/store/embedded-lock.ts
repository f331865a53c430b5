/**
 * One daemon for one data directory: a lock file that says who holds it (pid, its start time, the boot), so that neither a
 * crash nor a reused pid leaves it locked for ever. Node has no flock; a hard link is the atomic step.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, EmbeddedError } from './embedded-binaries.ts';
import { startTimeOf } from './embedded-processes.ts';

export interface Lock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly start: string | null;
  readonly boot: string | null;
  readonly nonce: string;
}

/** Rejects with EmbeddedError `busy` while another live process holds it. */
export async function acquireLock(path: string): Promise<Lock> {
  const me: Holder = {
    pid: process.pid,
    start: await startTimeOf(process.pid),
    boot: await bootId(),
    nonce: randomBytes(8).toString('hex'),
  };
  const mine = JSON.stringify(me);
  const draft = `${path}.${me.nonce}`;
  await writeFile(draft, mine, { mode: 0o600, flag: 'wx' });
  try {
    for (let tries = 0; tries < 10; tries++) {
      if (await tryLink(draft, path)) {
        // Somebody who judged the old holder dead just before us may have moved ours away: look again.
        await sleep(10);
        if ((await content(path)) === mine) return { release: () => release(path, mine) };
        continue;
      }
      const held = await content(path);
      if (held === null) continue;
      const holder = parse(held);
      if (holder !== null && (await isAlive(holder)))
        throw new EmbeddedError(
          'busy',
          `another bouncemx (pid ${holder.pid}) works in this data directory: stop it first, or give this one its own data.dir, or let it use that one's database by its URL`,
        );
      await removeStale(path, held, me.nonce);
    }
    throw new EmbeddedError('busy', `${path} changes hands too fast: other bouncemx processes are starting`);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the dead holder's file away; a live one that took its place meanwhile is put back. */
async function removeStale(path: string, held: string, nonce: string): Promise<void> {
  const aside = `${path}.stale-${nonce}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await content(aside)) !== held) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

async function release(path: string, mine: string): Promise<void> {
  if ((await content(path)) === mine) await unlink(path).catch(() => undefined);
}

async function content(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}

function parse(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    return value !== null && typeof value.pid === 'number' && value.pid > 0
      ? { pid: value.pid, start: value.start ?? null, boot: value.boot ?? null, nonce: value.nonce ?? '' }
      : null;
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.boot !== null && holder.boot !== (await bootId())) return false;
  const start = await startTimeOf(holder.pid);
  return start !== null && (holder.start === null || start === holder.start);
}

async function bootId(): Promise<string | null> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (id) => id.trim(),
    () => null,
  );
}
