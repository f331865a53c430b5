/** The prefilter of rules and forms must never miss a phrase; that it sometimes names one too many is its caller's business. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexGroups, indexPhrases } from '../../src/core/phrases.ts';

function found(phrases: readonly string[], text: string, samples: readonly string[] = []): Set<number> {
  const numbers = new Set<number>();
  indexPhrases(phrases, samples).scan(text, (number) => numbers.add(number));
  return numbers;
}

test('finds phrases within phrases, at both ends of a text, and twice the same', () => {
  expect(found(['ushers', 'sher', 'hers', 'sher'], 'ushers')).toEqual(new Set([0, 1, 2, 3]));
  expect(found(['user unknown', 'unknown users'], 'user unknown')).toEqual(new Set([0]));
});

test('looks for words of two units in texts that could hold them', () => {
  expect(found(['容量', '拒否', 'spf'], '邮箱容量已满 spf')).toEqual(new Set([0, 2]));
  expect(found(['容量', 'spf'], 'plain words')).toEqual(new Set([1]));
});

test('never misses a phrase that occurs, whatever the samples are', () => {
  const unit = fc.constantFrom('a', 'b', ' ', 'é', '容', '\u{1f4ea}');
  const phrase = fc.string({ unit, minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.array(phrase, { maxLength: 20 }),
      fc.array(phrase, { maxLength: 5 }),
      fc.string({ unit, maxLength: 60 }),
      (phrases, samples, text) => {
        const numbers = found(phrases, text, samples);
        for (const [number, one] of phrases.entries()) if (text.includes(one)) expect(numbers).toContain(number);
      },
    ),
    { numRuns: 1000 },
  );
});

test('names the first phrase, in their order, that occurs', () => {
  const index = indexPhrases(['容量', 'mailbox full', 'user unknown', 'unknown'], []);
  expect(index.first('a user unknown to us')).toBe(2);
  expect(index.first('unknown; mailbox full')).toBe(1);
  expect(index.first('容量')).toBe(0);
  expect(index.first('ünknown, mailbox  full')).toBe(-1);
});

test('looks in the whole text for a phrase that is too short for grams', () => {
  const index = indexPhrases(['nx', 'mailbox full'], []);
  expect(index.first('mailbox full: nx')).toBe(0);
  expect(index.first('mailbox full')).toBe(1);
});

test('names the first of each list, and of some only at the beginning of a text', () => {
  const firsts = indexGroups([['gone', 'mailbox full'], ['full'], ['n/a', 'q'], []], [Infinity, 9, Infinity, Infinity]);
  expect(firsts('mailbox full')).toEqual([1, -1, -1, -1]);
  expect(firsts('full: n/a, gone')).toEqual([0, 0, 0, -1]);
  expect(firsts('12345full')).toEqual([-1, 0, -1, -1]);
  expect(firsts('123456full q')).toEqual([-1, -1, 1, -1]);
  expect(firsts('')).toEqual([-1, -1, -1, -1]);
});
