/** The database of this process: the embedded server or the one of the URL, migrated, with partitions for the days ahead. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Options } from '../config/options.ts';
import { readSecret } from '../config/secrets.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { StoreError, type Db } from '../store/db.ts';
import { startEmbedded } from '../store/embedded.ts';
import { EmbeddedError } from '../store/embedded-binaries.ts';
import { migrate, SchemaError } from '../store/migrate.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { openDatabase, type Connection } from '../store/postgres.ts';
import { endLeases } from '../store/queue.ts';
import { StartFailure } from './start-failure.ts';

export interface DatabaseParts {
  readonly options: Pick<Options, 'data' | 'database'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the waiting for a server that is not there yet. */
  readonly signal?: AbortSignal;
}

export interface RunningDatabase {
  readonly db: Db;
  /** For people: `embedded`, or the host of the URL. */
  readonly name: string;
  close(): Promise<void>;
}

/** How long a start waits for a database that restarts. */
const patience = 60_000;
const pause = 500;

/** Opens and migrates. Rejects with StartFailure: `configuration` for a wrong URL or schema, `tryLater` for an absent server. */
export async function startDatabase(parts: DatabaseParts): Promise<RunningDatabase> {
  const { options, log, metrics, signal } = parts;
  const { connection, name, stop } = await connect(parts);
  const close = async (db: Db | null): Promise<void> => {
    await db?.close();
    await stop();
  };
  let db: Db | null = null;
  try {
    db = await openDatabase({ connection, options: options.database, log, metrics });
    await whenThere(db, log, signal, name === 'embedded');
    const ready = db;
    return { db, name, close: () => close(ready) };
  } catch (error) {
    await close(db);
    throw error;
  }
}

/** Where the database is. Only the embedded server is started by this. */
async function connect({ options, log }: Pick<DatabaseParts, 'options' | 'log'>): Promise<{
  connection: Connection;
  name: string;
  stop: () => Promise<void>;
}> {
  const { url } = options.database;
  if (url === '') {
    try {
      const embedded = await startEmbedded({ dataDir: options.data.dir, log });
      return { connection: embedded.connection, name: 'embedded', stop: () => embedded.close() };
    } catch (error) {
      if (!(error instanceof EmbeddedError)) throw error;
      throw new StartFailure(error.kind === 'busy' ? 'tryLater' : 'configuration', error.message, { cause: error });
    }
  }
  return { connection: { url, password: await passwordOf(options) }, name: nameOf(url), stop: () => Promise.resolve() };
}

/** Host and database of a URL, never its credentials. */
export function nameOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `${host === '' ? (searchParams.get('host') ?? 'local socket') : host}${pathname}`;
}

/** The password of `database.passwordFile`, or null. Rejects with StartFailure. */
export async function passwordOf({ database }: Pick<Options, 'database'>): Promise<string | null> {
  if (database.passwordFile === '') return null;
  const read = await readSecret(database.passwordFile);
  if (!read.ok) throw new StartFailure('configuration', read.problem);
  return read.secret;
}

/** @param alone the lock on the data directory says that whoever held leases is gone: their work need not wait for the end of these. */
async function whenThere(db: Db, log: Log, signal: AbortSignal | undefined, alone: boolean): Promise<void> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      await migrate(db, log);
      await ensurePartitions(db);
      if (alone) await endLeases(db);
      return;
    } catch (error) {
      if (error instanceof SchemaError) throw new StartFailure('configuration', error.message, { cause: error });
      const passing = error instanceof StoreError && ['unavailable', 'full', 'conflict'].includes(error.failure);
      if (!passing) throw error;
      // A wrong password or an absent database will not come right by waiting.
      if (['28P01', '28000', '3D000', 'VERSION'].includes(error.code))
        throw new StartFailure('configuration', `database: ${error.message}`, { cause: error });
      if (performance.now() > end || signal?.aborted === true)
        throw new StartFailure('tryLater', `database: ${error.message}`, { cause: error });
      await sleep(pause);
    }
  }
}
