/** Writing a decided batch: one statement a table, rows as JSON (one parameter, however many), nothing for what is empty. */
import { derivedUuid } from '../core/derived-id.ts';
import type { Suppression } from '../core/policy/history.ts';
import { severityPoints, type Severity } from '../core/policy/reputation.ts';
import type { Category } from '../core/classify/categories.ts';
import type { Queryable } from './db.ts';
import type { CountedRow, Decided, Terms } from './settle-decide.ts';
import { decisionRow, eventRow } from './settle-rows.ts';
import * as sql from './settle-sql.ts';

/** An alert that did not stand before. */
export interface RaisedAlert {
  readonly kind: string;
  readonly severity: Severity;
  readonly sendingDomain: string | null;
  readonly provider: string | null;
  readonly category: Category | null;
}

/**
 * Writes everything; the rows are locked by the caller. No statement needs another's answer: they go out together, and the
 * connection runs them in this order (retries are wanted before they are cancelled).
 */
export async function writeAll(
  tx: Queryable,
  decided: readonly Decided[],
  counted: readonly CountedRow[],
  terms: Terms,
): Promise<readonly RaisedAlert[]> {
  const [alerts] = await Promise.all([
    writeFaults(tx, decided),
    write(tx, 'settle-events', sql.events, decided.map(eventRow)),
    write(tx, 'settle-counts', sql.counts, counted.map(countRow)),
    write(tx, 'settle-suppressed', sql.suppressions, suppressionRows(decided)),
    write(
      tx,
      'settle-decisions',
      sql.decisions,
      // Evidence beside an event that acts: nothing is decided on it.
      decided.filter(({ outcome }) => outcome.reason !== 'evidence').map((each) => decisionRow(each, terms)),
    ),
    write(tx, 'settle-retries', sql.retries, retryRows(decided, terms)),
    cancelRetries(tx, decided),
    write(tx, 'settle-reviews', sql.reviews, reviewRows(decided, terms)),
  ]);
  return alerts;
}

/** One statement for all rows, which go as one JSON array; nothing where there are none. */
export async function write<Row = Record<string, unknown>>(
  tx: Queryable,
  name: string,
  text: string,
  rows: readonly unknown[],
): Promise<Row[]> {
  return rows.length === 0 ? [] : tx.query<Row>(text, [storable(rows)], name);
}

/** JSON that PostgreSQL can hold: no U+0000 and no lone surrogates, which its text types refuse. */
function storable(rows: readonly unknown[]): string {
  const json = JSON.stringify(rows);
  // JSON.stringify writes both as \u…, and little else: the first look is a plain search.
  if (!json.includes('\\u') || !/\\u(?:0000|d[89a-f])/i.test(json)) return json;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value,
  );
}

export function countRow({ recipient, sendingDomain, provider, row }: CountedRow) {
  return {
    recipient,
    message_key: row.messageKey,
    type: row.type,
    category: row.category,
    redirected: row.redirected,
    conclusive: row.conclusive,
    rule: row.rule,
    at: row.at,
    last_at: row.lastAt,
    sent_at: row.sentAt,
    event_id: row.eventId,
    sending_domain: sendingDomain,
    provider,
    reports: row.reports,
    window_at: row.windowAt,
  };
}

/** The last state of each recipient that changed, in the order of the locks. */
function suppressionRows(decided: readonly Decided[]): unknown[] {
  const last = new Map<string, { suppression: Suppression; decisionId: string }>();
  for (const { event, outcome, decisionId } of decided)
    if (outcome.changed && outcome.suppression !== null && event.recipient !== null)
      last.set(event.recipient, { suppression: outcome.suppression, decisionId });
  return [...last].map(([address, { suppression, decisionId }]) => ({
    address,
    level: suppression.level,
    since: suppression.since,
    expires_at: suppression.expiresAt,
    type: suppression.type,
    category: suppression.category,
    rule: suppression.rule,
    event_ids: suppression.eventIds,
    decision_id: decisionId,
  }));
}

function retryRows(decided: readonly Decided[], terms: Terms): unknown[] {
  return decided.flatMap(({ event, outcome }) =>
    // A dispatch of ours carries its own retry.
    outcome.retry === null || event.dispatch !== null
      ? []
      : [
          {
            recipient: event.recipient,
            message_key: event.messageKey,
            message_id: event.messageId,
            sending_domain: event.sendingDomain,
            category: event.verdict.category,
            attempt: outcome.retry.attempt,
            due_at: outcome.retry.dueAt,
            event_id: event.id,
            created_at: terms.now,
          },
        ],
  );
}

