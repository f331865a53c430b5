/**
 * A person sends again, cancels, or says what became of a dispatch that nobody knows about. Which wish makes sense when is
 * core/sending/dispatch.ts; who asked for it and why is a decision, written in the transaction that does it.
 */
import { derivedUuid } from '../core/derived-id.ts';
import { isFinal, steer, type DispatchState, type Steering } from '../core/sending/dispatch.ts';
import type { Db } from './db.ts';
import { newId } from './ids.ts';

/** `notPossible`: not from the state that it is in; `notKept`: the message is not here (any more), so nothing can be sent. */
export type Steered =
  | {
      readonly ok: true;
      readonly decisionId: string;
      readonly prior: DispatchState;
      readonly state: DispatchState;
      /** Since the hand-over. */
      readonly seconds: number;
    }
  | { readonly ok: false; readonly why: 'notFound' }
  | { readonly ok: false; readonly why: 'notKept' }
  | { readonly ok: false; readonly why: 'notPossible'; readonly state: DispatchState };

export interface SteeringTerms {
  readonly wish: Steering;
  readonly reason: string;
  /** `api:<key name>` or `cli:<key name>`. */
  readonly actor: string;
  /** Milliseconds that a dispatch is tried from now on, where it is sent (again). */
  readonly expiry: number;
}

const actions = {
  retry: 'retry_dispatch',
  cancel: 'cancel_dispatch',
  resolveSent: 'resolve_dispatch',
  resolveResend: 'resolve_dispatch',
} as const satisfies Record<Steering, string>;

interface Row {
  readonly recipient: string;
  readonly state: DispatchState;
  readonly attempt: number;
  readonly createdAt: Date;
  readonly message: string;
  readonly now: Date;
}

// The clock is read under the lock: two people's decisions on one dispatch follow one another.
const lock = `select recipient, state, attempt, created_at as "createdAt", clock_timestamp() as now, message
  from dispatches d where id = $1 for update of d`;

// Held until the dispatch is open again: whoever removes what nobody needs any longer does not see that yet.
const keep = 'select from message_raws where message = $1 for key share';

// The process that has claimed it finds nothing to begin. `sent` since it became unclear: the silence counts from then.
// What had come to its end begins anew, with all its retries before it.
const move = `update dispatches set sent_at = case when $2 = 'sent' then state_at else sent_at end,
    state = $2, state_at = now(), owner = null, lease_until = null, due_at = case when $2 = 'queued' then now() end,
    retries = case when $4 then 0 else retries end, late_retry = late_retry and not $4,
    expires_at = case when $2 = 'queued' then greatest(expires_at, now() + $3::float8 * interval '1 ms') else expires_at end
  where id = $1`;

/** Does what a person asks for, or says why not. `id` must be a UUID. Rejects with StoreError. */
export function steerDispatch(db: Db, id: string, terms: SteeringTerms): Promise<Steered> {
  return db.transaction(async (tx) => {
    const [row] = await tx.query<Row>(lock, [id]);
    if (row === undefined) return { ok: false, why: 'notFound' };
    const state = steer(row.state, terms.wish);
    if (state === null) return { ok: false, why: 'notPossible', state: row.state };
    if (state === 'queued' && (await tx.query(keep, [row.message])).length === 0) return { ok: false, why: 'notKept' };
    await tx.query(move, [id, state, terms.expiry, isFinal(row.state) && state === 'queued']);
    const decisionId = derivedUuid(row.now, `steer ${newId()}`);
    await tx.query(
      `insert into decisions (id, received_at, recipient, action, actor, reason, inputs, prior, result)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        decisionId,
        row.now,
        row.recipient,
        actions[terms.wish],
        terms.actor,
        terms.reason,
        { dispatchId: id, attempt: row.attempt, wish: terms.wish },
        { state: row.state },
        { state },
      ],
    );
    const seconds = Math.max(0, (row.now.getTime() - row.createdAt.getTime()) / 1000);
    return { ok: true, decisionId, prior: row.state, state, seconds };
  });
}
