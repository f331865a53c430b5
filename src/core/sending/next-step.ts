/**
 * What becomes of a dispatch after a word about one of its attempts: the relay's reply, or a report days later. Decided
 * on the verdict, the schedule and what the policy says of the recipient; the same for both, so that it does not matter
 * which of them is heard first.
 */
import type { MailEvent } from '../event.ts';
import { isLate, isLoop } from '../policy/retry.ts';
import type { DispatchState } from './dispatch.ts';
import type { Schedules } from './schedules.ts';
import { waitBefore } from './schedules.ts';

export interface Standing {
  readonly state: DispatchState;
  /** Attempts begun: 0 before the first. */
  readonly attempt: number;
  /** Retries granted for what receivers said. An attempt that the relay itself spoilt costs none. */
  readonly retries: number;
  /** A retry after the MTA's own queue life was granted before: there is one at most. */
  readonly lateRetry: boolean;
  readonly expiresAt: Date;
  readonly provider: string | null;
  /** The raw message is kept: without it nothing can be sent again from here. */
  readonly stored: boolean;
}

export interface Step {
  readonly state: DispatchState;
  /** Where `waiting`, or where somebody else is told to send again; else null. */
  readonly dueAt: Date | null;
  readonly retries: number;
  readonly lateRetry: boolean;
  /** A retry is due, and the message is not ours to send: the application is told (outbox `retry.due`). */
  readonly tell: boolean;
}

type Said = Pick<MailEvent, 'verdict' | 'report' | 'redirected'>;

/**
 * @param about the attempt that the event speaks of, 1 the first.
 * @param stopped the policy's word on the recipient: no retries any more.
 * @param jitter 0…1.
 * Null: nothing changes.
 */
export function nextStep(
  standing: Standing,
  event: Said,
  about: number,
  stopped: boolean,
  schedules: Schedules,
  now: Date,
  jitter: number,
): Step | null {
  const { state, retries, lateRetry } = standing;
  const to = (next: DispatchState): Step => ({ state: next, dueAt: null, retries, lateRetry, tell: false });
  // It is there, whatever we had come to believe; only a failure that was reported stands against it.
  if (event.verdict.type === 'delivery') return state === 'delivered' || state === 'bounced' ? null : to('delivered');
  const outdated = about < standing.attempt;
  // Whoever speaks of the attempt has had it from the relay: nothing about that is unclear any longer.
  if (!hasFailed(event)) return state === 'indeterminate' && !outdated ? to('sent') : null;
  switch (state) {
    case 'bounced':
    case 'delivered':
    case 'expired':
    case 'suppressed':
    case 'cancelled':
      return null;
    case 'queued':
    case 'claimed':
    case 'waiting':
      return endsAll(event) ? to('bounced') : null;
    case 'sending':
      // A newer attempt is on the wire: its own end decides.
      return outdated ? null : afterFailure(standing, event, stopped, schedules, now, jitter);
    case 'assumed_delivered':
      // Too late for another try: the application and its reader have long moved on.
      return outdated && !endsAll(event) ? null : to('bounced');
    case 'sent':
    case 'indeterminate':
      if (outdated) return endsAll(event) ? to('bounced') : null;
      return afterFailure(standing, event, stopped, schedules, now, jitter);
  }
}

function hasFailed({ verdict: { type, category }, report }: Said): boolean {
  // A refusal of our own dialogue, whatever its words are taken for: the mail is not there.
  if (report.format === 'reply') return true;
  const failed = type === 'hard_bounce' || type === 'soft_bounce' || type === 'block_bounce';
  return failed && category !== null && category !== 'delivery_delay' && report.reportAction !== 'delayed';
}

/** Such a word about an attempt that was followed by another is still news: no further one can succeed. */
const endsAll = ({ verdict, redirected }: Said): boolean => verdict.type === 'hard_bounce' && !redirected;

/** The newest attempt failed: tried again where that is worth it. */
function afterFailure(
  { retries, lateRetry, provider, expiresAt, stored }: Standing,
  { verdict: { type, category, permanence }, report, redirected }: Said,
  stopped: boolean,
  schedules: Schedules,
  now: Date,
  jitter: number,
): Step {
  const end = (state: DispatchState): Step => ({ state, dueAt: null, retries, lateRetry, tell: false });
  // Redirected: a list or alias with a dead member, the others have the mail already.
  if (type === 'hard_bounce' || redirected || category === null) return end('bounced');
  if (isLoop(report, category)) return end('bounced');
  const late = isLate(report);
  if (late && lateRetry) return end('bounced');
  // What is no bounce by its words is a refusal of our own dialogue; its codes say whether it is for good.
  const blocked = type !== 'soft_bounce' && (type === 'block_bounce' || permanence === 'permanent');
  const asked = { category, blocked, provider, retry: retries + 1, late };
  const wait = waitBefore(schedules, asked, jitter);
  if (wait === null) return end('bounced');
  if (stopped) return end('suppressed');
  const dueAt = new Date(now.getTime() + wait);
  if (dueAt >= expiresAt) return end('expired');
  return {
    state: stored ? 'waiting' : 'bounced',
    dueAt,
    retries: retries + 1,
    lateRetry: lateRetry || late,
    tell: !stored,
  };
}