async function cancelRetries(tx: Queryable, decided: readonly Decided[]): Promise<void> {
  const recipients = new Set<string>();
  const messages: { recipient: string; messageKey: string }[] = [];
  for (const { event, outcome } of decided) {
    if (event.recipient === null || event.messageKey === null) continue;
    if (outcome.cancelRetries === 'recipient') recipients.add(event.recipient);
    if (outcome.cancelRetries === 'message')
      messages.push({ recipient: event.recipient, messageKey: event.messageKey });
  }
  if (recipients.size === 0 && messages.length === 0) return;
  await tx.query(
    sql.cancelRetries,
    [[...recipients], messages.map((each) => each.recipient), messages.map((each) => each.messageKey)],
    'settle-cancel',
  );
}

function reviewRows(decided: readonly Decided[], terms: Terms): unknown[] {
  return decided.flatMap(({ event, outcome }) =>
    outcome.review === null
      ? []
      : [
          {
            id: derivedUuid(event.receivedAt, `review ${event.id}`),
            created_at: terms.now,
            event_id: event.id,
            arrival_id: event.arrivalId,
            received_at: event.receivedAt,
            recipient: event.recipient,
            priority: outcome.review.priority,
            why: outcome.review.why,
            category: event.verdict.category,
          },
        ],
  );
}

interface Fault {
  readonly sending_domain: string;
  readonly day: string;
  readonly category: Category;
  readonly recipient: string;
}
const faultKey = (fault: Fault): string =>
  JSON.stringify([fault.sending_domain, fault.day, fault.category, fault.recipient]);

/** Faults first; only those that are new (a recipient weighs once a day) move an alert. Alert rows are hot: they come last. */
async function writeFaults(tx: Queryable, decided: readonly Decided[]): Promise<readonly RaisedAlert[]> {
  const faults = new Map<string, { row: Fault & { provider: string | null; severity: Severity }; decided: Decided }>();
  for (const each of decided) {
    const { event, outcome } = each;
    if (outcome.senderFault === null || event.sendingDomain === null || event.recipient === null) continue;
    const { category, severity } = outcome.senderFault;
    const row = {
      sending_domain: event.sendingDomain,
      day: event.receivedAt.toISOString().slice(0, 10),
      category,
      recipient: event.recipient,
      provider: event.provider,
      severity,
      points: severityPoints[severity],
      event_id: event.id,
    };
    const key = faultKey(row);
    if (!faults.has(key)) faults.set(key, { row, decided: each });
  }
  const fresh = await write<Fault>(
    tx,
    'settle-faults',
    sql.faults,
    [...faults.values()].map(({ row }) => row),
  );
  const alerts = new Map<string, ReturnType<typeof alertRow>>();
  for (const each of fresh) {
    const fault = faults.get(faultKey(each));
    if (fault?.decided.outcome.senderFault?.alert !== true) continue;
    const { row, decided: cause } = fault;
    const key = JSON.stringify([row.sending_domain, row.provider, row.category, row.day]);
    const seen = alerts.get(key);
    if (seen === undefined) alerts.set(key, alertRow(row, cause));
    else {
      seen.recipients++;
      if (cause.event.receivedAt > seen.last_at) seen.last_at = cause.event.receivedAt;
    }
  }
  const raised = await write<RaisedAlert & { fresh: boolean }>(tx, 'settle-alerts', sql.alerts, [...alerts.values()]);
  return raised.filter((row) => row.fresh);
}

function alertRow(
  { sending_domain, provider, category, severity, day }: Fault & { provider: string | null; severity: Severity },
  { event }: Decided,
) {
  return {
    id: derivedUuid(event.receivedAt, `alert ${event.id}`),
    kind: 'senderFault',
    severity,
    sending_domain,
    provider,
    category,
    day,
    first_at: event.receivedAt,
    last_at: event.receivedAt,
    recipients: 1,
    event_id: event.id,
    text: `${provider ?? 'a receiver'} reports ${category} for mail of ${sending_domain}`,
  };
}
