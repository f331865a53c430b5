/**
 * Passwords of SMTP submission, checked one at a time: scrypt costs tens of megabytes on purpose, and a flood of wrong ones
 * must cost no more than that. A password that was right once is known again at the price of a digest until the file is
 * read anew, so that a flood keeps no application out.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { matches, nobody, readUsers, type Users } from '../config/submission-users.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { StartFailure } from './start-failure.ts';

/** Checks that wait or run, of all peers. */
const mostPending = 16;

export interface RunningUsers {
  /** Null: too many checks are under way, or another one of this peer. */
  authenticate(name: string, password: string, peer: string): Promise<boolean | null>;
  /** The file again; what can't be used keeps the old one and is logged. Never rejects. */
  reload(): Promise<void>;
}

/** @param file '' for no users. Rejects with StartFailure where it can't be used. */
export async function startUsers(file: string, log: Log, metrics: Metrics): Promise<RunningUsers> {
  const read = async (): Promise<Awaited<ReturnType<typeof readUsers>>> =>
    file === '' ? { ok: true, users: new Map() } : readUsers(file);
  const first = await read();
  if (!first.ok) throw new StartFailure('configuration', first.problems.join('\n'));
  let users: Users = first.users;
  const unknown = nobody();
  const secret = randomBytes(32);
  const remembered = new Map<string, Buffer>();
  const pending = new Set<string>();
  /** By digest: the connections of a pool come together, with one password, and are one check. */
  const running = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();

  const compare = async (name: string, password: string, digest: Buffer): Promise<boolean> => {
    const current = users;
    const hash = current.get(name);
    const right = (await matches(password, hash ?? unknown)) && hash !== undefined;
    // The file may have been read anew meanwhile.
    if (right && current === users) remembered.set(name, digest);
    return right;
  };

  return {
    async authenticate(name, password, peer) {
      const digest = createHmac('sha256', secret).update(`${name}\0${password}`).digest();
      const known = remembered.get(name);
      if (known !== undefined && timingSafeEqual(known, digest)) return true;
      const key = `${peer} ${digest.toString('hex')}`;
      const same = running.get(key);
      if (same !== undefined) return same;
      if (pending.has(peer) || pending.size >= mostPending) return null;
      pending.add(peer);
      const check = last.then(() => compare(name, password, digest));
      last = check.catch(() => undefined);
      running.set(key, check);
      try {
        return await check;
      } finally {
        pending.delete(peer);
        running.delete(key);
      }
    },
    async reload() {
      if (file === '') return;
      const fresh = await read();
      if (fresh.ok) {
        users = fresh.users;
        remembered.clear();
        log.reloaded('users');
      } else log.reloadFailed('users', new Error(fresh.problems.join('; ')));
      metrics.reloadSuccessful.set({ what: 'users' }, fresh.ok ? 1 : 0);
    },
  };
}
