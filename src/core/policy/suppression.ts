/**
 * What the ledger of a recipient means for new mail. Walking it in the order of time, each row may be a cause of a level;
 * causes of one level that overlap are one suppression, which began with the first and ends with the last.
 *
 *   hard        complaint, unsubscribe, conclusive remove_immediately (or, where that is off, consecutive hard bounces)
 *   reputation  the recipient's reputation is under the floor
 *   soft        conclusive move_to_suppression (same switch); too many faults of the recipient within the window
 *   temporarily any fault of the recipient, for some days
 *
 * More reports only ever add causes, lengthen them, or move their beginning back: with merge() below, levels only rise
 * until they expire, whatever the order in which reports come. (One exception, where removeImmediately is off: a
 * `delivered` that arrives late can't take back what a row of hard bounces has done.)
 */
import { categories, type Category } from '../classify/categories.ts';
import type { SuppressionLevel } from '../event.ts';
import type { Counted, Suppression } from './history.ts';
import { isRecipientFault, sinceLift } from './ledger.ts';
import type { PolicyOptions } from './options.ts';
import { inOrder, penaltyOf, runAfter, within } from './reputation.ts';

const day = 86_400_000;

/** Lowest first. */
const levels: readonly SuppressionLevel[] = [
  'none',
  'temporarily_suppressed',
  'soft_suppressed',
  'reputation_suppressed',
  'hard_suppressed',
];
/** How long what one category caused lasts; absent: until a person lifts it. */
const lifetimes: Partial<Record<Category, number>> = {
  mailbox_disabled: 365 * day,
  mailbox_moved: 365 * day,
  suppressed_by_provider: 90 * day,
};
/** After the newest of the faults that together were too many. */
const softLifetime = 30 * day;
/** What is kept of the causes. */
const maxEventIds = 10;

/** Position of a level, lowest 0. */
export function rankOf(level: SuppressionLevel): number {
  return levels.indexOf(level);
}

/** True while new mail to the recipient, and retries of accepted mail with it, must not go out. */
export function stopsRetries(suppression: Suppression | null): boolean {
  return suppression !== null && rankOf(suppression.level) > rankOf('temporarily_suppressed');
}

/** The suppression, unless it has ended. */
export function live(suppression: Suppression | null, now: Date): Suppression | null {
  return suppression === null || (suppression.expiresAt !== null && suppression.expiresAt <= now) ? null : suppression;
}

function laterEnd(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? null : a >= b ? a : b;
}

/** The higher of two; of one level, the earlier beginning and the later end. */
export function merge(stored: Suppression | null, derived: Suppression | null): Suppression | null {
  if (stored === null || derived === null) return stored ?? derived;
  const difference = rankOf(stored.level) - rankOf(derived.level);
  if (difference !== 0) return difference > 0 ? stored : derived;
  const base = derived.since <= stored.since ? derived : stored;
  return { ...base, expiresAt: laterEnd(stored.expiresAt, derived.expiresAt) };
}

type Cause = readonly [level: SuppressionLevel, expiresAt: Date | null];

const after = (row: Counted, life: number | undefined): Date | null =>
  life === undefined ? null : new Date(row.lastAt.getTime() + life);

/** What one row causes by itself. */
function ownCause(row: Counted, policy: PolicyOptions): Cause | null {
  if (row.type === 'spam_complaint' || row.type === 'unsubscribe') return ['hard_suppressed', null];
  if (!policy.removeImmediately || !row.conclusive || row.category === null) return null;
  const expiresAt = after(row, lifetimes[row.category]);
  return [categories[row.category].action === 'move_to_suppression' ? 'soft_suppressed' : 'hard_suppressed', expiresAt];
}

/** What the ledger up to and with one row causes. */
function causesAt(row: Counted, rows: readonly Counted[], run: number, policy: PolicyOptions): readonly Cause[] {
  const causes: (Cause | null)[] = [ownCause(row, policy)];
  // Several together outlive what each of them would: the end must not depend on which came last.
  if (row.type === 'hard_bounce' && !policy.removeImmediately && run >= policy.consecutiveHard)
    causes.push(['hard_suppressed', null]);
  if (isRecipientFault(row)) {
    causes.push(['temporarily_suppressed', after(row, policy.recentFault)]);
    const faults = within(rows, row.at.getTime(), policy.softWindow).filter(isRecipientFault);
    const newest = faults.reduce((last, each) => (each.lastAt > last.lastAt ? each : last), row);
    if (faults.length >= policy.softCount) causes.push(['soft_suppressed', after(newest, softLifetime)]);
    const reputation = Math.max(0, 100 - faults.reduce((sum, each) => sum + penaltyOf(each), 0));
    if (reputation < policy.reputationFloor) causes.push(['reputation_suppressed', after(newest, policy.softWindow)]);
  }
  return causes.filter((cause) => cause !== null);
}

/** The suppression that the ledger asks for at `now`, or null. */
export function suppressionFrom(
  counted: readonly Counted[],
  liftedAt: Date | null,
  policy: PolicyOptions,
  now: Date,
): Suppression | null {
  const rows = inOrder(sinceLift(counted, liftedAt));
  const standing = new Map<SuppressionLevel, Suppression>();
  let run = 0;
  for (const row of rows) {
    run = runAfter(run, row, policy);
    for (const [level, expiresAt] of causesAt(row, rows, run, policy)) {
      const before = live(standing.get(level) ?? null, row.at);
      standing.set(
        level,
        before === null
          ? {
              level,
              since: row.at,
              expiresAt,
              category: row.category,
              type: row.type,
              rule: row.rule,
              eventIds: [row.eventId],
            }
          : {
              ...before,
              expiresAt: laterEnd(before.expiresAt, expiresAt),
              eventIds: [...new Set([...before.eventIds, row.eventId])].slice(0, maxEventIds),
            },
      );
    }
  }
  return [...standing.values()]
    .map((each) => live(each, now))
    .reduce<Suppression | null>((highest, each) => merge(highest, each), null);
}
