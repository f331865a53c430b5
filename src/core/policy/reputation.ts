/**
 * Two scores. A recipient's: 100 less a penalty for each message that failed by a fault of the recipient. A sending
 * domain's: what receivers hold against it, by severity, over distinct recipients and mail sent.
 */
import type { Category } from '../classify/categories.ts';
import type { Counted } from './history.ts';
import { isRecipientFault, sinceLift } from './ledger.ts';
import type { PolicyOptions } from './options.ts';

const penalties: Partial<Record<Category, number>> = {
  domain_not_found: 15,
  invalid_address: 10,
  user_not_found: 8,
  mailbox_full: 1,
};

/** What one counted message costs its recipient. */
export function penaltyOf(row: Counted): number {
  if (row.category === null || !isRecipientFault(row)) return 0;
  return penalties[row.category] ?? 3;
}

/** Rows whose reports reach into the window that ends at `at`. */
export function within(rows: readonly Counted[], at: number, window: number): readonly Counted[] {
  return rows.filter((row) => row.at.getTime() <= at && row.lastAt.getTime() > at - window);
}

/** 0…100: 100 for an address without faults in `policy.softWindow`. */
export function recipientReputation(
  counted: readonly Counted[],
  liftedAt: Date | null,
  policy: PolicyOptions,
  now: Date,
): number {
  const rows = within(sinceLift(counted, liftedAt), now.getTime(), policy.softWindow);
  return Math.max(0, 100 - rows.reduce((sum, row) => sum + penaltyOf(row), 0));
}

/** Oldest first; the event id decides between equal times, so that the order is always the same. */
export function inOrder(rows: readonly Counted[]): readonly Counted[] {
  return rows.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.eventId < b.eventId ? -1 : 1));
}

/** Whether an outcome lengthens, ends, or leaves alone a row of hard bounces. */
export function runAfter(run: number, row: Counted, policy: PolicyOptions): number {
  if (row.type === 'hard_bounce') return run + 1;
  if (row.type === 'delivery' || (row.type === 'soft_bounce' && policy.resetConsecutiveOnSoft)) return 0;
  return run;
}

/** Hard bounces since the last delivery. */
export function consecutiveHard(counted: readonly Counted[], liftedAt: Date | null, policy: PolicyOptions): number {
  return inOrder(sinceLift(counted, liftedAt)).reduce((run, row) => runAfter(run, row, policy), 0);
}

export type Severity = PolicyOptions['alertSeverity'];

/** Points that one recipient with a fault of that severity takes from a sending domain. */
export const severityPoints: Readonly<Record<Severity, number>> = { critical: 10, high: 5, medium: 2, low: 1 };

const severities: Partial<Record<Category, Severity>> = {
  reputation_block: 'critical',
  spam_filter: 'high',
  policy_rejection: 'medium',
  invalid_address: 'medium',
  domain_not_found: 'medium',
  user_not_found: 'low',
  authentication_failed: 'low',
  content_filter: 'low',
  virus_detected: 'low',
  message_too_large: 'low',
  protocol_error: 'low',
  relay_denied: 'low',
  rate_limiting: 'low',
  server_error: 'low',
};

/** How much a category speaks against the sending domain; null where it does not. */
export function severityOf(category: Category | null): Severity | null {
  return category === null ? null : (severities[category] ?? null);
}

/** Whether a fault is severe enough for an alert. */
export function alerts(severity: Severity, policy: PolicyOptions): boolean {
  return severityPoints[severity] >= severityPoints[policy.alertSeverity];
}

/** 0…100, one decimal. Fewer than 100 mails weigh as 100, so that one bounce of one mail is not the end. */
export function scoreOf(points: number, sent: number): number {
  const score = 100 - (points * 100) / Math.max(100, sent);
  return Math.max(0, Math.round(score * 10) / 10);
}
