/**
 * The ledger: one row for one message to one recipient. Reports join it, and joining is commutative, associative and
 * idempotent, so that neither the order nor the number of reports matters:
 *
 *   group      a fault of the recipient, a complaint or an unsubscribe  >  any other outcome  >  nothing that counts
 *   outcome    the hardest of the group (order below); of two equal ones the smaller event id
 *   at, lastAt first and newest report of the group
 */
import { categories, type Category, type EventType } from '../classify/categories.ts';
import type { MailEvent, Report } from '../event.ts';
import type { Counted, History } from './history.ts';

const day = 86_400_000;

/** Hardest first. A category that weighs more on the recipient's reputation never hides behind one that weighs less. */
const recipientOrder: readonly (Category | EventType)[] = [
  'spam_complaint',
  'unsubscribe',
  'domain_not_found',
  'invalid_address',
  'user_not_found',
  'mailbox_disabled',
  'mailbox_moved',
  'suppressed_by_provider',
  'mailbox_full',
];
const otherOrder: readonly EventType[] = ['block_bounce', 'soft_bounce', 'delivery'];

type Outcome = Pick<Counted, 'type' | 'category'>;

/** True where the outcome weighs on the recipient: what `softCount`, reputation and `recentFault` look at. */
export function isRecipientFault({ category }: Pick<Counted, 'category'>): boolean {
  return category !== null && categories[category].fault === 'recipient';
}

function hardness({ type, category }: Outcome): { group: number; rank: number } {
  const word = category !== null && categories[category].fault === 'recipient' ? category : type;
  const among = recipientOrder.indexOf(word);
  if (among >= 0) return { group: 2, rank: recipientOrder.length - among };
  const other = otherOrder.indexOf(type);
  return other >= 0 ? { group: 1, rank: otherOrder.length - other } : { group: 0, rank: 0 };
}

const earlier = (a: Date, b: Date): Date => (a <= b ? a : b);
const later = (a: Date, b: Date): Date => (a >= b ? a : b);
const laterOrNull = (a: Date | null, b: Date | null): Date | null => (a === null ? b : b === null ? a : later(a, b));

/** What of an event counts. */
export type Countable = Pick<
  MailEvent,
  'id' | 'receivedAt' | 'acts' | 'messageKey' | 'redirected' | 'sentAt' | 'verdict'
> & {
  readonly report: Pick<Report, 'reportAction'>;
};

/** Whether the event says anything about the message: `delayed` says only that the MTA still tries. */
function counts(event: Countable): boolean {
  return event.acts && event.report.reportAction !== 'delayed' && event.verdict.category !== 'delivery_delay';
}

/** The row of one event alone. What counts nothing has type `none`: it only numbers the reports of the token. */
export function countedOf(event: Countable): Counted {
  const counted = counts(event);
  const { type, category, permanence } = event.verdict;
  return {
    messageKey: event.messageKey ?? '',
    type: counted ? type : 'none',
    category: counted ? category : null,
    redirected: event.redirected,
    conclusive: counted && type === 'hard_bounce' && !event.redirected && permanence === 'permanent',
    at: event.receivedAt,
    lastAt: event.receivedAt,
    rule: event.verdict.rule,
    sentAt: event.sentAt,
    eventId: event.id,
    reports: 1,
    windowAt: event.receivedAt,
  };
}

/** Two rows of one message and recipient as one. `reports` and `windowAt` are those of `a`. */
export function joinCounted(a: Counted, b: Counted): Counted {
  const left = hardness(a);
  const right = hardness(b);
  const sentAt = laterOrNull(a.sentAt, b.sentAt);
  const window = { reports: a.reports, windowAt: a.windowAt };
  if (left.group !== right.group) return { ...(left.group > right.group ? a : b), sentAt, ...window };
  const firstWins = left.rank === right.rank ? a.eventId <= b.eventId : left.rank > right.rank;
  return {
    ...(firstWins ? a : b),
    conclusive: a.conclusive || b.conclusive,
    at: earlier(a.at, b.at),
    lastAt: later(a.lastAt, b.lastAt),
    sentAt,
    ...window,
  };
}

/**
 * Numbers the event among the reports of its token within 24 h.
 * @returns the row after it, and whether it is beyond `limit`: such an event is counted and otherwise ignored.
 */
export function numberReport(
  prior: Counted | undefined,
  event: MailEvent,
  limit: number,
): { readonly row: Counted; readonly beyond: boolean } {
  if (prior === undefined) return { row: countedOf(event), beyond: false };
  const sameWindow = Math.abs(event.receivedAt.getTime() - prior.windowAt.getTime()) < day;
  const reports = sameWindow ? prior.reports + 1 : 1;
  const windowAt = sameWindow ? prior.windowAt : later(prior.windowAt, event.receivedAt);
  const beyond = reports > limit;
  return { row: { ...(beyond ? prior : joinCounted(prior, countedOf(event))), reports, windowAt }, beyond };
}

/** The ledger with a row put in the place of its message's. */
export function withRow(history: History, row: Counted): History {
  const others = history.counted.filter((each) => each.messageKey !== row.messageKey);
  return { ...history, counted: [row, ...others] };
}

/** Rows that still speak after a lift: mail sent before it does not, whenever its report comes. */
export function sinceLift(counted: readonly Counted[], liftedAt: Date | null): readonly Counted[] {
  return liftedAt === null ? counted : counted.filter((row) => (row.sentAt ?? row.at) >= liftedAt);
}
