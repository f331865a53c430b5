/** Writing what was decided again: decisions and verdicts are added, what follows from them is brought to the new state. */
import { derivedUuid } from '../core/derived-id.ts';
import { reviewPriority } from '../core/policy/review.ts';
import { severityPoints } from '../core/policy/reputation.ts';
import { stopsRetries } from '../core/policy/suppression.ts';
import type { Queryable } from './db.ts';
import type { DecidedAgain, Redecided } from './reclassify-decide.ts';
import { stateOf } from './settle-rows.ts';
import { standing, standingCategory } from './reclassify-events.ts';
import * as sql from './settle-sql.ts';
import { countRow, write } from './settle-write.ts';

/** Who decides again, and by what. */
export interface RunFacts {
  readonly id: string;
  readonly actor: string;
  readonly reason: string;
  /** The run that is taken back. */
  readonly undoes: string | null;
  readonly rulesVersion: string;
  readonly now: Date;
}

const decisionId = (run: RunFacts, { event }: DecidedAgain): string =>
  derivedUuid(event.receivedAt, `again ${run.id} ${event.id}`);

const insertVerdicts = `insert into verdicts (run_id, received_at, event_id, decision_id, verdict, prior)
  select run_id, received_at, event_id, decision_id, verdict, prior
  from json_to_recordset($1::json) as t(run_id uuid, received_at timestamptz, event_id uuid, decision_id uuid, verdict jsonb, prior jsonb)`;

/** Everything within the caller's transaction, which holds the locks. */
export async function writeAgain(tx: Queryable, { decided, recipients }: Redecided, run: RunFacts): Promise<void> {
  await write(
    tx,
    'again-decisions',
    sql.decisions,
    decided.map((each) => decisionRow(each, run)),
  );
  await write(
    tx,
    'again-verdicts',
    insertVerdicts,
    decided.map((each) => ({
      run_id: run.id,
      received_at: each.event.receivedAt,
      event_id: each.event.id,
      decision_id: decisionId(run, each),
      verdict: each.to,
      prior: each.event.verdict,
    })),
  );
  await write(
    tx,
    'again-counts',
    sql.counts,
    recipients.flatMap(({ address, rows }) =>
      rows.map(({ row, event }) =>
        countRow({ recipient: address, sendingDomain: event.sendingDomain, provider: event.provider, row }),
      ),
    ),
  );
  await writeLevels(tx, decided, recipients, run);
  await writeReviews(tx, decided, run);
  await writeFaults(tx, decided);
}

function decisionRow(each: DecidedAgain, run: RunFacts) {
  const { event, to, plan, level } = each;
  return {
    id: decisionId(run, each),
    received_at: event.receivedAt,
    event_id: event.id,
    arrival_id: event.arrivalId,
    recipient: event.recipient,
    action: plan.action,
    actor: run.actor,
    reason: run.undoes === null ? 'reclassified' : 'reclassificationUndone',
    rule: to.rule,
    rules_version: run.rulesVersion,
    inputs: {
      run: run.id,
      ...(run.undoes !== null && { undoes: run.undoes }),
      why: run.reason,
      plan: plan.reason,
      type: to.type,
      category: to.category,
      permanence: to.permanence,
      was: event.verdict,
    },
    evidence: to.evidence,
    prior: stateOf(level?.prior ?? null),
    result: stateOf(level?.suppression ?? null),
  };
}

async function writeLevels(
  tx: Queryable,
  decided: readonly DecidedAgain[],
  recipients: Redecided['recipients'],
  run: RunFacts,
): Promise<void> {
  const last = new Map(decided.map((each) => [each.event.recipient, each]));
  const changed = recipients.filter((each) => each.changed);
  const released = changed.filter(({ suppression }) => suppression === null).map(({ address }) => address);
  if (released.length > 0)
    await tx.query('delete from suppressions where address = any($1::text[])', [released], 'again-release');
  await write(
    tx,
    'again-suppressed',
    sql.suppressions,
    changed.flatMap(({ address, suppression }) => {
      const cause = last.get(address);
      if (suppression === null || cause === undefined) return [];
      const { expiresAt, eventIds, ...rest } = suppression;
      return [{ ...rest, address, expires_at: expiresAt, event_ids: eventIds, decision_id: decisionId(run, cause) }];
    }),
  );
  // A retry is never wanted anew: the mail is old by now.
  const stopped = changed.filter(({ suppression }) => stopsRetries(suppression)).map(({ address }) => address);
  const hard = decided.filter(({ event, to, level }) => level !== null && event.acts && to.type === 'hard_bounce');
  if (stopped.length + hard.length > 0)
    await tx.query(
      sql.cancelRetries,
      [stopped, hard.map(({ event }) => event.recipient), hard.map(({ event }) => event.messageKey)],
      'settle-cancel',
    );
}

