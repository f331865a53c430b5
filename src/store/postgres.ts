/**
 * The one implementation of Db, over pg. What pg leaves open is closed here: error listeners on the pool and on every
 * client (without them a restart of the server ends the process), a client-side timeout beside the server's (a frozen
 * server enforces nothing), a check of each new connection (writable primary, commits that wait for the disk), broken
 * clients that are destroyed instead of lent again, and every error as a StoreError.
 */
import pg from 'pg';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { StoreError, type Db, type Queryable, type Value } from './db.ts';
import { asStoreError, breaksConnection, neverRan } from './failure.ts';

/** Where the server is: a URL (with the password beside it, where it comes from a file), or the embedded one's socket. */
export type Connection =
  | { readonly url: string; readonly password?: string | null }
  | { readonly socket: string; readonly user: string; readonly password: string; readonly database: string };

export interface DatabaseOptions {
  readonly connections: number;
  readonly statementTimeout: number;
  readonly queryTimeout: number;
  readonly connectTimeout: number;
}

export interface OpenDatabase {
  readonly connection: Connection;
  readonly options: DatabaseOptions;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Connections kept out of the shared pool (Db.dedicated): arrival log, worker, retention, the sender's two. Reads can't starve commits. */
const reserved = 5;

/**
 * One statement: what the session needs, and what we refuse to run on. jit never pays for statements this short. On the hot
 * paths no scan of a table is ever right: a plan that was cached while it was empty would else stay when it is full.
 */
const greeting = `select
  set_config('statement_timeout', $1, false), set_config('enable_seqscan', $2, false),
  set_config('idle_in_transaction_session_timeout', '60s', false),
  set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false), set_config('jit', 'off', false),
  set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end, false),
  pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "readOnly",
  current_setting('server_version_num')::int as version`;

type Parser = (text: string) => unknown;
const standardParser = pg.types.getTypeParser as unknown as (oid: number, format: 'text' | 'binary') => Parser;

/** bigint counts and sizes stay far below 2^53; a date has no time zone, and pg would read it in the local one. */
function typeParser(oid: number, format: 'text' | 'binary' = 'text'): Parser {
  if (oid === 20) return Number;
  if (oid === 1082) return String;
  return standardParser(oid, format);
}

function clientConfig(connection: Connection): pg.ClientConfig {
  if ('socket' in connection)
    return {
      host: connection.socket,
      user: connection.user,
      password: connection.password,
      database: connection.database,
    };
  if (connection.password === undefined || connection.password === null) return { connectionString: connection.url };
  const url = new URL(connection.url);
  // As a parameter: a URL that names a socket directory has no host and therefore no place for a password.
  url.searchParams.set('password', connection.password);
  return { connectionString: url.href };
}

/** Opens a pool; the first connection is made by the first statement. Rejects only on a URL that can't be read. */
export function openDatabase({ connection, options, log, metrics }: OpenDatabase): Promise<Db> {
  const base = clientConfig(connection);
  let up: boolean | null = null;
  const note = {
    ok(): void {
      if (up === true) return;
      if (up === false) log.databaseBack();
      up = true;
      metrics.databaseUp.set(1);
    },
    failed(error: StoreError): void {
      metrics.databaseErrors.inc({ failure: error.failure });
      if (error.failure !== 'unavailable' || !breaksConnection(error)) return;
      if (up !== false) log.databaseLost(error);
      up = false;
      metrics.databaseUp.set(0);
    },
  };
  const open = (max: number, patient: boolean): PgDb => {
    const hot = max === 1 && !patient;
    const timeout = patient ? 3_600_000 : options.queryTimeout;
    const pool = new pg.Pool({
      ...base,
      max,
      types: { getTypeParser: typeParser as unknown as typeof pg.types.getTypeParser },
      keepAlive: true,
      // Statements that do not need each other's answers go out together; one connection still answers in order.
      pipeline: true,
      application_name: 'bouncemx',
      connectionTimeoutMillis: options.connectTimeout,
      query_timeout: timeout,
      // A connection of its own stays: the next commit must not pay for a new one.
      idleTimeoutMillis: max === 1 ? 0 : 30_000,
      // eslint-disable-next-line @typescript-eslint/no-misused-promises -- pg awaits it; its types do not say so
      onConnect: async (client) => {
        const { rows } = await client.query<{ readOnly: boolean; version: number }>(greeting, [
          patient ? '0' : String(options.statementTimeout),
          hot ? 'off' : 'on',
        ]);
        const row = rows[0];
        if (row?.readOnly !== false)
          throw new StoreError('unavailable', '25006', 'the server takes no writes (standby or read-only)');
        if (row.version < 150_000)
          throw new StoreError('unavailable', 'VERSION', `PostgreSQL ${row.version} is older than 15`);
      },
    });
    // Connections on their way out of a closed pool may still hear of the server's end: nobody's trouble.
    pool.on('error', (error) => {
      if (!pool.ending) note.failed(asStoreError(error));
    });
    // The pool listens only while a client is idle; a lent one without a listener would end the process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return new PgDb(pool, note, (wanted) => open(1, wanted.patient === true));
  };
  return Promise.resolve(open(Math.max(1, options.connections - reserved), false));
}

interface Note {
  ok(): void;
  failed(error: StoreError): void;
}

class PgDb implements Db {
  readonly #pool: pg.Pool;
  readonly #note: Note;
  readonly #open: (options: { readonly patient?: boolean }) => PgDb;
  readonly #children = new Set<PgDb>();
  #onClose: () => void = () => undefined;

