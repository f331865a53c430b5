/**
 * The decision on one event: what its recipient's ledger becomes, and what follows. Pure: the same event, history, policy
 * and time give the same outcome. Only an event that acts (core/correlate.ts) changes anything beyond a review item.
 */
import { categories, type Action, type Category } from '../classify/categories.ts';
import type { MailEvent, Report } from '../event.ts';
import type { Counted, History, Suppression } from './history.ts';
import { sinceLift, withRow } from './ledger.ts';
import type { PolicyOptions } from './options.ts';
import { alerts, consecutiveHard, recipientReputation, severityOf, type Severity } from './reputation.ts';
import { retryFor, type Retry } from './retry.ts';
import { reviewPriority } from './review.ts';
import { live, merge, rankOf, stopsRetries, suppressionFrom } from './suppression.ts';

/** Why it was decided so, for the decision's row and for review items. */
export type Reason =
  | 'category'
  | 'complaint'
  | 'unsubscribe'
  | 'challenge'
  | 'delivered'
  | 'nothingToDo'
  | 'delayed'
  | 'evidence'
  | 'unproved'
  | 'unreadable'
  | 'redirected'
  | 'transient'
  | 'unconfirmed'
  | 'notYetConsecutive'
  | 'consecutiveHard'
  | 'alreadyCounted'
  | 'sentBeforeLift';

interface SenderFault {
  readonly category: Category;
  readonly severity: Severity;
  readonly alert: boolean;
}

export interface Outcome {
  readonly action: Action;
  readonly reason: Reason;
  /** The level before, and after. */
  readonly prior: Suppression | null;
  readonly suppression: Suppression | null;
  /** `suppression` differs from `prior` and must be written. */
  readonly changed: boolean;
  readonly retry: Retry | null;
  /** Retries that wait and must not go out: all of the recipient's, this message's, or none. */
  readonly cancelRetries: 'recipient' | 'message' | null;
  readonly review: { readonly priority: number; readonly why: Reason } | null;
  readonly senderFault: SenderFault | null;
  readonly reputation: number;
  readonly consecutiveHard: number;
  /** Messages of the recipient in the ledger, this one included. */
  readonly messages: number;
  /** The history as the next event of this recipient finds it. */
  readonly history: History;
}

type Plan = readonly [action: Action, reason: Reason];

/** What of an event is decided on. */
export type Decidable = Pick<MailEvent, 'acts' | 'flags' | 'redirected' | 'sendingDomain' | 'verdict'> & {
  readonly report: Pick<Report, 'reportAction'>;
};

/** Types that speak of the fate of a mail or the will of a person: worth a look even unproved. */
function saysSomething({ verdict }: Decidable): boolean {
  switch (verdict.type) {
    case 'hard_bounce':
    case 'soft_bounce':
    case 'block_bounce':
    case 'unsubscribe':
    case 'spam_complaint':
      return true;
    case 'challenge_response':
    case 'auto_reply':
    case 'delivery':
    case 'none':
      return false;
  }
}

const isUnreadable = (event: Decidable): boolean => event.flags.includes('unparseable');

function planUnproved(event: Decidable): Plan {
  if (event.flags.includes('evidence')) return ['no_action', 'evidence'];
  if (isUnreadable(event)) return ['flag_for_review', 'unreadable'];
  return saysSomething(event) ? ['flag_for_review', 'unproved'] : ['no_action', 'nothingToDo'];
}

function planRemoval(event: Decidable, row: Counted, after: History, policy: PolicyOptions, category: Category): Plan {
  const { action } = categories[category];
  if (sinceLift([row], after.liftedAt).length === 0) return ['no_action', 'sentBeforeLift'];
  if (event.redirected) return ['flag_for_review', 'redirected'];
  if (event.verdict.permanence === 'transient') return ['flag_for_review', 'transient'];
  // The model's word alone, or a rule that says so of itself.
  if (event.verdict.permanence === 'unknown') return ['flag_for_review', 'unconfirmed'];
  if (policy.removeImmediately) return [action, 'category'];
  return consecutiveHard(after.counted, after.liftedAt, policy) >= policy.consecutiveHard
    ? [action, 'consecutiveHard']
    : ['no_action', 'notYetConsecutive'];
}

function planProved(event: Decidable, row: Counted, after: History, policy: PolicyOptions): Plan {
  const { type, category } = event.verdict;
  switch (type) {
    case 'spam_complaint':
    case 'unsubscribe':
      return sinceLift([row], after.liftedAt).length === 0
        ? ['no_action', 'sentBeforeLift']
        : ['remove_immediately', type === 'unsubscribe' ? 'unsubscribe' : 'complaint'];
    case 'challenge_response':
      return ['flag_for_review', 'challenge'];
    case 'delivery':
      return ['no_action', 'delivered'];
    case 'auto_reply':
    case 'none':
      return isUnreadable(event) ? ['flag_for_review', 'unreadable'] : ['no_action', 'nothingToDo'];
    case 'hard_bounce':
    case 'soft_bounce':
    case 'block_bounce':
      if (category === null) return ['flag_for_review', 'category'];
      if (event.report.reportAction === 'delayed' || category === 'delivery_delay') return ['no_action', 'delayed'];
      return type === 'hard_bounce'
        ? planRemoval(event, row, after, policy, category)
        : [categories[category].action, 'category'];
  }
}

