/**
 * Stored events as they are decided again: what was classified, and the verdict that stands (the newest of table `verdicts`, else the
 * event's own). Windows are counted in events, not in matches, so that a rare filter never makes one statement long.
 */
import type { Classifiable } from '../core/classify/classify.ts';
import type { MailEvent, Verdict } from '../core/event.ts';
import type { Queryable, Value } from './db.ts';
import type { Cursor } from './page.ts';

export interface StoredEvent extends Pick<
  MailEvent,
  | 'id'
  | 'receivedAt'
  | 'arrivalId'
  | 'proof'
  | 'acts'
  | 'recipient'
  | 'messageKey'
  | 'sendingDomain'
  | 'provider'
  | 'redirected'
  | 'flags'
  | 'verdict'
> {
  readonly report: Classifiable;
  /** Not kept with events; the ledger knows it. */
  readonly sentAt: null;
}

/** Which events are decided again; category and rule are those that stand. */
export interface ReclassifyFilter {
  readonly category?: string | undefined;
  readonly rule?: string | undefined;
  readonly provider?: string | undefined;
  readonly campaign?: string | undefined;
  /** Identity form. */
  readonly recipient?: string | undefined;
  /** ISO 8601; received at or after, and before. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Events that are looked at, at most. */
  readonly limit?: number | undefined;
}

/** Joins the verdict that stands for the event `e`, as `s.verdict`; null where that is the event's own. */
export const standing = `left join lateral (select v.verdict from verdicts v where v.event_id = e.id order by v.number desc limit 1) s on true`;
export const standingCategory = `case when s.verdict is null then e.category else s.verdict->>'category' end`;
const columns = `e.id, e.received_at as "receivedAt", e.arrival_id as "arrivalId", e.proof, e.acts, e.recipient,
  e.message_key as "messageKey", e.sending_domain as "sendingDomain", e.provider, e.redirected, e.flags,
  coalesce(s.verdict, jsonb_build_object('type', e.type, 'category', e.category, 'permanence', e.permanence, 'rule', e.rule,
    'confidence', e.confidence, 'evidence', '{"field":"diagnosticCode"}'::jsonb || e.evidence)) as verdict,
  jsonb_build_object('kind', e.report->'kind', 'diagnosticCode', e.diagnostic_code, 'status', e.status, 'replyCode', e.reply_code,
    'remoteMta', e.remote_mta, 'reportAction', e.report_action, 'phase', e.report->'phase',
    'feedbackType', e.report->'feedbackType', 'sign', e.report->'sign') as report, null as "sentAt"`;

const boundary = `select received_at as at, id from (
    select received_at, id from events
    where received_at >= $1 and received_at < $2 and (received_at, id) > ($1::timestamptz, $3::uuid)
    order by received_at, id limit $4) window_ order by received_at desc, id desc limit 1`;

/** `(received_at, id)` before every event since a time. */
export function cursorBefore(since: Date): Cursor {
  return { at: since, id: '00000000-0000-0000-0000-000000000000' };
}

/**
 * The events that match among the next `size`, oldest first. Evidence beside an event that acts has no decision and is left out.
 * @returns the place up to which was looked; null at the end.
 */
export async function readWindow(
  tx: Queryable,
  filter: ReclassifyFilter,
  from: Cursor,
  until: Date,
  size: number,
): Promise<{ readonly events: readonly StoredEvent[]; readonly last: Cursor | null }> {
  const [last] = await tx.query<Cursor>(boundary, [from.at, until, from.id, size]);
  // Receive times are whole milliseconds (arrivals.ts); one that is not would be found for ever.
  if (last === undefined || last.id === from.id) return { events: [], last: null };
  const values: Value[] = [from.at, from.id, last.at, last.id];
  const where: string[] = [];
  const add = (condition: string, value: string | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(` and ${condition} = $${values.length}`);
  };
  add('e.recipient', filter.recipient);
  add('e.provider', filter.provider);
  add('e.campaign', filter.campaign);
  add(`coalesce(s.verdict->>'rule', e.rule)`, filter.rule);
  add(standingCategory, filter.category);
  const events = await tx.query<StoredEvent>(
    `select ${columns} from events e ${standing}
     where e.received_at >= $1 and e.received_at <= $3 and (e.received_at, e.id) > ($1::timestamptz, $2::uuid)
       and (e.received_at, e.id) <= ($3::timestamptz, $4::uuid) and not ('evidence' = any(e.flags))${where.join('')}
     order by e.received_at, e.id`,
    values,
  );
  return { events, last };
}

/** The next events that a run changed and that nothing changed since, each with the verdict that stood before the run. */
export function readChanged(
  tx: Queryable,
  runId: string,
  from: Cursor,
  size: number,
): Promise<(StoredEvent & { readonly before: Verdict; readonly latest: boolean })[]> {
  return tx.query(
    `select ${columns}, c.prior as before,
       not exists (select from verdicts n where n.event_id = c.event_id and n.number > c.number) as latest
     from (select * from verdicts where run_id = $1 and (received_at, event_id) > ($2::timestamptz, $3::uuid)
           order by received_at, event_id limit $4) c
     join events e on e.id = c.event_id and e.received_at = c.received_at ${standing}
     order by c.received_at, c.event_id`,
    [runId, from.at, from.id, size],
  );
}

/**
 * Events of a message are few (`pipeline.tokenEventsPerDay`); this bounds what a broken sender can make of it. The newest are taken:
 * those that are decided again are rather among them.
 */
const mostOfMessage = 500;

/** Every recorded event of these messages to these recipients, each message's oldest first. */
export async function readMessages(
  tx: Queryable,
  messages: readonly (readonly [recipient: string, messageKey: string])[],
): Promise<StoredEvent[]> {
  if (messages.length === 0) return [];
  return tx.query<StoredEvent>(
    `select ${columns} from unnest($1::text[], $2::text[]) as wanted(recipient, message_key)
     cross join lateral (select * from events where recipient = wanted.recipient and message_key = wanted.message_key
       and (acts or proof = 'verp') order by received_at desc, id desc limit ${mostOfMessage}) e ${standing}
     order by e.received_at, e.id`,
    [messages.map(([recipient]) => recipient), messages.map(([, key]) => key)],
  );
}

/** Whose message an event is about, for those of these ids that are still there. */
export async function messagesOf(
  tx: Queryable,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly recipient: string; readonly messageKey: string }[]> {
  if (ids.length === 0) return [];
  // A UUIDv7 tells the time: one partition is asked for each, and not all of them.
  const at = ids.map((id) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));
  return tx.query(
    `select e.id, e.recipient, e.message_key as "messageKey"
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as wanted(id, from_, to_)
     cross join lateral (select * from events where id = wanted.id and received_at >= wanted.from_ and received_at < wanted.to_) e
     where e.recipient is not null and e.message_key is not null`,
    [ids, at.map((each) => new Date(each - 1)), at.map((each) => new Date(each + 2))],
  );
}
