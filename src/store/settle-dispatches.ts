/**
 * What a word about an attempt does to its dispatch, in the transaction that records the word: the same for a relay's reply
 * and for a report days later (core/sending/next-step.ts). Locks come in one order everywhere: recipients, dispatches by id,
 * providers by name.
 */
import { stopsRetries } from '../core/policy/suppression.ts';
import { isFinal, type DispatchState } from '../core/sending/dispatch.ts';
import { nextStep, type Standing, type Step } from '../core/sending/next-step.ts';
import type { Queryable } from './db.ts';
import { newId } from './ids.ts';
import { removeRaws } from './messages.ts';
import { noteWords, type Word } from './providers.ts';
import type { Decided, SendingTerms } from './settle-decide.ts';
import { write } from './settle-write.ts';
import { storableReplyCode } from './text.ts';

/** What became of a dispatch. */
export interface Moved {
  readonly id: string;
  readonly state: DispatchState;
  /** Since the hand-over. */
  readonly seconds: number;
}

interface Row extends Standing {
  readonly id: string;
  readonly message: string;
  readonly recipient: string;
  readonly createdAt: Date;
  readonly now: Date;
}

/** Those that are spoken of, and those that wait to be sent to somebody who must not be mailed any more. */
const lock = `select d.id, d.message, d.recipient, d.state, d.attempt, d.retries, d.late_retry as "lateRetry",
    d.expires_at as "expiresAt", d.provider, d.created_at as "createdAt",
    exists (select from message_raws r where r.message = d.message) as stored, now() as now
  from dispatches d
  where d.id = any(array(select unnest($1::uuid[])
    union select o.id from dispatches o where o.recipient = any($2::text[]) and o.state in ('queued', 'waiting')))
  order by d.id for update of d`;

const move = `update dispatches d set state = g.state, due_at = g.due_at, retries = g.retries, late_retry = g.late_retry,
    owner = null, lease_until = null, state_at = now(), sent_at = case when g.state = 'sent' then now() else d.sent_at end,
    event_id = g.event_id, category = g.category, rule = g.rule, status = g.status, reply_code = g.reply_code,
    diagnostic = g.diagnostic
  from json_to_recordset($1::json) as g(id uuid, state text, due_at timestamptz, retries integer, late_retry boolean,
    event_id uuid, category text, rule text, status text, reply_code smallint, diagnostic text)
  where d.id = g.id`;

/**
 * Moves the dispatches that the events speak of, and takes back what still waits for recipients who are suppressed now.
 * Several words about one dispatch in a batch are taken one after another.
 */
export async function moveDispatches(
  tx: Queryable,
  decided: readonly Decided[],
  terms: SendingTerms,
): Promise<readonly Moved[]> {
  const about = decided.filter(({ event }) => event.dispatch !== null && event.acts);
  const stopped = new Map<string, Decided>();
  for (const each of decided)
    if (each.outcome.changed && stopsRetries(each.outcome.suppression) && each.event.recipient !== null)
      stopped.set(each.event.recipient, each);
  if (about.length + stopped.size === 0) return [];
  const ids = [...new Set(about.map(({ event }) => event.dispatch?.id ?? ''))];
  const locked = await tx.query<Row>(lock, [ids, [...stopped.keys()]], 'dispatches-lock');
  if (locked.length === 0) return [];
  const rows = new Map(locked.map((row) => [row.id, row]));
  const moved = new Map<string, Record<string, unknown>>();
  const told: Record<string, unknown>[] = [];
  const words: Word[] = [];
  for (const each of about) {
    const { dispatch, eventKey, report, verdict } = each.event;
    const row = dispatch === null ? undefined : rows.get(dispatch.id);
    if (dispatch === null || row === undefined) continue;
    const jitter = eventKey.readUInt32BE(0) / 0xffff_ffff;
    const noMore = stopsRetries(each.outcome.suppression);
    const step = nextStep(row, each.event, dispatch.attempt, noMore, terms.schedules, row.now, jitter);
    if (step === null) continue;
    const said = { dispatch: row.id, category: verdict.category, diagnostic: report.diagnosticCode };
    if (row.provider !== null && speaksOfNow(row, each)) words.push({ provider: row.provider, ...said });
    rows.set(row.id, { ...row, state: step.state, retries: step.retries, lateRetry: step.lateRetry });
    moved.set(row.id, movedRow(row.id, step, each));
    if (step.tell) told.push(retryDue(each, step));
  }
  for (const row of rows.values()) {
    const cause = stopped.get(row.recipient);
    if (cause === undefined || (row.state !== 'queued' && row.state !== 'waiting')) continue;
    const { retries, lateRetry } = row;
    const step: Step = { state: 'suppressed', dueAt: null, retries, lateRetry, tell: false };
    rows.set(row.id, { ...row, state: step.state });
    moved.set(row.id, movedRow(row.id, step, cause));
  }
  await write(tx, 'dispatches-move', move, [...moved.values()]);
  if (told.length > 0) await tell(tx, told);
  const after = [...moved.keys()].flatMap((id) => rows.get(id) ?? []);
  await removeRaws(
    tx,
    after.filter(({ state }) => isFinal(state)).map(({ message }) => message),
  );
  await noteWords(tx, words, terms.breaker);
  return after.map(({ id, state, createdAt, now }) => ({
    id,
    state,
    seconds: (now.getTime() - createdAt.getTime()) / 1000,
  }));
}

/**
 * A provider is judged by what is news of its dispatches: whoever holds the return-path of one may report about it as often
 * as they like, and it counts once for each mail that really went out. What somebody else's server says, to whom the
 * recipient has mail sent on, and what is heard a week later, is not about the provider as it is now.
 */
function speaksOfNow({ state }: Row, { event }: Decided): boolean {
  return state !== 'assumed_delivered' && !event.redirected;
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
    diagnostic: report.diagnosticCode,
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
