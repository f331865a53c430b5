/**
 * Reading decisions. Each automatic or human decision is one row that is never changed; settle.ts, lift.ts and
 * steer-dispatch.ts write them.
 */
import type { Action } from '../core/classify/categories.ts';
import type { Evidence, SuppressionLevel } from '../core/event.ts';
import type { DispatchState } from '../core/sending/dispatch.ts';
import type { Queryable } from './db.ts';

/** The suppression before or after a decision. */
export interface LevelState {
  readonly level: SuppressionLevel;
  /** ISO 8601, or null for never. */
  readonly expiresAt: string | null;
}

/** What people decide: about a suppression, and about a dispatch. */
export const humanActions = ['lift', 'retry_dispatch', 'cancel_dispatch', 'resolve_dispatch'] as const;
type HumanAction = (typeof humanActions)[number];

/** A decision is about a level, or (a person's, on a dispatch) about the state of a dispatch. */
type DecidedState = LevelState | { readonly state: DispatchState };

export interface DecisionRow {
  readonly id: string;
  readonly decidedAt: Date;
  readonly eventId: string | null;
  readonly arrivalId: string | null;
  readonly recipient: string | null;
  /** What was done; those that are no Action are a person's. */
  readonly action: Action | HumanAction;
  /** `policy`, or who it was: `api:<key name>`. */
  readonly actor: string;
  readonly reason: string;
  readonly rule: string | null;
  readonly rulesVersion: string | null;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly evidence: Evidence | null;
  readonly prior: DecidedState | null;
  /** The state after, with what else the decision caused (retry, review, senderFault). */
  readonly result: (DecidedState & Readonly<Record<string, unknown>>) | null;
}

/** Earlier rows name no field: it was always the diagnostic. */
export const storedEvidence = `'{"field":"diagnosticCode"}'::jsonb || evidence as evidence`;

const columns = `id, decided_at as "decidedAt", event_id as "eventId", arrival_id as "arrivalId", recipient, action, actor, reason,
  rule, rules_version as "rulesVersion", inputs, ${storedEvidence}, prior, result`;

/** What was decided on one event, oldest first. A decision on an event has its receive time, by which both are indexed. */
export function decisionsOfEvent(
  db: Queryable,
  event: { readonly id: string; readonly receivedAt: Date },
): Promise<DecisionRow[]> {
  return db.query<DecisionRow>(
    `select ${columns} from decisions where received_at = $2 and event_id = $1 order by decided_at, id`,
    [event.id, event.receivedAt],
  );
}

/** What was decided about a recipient, newest first. */
export function decisionsOfRecipient(db: Queryable, recipient: string, limit = 50): Promise<DecisionRow[]> {
  return db.query<DecisionRow>(
    `select ${columns} from decisions where recipient = $1 order by received_at desc, id desc limit $2`,
    [recipient, limit],
  );
}

/** What people decided about a dispatch, oldest first. No decision on it is older than it. */
export function decisionsOfDispatch(
  db: Queryable,
  dispatch: { readonly id: string; readonly recipient: string; readonly createdAt: Date },
  limit = 100,
): Promise<DecisionRow[]> {
  return db.query<DecisionRow>(
    `select ${columns} from decisions where recipient = $1 and received_at >= $2 and inputs->>'dispatchId' = $3
     order by received_at, id limit $4`,
    [dispatch.recipient, dispatch.createdAt, dispatch.id, limit],
  );
}
