/**
 * What time does to dispatches: leases that ran out, messages that were tried long enough, silence that means arrival, and
 * raw messages that nobody needs any longer. Any process may do it at any time; the database's clock alone counts.
 */
import type { Queryable } from './db.ts';

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
const batch = 1000;

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

/** Queued and waiting ones that were tried long enough. Gives their number. */
export async function expireDispatches(db: Queryable): Promise<number> {
  const rows = await db.query(
    `update dispatches set state = 'expired', due_at = null, state_at = now()
     where id in (select id from dispatches where state in ('queued', 'waiting') and expires_at <= now() order by id limit 1000 for update skip locked)
     returning id`,
  );
  return rows.length;
}

/** Messages whose dispatches are all final, or sent so long ago that nobody will ask for them again, keep no octets. */
export async function removeFinishedRaws(db: Queryable): Promise<number> {
  const rows = await db.query(
    `delete from message_raws r where r.message in (
       select message from message_raws x
       where not exists (select from dispatches d where d.message = x.message
         and d.state not in ('bounced', 'delivered', 'assumed_delivered', 'expired', 'suppressed', 'cancelled'))
       limit 1000)
     returning message`,
  );
  return rows.length;
}
