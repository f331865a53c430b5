/**
 * Who runs where, from /proc. A server belongs to a data directory only if that is its working directory: a pid alone may
 * belong to anybody by now. Zombies are dead for us, though kill(pid, 0) still finds them.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Start time of a live process in ticks since boot; null where there is none (or only its zombie). */
export async function startTimeOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) {
    // No /proc on this system: alive is all there is to know.
    if (process.platform === 'linux') return null;
    try {
      process.kill(pid, 0);
      return 'alive';
    } catch {
      return null;
    }
  }
  // The command's name may hold spaces and parentheses: fields count from its last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Whether the pid exists at all, as a zombie too: what PostgreSQL's own check of its pid file sees. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether this live process works in that directory (its real path). */
export async function worksIn(pid: number, directory: string): Promise<boolean> {
  if ((await startTimeOf(pid)) === null) return false;
  if (process.platform !== 'linux') return true;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === directory;
}

/** Every live process that works in that directory. */
export async function workersIn(directory: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => worksIn(pid, directory)));
  return pids.filter((_, index) => found[index]);
}

/** Polls until `done` or the time is over; says which. */
export async function until(done: () => Promise<boolean> | boolean, ms: number, step = 20): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await done())) {
    if (performance.now() > end) return false;
    await sleep(step);
  }
  return true;
}
