/**
 * Work that one process at a time does: a row with a lease on the database's clock decides who, and when it was last done.
 * Every process asks; a dead owner's lease runs out.
 */
import type { Queryable } from './db.ts';

const leaseMs = 60_000;

/** Whether the job is ours now: nobody holds it, and nobody has done it within nine tenths of the interval. */
export async function claim(db: Queryable, name: string, owner: string, interval: number): Promise<boolean> {
  const rows = await db.query(
    `insert into jobs (name, owner, lease_until) values ($1, $2, now() + $3::float8 * interval '1 ms')
     on conflict (name) do update set owner = $2, lease_until = now() + $3::float8 * interval '1 ms'
     where jobs.lease_until < now() and (jobs.last_run_at is null or jobs.last_run_at < now() - $4::float8 * interval '1 ms')
     returning 1`,
    [name, owner, leaseMs, interval * 0.9],
  );
  return rows.length > 0;
}

/** Still ours, and for another lease. False: somebody else has it. */
export async function extend(db: Queryable, name: string, owner: string): Promise<boolean> {
  const rows = await db.query(
    `update jobs set lease_until = now() + $3::float8 * interval '1 ms' where name = $1 and owner = $2 returning 1`,
    [name, owner, leaseMs],
    'jobs-extend',
  );
  return rows.length > 0;
}

/** Done: nobody needs to look before the interval is over. */
export async function finish(
  db: Queryable,
  name: string,
  owner: string,
  result: Record<string, number>,
): Promise<void> {
  await db.query(
    `update jobs set lease_until = now() - interval '1 ms', last_run_at = now(), last_result = $3 where name = $1 and owner = $2`,
    [name, owner, result],
  );
}
