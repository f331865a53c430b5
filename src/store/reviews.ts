/** What waits for a person to read it. */
import type { Category } from '../core/classify/categories.ts';
import type { Queryable } from './db.ts';
import { pageOf, type Cursor, type Page } from './page.ts';

export interface ReviewItem {
  readonly id: string;
  readonly createdAt: Date;
  readonly eventId: string | null;
  readonly arrivalId: string;
  readonly recipient: string | null;
  /** 0…100. */
  readonly priority: number;
  /** Why a person is asked: the decision's reason. */
  readonly why: string;
  readonly category: Category | null;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
}

/** Review items that are open, newest first; at or above a priority where one is given. */
export async function listReviews(
  db: Queryable,
  filter: { readonly minPriority?: number | undefined },
  page: { readonly limit: number; readonly cursor: Cursor | null },
): Promise<Page<ReviewItem>> {
  const rows = await db.query<ReviewItem>(
    `select id, created_at as "createdAt", event_id as "eventId", arrival_id as "arrivalId", recipient, priority, why, category,
       resolved_at as "resolvedAt", resolution
     from review_items
     where resolved_at is null and priority >= $2
       and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::uuid))
     order by created_at desc, id desc limit $1`,
    [page.limit + 1, filter.minPriority ?? 0, page.cursor?.at ?? null, page.cursor?.id ?? null],
  );
  return pageOf(rows, page.limit, (last) => ({ at: last.createdAt, id: last.id }));
}
