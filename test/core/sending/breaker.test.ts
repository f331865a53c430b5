import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  admit,
  afterFault,
  afterSilence,
  afterSuccess,
  closed,
  type Breaker,
  type BreakerOptions,
} from '../../../src/core/sending/breaker.ts';

const minute = 60_000;
const options: BreakerOptions = { threshold: 3, window: 10 * minute, pause: 5 * minute, maxPause: 60 * minute };
const at = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1) + minutes * minute);

/** Opened at minute 0 by the third dispatch. */
const opened = afterFault(closed(at(-60)), 'c', 3, options, at(0));
const probing = admit(opened, 'p', options, at(5)).breaker;

test('it opens when enough distinct dispatches were turned away, and not before', () => {
  const one = afterFault(closed(at(-60)), 'a', 1, options, at(0));
  const two = afterFault(one, 'b', 2, options, at(0));
  expect([one.state, two.state, opened.state]).toEqual(['closed', 'closed', 'open']);
  expect(opened.probeAt).toEqual(at(5));
});

test('while it is open nothing goes, and further failures change nothing', () => {
  expect(admit(opened, 'd', options, at(4.9))).toEqual({ admitted: false, breaker: opened });
  expect(afterFault(opened, 'd', 50, options, at(4))).toBe(opened);
  expect(afterSuccess(opened, 'd', at(4))).toBe(opened);
});

test('after the pause exactly one dispatch goes, which may ask again', () => {
  expect(probing).toMatchObject({ state: 'probing', probe: 'p', probeAt: null });
  expect(admit(probing, 'q', options, at(6)).admitted).toBe(false);
  expect(admit(probing, 'p', options, at(6))).toEqual({ admitted: true, breaker: probing });
});

test('a probe that is taken closes it', () => {
  expect(afterSuccess(probing, 'p', at(6))).toMatchObject({ state: 'closed', since: at(6), probe: null });
});

test('what is heard of others while it probes changes nothing', () => {
  expect(afterSuccess(probing, 'q', at(6))).toBe(probing);
  expect(afterFault(probing, 'q', 99, options, at(6))).toBe(probing);
  expect(afterSilence(probing, 'q', at(6))).toBe(probing);
});

test('each probe that is turned away doubles the rest, up to the longest', () => {
  let breaker = opened;
  const rests: number[] = [];
  for (let now = 0; rests.length < 6;) {
    now += 1000;
    const asked = admit(breaker, 'p', options, at(now));
    expect(asked.admitted).toBe(true);
    breaker = afterFault(asked.breaker, 'p', 1, options, at(now));
    rests.push(((breaker.probeAt?.getTime() ?? NaN) - at(now).getTime()) / minute);
  }
  expect(rests).toEqual([10, 20, 40, 60, 60, 60]);
});

test('a breaker that opens again soon after it closed rests longer than the time before', () => {
  const shut = afterSuccess(probing, 'p', at(6));
  expect(afterFault(shut, 'x', 3, options, at(10)).probeAt).toEqual(at(20));
  expect(afterFault(shut, 'x', 3, options, at(17)).probeAt).toEqual(at(22));
});

test('a provider that is turned away for the first time rests for the plain pause', () => {
  expect(afterFault(closed(at(0)), 'x', 3, options, at(0)).probeAt).toEqual(at(5));
});

test('a probe that came back without a word lets another one probe at once', () => {
  const again = afterSilence(probing, 'p', at(6));
  expect(again).toMatchObject({ state: 'open', failures: probing.failures, probeAt: at(6), probe: null });
  expect(admit(again, 'q', options, at(6)).breaker).toMatchObject({ state: 'probing', probe: 'q' });
});

test('a probe that nobody heard of again is replaced after the longest rest', () => {
  expect(admit(probing, 'q', options, at(65)).admitted).toBe(false);
  expect(admit(probing, 'q', options, at(65.1)).breaker).toMatchObject({ state: 'probing', probe: 'q' });
});

test('after thousands of failures the rest is still the longest one', () => {
  const long: Breaker = { ...probing, failures: 5000 };
  expect(afterFault(long, 'p', 1, options, at(10)).probeAt).toEqual(at(70));
});

test('whatever happens, it admits again some time, and never two before the first has ended', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('fault', 'success', 'silence', 'ask'), fc.nat(3), fc.nat(20)));
  fc.assert(
    fc.property(steps, (taken) => {
      let breaker = closed(at(0));
      let now = 0;
      for (const [step, who, wait] of taken) {
        now += wait;
        const id = `d${who}`;
        if (step === 'fault') breaker = afterFault(breaker, id, who, options, at(now));
        if (step === 'success') breaker = afterSuccess(breaker, id, at(now));
        if (step === 'silence') breaker = afterSilence(breaker, id, at(now));
        if (step === 'ask') breaker = admit(breaker, id, options, at(now)).breaker;
        expect(breaker.probe !== null).toBe(breaker.state === 'probing');
        expect(breaker.probeAt !== null).toBe(breaker.state === 'open');
      }
      expect(admit(breaker, 'z', options, at(now + 61)).admitted).toBe(true);
    }),
  );
});
