/**
 * What time does to dispatches: leases that ran out, messages that were tried long enough, silence that means arrival, and
 * raw messages that nobody needs any longer. Any process may do it at any time; the database's clock alone counts.
 */
import type { Db, Queryable } from './db.ts';
import { finished, removeRaws } from './messages.ts';

/** Rows of one statement; fewer: that was all. */
export const batch = 1000;

export interface Swept {
  /** Back in the queue: nothing had been said to a relay. */
  readonly released: number;
  /** On their way when their process ended. */
  readonly indeterminate: number;
  /** Those that are sent again although they may have been sent (policy `resend`). */
  readonly resent: number;
}

// An indeterminate one has its lease until the policy was asked about it: another policy does not reach back to older ones.
const leases = `with over as materialized (
    select id, state as was from dispatches where state in ('claimed', 'sending', 'indeterminate') and lease_until < now()
    order by id limit $2 for update skip locked
  )
  update dispatches d set lease_until = null, state_at = case when was = 'indeterminate' and not $1 then state_at else now() end,
    owner = case when was = 'claimed' or $1 then null else owner end,
    state = case when was = 'claimed' and attempt = 0 then 'queued' when was = 'claimed' or $1 then 'waiting' else 'indeterminate' end,
    due_at = case when was = 'claimed' or $1 then now() end
  from over where d.id = over.id returning was, d.state`;

/** Ends leases that ran out. @param resend send again what may have been sent, with the same Message-ID. */
export async function sweepLeases(db: Queryable, resend: boolean): Promise<Swept> {
  const rows = await db.query<{ was: string; state: string }>(leases, [resend, batch]);
  const count = (test: (row: { was: string; state: string }) => boolean): number => rows.filter(test).length;
  return {
    released: count(({ was }) => was === 'claimed'),
    indeterminate: count(({ was }) => was === 'sending'),
    resent: count(({ was, state }) => was !== 'claimed' && state === 'waiting'),
  };
}

/** Queued and waiting ones that were tried long enough. Gives their seconds since the hand-over; fewer than a batch: all. */
export async function expireDispatches(db: Queryable): Promise<number[]> {
  const rows = await db.query<{ seconds: number }>(
    `update dispatches set state = 'expired', due_at = null, state_at = now()
     where id = any(array(select id from dispatches where state in ('queued', 'waiting') and expires_at <= now()
       order by expires_at limit $1 for update skip locked))
     returning extract(epoch from now() - created_at)::float8 as seconds`,
    [batch],
  );
  return rows.map(({ seconds }) => seconds);
}

const silent = `select id, recipient, exists (select from counts c where c.recipient = d.recipient and c.type not in ('delivery', 'none')) as known
  from dispatches d where state = 'sent' and sent_at <= now() - $1::float8 * interval '1 ms' order by sent_at limit $2`;
const assume = `with ours as materialized (
    select id from dispatches where id = any($1::uuid[]) and state = 'sent' and sent_at <= now() - $2::float8 * interval '1 ms'
    order by id for update
  )
  update dispatches d set state = 'assumed_delivered', state_at = now() where id = any(array(select id from ours))
  returning id, message, extract(epoch from now() - created_at)::float8 as seconds`;
/**
 * The ledger's row of a mail that arrived, joined as core/policy/ledger.ts joins it: it stands only where nothing counts yet.
 * Its place in the history is when the mail was sent: bounces of later mail came after it.
 */
const countDelivery = `insert into counts as c (recipient, message_key, type, category, redirected, conclusive, rule, at, last_at,
    sent_at, event_id, sending_domain, provider, window_at)
  select distinct on (d.recipient, d.message_id) d.recipient, d.message_id, 'delivery', null, false, false, 'time/assumed-delivered', t.sent, t.now, t.sent, d.id,
    d.sending_domain, d.provider, t.now
  from dispatches d
  cross join lateral (select date_trunc('milliseconds', d.sent_at) as sent, date_trunc('milliseconds', now()) as now) t
  where d.id = any($1::uuid[]) order by d.recipient, d.message_id, d.id
  on conflict (recipient, message_key) do update set type = excluded.type, category = null, redirected = false,
    conclusive = false, rule = excluded.rule, at = excluded.at, last_at = excluded.last_at,
    sent_at = greatest(c.sent_at, excluded.sent_at), event_id = excluded.event_id
  where c.type = 'none'`;

/**
 * Sent so long ago without a word: it arrived, as far as anybody will ever know. For recipients with faults in the ledger
 * it counts, which ends a row of hard bounces; of all others nothing is kept.
 * @param silence milliseconds.
 */
export function assumeDelivered(
  db: Db,
  silence: number,
): Promise<{
  /** How many were found; fewer than a batch: all. */
  readonly found: number;
  /** Of those that came to their end here: seconds since the hand-over. */
  readonly seconds: readonly number[];
}> {
  return db.transaction(async (tx) => {
    const found = await tx.query<{ id: string; recipient: string; known: boolean }>(silent, [silence, batch]);
    if (found.length === 0) return { found: 0, seconds: [] };
    const known = new Set(found.filter((row) => row.known).map(({ id }) => id));
    // Before the dispatches, in the order of settling: a report that is decided now is decided before or after.
    if (known.size > 0)
      await tx.query('select from recipients where address = any($1::text[]) order by address collate "C" for update', [
        found.filter((row) => row.known).map(({ recipient }) => recipient),
      ]);
    const assumed = await tx.query<{ id: string; message: string; seconds: number }>(assume, [
      found.map(({ id }) => id),
      silence,
    ]);
    const counted = assumed.filter(({ id }) => known.has(id)).map(({ id }) => id);
    if (counted.length > 0) await tx.query(countDelivery, [counted]);
    await removeRaws(
      tx,
      assumed.map(({ message }) => message),
    );
    return { found: found.length, seconds: assumed.map(({ seconds }) => seconds) };
  });
}

const due = `with due as materialized (
    select recipient, message_key from retries where state = 'waiting' and due_at <= now() order by due_at limit $1
    for update skip locked
  ), told as (
    update retries r set state = 'done' from due where r.recipient = due.recipient and r.message_key = due.message_key
    returning r.recipient, r.message_id, r.category, r.due_at, r.event_id
  )
  insert into outbox (id, kind, payload)
  select gen_random_uuid(), 'retry.due', jsonb_build_object('dispatchId', null, 'recipient', recipient, 'messageId', message_id,
    'campaign', null, 'category', category, 'dueAt', to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'eventId', event_id) from told returning 1`;

/** Retries of mail that was not handed to us: whoever has it is told that its time has come. Gives their number. */
export async function tellDueRetries(db: Queryable): Promise<number> {
  return (await db.query(due, [batch])).length;
}

/** What is left of messages that ended in two places at once, or by a step that looks at one dispatch. Gives their number. */
export async function removeFinishedRaws(db: Queryable): Promise<number> {
  const rows = await db.query(
    `delete from message_raws where message = any(array(
       select r.message from message_raws r where ${finished('r.message')} order by r.message limit $1 for update of r skip locked))
     returning 1`,
    [batch],
  );
  return rows.length;
}
