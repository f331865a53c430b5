/**
 * Settling: everything that follows from a batch of arrivals, and "done", in one transaction.
 *
 *   fence   queue rows go by (arrival, attempt): who lost its lease finds nothing to delete, and nothing of it is written
 *   keys    event keys: what was written before is not written again
 *   lock    recipients' rows in sorted order, so that two workers neither deadlock nor decide on half a history
 *   decide  core/policy, one event after another, each on the history that the one before left
 *   move    dispatches of ours that were spoken of (settle-dispatches.ts)
 *   write   a statement a table, and none for what is empty
 */
import type { MailEvent } from '../core/event.ts';
import type { History, Suppression } from '../core/policy/history.ts';
import type { Queryable, Db } from './db.ts';
import { StoreError } from './db.ts';
import { addHidden, readLedger } from './ledger.ts';
import type { Taken } from './queue.ts';
import { decideAll, type Decided, type Terms } from './settle-decide.ts';
import { moveDispatches, type Moved } from './settle-dispatches.ts';
import { writeAll, type RaisedAlert } from './settle-write.ts';

/** An arrival with the events that it became: perhaps none. */
export interface Processed {
  readonly taken: Taken;
  readonly events: readonly MailEvent[];
}

export interface Settled {
  /** Arrivals that are done now. */
  readonly done: readonly Processed[];
  /** Arrivals that somebody else owned by then. */
  readonly lost: number;
  /** What was recorded, in the order of the batch. */
  readonly decided: readonly Decided[];
  /** Reports beyond the daily number of their token. */
  readonly countedOnly: number;
  /** Alerts that did not stand before. */
  readonly alerts: readonly RaisedAlert[];
  /** Dispatches that changed. */
  readonly moved: readonly Moved[];
}

/** One that can't be settled: its data is at fault, or we are. */
export interface Unsettled {
  readonly processed: Processed;
  readonly error: unknown;
}

/** True where waiting helps: nothing is wrong with what was asked. */
export function isPassing(error: unknown): boolean {
  return error instanceof StoreError && error.failure !== 'data' && error.failure !== 'bug';
}

/**
 * Settles a batch, halving it where its data (or a fault of ours that its data finds) is in the way, so that one poisonous
 * arrival fails alone. Rejects where the database is in the way: what `onSettled` was told is done, the rest is untouched.
 */
export async function settleBatch(
  db: Db,
  batch: readonly Processed[],
  terms: Terms,
  onSettled: (settled: Settled) => void,
): Promise<readonly Unsettled[]> {
  try {
    onSettled(await settle(db, batch, terms));
    return [];
  } catch (error) {
    if (isPassing(error)) throw error;
    const [only, ...others] = batch;
    if (only === undefined) return [];
    if (others.length === 0) return [{ processed: only, error }];
    const middle = Math.ceil(batch.length / 2);
    return [
      ...(await settleBatch(db, batch.slice(0, middle), terms, onSettled)),
      ...(await settleBatch(db, batch.slice(middle), terms, onSettled)),
    ];
  }
}

/** One transaction for the whole batch, or nothing. Rejects with StoreError. */
export function settle(db: Db, batch: readonly Processed[], terms: Terms): Promise<Settled> {
  return db.transaction(async (tx) => {
    const { won, fresh } = await fence(tx, batch);
    const done = batch.filter(({ taken }) => won.has(taken.arrival.id));
    const events = done.flatMap((each) => each.events).filter((event) => fresh.has(event.id));
    const histories = await lockHistories(tx, events);
    const { decided, counted, countedOnly } = decideAll(events, histories, terms);
    const moved = await moveDispatches(tx, decided, terms.sending);
    const alerts = await writeAll(tx, decided, counted, terms);
    return { done, lost: batch.length - done.length, decided, countedOnly, alerts, moved };
  });
}

/** A relay's answer to an attempt of ours. */
export interface Replied {
  readonly event: MailEvent;
  /** Who made the attempt: nobody else may record its answer. */
  readonly owner: string;
}

// An indeterminate attempt is its process's to speak of, while nobody else touched it.
const ours = `select d.id from unnest($1::uuid[], $2::int[], $3::text[]) as g(id, attempt, owner)
  join dispatches d on d.id = g.id and d.attempt = g.attempt and d.owner = g.owner and d.state in ('sending', 'indeterminate')
  order by d.id`;

async function stillOurs(tx: Queryable, batch: readonly Replied[], lock: boolean): Promise<readonly Replied[]> {
  if (batch.length === 0) return [];
  const rows = await tx.query<{ id: string }>(
    lock ? `${ours} for update of d` : ours,
    [
      batch.map(({ event }) => event.dispatch?.id ?? null),
      batch.map(({ event }) => event.dispatch?.attempt ?? null),
      batch.map(({ owner }) => owner),
    ],
    lock ? 'settle-reply-fence' : 'settle-reply-look',
  );
  const ids = new Set(rows.map(({ id }) => id));
  return batch.filter(({ event }) => event.dispatch !== null && ids.has(event.dispatch.id));
}

