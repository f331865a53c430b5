/**
 * What the rest of the store sees of PostgreSQL. One implementation (postgres.ts, over pg); the interface is what keeps
 * `pg` in one file and what a test's proxy or a transaction stands in for.
 */

export type Value =
  string | number | boolean | bigint | Date | Buffer | null | readonly unknown[] | Record<string, unknown>;

export interface Queryable {
  /**
   * Runs one statement. `name` makes it a prepared statement of the connection (for the hot paths).
   * Rejects with StoreError.
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly Value[], name?: string): Promise<Row[]>;
}

export interface Db extends Queryable {
  /** One connection, BEGIN … COMMIT; ROLLBACK and rethrow when `work` rejects. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Writable primary reachable right now (`select pg_is_in_recovery()`), within `queryTimeout`. */
  ping(): Promise<void>;
  /**
   * A Db over one connection of its own, outside the shared pool: a hot path (the arrival log, the worker) never waits
   * behind somebody's reads. `patient` lifts the statement timeouts (migrations, retention). Closed with its parent.
   */
  dedicated(options?: { readonly patient?: boolean }): Db;
  close(): Promise<void>;
}

/**
 * - `unavailable`: no connection, starting up, shutting down, cut, timed out, read-only: try again later.
 * - `full`: disk full, out of memory, too many connections: try again later.
 * - `conflict`: deadlock or serialisation: try again now.
 * - `data`: class 22, 23 or 54: this input will never fit; retrying is useless.
 * - `bug`: everything else (a statement of ours is wrong).
 */
export type StoreFailure = 'unavailable' | 'full' | 'conflict' | 'data' | 'bug';

export class StoreError extends Error {
  readonly failure: StoreFailure;
  /** SQLSTATE, or the driver's or system's code. */
  readonly code: string;
  constructor(failure: StoreFailure, code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.failure = failure;
    this.code = code;
  }
}
