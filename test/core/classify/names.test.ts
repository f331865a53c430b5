import { expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { classifyText } from '../../../src/core/classify/classify.ts';
import { fold } from '../../../src/core/classify/fold.ts';
import { withoutNames } from '../../../src/core/classify/names.ts';
import { compileRules } from '../../../src/core/classify/rule-set.ts';

/** What is left, each run of filler as one `_`. */
const left = (text: string) => withoutNames(text).replaceAll(/\u0001+/g, '_');

test.each([
  ['spamfilter.example.net said no', '_ said no'],
  ['mx7.blocked.example.com[192.0.2.1] said', '_[192.0.2.1] said'],
  ['see https://help.example.com/spam/blocked?ip=192.0.2.1&c=full.', 'see _.'],
  ['see https://intranet/spam, or ask', 'see _, or ask'],
  ['(www.spam.example)', '(_)'],
  ['example.com/virus/found is a page', '_ is a page'],
  ['mx.example.com:25: refused', '_: refused'],
  ['ends in example.org. Try', 'ends in _. Try'],
  ['詳細は https://example.jp/spam を参照', '詳細は _ を参照'],
  ['詳細はhttps://example.jp/spamを参照', '詳細は_を参照'],
])('"%s" without names is "%s"', (text, wanted) => {
  expect(left(text)).toBe(wanted);
  expect(withoutNames(text)).toHaveLength(text.length);
});

test.each([
  'mailbox full.please try again',
  'user unknown.no such user',
  'error 5.1.1 at 192.0.2.1',
  'resolver.adr.recipnotfound; not found',
  'invoice.js and price.zip',
  'a... b',
  '://',
  'x://',
  '.',
])('"%s" has no names', (text) => {
  expect(withoutNames(text)).toBe(text);
});

test('rules of files that say so find their words outside names alone, and names that they ask for themselves', () => {
  const rule = [{ id: 'test/a', category: 'unknown', text: ['spam', 'trap.example'], examples: ['x'] }];
  const first = (names: boolean, text: string) => {
    const set = compileRules([{ name: '10-test.toml', table: { family: 'test', names, rule }, lines: [] }]);
    if (!set.ok) throw new Error(set.problems.join('\n'));
    return set.rules.first(fold(text).text, { statuses: [], replies: [], remoteMta: null, phase: null })?.span ?? null;
  };
  expect(first(true, 'mx.spam.example: gone')).toEqual({ start: 4, end: 8 });
  expect(first(false, 'mx.spam.example: gone')).toBeNull();
  expect(first(false, 'mx.spam.example: spam')).toEqual({ start: 18, end: 22 });
  expect(first(false, 'a.trap.example: gone')).toEqual({ start: 3, end: 15 });
});

test.each([
  ['550 spam-gate.example.net: <pat@example.com> is nobody whom we know, no such recipient', 'user_not_found'],
  ['550 No such recipient here (antispamcloud)', 'user_not_found'],
  ['550 pat has no mailbox; see https://www.example.net/reputation/blocked-senders', 'user_not_found'],
])('"%s" is judged by its words, not by the names in it', (text, category) => {
  expect(classifyText(text, loadShippedRules()).category).toBe(category);
});

test.each(['a.', 'a.b.example.com/', '://', 'x://y ', '-.', '\u0001.'])(
  '4 KiB of "%s" are passed over once',
  (unit) => {
    const text = unit.repeat(4096 / unit.length);
    expect(withoutNames(text)).toHaveLength(text.length);
  },
);
