/**
 * The queue: new → taken (a lease on the database's clock) → gone, or stuck. Attempts are counted before the work, and
 * every later step names the attempt it speaks of: who lost its lease changes nothing. A row that was tried before comes
 * alone, so that one poisonous report can't take its neighbours with it.
 */
import type { Arrival, Bound, Source } from '../core/event.ts';
import type { Db, Queryable, Value } from './db.ts';

/** An arrival that is ours to work on until its lease ends. */
export interface Taken {
  readonly arrival: Arrival;
  /** 1 for the first time. Together with the arrival's id the fence of everything that follows. */
  readonly attempt: number;
  /** performance.now() of the commit, or of the taking where another process committed it. */
  readonly committedAt: number;
}

export interface TakeOptions {
  /** Rows and octets of raw mail at most; one row is always taken. */
  readonly limit: number;
  readonly bytes: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** Told of each arrival whose last lease ran out. */
  readonly onStuck?: (arrivalId: string, attempts: number) => void;
}

export interface StuckArrival {
  readonly arrivalId: string;
  readonly receivedAt: Date;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly forwardPath: string | null;
  readonly reversePath: string | null;
  readonly size: number | null;
}

export interface QueueFacts {
  /** Waiting or being worked on. */
  readonly depth: number;
  /** Age of the oldest of them, seconds; 0 where there is none. */
  readonly oldestSeconds: number;
  readonly stuck: number;
}

interface ArrivalRow {
  id: string;
  attempt: number;
  receivedAt: Date;
  source: Source;
  reversePath: string;
  forwardPath: string;
  bound: Bound | null;
  peerAddress: string;
  helo: string;
  tls: boolean;
  trusted: boolean;
  arrivalKey: Buffer;
  raw: Buffer;
  size: number;
  truncated: boolean;
}

/** lateral … limit 1: one index look-up in one partition for each row, whatever the planner believes about the tables. */
const load = `select t.arrival_id as id, t.attempt, a.received_at as "receivedAt", a.source, a.reverse_path as "reversePath",
    a.forward_path as "forwardPath", a.bound, a.peer_address as "peerAddress", a.helo, a.tls, a.trusted,
    a.arrival_key as "arrivalKey", r.body as raw, a.size, a.truncated
  from taken t
  cross join lateral (select * from arrivals x where x.id = t.arrival_id and x.received_at = t.received_at limit 1) a
  cross join lateral (select body from raws x where x.id = a.raw_id and x.received_at = a.received_at limit 1) r
  order by a.received_at, a.id`;

const exhausted = `update queue set state = 'stuck', lease_until = null, last_error = coalesce(last_error, 'the lease ran out')
  where arrival_id in (
    select arrival_id from queue where state = 'taken' and lease_until < now() and attempt >= $1 limit 100 for update skip locked)
  returning arrival_id as id, attempt`;

const takeOld = `with expired as (
    select arrival_id from queue where state = 'taken' and lease_until < now() order by lease_until limit 1 for update skip locked
  ), again as (
    select arrival_id from queue where state = 'new' and attempt > 0 and due_at <= now() order by due_at limit 1 for update skip locked
  ), one as (
    select arrival_id from expired union all select arrival_id from again limit 1
  ), taken as (
    update queue q set state = 'taken', attempt = q.attempt + 1, lease_until = now() + $1::float8 * interval '1 ms'
    from one where q.arrival_id = one.arrival_id
    returning q.arrival_id, q.received_at, q.attempt
  ) ${load}`;

const takeNew = `with next as (
    select arrival_id, bytes, due_at from queue
    where state = 'new' and attempt = 0 and due_at <= now()
    order by due_at limit $2 for update skip locked
  ), fitting as (
    select arrival_id, coalesce(sum(bytes) over (order by due_at, arrival_id rows between unbounded preceding and 1 preceding), 0) as before
    from next
  ), taken as (
    update queue q set state = 'taken', attempt = 1, lease_until = now() + $1::float8 * interval '1 ms'
    from fitting f where q.arrival_id = f.arrival_id and f.before < $3
    returning q.arrival_id, q.received_at, q.attempt
  ) ${load}`;

/**
 * Takes what is due: a batch of arrivals never tried before, or one that was (they come first: they have waited longest).
 * Marks as stuck what ran out of leases `maxAttempts` times.
 */
export async function takeArrivals(db: Db, options: TakeOptions): Promise<Taken[]> {
  const [due] = await db.query<{ spent: boolean; old: boolean; fresh: boolean }>(
    `select
      exists (select from queue where state = 'taken' and lease_until < now() and attempt >= $1) as spent,
      exists (select from queue where state = 'taken' and lease_until < now())
        or exists (select from queue where state = 'new' and attempt > 0 and due_at <= now()) as old,
      exists (select from queue where state = 'new' and attempt = 0 and due_at <= now()) as fresh`,
    [options.maxAttempts],
    'queue-due',
  );
  if (due?.spent === true)
    for (const row of await db.query<{ id: string; attempt: number }>(exhausted, [options.maxAttempts]))
      options.onStuck?.(row.id, row.attempt);
  if (due?.old === true) {
    const rows = await inOrder<ArrivalRow>(db, takeOld, [options.leaseMs], 'queue-take-old');
    if (rows.length > 0) return rows.map(asTaken);
  }
  if (due?.fresh !== true) return [];
  const values = [options.leaseMs, options.limit, options.bytes];
  const rows = await inOrder<ArrivalRow>(db, takeNew, values, 'queue-take-new');
  return rows.map(asTaken);
}

