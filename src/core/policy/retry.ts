/**
 * When a message is sent again. The schedules serve synchronous replies and quick reports; a report that comes after the
 * MTA's own queue life tells that hours of trying did not help, and is worth one more try, a day later.
 */
import type { Category } from '../classify/categories.ts';
import type { MailEvent, Report } from '../event.ts';

const second = 1000;
const cap = 86_400 * second;
/** After the first attempt. */
export const maxRetries = 5;
const queueLife = 4 * 3600 * second;

/** Seconds before each attempt; there is a first one. */
type Schedule = readonly [number, ...number[]];
const schedules: Partial<Record<Category, Schedule>> = {
  mailbox_full: [1800, 7200, 28_800],
  server_error: [600, 1800, 7200],
  rate_limiting: [3600, 10_800, 21_600],
  reputation_block: [86_400, 172_800],
  connection_timeout: [900, 1800, 3600, 7200, 14_400],
};
const otherwise: Schedule = [1800, 7200];

/**
 * Milliseconds to the given attempt (1 is the first), or null when there is no further one.
 * @param jitter 0…1, spread over ×0.8–1.2.
 */
export function retryDelay(category: Category, attempt: number, jitter: number): number | null {
  if (attempt > maxRetries) return null;
  const wait = (schedules[category] ?? otherwise)[attempt - 1];
  return wait === undefined ? null : spread(wait, jitter);
}

/** Milliseconds, ×0.8–1.2, a day at most. */
export const spread = (seconds: number, jitter: number): number =>
  Math.round(Math.min(cap, seconds * second * (0.8 + 0.4 * jitter)));

/** True where the MTA had tried for its queue's life before it gave up: 4.4.7, or hours between arrival and last attempt. */
export function isLate({ status, arrivalDate, lastAttemptDate }: Report): boolean {
  if (status === '4.4.7' || status === '5.4.7') return true;
  if (arrivalDate === null || lastAttemptDate === null) return false;
  return lastAttemptDate.getTime() - arrivalDate.getTime() > queueLife;
}

/**
 * True where the mail ran in a circle (RFC 3463 §3.5; 5.4.14 is Exchange's): sent again it would run there again. Others say
 * 5.4.6 of something else, so the category must agree.
 */
export function isLoop({ status }: Report, category: Category): boolean {
  return category === 'server_error' && (status === '5.4.6' || status === '5.4.14');
}

export interface Retry {
  readonly attempt: number;
  readonly dueAt: Date;
}

/** The first retry that an event asks for, or null. Whether the recipient may still be mailed is the caller's to know. */
export function retryFor(event: MailEvent, now: Date): Retry | null {
  const { type, category } = event.verdict;
  // A list or alias with one full member: the others have the mail already.
  if (category === null || event.redirected || event.report.reportAction === 'delayed') return null;
  if (type !== 'soft_bounce' && category !== 'reputation_block') return null;
  if (isLoop(event.report, category)) return null;
  // From the event, so that deciding again decides the same.
  const jitter = event.eventKey.readUInt32BE(0) / 0xffff_ffff;
  const [first] = schedules[category] ?? otherwise;
  const delay = isLate(event.report) ? cap : spread(first, jitter);
  return { attempt: 1, dueAt: new Date(now.getTime() + delay) };
}
