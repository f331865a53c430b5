/**
 * A database of its own for a test file, made from the migrated template (about 25 ms), dropped at the end.
 * BOUNCEMX_TEST_DATABASE=postgres://… runs the same tests on another server (its user must be allowed to create databases).
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { sections } from '../../src/config/options.ts';
import { createLog, type Log } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { Db } from '../../src/store/db.ts';
import { openDatabase, type DatabaseOptions } from '../../src/store/postgres.ts';

export interface TestDatabase {
  readonly db: Db;
  readonly url: string;
  readonly name: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Another Db on the same database: a second process, as far as the database can tell. */
  open(options?: Partial<DatabaseOptions>): Promise<Db>;
  close(): Promise<void>;
}

/** The lines that a log wrote, parsed: for tests that look at them. */
export function collectingLog(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = createLog(
    { level: 'debug', addresses: 'plain' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { log, lines };
}

export const databaseOptions: DatabaseOptions = {
  connections: sections.database.connections.standard as number,
  statementTimeout: 10_000,
  queryTimeout: 15_000,
  connectTimeout: 5_000,
};

/** @param template `migrated` (the schema is there, with the partitions of now) or `empty`. */
export async function testDatabase(template: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const admin = inject('databaseUrl');
  const name = `t_${randomBytes(8).toString('hex')}`;
  const from = template === 'migrated' ? inject('databaseTemplate') : 'template0';
  await once(admin, `create database ${name} template ${from} strategy wal_log`);
  const url = databaseUrl(admin, name);
  const { log } = collectingLog();
  const metrics = createMetrics({ providers: 40 });
  const opened: Db[] = [];
  const open = async (options: Partial<DatabaseOptions> = {}): Promise<Db> => {
    const db = await openDatabase({ connection: { url }, options: { ...databaseOptions, ...options }, log, metrics });
    opened.push(db);
    return db;
  };
  return {
    db: await open(),
    url,
    name,
    log,
    metrics,
    open,
    async close() {
      await Promise.all(opened.map((db) => db.close()));
      await once(admin, `drop database if exists ${name} with (force)`);
    },
  };
}

/** The same server, another database. */
function databaseUrl(admin: string, name: string): string {
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return url.href;
}

/** One statement on a connection of its own. */
export async function once(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