/** The same outcome of the same message was counted before: nothing follows from hearing it again. */
function isRepetition(prior: Counted | undefined, row: Counted): boolean {
  return (
    prior !== undefined &&
    prior.type !== 'none' &&
    prior.type === row.type &&
    prior.category === row.category &&
    prior.conclusive === row.conclusive
  );
}

/** The same state, however it came about. */
export function sameSuppression(a: Suppression | null, b: Suppression | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.level === b.level &&
    a.since.getTime() === b.since.getTime() &&
    a.expiresAt?.getTime() === b.expiresAt?.getTime() &&
    a.category === b.category &&
    a.rule === b.rule &&
    a.eventIds.join() === b.eventIds.join()
  );
}

function cancelled(event: MailEvent, before: History, suppression: Suppression | null): Outcome['cancelRetries'] {
  // Only such outcomes ever asked for a retry; most hard bounces are the first that is heard of an address.
  if (!before.counted.some(({ type }) => type === 'soft_bounce' || type === 'block_bounce')) return null;
  if (stopsRetries(suppression)) return 'recipient';
  return event.verdict.type === 'hard_bounce' || event.verdict.type === 'delivery' ? 'message' : null;
}

function faultOf(event: Decidable, plan: Plan, policy: PolicyOptions): SenderFault | null {
  const { category } = event.verdict;
  const severity = severityOf(category);
  if (category === null || severity === null || event.sendingDomain === null || plan[1] === 'delayed') return null;
  return { category, severity, alert: alerts(severity, policy) };
}

/**
 * What an event asks for by itself: of a history that has its row already.
 * @param row null where the event has none, since nobody is proved.
 */
export function planOf(
  event: Decidable,
  row: Counted | null,
  after: History,
  policy: PolicyOptions,
): { readonly action: Action; readonly reason: Reason; readonly senderFault: SenderFault | null } {
  const plan = event.acts && row !== null ? planProved(event, row, after, policy) : planUnproved(event);
  return { action: plan[0], reason: plan[1], senderFault: event.acts ? faultOf(event, plan, policy) : null };
}

/**
 * Decides on one event.
 * @param history of the event's recipient before it; its row for the message may be absent.
 * @param row the ledger's row of the message with this event joined (core/policy/ledger.ts); null where there is no recipient.
 */
export function decide(
  event: MailEvent,
  history: History,
  row: Counted | null,
  policy: PolicyOptions,
  now: Date,
): Outcome {
  const prior = live(history.suppression, now);
  const before = row === null ? undefined : history.counted.find((each) => each.messageKey === row.messageKey);
  const ledger = row === null ? history : withRow(history, row);
  const facts = {
    prior,
    reputation: recipientReputation(ledger.counted, history.liftedAt, policy, now),
    consecutiveHard: consecutiveHard(ledger.counted, history.liftedAt, policy),
    messages: ledger.counted.filter((each) => each.type !== 'none').length,
  };
  if (!event.acts || row === null) {
    const [action, reason] = planUnproved(event);
    const review =
      action === 'flag_for_review' ? { priority: reviewPriority(event.verdict.category), why: reason } : null;
    const nothing = { retry: null, cancelRetries: null, senderFault: null, changed: false };
    return { action, reason, suppression: prior, review, ...nothing, ...facts, history: ledger };
  }
  const suppression = merge(prior, suppressionFrom(ledger.counted, history.liftedAt, policy, now));
  const changed = !sameSuppression(prior, suppression);
  const raised = suppression !== null && (prior === null || rankOf(suppression.level) > rankOf(prior.level));
  const planned = planProved(event, row, ledger, policy);
  const repeated = isRepetition(before, row) && !raised;
  const [action, reason]: Plan = repeated ? ['no_action', 'alreadyCounted'] : planned;
  // A message that once failed for good, or arrived, is not sent again because of an older or weaker report.
  const open = row.type === event.verdict.type && before?.type !== 'delivery';
  return {
    action,
    reason,
    suppression,
    changed,
    retry: repeated || !open || stopsRetries(suppression) ? null : retryFor(event, now),
    cancelRetries: cancelled(event, history, suppression),
    review: action === 'flag_for_review' ? { priority: reviewPriority(event.verdict.category), why: reason } : null,
    senderFault: repeated ? null : faultOf(event, planned, policy),
    ...facts,
    history: { ...ledger, suppression },
  };
}
