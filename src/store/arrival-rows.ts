/**
 * One statement for a whole batch of arrivals: keys, raw mail, arrivals and queue rows, all or nothing. The octets of all
 * messages and keys travel as one binary parameter that the server cuts up (an array of bytea would travel as hexadecimal
 * text); everything else is one JSON array of columns.
 */
import type { Arrival, Bound } from '../core/event.ts';
import type { Queryable } from './db.ts';
import { newId } from './ids.ts';

export type NewArrival = Omit<Arrival, 'id' | 'receivedAt'>;

/** An arrival on its way into the database: its id stays the same through every repetition. */
export interface Pending {
  readonly id: string;
  readonly arrival: NewArrival;
  /** In the hands of our own worker from the start (attempt 1, with a lease), or for anybody. */
  readonly reserved: boolean;
}

/** What became of one of them: the arrival that stands for its key, and whether that is this one. */
export interface Settled {
  readonly arrivalId: string;
  readonly ours: boolean;
  readonly receivedAt: Date;
}

const insert = `with input as materialized (
    select i.id, i.raw_id, substring($1::bytea from i.key_at for 32) as key, i.source, i.reverse_path, i.forward_path,
      i.bound, i.peer, i.helo, i.tls, i.trusted, i.size, i.truncated, i.reserved, i.kept
    from rows from (
      unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::int[]), unnest($5::text[]), unnest($6::text[]), unnest($7::text[]),
      unnest($8::jsonb[]), unnest($9::text[]), unnest($10::text[]), unnest($11::bool[]), unnest($12::bool[]),
      unnest($13::bigint[]), unnest($14::bool[]), unnest($15::bool[]), unnest($16::int[])
    ) as i(id, raw_id, key_at, source, reverse_path, forward_path, bound, peer, helo, tls, trusted, size, truncated, reserved, kept)
  ), clock as materialized (
    select date_trunc('milliseconds', now()) as now
  ), keys as (
    insert into arrival_keys (key, arrival_id, received_at)
    select key, id, now from input, clock order by key
    on conflict (key) do nothing returning key, arrival_id, received_at
  ), fresh as materialized (
    select input.* from input join keys on keys.arrival_id = input.id
  ), stored_raws as (
    insert into raws (id, received_at, body)
    select r.id, now, substring($1::bytea from r.at for r.length)
    from rows from (unnest($17::uuid[]), unnest($18::int[]), unnest($19::int[])) as r(id, at, length), clock
    where exists (select from fresh where fresh.raw_id = r.id)
  ), stored as (
    insert into arrivals (id, received_at, raw_id, source, reverse_path, forward_path, bound, peer_address, helo, tls,
      trusted, arrival_key, size, truncated)
    select id, now, raw_id, source, reverse_path, forward_path, bound, peer, helo, tls, trusted, key, size, truncated
    from fresh, clock
  ), queued as (
    insert into queue (arrival_id, received_at, state, attempt, lease_until, bytes)
    select id, now, case when reserved then 'taken' else 'new' end, case when reserved then 1 else 0 end,
      case when reserved then now() + $20::float8 * interval '1 ms' end, kept
    from fresh, clock
  )
  select i.id, coalesce(k.arrival_id, o.arrival_id) as "arrivalId", coalesce(k.received_at, o.received_at) as "receivedAt"
  from input i left join keys k on k.key = i.key
  -- One look-up a row: a plan made while the table was small would else read all of it at every commit, for ever.
  left join lateral (select arrival_id, received_at from arrival_keys x where x.key = i.key limit 1) o on true`;

/**
 * Stores what is new of a batch, in one statement. Repeating it after an unknown outcome finds its own ids and says `ours`.
 * Keys within one batch must differ.
 * @param leaseMs of the reserved rows.
 */
export async function insertArrivals(
  db: Queryable,
  batch: readonly Pending[],
  leaseMs: number,
): Promise<Map<string, Settled>> {
  const rows = await db.query<{ id: string; arrivalId: string | null; receivedAt: Date | null }>(
    insert,
    parameters(batch, leaseMs),
    'arrivals-insert',
  );
  const settled = new Map<string, Settled>();
  const unseen: string[] = [];
  for (const { id, arrivalId, receivedAt } of rows)
    if (arrivalId !== null && receivedAt !== null) settled.set(id, { arrivalId, ours: arrivalId === id, receivedAt });
    else unseen.push(id);
  if (unseen.length > 0) await findLate(db, batch, unseen, settled);
  return settled;
}

