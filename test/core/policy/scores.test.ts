import { expect, test } from 'vitest';
import { numberReport } from '../../../src/core/policy/ledger.ts';
import { recipientReputation, scoreOf, severityOf } from '../../../src/core/policy/reputation.ts';
import { isLate, retryDelay, retryFor } from '../../../src/core/policy/retry.ts';
import { reviewPriority } from '../../../src/core/policy/review.ts';
import { counted, dayAt, mailEvent, policy, report } from '../../helpers/mail-events.ts';

test('each retry waits as its category says, spread by a fifth, and there is an end', () => {
  const waits = (category: Parameters<typeof retryDelay>[0]): (number | null)[] =>
    [1, 2, 3, 4, 5, 6].map((attempt) => {
      const delay = retryDelay(category, attempt, 0.5);
      return delay === null ? null : delay / 1000;
    });
  expect(waits('mailbox_full')).toEqual([1800, 7200, 28_800, null, null, null]);
  expect(waits('server_error')).toEqual([600, 1800, 7200, null, null, null]);
  expect(waits('connection_timeout')).toEqual([900, 1800, 3600, 7200, 14_400, null]);
  expect(waits('reputation_block')).toEqual([86_400, 86_400, null, null, null, null]);
  expect(waits('tls_failure')).toEqual([1800, 7200, null, null, null, null]);
  expect(retryDelay('mailbox_full', 1, 0)).toBe(1_440_000);
  expect(retryDelay('mailbox_full', 1, 1)).toBe(2_160_000);
});

test('a report after the queue life of its MTA is late: by its code or by its dates', () => {
  const from = dayAt(1);
  const hours = (n: number): Date => new Date(from.getTime() + n * 3_600_000);
  expect(isLate(report({ status: '4.4.7' }))).toBe(true);
  expect(isLate(report({ status: '5.4.7' }))).toBe(true);
  expect(isLate(report({ arrivalDate: from, lastAttemptDate: hours(5) }))).toBe(true);
  expect(isLate(report({ arrivalDate: from, lastAttemptDate: hours(4) }))).toBe(false);
  expect(isLate(report({ arrivalDate: from }))).toBe(false);
  expect(isLate(report({ lastAttemptDate: from }))).toBe(false);
});

test('a late report is tried once more, a day later', () => {
  const event = mailEvent({ category: 'server_error', report: { status: '4.4.7' } });
  expect(retryFor(event, dayAt(20))).toEqual({ attempt: 1, dueAt: dayAt(21) });
});

test('of the block bounces only a reputation block is retried; redirected mail never is', () => {
  expect(retryFor(mailEvent({ category: 'spam_filter' }), dayAt(1))).toBeNull();
  expect(retryFor(mailEvent({ category: 'user_not_found' }), dayAt(1))).toBeNull();
  expect(retryFor(mailEvent({ category: null }), dayAt(1))).toBeNull();
  expect(retryFor(mailEvent({ category: 'reputation_block' }), dayAt(1))).not.toBeNull();
  expect(retryFor(mailEvent({ category: 'mailbox_full', redirected: true }), dayAt(1))).toBeNull();
  expect(retryFor(mailEvent({ category: 'server_error', report: { status: '5.4.6' } }), dayAt(1))).toBeNull();
  expect(retryFor(mailEvent({ category: 'mailbox_full', report: { reportAction: 'delayed' } }), dayAt(1))).toBeNull();
});

test('a recipient pays for each message once, and only within the window', () => {
  const rows = [
    counted('domain_not_found', { messageKey: 'a', at: dayAt(100) }),
    counted('mailbox_disabled', { messageKey: 'b', at: dayAt(101) }),
    counted('mailbox_full', { messageKey: 'c', at: dayAt(1) }),
    counted('reputation_block', { messageKey: 'd', at: dayAt(101) }),
    counted(null, { messageKey: 'e', at: dayAt(101) }),
  ];
  expect(recipientReputation(rows, null, policy, dayAt(102))).toBe(82);
  expect(recipientReputation(rows, dayAt(101), policy, dayAt(102))).toBe(97);
  const many = Array.from({ length: 20 }, (_, n) => counted('domain_not_found', { messageKey: `m${n}`, at: dayAt(1) }));
  expect(recipientReputation(many, null, policy, dayAt(2))).toBe(0);
});

test('a sending domain loses points against what it sent, at least a hundred mails', () => {
  expect(scoreOf(0, 0)).toBe(100);
  expect(scoreOf(10, 1)).toBe(90);
  expect(scoreOf(10, 3000)).toBe(99.7);
  expect(scoreOf(5000, 1000)).toBe(0);
  expect(severityOf(null)).toBeNull();
  expect(severityOf('mailbox_full')).toBeNull();
});

test('blocks and spam filters are looked at first', () => {
  expect(reviewPriority(null)).toBe(50);
  expect(reviewPriority('unknown')).toBe(50);
  expect(reviewPriority('connection_timeout')).toBe(60);
  expect(reviewPriority('reputation_block')).toBe(80);
});

test('reports beyond the daily number of a token are counted and nothing else; the next day begins anew', () => {
  let row = numberReport(undefined, mailEvent({ category: 'mailbox_full' }), 3).row;
  for (const reports of [2, 3]) {
    const next = numberReport(row, mailEvent({ category: 'mailbox_full' }), 3);
    expect(next.beyond).toBe(false);
    expect(next.row.reports).toBe(reports);
    row = next.row;
  }
  const fourth = numberReport(row, mailEvent({}), 3);
  expect(fourth).toMatchObject({ beyond: true, row: { reports: 4, category: 'mailbox_full' } });
  const tomorrow = numberReport(fourth.row, mailEvent({ receivedAt: dayAt(11) }), 3);
  expect(tomorrow).toMatchObject({ beyond: false, row: { reports: 1, category: 'user_not_found' } });
});

test('an event without a message is counted under an empty key', () => {
  expect(numberReport(undefined, mailEvent({ messageKey: null }), 3).row.messageKey).toBe('');
});