/**
 * Reads the queue along its indexes. The planner's numbers about a table that fills and empties all the time are always
 * old: left to itself it reads and sorts the whole backlog for each batch, which makes a long queue quadratic.
 */
function inOrder<Row>(db: Db, text: string, values: readonly Value[], name: string): Promise<Row[]> {
  return db.transaction(async (tx) => {
    await tx.query(
      `select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)`,
      [],
      'queue-in-order',
    );
    return tx.query<Row>(text, values, name);
  });
}

function asTaken(row: ArrivalRow): Taken {
  const { id, attempt, peerAddress, helo, tls, trusted, ...arrival } = row;
  return {
    arrival: { id, ...arrival, peer: { address: peerAddress, helo, tls, trusted } },
    attempt,
    committedAt: performance.now(),
  };
}

/**
 * After a failed attempt: due again in `delayMs`, or stuck. `lost`: somebody else owns it by now.
 * @param error one line for people, without addresses.
 */
export async function failAttempt(
  db: Queryable,
  taken: Pick<Taken, 'attempt'> & { readonly arrival: Pick<Arrival, 'id'> },
  error: string,
  delayMs: number,
  maxAttempts: number,
): Promise<'waiting' | 'stuck' | 'lost'> {
  const [row] = await db.query<{ state: string }>(
    `update queue set state = case when attempt >= $5 then 'stuck' else 'new' end,
       due_at = now() + $4::float8 * interval '1 ms', lease_until = null, last_error = $3
     where arrival_id = $1 and attempt = $2 and state = 'taken' returning state`,
    [taken.arrival.id, taken.attempt, plain(error), delayMs, maxAttempts],
  );
  return row === undefined ? 'lost' : row.state === 'stuck' ? 'stuck' : 'waiting';
}

/** Gives back what was taken and not worked on (a stop in order): it counts as no attempt. Returns how many. */
export async function releaseArrivals(
  db: Queryable,
  taken: readonly (Pick<Taken, 'attempt'> & { readonly arrival: Pick<Arrival, 'id'> })[],
): Promise<number> {
  if (taken.length === 0) return 0;
  const rows = await db.query(
    `update queue q set state = 'new', attempt = q.attempt - 1, lease_until = null, due_at = now()
     from unnest($1::uuid[], $2::int[]) as t(id, attempt)
     where q.arrival_id = t.id and q.attempt = t.attempt and q.state = 'taken' returning 1`,
    [taken.map(({ arrival }) => arrival.id), taken.map(({ attempt }) => attempt)],
  );
  return rows.length;
}

/**
 * Ends every lease: for the start of a process that knows itself alone, after one that was killed. The attempts stay
 * counted, so what killed it comes alone and is stuck in the end; a worker that lives after all is fenced off. Returns how many.
 */
export async function endLeases(db: Queryable): Promise<number> {
  const rows = await db.query(
    `update queue set lease_until = now() - interval '1 ms' where state = 'taken' and lease_until >= now() returning 1`,
  );
  return rows.length;
}

/** Oldest first, at most `limit`. */
export function listStuck(db: Queryable, limit = 1000): Promise<StuckArrival[]> {
  return db.query<StuckArrival>(
    `select q.arrival_id as "arrivalId", q.received_at as "receivedAt", q.attempt as attempts, q.last_error as "lastError",
       a.forward_path as "forwardPath", a.reverse_path as "reversePath", a.size
     from queue q
     left join lateral (select * from arrivals x where x.id = q.arrival_id and x.received_at = q.received_at limit 1) a on true
     where q.state = 'stuck' order by q.received_at, q.arrival_id limit $1`,
    [limit],
  );
}

/** Un-sticks: they are due now, with all their attempts before them. Ids that are not stuck are ignored. Returns how many. */
export async function requeue(db: Queryable, which: readonly string[] | 'all'): Promise<number> {
  const ids = which === 'all' ? null : which.filter((id) => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id));
  const rows = await db.query(
    `update queue set state = 'new', attempt = 0, due_at = now(), lease_until = null
     where state = 'stuck' and ($1::uuid[] is null or arrival_id = any($1::uuid[])) returning 1`,
    [ids],
  );
  return rows.length;
}

export async function queueFacts(db: Queryable): Promise<QueueFacts> {
  const [row] = await db.query<{ depth: number; oldest: number | null; stuck: number }>(
    `select count(*) filter (where state <> 'stuck') as depth, count(*) filter (where state = 'stuck') as stuck,
       extract(epoch from now() - min(received_at) filter (where state <> 'stuck'))::float8 as oldest
     from queue`,
  );
  return { depth: row?.depth ?? 0, oldestSeconds: Math.max(0, row?.oldest ?? 0), stuck: row?.stuck ?? 0 };
}

function plain(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed().slice(0, 1000);
}