const resolution = 'reclassified';

/** A person is asked about what needs one now, and no longer about what does not. */
async function writeReviews(tx: Queryable, decided: readonly DecidedAgain[], run: RunFacts): Promise<void> {
  const asks = ({ action }: DecidedAgain['plan']): boolean => action === 'flag_for_review';
  const idOf = ({ event }: DecidedAgain): string => derivedUuid(event.receivedAt, `review ${event.id}`);
  const open = decided.filter(({ was, plan }) => asks(plan) && !asks(was));
  const close = decided.filter(({ was, plan }) => asks(was) && !asks(plan)).map(idOf);
  if (close.length > 0)
    await tx.query(
      'update review_items set resolved_at = $2, resolution = $3 where id = any($1::uuid[]) and resolved_at is null',
      [close, run.now, resolution],
      'again-close',
    );
  if (open.length === 0) return;
  await tx.query(
    'update review_items set resolved_at = null, resolution = null where id = any($1::uuid[]) and resolution = $2',
    [open.map(idOf), resolution],
    'again-reopen',
  );
  await write(
    tx,
    'settle-reviews',
    sql.reviews,
    open.map((each) => ({
      id: idOf(each),
      created_at: run.now,
      event_id: each.event.id,
      arrival_id: each.event.arrivalId,
      received_at: each.event.receivedAt,
      recipient: each.event.recipient,
      priority: reviewPriority(each.to.category),
      why: each.plan.reason,
      category: each.to.category,
    })),
  );
}

/** A row stands for every mail of the day to the recipient with this fault: another of them, if there is one, takes its place. */
const keepFaults = `insert into sender_faults (sending_domain, day, category, recipient, provider, severity, points, event_id)
  select t.sending_domain, t.day, t.category, t.recipient, o.provider, t.severity, t.points, o.id
  from json_to_recordset($1::json) as t(sending_domain text, day date, category text, recipient text, severity text, points real)
  cross join lateral (select e.id, e.provider from events e ${standing}
    where e.recipient = t.recipient and e.sending_domain = t.sending_domain and e.acts
      and e.received_at >= t.day::timestamp at time zone 'UTC' and e.received_at < (t.day + 1)::timestamp at time zone 'UTC'
      and e.report_action is distinct from 'delayed' and ${standingCategory} = t.category
    order by e.received_at, e.id limit 1) o
  on conflict (sending_domain, day, category, recipient) do nothing`;

/** Points against a sending domain; alerts are about now and are not raised for what is past. */
async function writeFaults(tx: Queryable, decided: readonly DecidedAgain[]): Promise<void> {
  const moved = decided.filter(({ was, plan }) => was.senderFault?.category !== plan.senderFault?.category);
  if (moved.length === 0) return;
  const gone = await tx.query(
    `delete from sender_faults f using unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::uuid[])
       as t(sending_domain, day, category, recipient, event_id)
     where f.sending_domain = t.sending_domain and f.day = t.day and f.category = t.category and f.recipient = t.recipient
       and f.event_id = t.event_id
     returning f.sending_domain, f.day::text as day, f.category, f.recipient, f.severity, f.points`,
    [
      moved.map(({ event }) => event.sendingDomain),
      moved.map(({ event }) => dayOf(event.receivedAt)),
      moved.map(({ event }) => event.verdict.category),
      moved.map(({ event }) => event.recipient),
      moved.map(({ event }) => event.id),
    ],
    'again-faults',
  );
  // The new verdicts are written by now, so that those of this batch count as they stand after it.
  await write(tx, 'again-kept-faults', keepFaults, gone);
  const rows = moved.flatMap(({ event, plan }) =>
    plan.senderFault === null
      ? []
      : [
          {
            sending_domain: event.sendingDomain,
            day: dayOf(event.receivedAt),
            category: plan.senderFault.category,
            recipient: event.recipient,
            provider: event.provider,
            severity: plan.senderFault.severity,
            points: severityPoints[plan.senderFault.severity],
            event_id: event.id,
          },
        ],
  );
  await write(tx, 'settle-faults', sql.faults, rows);
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
