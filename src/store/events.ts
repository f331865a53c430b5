/** Reading events: lists by filter, one by id, its raw bytes. Events are written by settle.ts alone and never change. */
import type { Category, EventType, Permanence } from '../core/classify/categories.ts';
import type { Evidence, MailEvent, Proof, Report, ReportAction, Source } from '../core/event.ts';
import type { Queryable, Value } from './db.ts';
import { decisionsOfEvent, storedEvidence, type DecisionRow } from './decisions.ts';
import { pageOf, type Cursor, type Page } from './page.ts';

/** One event as it is shown. */
export interface EventRow {
  readonly id: string;
  readonly receivedAt: Date;
  readonly recordedAt: Date;
  readonly arrivalId: string;
  readonly proof: Proof;
  readonly acts: boolean;
  readonly recipient: string | null;
  readonly messageId: string | null;
  readonly campaign: string | null;
  readonly sendingDomain: string | null;
  readonly provider: string | null;
  readonly source: Source;
  readonly reversePath: string;
  readonly type: EventType;
  readonly category: Category | null;
  readonly permanence: Permanence;
  readonly rule: string;
  readonly confidence: number;
  readonly evidence: Evidence | null;
  readonly reportAction: ReportAction | null;
  readonly status: string | null;
  readonly replyCode: number | null;
  readonly diagnosticCode: string | null;
  readonly finalRecipient: string | null;
  readonly originalRecipient: string | null;
  readonly reportingMta: string | null;
  readonly remoteMta: string | null;
  readonly redirected: boolean;
  readonly flags: readonly string[];
  /** The dispatch of ours that it speaks of. */
  readonly dispatchId: string | null;
}

/** The parts of a report that have no column of their own; dates are ISO 8601 texts. */
export type ReportRest = Pick<Report, 'kind' | 'format' | 'feedbackType' | 'phase' | 'machineReadable' | 'sign'> & {
  readonly arrivalDate: string | null;
  readonly lastAttemptDate: string | null;
  readonly willRetryUntil: string | null;
};

export interface EventDetail extends EventRow {
  readonly report: ReportRest;
  readonly originalHeaders: MailEvent['originalHeaders'];
  readonly decisions: readonly DecisionRow[];
}

export interface EventFilter {
  /** Identity form. */
  readonly recipient?: string | undefined;
  readonly type?: string | undefined;
  readonly category?: string | undefined;
  readonly provider?: string | undefined;
  readonly sendingDomain?: string | undefined;
  readonly campaign?: string | undefined;
  /** Received at or after. */
  readonly since?: Date | undefined;
  /** Received before. */
  readonly until?: Date | undefined;
}

const columns = `id, received_at as "receivedAt", recorded_at as "recordedAt", arrival_id as "arrivalId", proof, acts, recipient,
  message_id as "messageId", campaign, sending_domain as "sendingDomain", provider, source,
  reverse_path as "reversePath", type, category, permanence, rule, confidence, ${storedEvidence},
  report_action as "reportAction", status, reply_code as "replyCode", diagnostic_code as "diagnosticCode",
  final_recipient as "finalRecipient", original_recipient as "originalRecipient",
  reporting_mta as "reportingMta", remote_mta as "remoteMta", redirected, flags, dispatch_id as "dispatchId"`;

/** Column of each filter: SQL never sees a name that came from outside. */
const filters = [
  ['recipient', 'recipient = '],
  ['type', 'type = '],
  ['category', 'category = '],
  ['provider', 'provider = '],
  ['sendingDomain', 'sending_domain = '],
  ['campaign', 'campaign = '],
  ['since', 'received_at >= '],
  ['until', 'received_at < '],
] as const;

/** Events newest first. */
export async function listEvents(
  db: Queryable,
  filter: EventFilter,
  page: { readonly limit: number; readonly cursor: Cursor | null },
): Promise<Page<EventRow>> {
  const values: Value[] = [page.limit + 1];
  const where: string[] = [];
  for (const [field, condition] of filters) {
    const value = filter[field];
    if (value === undefined) continue;
    values.push(value);
    where.push(`${condition}$${values.length}`);
  }
  if (page.cursor !== null) {
    values.push(page.cursor.at, page.cursor.id);
    where.push(`(received_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  const rows = await db.query<EventRow>(
    `select ${columns} from events ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
     order by received_at desc, id desc limit $1`,
    values,
  );
  return pageOf(rows, page.limit, (last) => ({ at: last.receivedAt, id: last.id }));
}

/** An id carries the receive time (UUIDv7), so that one partition is asked and not all of them. */
function around(id: string): readonly [Date, Date] {
  const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  // Beyond what a Date and PostgreSQL both hold there is no event: any empty range will do.
  const known = at < 8e13 ? at : 0;
  return [new Date(known - 1), new Date(known + 2)];
}

/** One event with everything that is known of it; null where there is none. `id` must be a UUID. */
export async function findEvent(db: Queryable, id: string): Promise<EventDetail | null> {
  const [from, to] = around(id);
  const [row] = await db.query<Omit<EventDetail, 'decisions'>>(
    `select ${columns}, '{"sign":null}'::jsonb || report as report, original_headers as "originalHeaders"
     from events where id = $1 and received_at >= $2 and received_at < $3`,
    [id, from, to],
  );
  return row === undefined ? null : { ...row, decisions: await decisionsOfEvent(db, row) };
}

export interface RawReport {
  readonly arrivalId: string;
  readonly body: Buffer;
  /** Octets of the whole message; more than `body` holds where `truncated`. */
  readonly size: number;
  readonly truncated: boolean;
}

/** The message behind an event, while it is kept (retention.raw); null afterwards. */
export async function rawOfEvent(db: Queryable, id: string): Promise<RawReport | null> {
  const [from, to] = around(id);
  const [row] = await db.query<RawReport>(
    `select a.id as "arrivalId", r.body, a.size, a.truncated
     from events e
     join arrivals a on a.id = e.arrival_id and a.received_at >= $2 and a.received_at < $3
     join raws r on r.id = a.raw_id and r.received_at >= $2 and r.received_at < $3
     where e.id = $1 and e.received_at >= $2 and e.received_at < $3`,
    [id, from, to],
  );
  return row ?? null;
}

/** What was heard of a dispatch, oldest first, at most 100. No word about it is older than it. */
export function eventsOfDispatch(
  db: Queryable,
  dispatch: { readonly id: string; readonly createdAt: Date },
): Promise<EventRow[]> {
  return db.query<EventRow>(
    `select ${columns} from events where dispatch_id = $1 and received_at >= $2 order by received_at, id limit 100`,
    [dispatch.id, dispatch.createdAt],
  );
}