/** As `settle`, for replies: what an attempt was told, with all that follows, or nothing where the attempt is not ours any more. */
export function settleReplies(db: Db, batch: readonly Replied[], terms: Terms): Promise<Omit<Settled, 'done'>> {
  return db.transaction(async (tx) => {
    // Looked at first, so that who lost the attempt leaves no trace at the recipient; for certain once recipients are locked.
    const likely = await stillOurs(tx, batch, false);
    const histories = await lockHistories(
      tx,
      likely.map(({ event }) => event),
    );
    const events = (await stillOurs(tx, likely, true)).map(({ event }) => event);
    const { decided, counted, countedOnly } = decideAll(events, histories, terms);
    const moved = await moveDispatches(tx, decided, terms.sending);
    const alerts = await writeAll(tx, decided, counted, terms);
    return { decided, countedOnly, alerts, moved, lost: batch.length - events.length };
  });
}

const fenceAndKeys = `with won as (
    delete from queue q using unnest($1::uuid[], $2::int[]) as t(id, attempt)
    where q.arrival_id = t.id and q.attempt = t.attempt and q.state = 'taken' returning q.arrival_id
  ), fresh as (
    insert into event_keys (key, event_id, received_at)
    select k.key, k.event_id, k.received_at
    from unnest($3::bytea[], $4::uuid[], $5::uuid[], $6::timestamptz[]) as k(key, event_id, arrival_id, received_at)
    join won on won.arrival_id = k.arrival_id
    order by k.key on conflict (key) do nothing returning event_id
  )
  select arrival_id as id, true as won from won union all select event_id, false from fresh`;

async function fence(
  tx: Queryable,
  batch: readonly Processed[],
): Promise<{ won: ReadonlySet<string>; fresh: ReadonlySet<string> }> {
  const events = batch.flatMap((each) => each.events);
  const rows = await tx.query<{ id: string; won: boolean }>(
    fenceAndKeys,
    [
      batch.map(({ taken }) => taken.arrival.id),
      batch.map(({ taken }) => taken.attempt),
      events.map((event) => event.eventKey),
      events.map((event) => event.id),
      events.map((event) => event.arrivalId),
      events.map((event) => event.receivedAt),
    ],
    'settle-fence',
  );
  const won = new Set<string>();
  const fresh = new Set<string>();
  for (const row of rows) (row.won ? won : fresh).add(row.id);
  return { won, fresh };
}

/** Whose ledger an event belongs to: what is proved, whether or not it may act; claims of strangers leave no trace there. */
function subjectOf(event: MailEvent): string | null {
  return event.messageKey !== null && (event.acts || event.proof === 'verp') ? event.recipient : null;
}

const lockRecipients = `insert into recipients as r (address, original, provider, first_at, last_at, events)
  select address, original, provider, first_at, last_at, events
  from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::int[])
    as t(address, original, provider, first_at, last_at, events)
  order by address collate "C"
  on conflict (address) do update set
    first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at), events = r.events + excluded.events
  returning address, lifted_at as "liftedAt", xmax = 0 as fresh`;

const suppressionsOf = `select address, level, since, expires_at as "expiresAt", category, type, rule, event_ids as "eventIds"
  from suppressions where address = any($1::text[])`;

interface Subject {
  original: string;
  provider: string | null;
  firstAt: Date;
  lastAt: Date;
  events: number;
}

/** Locks the recipients until the end of the transaction and reads what is known of them. */
async function lockHistories(tx: Queryable, events: readonly MailEvent[]): Promise<Map<string, History>> {
  const subjects = new Map<string, Subject>();
  for (const event of events) {
    const address = subjectOf(event);
    if (address === null) continue;
    const at = event.receivedAt;
    const seen = subjects.get(address);
    if (seen === undefined) {
      const original = event.recipientOriginal ?? address;
      subjects.set(address, { original, provider: event.provider, firstAt: at, lastAt: at, events: 1 });
      continue;
    }
    seen.events++;
    if (at < seen.firstAt) seen.firstAt = at;
    if (at > seen.lastAt) seen.lastAt = at;
  }
  if (subjects.size === 0) return new Map();
  const values = [...subjects.values()];
  const locked = await tx.query<{ address: string; liftedAt: Date | null; fresh: boolean }>(
    lockRecipients,
    [
      [...subjects.keys()],
      values.map((each) => each.original),
      values.map((each) => each.provider),
      values.map((each) => each.firstAt),
      values.map((each) => each.lastAt),
      values.map((each) => each.events),
    ],
    'settle-lock',
  );
  // Who was never seen before has nothing to read.
  const known = locked.filter((row) => !row.fresh).map((row) => row.address);
  const [ledger, standing] = await Promise.all([
    readLedger(tx, known),
    known.length === 0
      ? []
      : tx.query<Suppression & { address: string }>(suppressionsOf, [known], 'settle-suppressions'),
  ]);
  await addHidden(tx, ledger, events);
  const suppressions = new Map<string, Suppression>();
  for (const { address, ...row } of standing) suppressions.set(address, row);
  return new Map(
    locked.map(({ address, liftedAt }) => [
      address,
      {
        recipient: address,
        counted: ledger.get(address) ?? [],
        suppression: suppressions.get(address) ?? null,
        liftedAt,
      },
    ]),
  );
}
