/**
 * What a word about an attempt does to its dispatch, in the transaction that records the word: the same for a relay's reply
 * and for a report days later (core/sending/next-step.ts). Locks come in one order everywhere: recipients, dispatches by id,
 * providers by name.
 */
import { stopsRetries } from '../core/policy/suppression.ts';
import type { DispatchState } from '../core/sending/dispatch.ts';
import { nextStep, type Standing, type Step } from '../core/sending/next-step.ts';
import type { Schedules } from '../core/sending/schedules.ts';
import type { BreakerOptions } from '../core/sending/breaker.ts';
import type { Queryable } from './db.ts';
import { newId } from './ids.ts';
import { noteFaults } from './providers.ts';
import type { Decided } from './settle-decide.ts';
import { storableReplyCode, storableText } from './text.ts';

/** By what dispatches are moved. */
export interface SendingTerms {
  readonly schedules: Schedules;
  readonly breaker: BreakerOptions;
}

interface Row extends Standing {
  readonly id: string;
  readonly now: Date;
}

const lock = `select d.id, d.state, d.attempt, d.retries, d.late_retry as "lateRetry", d.expires_at as "expiresAt", d.provider,
    exists (select from message_raws r where r.message = d.message) as stored, now() as now
  from dispatches d where d.id = any($1::uuid[]) order by d.id for update`;

const move = `update dispatches d set state = g.state, due_at = g.due_at, retries = g.retries, late_retry = g.late_retry, owner = null, lease_until = null,
    state_at = now(), sent_at = case when g.state = 'sent' then now() else d.sent_at end, event_id = g.event_id, category = g.category, rule = g.rule, status = g.status, reply_code = g.reply_code,
    diagnostic = g.diagnostic
  from json_to_recordset($1::json) as g(id uuid, state text, due_at timestamptz, retries integer, late_retry boolean, event_id uuid, category text,
    rule text, status text, reply_code smallint, diagnostic text)
  where d.id = g.id`;

/** Moves the dispatches that the events speak of. Several words about one in a batch are taken one after another. */
export async function moveDispatches(tx: Queryable, decided: readonly Decided[], terms: SendingTerms): Promise<void> {
  const about = decided.filter(({ event }) => event.dispatch !== null && event.acts);
  if (about.length === 0) return;
  const ids = [...new Set(about.map(({ event }) => event.dispatch?.id ?? ''))];
  const rows = new Map((await tx.query<Row>(lock, [ids], 'dispatches-lock')).map((row) => [row.id, row]));
  const moved = new Map<string, Record<string, unknown>>();
  const told: Record<string, unknown>[] = [];
  for (const each of about) {
    const { dispatch } = each.event;
    const row = dispatch === null ? undefined : rows.get(dispatch.id);
    if (dispatch === null || row === undefined) continue;
    const jitter = each.event.eventKey.readUInt32BE(0) / 0xffff_ffff;
    const stopped = stopsRetries(each.outcome.suppression);
    const step = nextStep(row, each.event, dispatch.attempt, stopped, terms.schedules, row.now, jitter);
    if (step === null) continue;
    rows.set(row.id, { ...row, state: step.state, retries: step.retries, lateRetry: step.lateRetry });
    moved.set(row.id, movedRow(row.id, step, each));
    if (step.tell) told.push(retryDue(each, step));
  }
  if (moved.size > 0) await tx.query(move, [JSON.stringify([...moved.values()])], 'dispatches-move');
  if (told.length > 0) await tell(tx, told);
  await noteFaults(tx, about, terms.breaker);
}

function movedRow(id: string, step: Step, { event }: Decided): Record<string, unknown> {
  const { report, verdict } = event;
  return {
    id,
    state: step.state satisfies DispatchState,
    due_at: step.state === 'waiting' ? step.dueAt : null,
    retries: step.retries,
    late_retry: step.lateRetry,
    event_id: event.id,
    category: verdict.category,
    rule: verdict.rule,
    status: report.status,
    reply_code: storableReplyCode(report.replyCode),
    diagnostic: report.diagnosticCode === null ? null : storableText(report.diagnosticCode),
  };
}

/** For mail that is sent elsewhere: the application that has it is told when to send it again. */
function retryDue({ event }: Decided, step: Step): Record<string, unknown> {
  return {
    dispatchId: event.dispatch?.id,
    recipient: event.recipient,
    messageId: event.messageId,
    campaign: event.campaign,
    category: event.verdict.category,
    dueAt: step.dueAt,
    eventId: event.id,
  };
}

async function tell(tx: Queryable, payloads: readonly Record<string, unknown>[]): Promise<void> {
  await tx.query(
    `insert into outbox (id, kind, payload) select id, 'retry.due', payload from unnest($1::uuid[], $2::jsonb[]) as o(id, payload)`,
    [payloads.map(() => newId()), payloads.map((payload) => JSON.stringify(payload))],
  );
}
