/**
 * From what pg throws to StoreError: by SQLSTATE (appendix A of PostgreSQL's manual) or the system's code, never by a
 * text of the server. pg's own errors (cut connection, timeouts) carry no code at all: everything without one is the
 * connection's, except what JavaScript throws for a mistake of ours.
 */
import pg from 'pg';
import { StoreError, type StoreFailure } from './db.ts';

const failures: readonly (readonly [prefix: string, failure: StoreFailure])[] = [
  ['08', 'unavailable'],
  ['25006', 'unavailable'],
  ['25P03', 'unavailable'],
  ['28', 'unavailable'],
  ['3D000', 'unavailable'],
  ['40', 'conflict'],
  ['53', 'full'],
  ['55006', 'unavailable'],
  ['55P03', 'unavailable'],
  ['57', 'unavailable'],
  ['58', 'unavailable'],
  ['22', 'data'],
  ['23', 'data'],
  ['54', 'data'],
];

/** pg's own errors that must be told apart have nothing but their texts. */
const named = new Map([
  ['Query read timeout', 'QUERY_TIMEOUT'],
  ['Client has encountered a connection error and is not queryable', 'NOT_SENT'],
  ['Client was closed and is not queryable', 'NOT_SENT'],
]);

/** Any error as a StoreError; one that is already is returned as it is. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? 'XX000';
    const failure = failures.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'bug';
    // A row without a partition is a check violation without a constraint: the partition is missing, the row is fine.
    if (code === '23514' && error.constraint === undefined)
      return new StoreError('unavailable', code, error.message, { cause: error });
    return new StoreError(failure, code, error.message, { cause: error });
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
    return new StoreError('bug', error.name, error.message, { cause: error });
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'CONNECTION';
    return new StoreError('unavailable', named.get(error.message) ?? code, error.message, { cause: error });
  }
  return new StoreError('bug', 'THROWN', String(error), { cause: error });
}

/** Whether the connection that failed so must not be lent again (and the server may be away). */
export function breaksConnection(error: StoreError): boolean {
  if (error.failure === 'bug' || error.failure === 'data' || error.failure === 'conflict') return false;
  if (!isSqlState(error.code)) return true;
  return (
    error.code.startsWith('08') ||
    error.code.startsWith('57P') ||
    error.code.startsWith('28') ||
    error.code === '25006' ||
    error.code === '25P03' ||
    error.code === '3D000'
  );
}

/**
 * Whether a statement outside a transaction may simply be sent again: the server ended the session before it ran, or
 * ended it while the statement ran, which undid it. A connection cut without a word says nothing, so only reads repeat.
 */
export function neverRan(error: StoreError, text: string): boolean {
  if (['57P01', '57P02', 'NOT_SENT', 'EPIPE'].includes(error.code)) return true;
  const cut = ['CONNECTION', 'ECONNRESET'].includes(error.code);
  return cut && /^\s*select\b/i.test(text);
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
}
