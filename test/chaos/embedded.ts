/** The daemon's own embedded server, ended from outside. Nobody helps it: the daemon must notice, and start it again. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Daemon } from '../e2e/support/daemon.ts';
import { until } from '../e2e/support/ports.ts';
import type { ChaosDatabase } from './database.ts';

export function embeddedDatabase(daemon: Daemon): ChaosDatabase {
  const folder = join(daemon.dataDir, 'postgres');
  const pid = (): number => Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const url = (): string => readFileSync(join(folder, 'url'), 'utf8').trim();
  return {
    get url() {
      return url();
    },
    get connection() {
      return { connectionString: url() };
    },
    async hurt(how) {
      const old = await until('a running server', () =>
        Promise.resolve(existsSync(join(folder, 'data/postmaster.pid')) ? pid() : null),
      );
      process.kill(old, how === 'kill' ? 'SIGKILL' : 'SIGINT');
      await until(
        'the daemon to bring its server back',
        async () => {
          if (pid() === old) return false;
          const client = new pg.Client({ connectionString: url() });
          client.on('error', () => undefined);
          await client.connect();
          await client.end();
          return true;
        },
        60_000,
      );
    },
    stop: () => Promise.resolve(),
  };
}
