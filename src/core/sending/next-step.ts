/**
 * What becomes of a dispatch after a word about one of its attempts: the relay's reply, or a report days later. Decided
 * on the verdict, the schedule and what the policy says of the recipient; the same for both, so that the order in which
 * they come does not matter.
 */
import type { MailEvent } from '../event.ts';
import { isLate } from '../policy/retry.ts';
import type { DispatchState } from './dispatch.ts';
import type { Schedules } from './schedules.ts';
import { waitBefore } from './schedules.ts';

export interface Standing {
  readonly state: DispatchState;
  /** Attempts begun: 0 before the first. */
  readonly attempt: number;
  /** A retry after the MTA's own queue life was granted before: there is one at most. */
  readonly lateRetry: boolean;
  readonly expiresAt: Date;
  readonly provider: string | null;
  /** The raw message is kept: without it nothing can be sent again from here. */
  readonly stored: boolean;
}

export interface Step {
  readonly state: DispatchState;
  /** Where `waiting`. */
  readonly dueAt: Date | null;
  readonly lateRetry: boolean;
  /** A retry is due, and the message is not ours to send: the application is told (outbox `retry.due`). */
  readonly tell: boolean;
}

/**
 * @param about the attempt that the event speaks of, 1 the first.
 * @param stopped the policy's word on the recipient: no retries any more.
 * @param jitter 0…1.
 * Null: nothing changes.
 */
export function nextStep(
  standing: Standing,
  event: Pick<MailEvent, 'verdict' | 'report' | 'redirected'>,
  about: number,
  stopped: boolean,
  schedules: Schedules,
  now: Date,
  jitter: number,
): Step | null {
  const { state, lateRetry } = standing;
  const to = (next: DispatchState, dueAt: Date | null = null, late = lateRetry, tell = false): Step => ({
    state: next,
    dueAt,
    lateRetry: late,
    tell,
  });
  const { type, category } = event.verdict;
  if (type === 'delivery') return isOpen(state) || state === 'assumed_delivered' ? to('delivered') : null;
  const failed = type === 'hard_bounce' || type === 'soft_bounce' || type === 'block_bounce';
  if (!failed || category === null || event.report.reportAction === 'delayed' || category === 'delivery_delay')
    return null;
  // A word about an attempt that a newer one has replaced: only the end of all trying is news.
  const outdated = about < standing.attempt || state === 'queued' || state === 'claimed' || state === 'waiting';
  if (outdated && type !== 'hard_bounce') return null;
  if (!isOpen(state) && state !== 'assumed_delivered') return null;
  // Another attempt is on the wire: its own end decides.
  if (outdated && state === 'sending') return null;
  if (stopped) return to(type === 'hard_bounce' ? 'bounced' : 'suppressed');
  if (type === 'hard_bounce' || event.redirected || state === 'assumed_delivered') return to('bounced');
  if (type === 'block_bounce' && category !== 'reputation_block') return to('bounced');
  const late = isLate(event.report);
  if (late && lateRetry) return to('bounced');
  const wait = waitBefore(schedules, { category, provider: standing.provider, attempt: about + 1, late }, jitter);
  if (wait === null) return to('bounced');
  const dueAt = new Date(now.getTime() + wait);
  if (dueAt >= standing.expiresAt) return to('expired');
  return standing.stored ? to('waiting', dueAt, lateRetry || late) : to('bounced', dueAt, lateRetry || late, true);
}

/** Attempts may still be made, or one is out. */
function isOpen(state: DispatchState): boolean {
  return (
    state === 'queued' ||
    state === 'claimed' ||
    state === 'sending' ||
    state === 'sent' ||
    state === 'waiting' ||
    state === 'indeterminate'
  );
}
