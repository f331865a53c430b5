/**
 * Migrations: numbered SQL files, forward only, never edited once released. Each runs in its transaction and writes its
 * own row first, so that of two processes that start at once one waits for the other (and an advisory lock keeps the
 * waiting orderly). An edited file and a schema newer than this program are refused.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Log } from '../log.ts';
import type { Db } from './db.ts';

/** The schema can't be used by this program; a person must act (exit 78). */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Any two bouncemx processes agree on this number: 'bmxm' read as an integer. */
const lock = 0x626d786d;

/** The files that ship with the program, in order. They are beside this module in src and in dist. */
async function shipped(folder: URL): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the schema to what this program needs. Safe to call from several processes at once.
 * @returns the names that were applied now.
 * Rejects with SchemaError (edited file, newer schema) or StoreError.
 */
export async function migrate(
  db: Db,
  log: Pick<Log, 'migrated'>,
  folder = new URL('./migrations/', import.meta.url),
): Promise<readonly string[]> {
  const files = await shipped(folder);
  const own = db.dedicated({ patient: true });
  const applied: string[] = [];
  try {
    for (;;) {
      const done = await own.transaction(async (tx) => {
        // Until the end of the transaction: a killed process leaves no lock behind.
        await tx.query('select pg_advisory_xact_lock($1::bigint)', [lock]);
        await tx.query(`create table if not exists schema_migrations (
          name text primary key,
          checksum text not null,
          applied_at timestamptz not null default now()
        )`);
        const rows = await tx.query<{ name: string; checksum: string }>(
          'select name, checksum from schema_migrations order by name',
        );
        const next = pending(files, rows);
        if (next === undefined) return true;
        const start = performance.now();
        await tx.query('insert into schema_migrations (name, checksum) values ($1, $2)', [next.name, next.checksum]);
        await tx.query(next.sql);
        applied.push(next.name);
        log.migrated(next.name, Math.round(performance.now() - start));
        return false;
      });
      if (done) return applied;
    }
  } finally {
    await own.close();
  }
}

/** What of the shipped files is not applied yet, for `check`. Rejects as migrate does. */
export async function pendingMigrations(
  db: Db,
  folder = new URL('./migrations/', import.meta.url),
): Promise<readonly string[]> {
  const files = await shipped(folder);
  const [table] = await db.query<{ there: boolean }>(`select to_regclass('schema_migrations') is not null as there`);
  const rows =
    table?.there === true
      ? await db.query<{ name: string; checksum: string }>('select name, checksum from schema_migrations order by name')
      : [];
  pending(files, rows);
  const known = new Set(rows.map((row) => row.name));
  return files.filter((file) => !known.has(file.name)).map((file) => file.name);
}

function pending(
  files: readonly Migration[],
  rows: readonly { name: string; checksum: string }[],
): Migration | undefined {
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const row of rows) {
    const file = byName.get(row.name);
    if (file === undefined)
      throw new SchemaError(
        `the database has migration ${row.name}, which this version does not know: it was made by a newer bouncemx; run that version, or restore a backup`,
      );
    if (file.checksum !== row.checksum)
      throw new SchemaError(
        `migration ${row.name} differs from the one that made this database: migrations are never edited; restore the original file`,
      );
  }
  const applied = new Set(rows.map((row) => row.name));
  return files.find((file) => !applied.has(file.name));
}
