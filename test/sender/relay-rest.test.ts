/** When a relay is left alone, by a clock that stands still unless it is told. */
import { expect, test } from 'vitest';
import { createRelayRest } from '../../src/sender/relay-rest.ts';

function setup(random = 0.5) {
  const clock = { now: 1000 };
  return {
    clock,
    rest: createRelayRest(
      () => clock.now,
      () => random,
    ),
  };
}

test('a session that can’t be had is waited for at once, longer each time, five minutes at the most', () => {
  const { clock, rest } = setup();
  expect(rest.failed('session')).toBe(true);
  expect(rest.doubtful).toBe(true);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    waits.push(rest.waitMs());
    clock.now += rest.waitMs();
    expect(rest.waitMs()).toBe(0);
    expect(rest.failed('session')).toBe(false);
  }
  expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
  expect(waits.slice(9)).toEqual([300_000, 300_000, 300_000]);
});

test('the waits are spread, so that many processes do not come back in step', () => {
  expect(
    [0, 0.5, 1].map((random) => {
      const { rest } = setup(random);
      rest.failed('session');
      return rest.waitMs();
    }),
  ).toEqual([800, 1000, 1200]);
});

test('single transactions that come to nothing are nothing; ten in a row are the relay’s trouble', () => {
  const { rest } = setup();
  for (let i = 0; i < 9; i++) expect(rest.failed('transaction')).toBe(false);
  expect(rest.worked()).toBe(false);
  for (let i = 0; i < 9; i++) expect(rest.failed('transaction')).toBe(false);
  expect([rest.doubtful, rest.waitMs()]).toEqual([false, 0]);
  expect(rest.failed('transaction')).toBe(true);
  expect([rest.doubtful, rest.waitMs()]).toEqual([true, 1000]);
});

test('those that were under way together and fail together are one failure', () => {
  const { clock, rest } = setup();
  rest.failed('session');
  for (let i = 0; i < 20; i++) expect(rest.failed('transaction')).toBe(false);
  expect(rest.waitMs()).toBe(1000);
  clock.now += 1000;
  // Doubtful still: the single one that tries is enough.
  expect(rest.failed('transaction')).toBe(false);
  expect(rest.waitMs()).toBe(2000);
});

test('one that gets through ends it, and says so once', () => {
  const { rest } = setup();
  rest.failed('session');
  expect(rest.worked()).toBe(true);
  expect([rest.doubtful, rest.waitMs()]).toEqual([false, 0]);
  expect(rest.worked()).toBe(false);
});

test('one that was changed is tried at once, by a single one', () => {
  const { clock, rest } = setup();
  for (let i = 0; i < 8; i++) {
    rest.failed('session');
    clock.now += rest.waitMs();
  }
  rest.failed('session');
  expect(rest.waitMs()).toBeGreaterThan(60_000);
  rest.reconsider();
  expect([rest.waitMs(), rest.doubtful]).toEqual([0, true]);
});
