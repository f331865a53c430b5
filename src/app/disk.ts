/**
 * Room on the disk of the embedded server. Mail is refused for a while before PostgreSQL finds its disk full: a report that
 * was not taken is still its sender's, and a server that can't write its log has to be repaired by hand.
 */
import { statfs } from 'node:fs/promises';
import type { Metrics } from '../metrics.ts';

const interval = 2_000;

export interface DiskWatch {
  /** True while less than `minFree` octets are left. */
  low(): boolean;
  close(): Promise<void>;
}

/** Looks at once and every 2 s. A folder that can't be looked at says nothing: the database itself will. */
export async function startDiskWatch(folder: string, minFree: number, metrics: Metrics): Promise<DiskWatch> {
  let free = Infinity;
  const look = async (): Promise<void> => {
    const found = await statfs(folder).catch(() => null);
    if (found === null) return;
    free = found.bavail * found.bsize;
    metrics.diskFreeBytes.set(free);
  };
  await look();
  const timer = setInterval(() => void look(), interval);
  timer.unref();
  return {
    low: () => free < minFree,
    close() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
