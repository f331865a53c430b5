/**
 * Sending domains: what was sent (the denominator of every rate) and what receivers hold against it. A recipient weighs
 * once, with its worst fault in the window: a thousand reports on one leaked token move no more than one does.
 */
import type { Category } from '../core/classify/categories.ts';
import { scoreOf, type Severity } from '../core/policy/reputation.ts';
import type { Queryable } from './db.ts';

export interface SentCount {
  readonly sendingDomain: string;
  readonly campaign: string | null;
  readonly provider: string | null;
  readonly at: Date;
  readonly count: number;
}

/** Adds counts of mail sent, by the hour. */
export async function addSent(db: Queryable, counts: readonly SentCount[]): Promise<void> {
  if (counts.length === 0) return;
  await db.query(
    `insert into sent_counts as s (sending_domain, campaign, provider, hour, count)
     select domain, campaign, provider, date_trunc('hour', at, 'UTC') as hour, sum(count)
     from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[]) as t (domain, campaign, provider, at, count)
     group by 1, 2, 3, 4 order by 1, 4, 2, 3
     on conflict (sending_domain, hour, campaign, provider) do update set count = s.count + excluded.count`,
    [
      counts.map((each) => each.sendingDomain),
      counts.map((each) => each.campaign ?? ''),
      counts.map((each) => each.provider ?? ''),
      counts.map((each) => each.at),
      counts.map((each) => each.count),
    ],
  );
}

interface SenderFaults {
  readonly category: Category;
  readonly severity: Severity;
  readonly provider: string | null;
  /** Distinct recipients. */
  readonly recipients: number;
}

export interface SenderScore {
  readonly sendingDomain: string;
  /** 0…100, one decimal. */
  readonly score: number;
  /** Mails sent in the window: from here, and those that were told of. */
  readonly sent: number;
  /** Distinct recipients with a fault in the window, and their summed points. */
  readonly recipients: number;
  readonly points: number;
  readonly since: Date;
  /** By category and provider, most recipients first, at most 100. */
  readonly faults: readonly SenderFaults[];
}

/** @param window milliseconds (policy.senderWindow). */
export async function senderScore(
  db: Queryable,
  sendingDomain: string,
  window: number,
  now: Date,
): Promise<SenderScore> {
  const since = new Date(now.getTime() - window);
  const day = since.toISOString().slice(0, 10);
  const [totals] = await db.query<{ recipients: number; points: number; sent: number }>(
    `select count(*)::int as recipients, coalesce(sum(points), 0)::float8 as points,
       (select coalesce(sum(count), 0)::bigint from sent_counts where sending_domain = $1 and hour >= $3) as sent
     from (select max(points) as points from sender_faults where sending_domain = $1 and day >= $2::date group by recipient) worst`,
    [sendingDomain, day, since],
  );
  const faults = await db.query<SenderFaults>(
    `select category, severity, provider, count(distinct recipient)::int as recipients
     from sender_faults where sending_domain = $1 and day >= $2::date
     group by category, severity, provider order by 4 desc, 1, 3 limit 100`,
    [sendingDomain, day],
  );
  const { recipients, points, sent } = totals ?? { recipients: 0, points: 0, sent: 0 };
  return { sendingDomain, score: scoreOf(points, sent), sent, recipients, points, since, faults };
}
