import { expect, test } from 'vitest';
import type { Suppression } from '../../../src/core/policy/history.ts';
import { live, merge, stopsRetries, suppressionFrom } from '../../../src/core/policy/suppression.ts';
import { counted, dayAt, policy } from '../../helpers/mail-events.ts';

const full = (day: number, n: number) => counted('mailbox_full', { at: dayAt(day), messageKey: `m${n}` });

test('five faults of the recipient within the window suppress for a month after the last', () => {
  const rows = [full(1, 1), full(20, 2), full(40, 3), full(60, 4)];
  expect(suppressionFrom(rows, null, policy, dayAt(61))?.level).toBe('temporarily_suppressed');
  const five = suppressionFrom([...rows, full(80, 5)], null, policy, dayAt(81));
  expect(five).toMatchObject({ level: 'soft_suppressed', since: dayAt(80), expiresAt: dayAt(110) });
  expect(suppressionFrom([...rows, full(95, 5)], null, policy, dayAt(96))?.level).toBe('temporarily_suppressed');
});

test('faults of others never suppress a recipient, however many', () => {
  const rows = Array.from({ length: 50 }, (_, n) => counted('spam_filter', { messageKey: `m${n}`, at: dayAt(n) }));
  expect(suppressionFrom(rows, null, policy, dayAt(50))).toBeNull();
});

test('a reputation under the floor suppresses until the penalties are out of the window', () => {
  // Redirected, so that none of them removes at once.
  const rows = [1, 2, 3, 4, 5, 6].map((day) =>
    counted('domain_not_found', { at: dayAt(day), messageKey: `m${day}`, redirected: true, conclusive: false }),
  );
  const fallen = suppressionFrom(rows, null, policy, dayAt(7));
  expect(fallen).toMatchObject({ level: 'reputation_suppressed', since: dayAt(6), expiresAt: dayAt(96) });
});

test('a suppression ends with the lifetime of its category', () => {
  const rows = [counted('mailbox_disabled', { at: dayAt(0) })];
  expect(suppressionFrom(rows, null, policy, dayAt(364))).toMatchObject({ expiresAt: dayAt(365) });
  expect(suppressionFrom(rows, null, policy, dayAt(365))).toBeNull();
  expect(suppressionFrom([counted('user_not_found')], null, policy, dayAt(3650))).toMatchObject({ expiresAt: null });
});

test('a soft bounce ends a row of hard ones only where that is configured', () => {
  const hard = [1, 2, 4].map((day) => counted('user_not_found', { at: dayAt(day), messageKey: `m${day}` }));
  const rows = [...hard, full(3, 3)];
  const options = { ...policy, removeImmediately: false };
  expect(suppressionFrom(rows, null, options, dayAt(5))?.level).toBe('hard_suppressed');
  expect(suppressionFrom(rows, null, { ...options, resetConsecutiveOnSoft: true }, dayAt(5))?.level).toBe(
    'temporarily_suppressed',
  );
});

test('at most ten causes are named', () => {
  const rows = Array.from({ length: 15 }, (_, n) => counted('user_not_found', { at: dayAt(n), messageKey: `m${n}` }));
  expect(suppressionFrom(rows, null, policy, dayAt(20))?.eventIds).toHaveLength(10);
});

const at = (level: Suppression['level'], since: number, until: number | null): Suppression => ({
  level,
  since: dayAt(since),
  expiresAt: until === null ? null : dayAt(until),
  category: null,
  type: null,
  rule: null,
  eventIds: [`${level} ${since}`],
});

test('of two suppressions the higher stands; of one level the earlier beginning and the later end', () => {
  const soft = at('soft_suppressed', 5, 20);
  const hard = at('hard_suppressed', 6, 9);
  expect(merge(soft, hard)).toBe(hard);
  expect(merge(hard, soft)).toBe(hard);
  expect(merge(null, soft)).toBe(soft);
  expect(merge(soft, null)).toBe(soft);
  expect(merge(null, null)).toBeNull();
  expect(merge(soft, at('soft_suppressed', 3, 10))).toEqual({ ...at('soft_suppressed', 3, 20) });
  expect(merge(soft, at('soft_suppressed', 7, 30))).toEqual({ ...soft, expiresAt: dayAt(30) });
  expect(merge(soft, at('soft_suppressed', 7, null))?.expiresAt).toBeNull();
});

test('only levels above the temporary one stop retries, and what has ended is none', () => {
  expect(stopsRetries(null)).toBe(false);
  expect(stopsRetries(at('temporarily_suppressed', 1, 8))).toBe(false);
  expect(stopsRetries(at('soft_suppressed', 1, 8))).toBe(true);
  expect(live(at('soft_suppressed', 1, 8), dayAt(8))).toBeNull();
  expect(live(null, dayAt(8))).toBeNull();
});
