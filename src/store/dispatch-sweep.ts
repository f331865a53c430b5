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
  /** Of these, those that are sent again (policy `resend`). */
  readonly resent: number;
}

const leases = `update dispatches set owner = null, lease_until = null, state_at = now(),
    state = case when state = 'claimed' then case when attempt = 0 then 'queued' else 'waiting' end
      when $1 then 'waiting' else 'indeterminate' end,
    due_at = case when state = 'claimed' or $1 then now() end
  where id in (select id from dispatches where state in ('claimed', 'sending') and lease_until < now() order by id limit 1000 for update skip locked)
  returning state, due_at is not null as due, (attempt > 0 and state = 'waiting') as again`;

/** Ends leases that ran out. @param resend send again what may have been sent, with the same Message-ID. */
export async function sweepLeases(db: Queryable, resend: boolean): Promise<Swept> {
  const before = await db.query<{ state: string; due: boolean; again: boolean }>(leases, [resend]);
  const indeterminate = before.filter(({ state }) => state === 'indeterminate').length;
  return {
    released: before.length - indeterminate,
    indeterminate,
    resent: resend ? before.filter(({ again }) => again).length : 0,
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
