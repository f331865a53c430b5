/**
 * Reading what was handed over: messages, their dispatches, what was tried and heard. Written by messages.ts (hand-over),
 * dispatch-queue.ts (sender), settle-dispatches.ts (reports and replies) and steer-dispatch.ts (people).
 */
import type { Category } from '../core/classify/categories.ts';
import type { DispatchState } from '../core/sending/dispatch.ts';
import type { Queryable, Value } from './db.ts';
import { decisionsOfDispatch, type DecisionRow } from './decisions.ts';
import { eventsOfDispatch, type EventRow } from './events.ts';
import type { Origin } from './messages.ts';
import { pageOf, type Cursor, type Page } from './page.ts';

/** One dispatch as it is shown. */
export interface DispatchRow {
  readonly id: string;
  /** Id of its message. */
  readonly message: string;
  /** Identity form. */
  readonly recipient: string;
  /** What RCPT is given. */
  readonly recipientOriginal: string;
  readonly provider: string | null;
  readonly sendingDomain: string;
  readonly campaign: string | null;
  /** RFC 5322, without brackets. */
  readonly messageId: string;
  readonly state: DispatchState;
  /** Attempts begun. */
  readonly attempt: number;
  /** Where it is queued or waiting. */
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  /** Since when it is in this state. */
  readonly stateAt: Date;
  readonly sentAt: Date | null;
  readonly expiresAt: Date;
  /** The last word about it. */
  readonly eventId: string | null;
  readonly category: Category | null;
  readonly rule: string | null;
  readonly status: string | null;
  readonly replyCode: number | null;
  /** The relay's reply, a report's diagnostic, or why it did not go. */
  readonly diagnostic: string | null;
}

export interface DispatchDetail extends DispatchRow {
  /** Oldest first; those whose return-path is still kept. */
  readonly attempts: readonly { readonly attempt: number; readonly startedAt: Date }[];
  /** Oldest first, at most 100. */
  readonly events: readonly EventRow[];
  /** What people asked for, oldest first. */
  readonly decisions: readonly DecisionRow[];
}

export interface MessageDetail {
  readonly id: string;
  readonly createdAt: Date;
  readonly messageId: string;
  readonly sendingDomain: string;
  readonly stream: string | null;
  readonly campaign: string | null;
  readonly origin: Origin;
  readonly submitter: string;
  readonly envelopeSender: string;
  readonly size: number;
  /** Its octets are kept: it can still be sent from here. */
  readonly stored: boolean;
  /** In the order of the hand-over. */
  readonly dispatches: readonly DispatchRow[];
}

export interface DispatchFilter {
  readonly state?: DispatchState | undefined;
  /** Identity form. */
  readonly recipient?: string | undefined;
  readonly provider?: string | undefined;
  readonly sendingDomain?: string | undefined;
  readonly campaign?: string | undefined;
  /** Id of the message. */
  readonly message?: string | undefined;
  /** RFC 5322, without brackets. */
  readonly messageId?: string | undefined;
  /** Handed over at or after. */
  readonly since?: Date | undefined;
  /** Handed over before. */
  readonly until?: Date | undefined;
}

const columns = `id, message, recipient, recipient_original as "recipientOriginal", provider, sending_domain as "sendingDomain", campaign,
  message_id as "messageId", state, attempt, due_at as "dueAt", created_at as "createdAt", state_at as "stateAt", sent_at as "sentAt",
  expires_at as "expiresAt", event_id as "eventId", category, rule, status, reply_code as "replyCode", diagnostic`;

/** Condition of each filter: SQL never sees a name that came from outside. */
const filters = [
  ['state', 'state = $'],
  ['recipient', 'recipient = $'],
  ['provider', 'provider = $'],
  ['sendingDomain', 'sending_domain = $'],
  ['campaign', 'campaign = $'],
  ['message', 'message = $'],
  // By the message's index; message_id stands in the dispatch too, without one.
  ['messageId', 'message in (select m.id from messages m where m.message_id = $'],
  ['since', 'created_at >= $'],
  ['until', 'created_at < $'],
] as const;

/** Dispatches, those handed over last first. */
export async function listDispatches(
  db: Queryable,
  filter: DispatchFilter,
  page: { readonly limit: number; readonly cursor: Cursor | null },
): Promise<Page<DispatchRow>> {
  const values: Value[] = [page.limit + 1];
  const where: string[] = [];
  for (const [field, condition] of filters) {
    const value = filter[field];
    if (value === undefined) continue;
    values.push(value);
    where.push(`${condition}${values.length}${condition.includes('(') ? ')' : ''}`);
  }
  if (page.cursor !== null) {
    values.push(page.cursor.at, page.cursor.id);
    where.push(`(created_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  const rows = await db.query<DispatchRow>(
    `select ${columns} from dispatches ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
     order by created_at desc, id desc limit $1`,
    values,
  );
  return pageOf(rows, page.limit, (last) => ({ at: last.createdAt, id: last.id }));
}

/** One dispatch with everything that is known of it; null where there is none. `id` must be a UUID. */
export async function findDispatch(db: Queryable, id: string): Promise<DispatchDetail | null> {
  const [row] = await db.query<DispatchRow>(`select ${columns} from dispatches where id = $1`, [id]);
  if (row === undefined) return null;
  const [attempts, events, decisions] = await Promise.all([
    db.query<DispatchDetail['attempts'][number]>(
      'select attempt, minted_at as "startedAt" from return_paths where dispatch_id = $1 order by attempt',
      [id],
    ),
    eventsOfDispatch(db, row),
    decisionsOfDispatch(db, row),
  ]);
  return { ...row, attempts, events, decisions };
}

/** One message with its dispatches; null where there is none. `id` must be a UUID. */
export async function findMessage(db: Queryable, id: string): Promise<MessageDetail | null> {
  const [row] = await db.query<Omit<MessageDetail, 'dispatches'>>(
    `select id, created_at as "createdAt", message_id as "messageId", sending_domain as "sendingDomain", stream, campaign, origin,
       submitter, envelope_sender as "envelopeSender", size::int as size,
       exists (select from message_raws r where r.message = m.id) as stored
     from messages m where id = $1`,
    [id],
  );
  if (row === undefined) return null;
  const dispatches = await db.query<DispatchRow>(`select ${columns} from dispatches where message = $1 order by id`, [
    id,
  ]);
  return { ...row, dispatches };
}
