/** What was raised: one row for a kind, sending domain, provider, category and day, with the distinct recipients behind it. */
import type { Category } from '../core/classify/categories.ts';
import type { Severity } from '../core/policy/reputation.ts';
import type { Queryable } from './db.ts';
import { pageOf, type Cursor, type Page } from './page.ts';

export interface AlertRow {
  readonly id: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly sendingDomain: string | null;
  readonly provider: string | null;
  readonly category: Category | null;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Distinct recipients. */
  readonly recipients: number;
  /** The event that raised it. */
  readonly eventId: string | null;
  readonly text: string;
}

/** Alerts, newest activity first. */
export async function listAlerts(
  db: Queryable,
  filter: { readonly sendingDomain?: string | undefined },
  page: { readonly limit: number; readonly cursor: Cursor | null },
): Promise<Page<AlertRow>> {
  const rows = await db.query<AlertRow>(
    `select id, kind, severity, sending_domain as "sendingDomain", provider, category, day::text as day,
       first_at as "firstAt", last_at as "lastAt", recipients, event_id as "eventId", text
     from alerts
     where ($2::text is null or sending_domain = $2)
       and ($3::timestamptz is null or (last_at, id) < ($3::timestamptz, $4::uuid))
     order by last_at desc, id desc limit $1`,
    [page.limit + 1, filter.sendingDomain ?? null, page.cursor?.at ?? null, page.cursor?.id ?? null],
  );
  return pageOf(rows, page.limit, (last) => ({ at: last.lastAt, id: last.id }));
}