/** A key that another process committed while we waited for it: the statement's own snapshot is older than it. */
async function findLate(
  db: Queryable,
  batch: readonly Pending[],
  unseen: readonly string[],
  settled: Map<string, Settled>,
): Promise<void> {
  const wanted = batch.filter(({ id }) => unseen.includes(id));
  const rows = await db.query<{ key: Buffer; arrivalId: string; receivedAt: Date }>(
    'select key, arrival_id as "arrivalId", received_at as "receivedAt" from arrival_keys where key = any($1::bytea[])',
    [wanted.map(({ arrival }) => arrival.arrivalKey)],
  );
  const byKey = new Map(rows.map((row) => [row.key.toString('hex'), row]));
  for (const { id, arrival } of wanted) {
    const row = byKey.get(arrival.arrivalKey.toString('hex'));
    if (row !== undefined)
      settled.set(id, { arrivalId: row.arrivalId, ours: row.arrivalId === id, receivedAt: row.receivedAt });
  }
}

function parameters(batch: readonly Pending[], leaseMs: number) {
  const octets: Buffer[] = [];
  let at = 1;
  const put = (buffer: Buffer): number => {
    const start = at;
    octets.push(buffer);
    at += buffer.length;
    return start;
  };
  const keys = batch.map(({ arrival }) => put(arrival.arrivalKey));
  // The RCPTs of one transaction share one Buffer, which is stored once.
  const raws = new Map<Buffer, { id: string; at: number; length: number }>();
  for (const { arrival } of batch)
    if (!raws.has(arrival.raw))
      raws.set(arrival.raw, { id: newId(), at: put(arrival.raw), length: arrival.raw.length });
  const kept = [...raws.values()];
  const of = <T>(column: (arrival: NewArrival) => T): T[] => batch.map(({ arrival }) => column(arrival));
  return [
    Buffer.concat(octets, at - 1),
    batch.map(({ id }) => id),
    of(({ raw }) => raws.get(raw)?.id ?? ''),
    keys,
    of(({ source }) => source),
    of(({ reversePath }) => storable(reversePath)),
    of(({ forwardPath }) => storable(forwardPath)),
    of(({ bound }) => (bound === null ? null : JSON.stringify(storableBound(bound)))),
    of(({ peer }) => storable(peer.address)),
    of(({ peer }) => storable(peer.helo)),
    of(({ peer }) => peer.tls),
    of(({ peer }) => peer.trusted),
    of(({ size }) => size),
    of(({ truncated }) => truncated),
    batch.map(({ reserved }) => reserved),
    of(({ raw }) => raw.length),
    kept.map(({ id }) => id),
    kept.map((raw) => raw.at),
    kept.map(({ length }) => length),
    leaseMs,
  ];
}

/** What PostgreSQL takes as text: no NUL, no lone surrogates. Longer than any address or host name is nobody's. */
function storable(text: string): string {
  const short = text.length > 2000 ? text.slice(0, 2000) : text;
  const whole = short.isWellFormed() ? short : short.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\ufffd') : whole;
}

function storableBound(bound: Bound): Bound {
  return {
    ...bound,
    recipient: bound.recipient === null ? null : storable(bound.recipient),
    sendingDomain: bound.sendingDomain === null ? null : storable(bound.sendingDomain),
  };
}

/**
 * The same arrival without anything that its peer chose but the octets and the proof: the last resort for one that the
 * database would not take, so that no report is answered 451 for ever.
 */
export function reduced(arrival: NewArrival): NewArrival {
  const ascii = (text: string): string => text.replace(/[^\x21-\x7e]/g, '?').slice(0, 320);
  return {
    ...arrival,
    reversePath: ascii(arrival.reversePath),
    forwardPath: ascii(arrival.forwardPath),
    peer: { ...arrival.peer, address: ascii(arrival.peer.address), helo: '' },
  };
}
