/**
 * A person lifts a suppression: the level goes, the moment is kept (mail sent before it does not suppress again), and
 * who did it and why is a decision like any other. Retries that a level cancelled stay cancelled.
 */
import type { SuppressionLevel } from '../core/event.ts';
import { derivedUuid } from '../core/derived-id.ts';
import type { Db } from './db.ts';

export type Lifted =
  | { readonly ok: true; readonly decisionId: string; readonly prior: SuppressionLevel }
  | { readonly ok: false; readonly why: 'notSuppressed' };

/**
 * @param address identity form.
 * @param actor `api:<key name>` or `cli:<key name>`.
 */
export function liftSuppression(db: Db, address: string, reason: string, actor: string): Promise<Lifted> {
  return db.transaction(async (tx) => {
    // The same lock, in the same order, as settling: a report that is being decided now is decided before or after, not during.
    const [clock] = await tx.query<{ now: Date }>(
      'select clock_timestamp() as now from recipients where address = $1 for update',
      [address],
    );
    const [prior] = await tx.query<{
      level: SuppressionLevel;
      expiresAt: Date | null;
      eventIds: string[];
      expired: boolean;
    }>(
      `delete from suppressions where address = $1
       returning level, expires_at as "expiresAt", event_ids as "eventIds", coalesce(expires_at <= now(), false) as expired`,
      [address],
    );
    if (clock === undefined || prior === undefined || prior.expired) return { ok: false, why: 'notSuppressed' };
    await tx.query('update recipients set lifted_at = $2 where address = $1', [address, clock.now]);
    const decisionId = derivedUuid(clock.now, `lift\0${address}\0${clock.now.toISOString()}`);
    await tx.query(
      `insert into decisions (id, received_at, recipient, action, actor, reason, inputs, prior, result)
       values ($1, $2, $3, 'lift', $4, $5, $6, $7, $8)`,
      [
        decisionId,
        clock.now,
        address,
        actor,
        reason,
        { eventIds: prior.eventIds },
        { level: prior.level, expiresAt: prior.expiresAt },
        { level: 'none', expiresAt: null },
      ],
    );
    return { ok: true, decisionId, prior: prior.level };
  });
}
