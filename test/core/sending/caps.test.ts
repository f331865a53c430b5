import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admit, isUnloaded, release, unloaded, type Cap, type Load } from '../../../src/core/sending/caps.ts';

const cap = (concurrency: number, ratePerMinute = 0): Cap => ({ concurrency, ratePerMinute });

/** Admits as many as may go at once. */
function fill(load: Load, limits: Cap, now: number): { load: Load; admitted: number } {
  for (let admitted = 0; ; admitted++) {
    const asked = admit(load, limits, now);
    if (!asked.admitted) return { load, admitted };
    load = asked.load;
  }
}

test('as many go at once as the cap says, and the next one when one of them has ended', () => {
  const full = fill(unloaded(cap(3), 0), cap(3), 0);
  expect(full.admitted).toBe(3);
  expect(admit(full.load, cap(3), 1e9)).toEqual({ admitted: false, waitMs: null });
  expect(fill(release(full.load), cap(3), 1e9).admitted).toBe(1);
});

test('a rate below one a second admits one and names the wait until the next', () => {
  const limits = cap(20, 6);
  const { load, admitted } = fill(unloaded(limits, 0), limits, 0);
  expect(admitted).toBe(1);
  expect(admit(load, limits, 4000)).toEqual({ admitted: false, waitMs: 6000 });
  expect(admit(load, limits, 10_000).admitted).toBe(true);
});

test('asking again after the wait that was named succeeds, at every rate', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 0, max: 1e12 }), (rate, start) => {
      const limits = cap(100_000, rate);
      const { load } = fill(unloaded(limits, start), limits, start);
      const asked = admit(load, limits, start);
      expect(asked.admitted).toBe(false);
      if (!asked.admitted) expect(admit(load, limits, start + (asked.waitMs ?? NaN)).admitted).toBe(true);
    }),
  );
});

test('a minute of asking without rest never admits more than the rate and one second of it', () => {
  for (const rate of [1, 7, 60, 100, 600, 6000]) {
    const limits = cap(1_000_000, rate);
    let load = unloaded(limits, 0);
    let sent = 0;
    for (let now = 0; now < 60_000; now += 13) {
      const filled = fill(load, limits, now);
      load = filled.load;
      sent += filled.admitted;
    }
    expect(sent).toBeLessThanOrEqual(rate + Math.max(1, rate / 60));
    expect(sent).toBeGreaterThanOrEqual(Math.floor(rate * 0.99));
  }
});

test('a clock that jumps back neither gives nor takes', () => {
  const limits = cap(10, 60);
  const { load } = fill(unloaded(limits, 10_000), limits, 10_000);
  expect(admit(load, limits, 0).admitted).toBe(false);
  expect(admit(load, limits, 11_000).admitted).toBe(true);
});

test('an end that nobody waited for does not make room', () => {
  const limits = cap(2);
  expect(fill(release(unloaded(limits, 0)), limits, 0).admitted).toBe(2);
});

test('a load is forgotten once it says nothing any more', () => {
  const limits = cap(5, 60);
  const once = admit(unloaded(limits, 0), limits, 0);
  const load = once.admitted ? once.load : unloaded(limits, 0);
  expect(isUnloaded(load, limits, 5000)).toBe(false);
  expect(isUnloaded(release(load), limits, 500)).toBe(false);
  expect(isUnloaded(release(load), limits, 1000)).toBe(true);
  expect(isUnloaded(unloaded(cap(5), 0), cap(5), 0)).toBe(true);
});

test('a cap that was lowered meanwhile admits nobody until enough have ended', () => {
  const { load } = fill(unloaded(cap(20, 6000), 0), cap(20, 6000), 0);
  expect(admit(load, cap(5, 60), 60_000)).toEqual({ admitted: false, waitMs: null });
  const few = Array.from({ length: 16 }).reduce<Load>((left) => release(left), load);
  expect(fill(few, cap(5, 60), 60_000).admitted).toBe(1);
});
