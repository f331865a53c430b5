/** What the prefilter leaves out is never looked at again: it must not leave out anything that is there. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { letterPairs } from '../../../src/core/classify/letter-pairs.ts';
import { prefilter, type Entry } from '../../../src/core/classify/prefilter.ts';

const holds = (text: string, { anchors, others }: Entry): boolean =>
  (anchors.length === 0 || anchors.some((one) => text.includes(one))) &&
  others.every((words) => words.some((one) => text.includes(one)));

test('names every entry that a text holds, in order, once each', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '容'), minLength: 1, maxLength: 7 });
  const list = fc.array(words, { minLength: 1, maxLength: 3 });
  const entry = fc.record({ anchors: fc.oneof(list, fc.constant([])), others: fc.array(list, { maxLength: 2 }) });
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 60 }),
      fc.array(words, { maxLength: 4 }),
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '容'), maxLength: 40 }), { maxLength: 3 }),
      (entries, samples, texts) => {
        const ask = prefilter(entries, samples, letterPairs(samples));
        for (const text of texts) {
          const { numbers, count } = ask(text);
          const named = [...numbers.subarray(0, count)];
          expect(named).toEqual([...new Set(named)].sort((a, b) => a - b));
          for (const [number, one] of entries.entries()) if (holds(text, one)) expect(named).toContain(number);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('asks for the other words, too, and forgets the text before', () => {
  const ask = prefilter(
    [
      { anchors: ['mailbox'], others: [['full', 'quota']] },
      { anchors: ['ip'], others: [] },
      { anchors: ['mailbox'], others: [] },
    ],
    [],
    letterPairs([]),
  );
  const named = (text: string): number[] => {
    const { numbers, count } = ask(text);
    return [...numbers.subarray(0, count)];
  };
  // More texts than there are stamps.
  for (let round = 0; round < 300; round += 1) {
    expect(named('mailbox quota')).toEqual([0, 2]);
    expect(named('your ip')).toEqual([1]);
    expect(named('mailbox')).toEqual([2]);
    expect(named('i p')).toEqual([]);
  }
});

test('puts many candidates in order, too', () => {
  const entries = Array.from({ length: 100 }, (_, number) => ({
    anchors: [number % 2 === 0 ? 'late' : 'soon'],
    others: [],
  }));
  const { numbers, count } = prefilter(entries, [], letterPairs([]))('soon or late');
  expect([...numbers.subarray(0, count)]).toEqual(entries.map((_, number) => number));
});