  constructor(pool: pg.Pool, note: Note, open: (options: { readonly patient?: boolean }) => PgDb) {
    this.#pool = pool;
    this.#note = note;
    this.#open = open;
  }

  async query<Row = Record<string, unknown>>(text: string, values?: readonly Value[], name?: string): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#lend();
      try {
        const rows = await run<Row>(client, text, values, name);
        client.release();
        this.#note.ok();
        return rows;
      } catch (error) {
        const failure = asStoreError(error);
        client.release(breaksConnection(failure));
        // After a restart each idle client answers 57P01 once, even when the server is long back.
        if (attempt === 1 && neverRan(failure, text)) continue;
        this.#note.failed(failure);
        throw failure;
      }
    }
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#begin();
    let failure: StoreError | null = null;
    const tx: Queryable = {
      query: <Row>(text: string, values?: readonly Value[], name?: string) =>
        run<Row>(client, text, values, name).catch((error: unknown) => {
          failure = asStoreError(error);
          throw failure;
        }),
    };
    try {
      const result = await work(tx);
      await tx.query('commit');
      client.release();
      this.#note.ok();
      return result;
    } catch (error) {
      // TypeScript does not see the assignment in the closure above.
      const seen = failure as StoreError | null;
      const rolledBack =
        (seen === null || !breaksConnection(seen)) &&
        (await run(client, 'rollback').then(
          () => true,
          () => false,
        ));
      // Anything doubtful is destroyed, so that no half transaction is ever lent again.
      client.release(!rolledBack);
      if (error instanceof StoreError) this.#note.failed(error);
      throw error;
    }
  }

  async ping(): Promise<void> {
    const [row] = await this.query<{ readOnly: boolean }>(
      `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "readOnly"`,
    );
    if (row?.readOnly !== false) throw new StoreError('unavailable', '25006', 'the server takes no writes');
  }

  dedicated(options: { readonly patient?: boolean } = {}): Db {
    const child = this.#open(options);
    this.#children.add(child);
    child.#onClose = () => this.#children.delete(child);
    return child;
  }

  async close(): Promise<void> {
    this.#onClose();
    await Promise.all([...this.#children].map((child) => child.close()));
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #lend(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const failure = asStoreError(error);
      this.#note.failed(failure);
      throw failure;
    }
  }

  /** BEGIN on a live connection: a stale one fails here, before anything was asked of it, and is replaced. */
  async #begin(): Promise<pg.PoolClient> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#lend();
      try {
        await run(client, 'begin');
        return client;
      } catch (error) {
        const failure = asStoreError(error);
        client.release(true);
        if (attempt <= 3 && breaksConnection(failure) && failure.code !== 'QUERY_TIMEOUT') continue;
        this.#note.failed(failure);
        throw failure;
      }
    }
  }
}

async function run<Row>(client: pg.PoolClient, text: string, values?: readonly Value[], name?: string): Promise<Row[]> {
  const result = await client.query({
    text,
    ...(values === undefined ? {} : { values: values as unknown[] }),
    ...(name === undefined ? {} : { name }),
  });
  return result.rows as Row[];
}
