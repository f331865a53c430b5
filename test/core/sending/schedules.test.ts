import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { categoryNames, type Category } from '../../../src/core/classify/categories.ts';
import { waitBefore, type Asked, type Schedules } from '../../../src/core/sending/schedules.ts';

const minute = 60_000;
const day = 86_400_000;

function asked(fields: Partial<Asked> = {}): Asked {
  return { category: 'mailbox_full', blocked: false, provider: 'example.com', retry: 1, late: false, ...fields };
}

/** Seconds before each retry, in the middle of the jitter. */
function waits(fields: Partial<Asked> = {}, schedules: Schedules = []): number[] {
  const all = [1, 2, 3, 4, 5, 6, 7].map((retry) => waitBefore(schedules, asked({ ...fields, retry }), 0.5));
  const end = all.indexOf(null);
  expect(all.slice(end).every((each) => each === null)).toBe(true);
  return all.slice(0, end).map((each) => (each ?? NaN) / 1000);
}

describe('the standard schedule', () => {
  test.each<[Category, number[]]>([
    ['mailbox_full', [1800, 7200, 28_800]],
    ['server_error', [600, 1800, 7200]],
    ['rate_limiting', [3600, 10_800, 21_600]],
    ['connection_timeout', [900, 1800, 3600, 7200, 14_400]],
    ['system_full', [1800, 7200]],
    ['tls_failure', [1800, 7200]],
    ['unknown', [1800, 7200]],
  ])('of %s is %j', (category, expected) => {
    expect(waits({ category })).toEqual(expected);
  });

  test('of reputation_block is followed although it is a refusal, capped to a day', () => {
    expect(waits({ category: 'reputation_block', blocked: true })).toEqual([86_400, 86_400]);
  });

  test('holds for no other refusal', () => {
    for (const category of ['spam_filter', 'policy_rejection', 'unknown', 'relay_denied'] as const)
      expect(waits({ category, blocked: true })).toEqual([]);
  });
});

test('the jitter spreads every wait over 0.8 to 1.2 of it, a day at most; there are five retries at most', () => {
  const schedules: Schedules = [{ category: 'unknown', provider: null, delays: [1000, 1000, 1000, 1000, 1000, 1000] }];
  fc.assert(
    fc.property(
      fc.constantFrom(...categoryNames),
      fc.integer({ min: 1, max: 9 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (category, retry, jitter) => {
        const middle = waitBefore(schedules, asked({ category, retry }), 0.5);
        const wait = waitBefore(schedules, asked({ category, retry }), jitter);
        expect(wait === null).toBe(middle === null);
        if (retry > 5) expect(wait).toBeNull();
        if (wait === null || middle === null) return;
        expect(wait).toBeGreaterThanOrEqual(Math.floor(middle * 0.8));
        expect(wait).toBeLessThanOrEqual(Math.min(day, Math.ceil(middle * 1.2)));
      },
    ),
  );
  expect(waitBefore([], asked(), 0)).toBe(1440_000);
  expect(waitBefore([], asked(), 1)).toBe(2160_000);
});

describe('an operator’s schedule', () => {
  const schedules: Schedules = [
    { category: null, provider: null, delays: [minute] },
    { category: 'mailbox_full', provider: null, delays: [2 * minute] },
    { category: null, provider: 'example.com', delays: [3 * minute] },
    { category: 'mailbox_full', provider: 'example.com', delays: [4 * minute, 5 * minute] },
    { category: 'rate_limiting', provider: 'example.org', delays: [] },
  ];

  test('that is the most particular one counts', () => {
    expect(waits({}, schedules)).toEqual([240, 300]);
    expect(waits({ category: 'server_error' }, schedules)).toEqual([180]);
    expect(waits({ provider: 'example.net' }, schedules)).toEqual([120]);
    expect(waits({ category: 'server_error', provider: null }, schedules)).toEqual([60]);
    expect(waits({}, schedules.toReversed())).toEqual([240, 300]);
  });

  test('without delays ends all trying, a late one too', () => {
    const never = { category: 'rate_limiting', provider: 'example.org' } as const;
    expect(waits(never, schedules)).toEqual([]);
    expect(waitBefore(schedules, asked({ ...never, late: true }), 0.5)).toBeNull();
  });

  test('holds for a refusal only where it names the category', () => {
    expect(waits({ category: 'spam_filter', blocked: true }, schedules)).toEqual([]);
    expect(waits({ blocked: true }, schedules)).toEqual([240, 300]);
  });
});

test('after the queue life of the relay the wait is a day, whatever the schedule', () => {
  const schedules: Schedules = [{ category: null, provider: null, delays: [minute] }];
  expect(waitBefore(schedules, asked({ late: true, retry: 4 }), 0)).toBe(day);
  expect(waitBefore([], asked({ late: true, retry: 6 }), 0)).toBeNull();
  expect(waitBefore([], asked({ late: true, category: 'spam_filter', blocked: true }), 0)).toBeNull();
});
