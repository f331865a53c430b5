/** Everything that is known of one address: its ledger, what the policy makes of it now, and what was decided. */
import type { Category, EventType } from '../core/classify/categories.ts';
import { consecutiveHard, recipientReputation } from '../core/policy/reputation.ts';
import type { Counted } from '../core/policy/history.ts';
import type { PolicyOptions } from '../core/policy/options.ts';
import type { Queryable } from './db.ts';
import { decisionsOfRecipient, type DecisionRow } from './decisions.ts';
import { readLedger } from './ledger.ts';
import { suppressionOf, type SuppressionState } from './suppressions.ts';

/** A retry that is wanted, for one message. */
export interface RetryRow {
  readonly messageId: string | null;
  readonly category: Category;
  readonly attempt: number;
  readonly dueAt: Date;
  readonly state: 'waiting' | 'cancelled' | 'taken' | 'done';
  readonly eventId: string;
}

export interface RecipientView {
  readonly address: string;
  /** As the sender spelt it. */
  readonly original: string;
  readonly provider: string | null;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Events that named this recipient by proof. */
  readonly events: number;
  readonly liftedAt: Date | null;
  /** 0…100. */
  readonly reputation: number;
  readonly consecutiveHard: number;
  readonly suppression: SuppressionState;
  /** Messages in the ledger by type and category. */
  readonly counts: readonly { readonly type: EventType; readonly category: Category | null; readonly count: number }[];
  /** One entry a message, newest first, at most 100. */
  readonly history: readonly Counted[];
  readonly retries: readonly RetryRow[];
  /** Newest first, at most 50. */
  readonly decisions: readonly DecisionRow[];
}

type RecipientRow = Pick<
  RecipientView,
  'address' | 'original' | 'provider' | 'firstAt' | 'lastAt' | 'events' | 'liftedAt'
>;

/** Null where no event ever named the address (identity form). */
export async function findRecipient(
  db: Queryable,
  address: string,
  policy: PolicyOptions,
  now: Date,
): Promise<RecipientView | null> {
  const [row] = await db.query<RecipientRow>(
    `select address, original, provider, first_at as "firstAt", last_at as "lastAt", events, lifted_at as "liftedAt"
     from recipients where address = $1`,
    [address],
  );
  if (row === undefined) return null;
  const history = (await readLedger(db, [address])).get(address) ?? [];
  const retries = await db.query<RetryRow>(
    `select message_id as "messageId", category, attempt, due_at as "dueAt", state, event_id as "eventId"
     from retries where recipient = $1 order by due_at desc limit 100`,
    [address],
  );
  const tally = new Map<string, { type: EventType; category: Category | null; count: number }>();
  for (const { type, category } of history) {
    const key = `${type} ${category ?? ''}`;
    const seen = tally.get(key) ?? { type, category, count: 0 };
    seen.count++;
    tally.set(key, seen);
  }
  return {
    ...row,
    reputation: recipientReputation(history, row.liftedAt, policy, now),
    consecutiveHard: consecutiveHard(history, row.liftedAt, policy),
    suppression: await suppressionOf(db, address, now),
    counts: [...tally.values()],
    history,
    retries,
    decisions: await decisionsOfRecipient(db, address),
  };
}
