/** Reading retry intents: what the policy wants to be sent again. settle.ts writes them; the sender takes them. */
import type { Queryable } from './db.ts';
import { pageOf, type Cursor, type Page } from './page.ts';
import type { RetryRow } from './recipients.ts';

export const retryStates = ['waiting', 'cancelled', 'taken', 'done'] as const;

export interface ListedRetry extends RetryRow {
  readonly recipient: string;
  readonly createdAt: Date;
}

export interface RetryFilter {
  /** Identity form. */
  readonly recipient?: string | undefined;
  readonly state?: (typeof retryStates)[number] | undefined;
}

/** Retries, the last one wanted first. An event wants one at most, so that its id breaks ties. */
export async function listRetries(
  db: Queryable,
  filter: RetryFilter,
  page: { readonly limit: number; readonly cursor: Cursor | null },
): Promise<Page<ListedRetry>> {
  const rows = await db.query<ListedRetry>(
    `select recipient, message_id as "messageId", category, attempt, due_at as "dueAt", state, event_id as "eventId",
       created_at as "createdAt"
     from retries
     where ($2::text is null or recipient = $2) and ($3::text is null or state = $3)
       and ($4::timestamptz is null or (created_at, event_id) < ($4::timestamptz, $5::uuid))
     order by created_at desc, event_id desc limit $1`,
    [page.limit + 1, filter.recipient ?? null, filter.state ?? null, page.cursor?.at ?? null, page.cursor?.id ?? null],
  );
  return pageOf(rows, page.limit, (last) => ({ at: last.createdAt, id: last.eventId }));
}
