/**
 * Partitions of the tables that are dropped by age: a day for raw mail and arrivals, a month for events and decisions,
 * named after the day they begin (raws_20260131), on the database's clock. They are made a week ahead by a job and at
 * start; there is no default partition, whose rows would block the real one later.
 */
import type { Db, Queryable } from './db.ts';

type Table = 'raws' | 'arrivals' | 'events' | 'decisions';

export interface Partition {
  readonly table: Table;
  readonly name: string;
  /** First instant, and the first that is beyond. */
  readonly from: Date;
  readonly to: Date;
}

const periods = { raws: 'day', arrivals: 'day', events: 'month', decisions: 'month' } as const;
const tables = Object.keys(periods) as Table[];
const daysAhead = 7;
const day = 86_400_000;
/** One process at a time makes partitions ('bmxp'): two would only meet in errors. */
const lock = 0x626d7870;

/** The partition of `table` that holds `at`. */
function partitionAt(table: Table, at: Date): Partition {
  const month = periods[table] === 'month';
  const year = at.getUTCFullYear();
  const from = new Date(Date.UTC(year, at.getUTCMonth(), month ? 1 : at.getUTCDate()));
  const to = month ? new Date(Date.UTC(year, at.getUTCMonth() + 1, 1)) : new Date(from.getTime() + day);
  return { table, name: `${table}_${from.toISOString().slice(0, 10).replaceAll('-', '')}`, from, to };
}

/**
 * Makes what is missing from today to a week ahead, by the database's clock. Safe at any time, from any process.
 * @returns how many were made.
 */
export async function ensurePartitions(db: Db): Promise<number> {
  // What stands already is the common case, and must not take a lock on the tables.
  const [clock] = await db.query<{ now: Date }>('select now() as now');
  const first = clock?.now ?? new Date();
  const wanted = new Map<string, Partition>();
  for (const table of tables)
    for (let ahead = 0; ahead <= daysAhead; ahead++) {
      const partition = partitionAt(table, new Date(first.getTime() + ahead * day));
      wanted.set(partition.name, partition);
    }
  const missing = await absent(db, [...wanted.values()]);
  if (missing.length === 0) return 0;
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [lock]);
    const still = await absent(tx, missing);
    for (const partition of still) await createPartition(tx, partition);
    return still.length;
  });
}

/** Makes the partitions for one instant (a test's past, a restored backup). */
export async function createPartitionsAt(db: Db, at: Date): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [lock]);
    const wanted = tables.map((table) => partitionAt(table, at));
    for (const partition of await absent(tx, wanted)) await createPartition(tx, partition);
  });
}

/** All partitions of a table that begin before `before`, oldest first. */
export async function partitionsBefore(db: Queryable, table: Table, before: Date): Promise<readonly Partition[]> {
  const rows = await db.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass order by 1`,
    [table],
  );
  return rows.flatMap(({ name }) => {
    const digits = /_(\d{4})(\d{2})(\d{2})$/.exec(name);
    if (digits === null) return [];
    const partition = partitionAt(table, new Date(`${String(digits[1])}-${String(digits[2])}-${String(digits[3])}`));
    return partition.name === name && partition.to <= before ? [partition] : [];
  });
}

async function absent(db: Queryable, wanted: readonly Partition[]): Promise<Partition[]> {
  const rows = await db.query<{ name: string }>(
    'select name from unnest($1::text[]) as name where to_regclass(quote_ident(name)) is null',
    [wanted.map((partition) => partition.name)],
  );
  const names = new Set(rows.map((row) => row.name));
  return wanted.filter((partition) => names.has(partition.name));
}

/**
 * The names are made here from a closed list and digits; identifiers and bounds can't be parameters in DDL. Made apart and
 * then attached: `create table … partition of` locks the whole table, and would wait for the end of whatever reads it (a
 * dump takes hours) with every commit waiting behind; attaching waits for neither readers nor writers.
 */
async function createPartition(tx: Queryable, { table, name, from, to }: Partition): Promise<void> {
  // Mail is never compared by the server and hardly compresses for its cost: kept as it is, and inline up to a page.
  const storage = table === 'raws' ? ' with (toast_tuple_target = 8160)' : '';
  await tx.query(`create table ${name} (like ${table} including defaults)${storage}`);
  if (table === 'raws') await tx.query(`alter table ${name} alter column body set storage external`);
  await tx.query(
    `alter table ${table} attach partition ${name} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
  );
}
