import { expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { candidatesIn } from '../../../src/core/classify/candidates.ts';
import { look } from '../../../src/core/classify/classify.ts';
import { compileRules, type RuleSet } from '../../../src/core/classify/rule-set.ts';

const asked = (rules: RuleSet, diagnosticCode: string) => {
  const { folded, facts } = look({ diagnosticCode, status: null, replyCode: null, remoteMta: null, phase: null });
  return { first: rules.first(folded.text, facts), candidates: candidatesIn(rules, folded.text, facts) };
};

function ruleSet(...rule: readonly Record<string, unknown>[]): RuleSet {
  const table = { family: 'test', rule: rule.map((each) => ({ category: 'unknown', examples: ['x'], ...each })) };
  const find = (text: string) =>
    text.includes('pattern') ? { start: text.indexOf('pattern'), end: text.length } : null;
  const terms = { compile: (source: string) => ({ ok: true as const, pattern: { source, find } }), texts: 100 };
  const compiled = compileRules([{ name: '50-test.toml', table, lines: [] }], terms);
  if (!compiled.ok) throw new Error(compiled.problems.join('\n'));
  return compiled.rules;
}

test('the first candidate that holds is the rule that decides, for every example of every rule', () => {
  const rules = loadShippedRules();
  const wrong = rules.rules.flatMap(({ id, examples }) =>
    examples.flatMap((example) => {
      const { first, candidates } = asked(rules, example);
      const holding = candidates.find(({ unmet }) => unmet === null);
      return first?.rule === holding?.rule && first?.span?.start === holding?.span?.start ? [] : [{ id, example }];
    }),
  );
  expect(wrong).toEqual([]);
});

test('a rule whose words are there and whose condition is not met says which', () => {
  const rules = ruleSet(
    { id: 'test/status', text: ['full'], status: ['5.2.2'] },
    { id: 'test/reply', text: ['full'], reply: [552] },
    { id: 'test/phase', text: ['full'], phase: ['data'] },
    { id: 'test/host', text: ['full'], remoteMta: ['mx.example.com'] },
    { id: 'test/absent', text: ['empty', 'nothing * full'] },
    { id: 'test/twice', text: ['full', 'is full'] },
    { id: 'test/other', text: ['full'] },
  );
  expect(asked(rules, '450 4.2.2 is full').candidates.map(({ rule, unmet }) => [rule.id, unmet])).toEqual([
    ['test/status', 'status'],
    ['test/reply', 'reply'],
    ['test/phase', 'phase'],
    ['test/host', 'remoteMta'],
    ['test/twice', null],
    ['test/other', null],
  ]);
});

test('a phrase is a candidate like a text', () => {
  const rules = ruleSet(
    { id: 'test/other', phrase: ['{inn|hostel} * shut', 'no * bed'] },
    { id: 'test/phrase', phrase: ['{inn|hostel} * shut', '{inn|hostel} * full'] },
    { id: 'test/both', text: ['absent'], phrase: ['inn * full'] },
  );
  const { first, candidates } = asked(rules, 'the inn is full');
  expect(candidates.map(({ rule }) => rule.id)).toEqual(['test/phrase', 'test/both']);
  expect(first).toMatchObject({ rule: { id: 'test/phrase' }, span: { start: 5, end: 16 } });
});

test('rules without words are candidates only where they hold', () => {
  const rules = ruleSet({ id: 'test/a', status: ['5.2.2'] }, { id: 'test/b', status: ['5.1.1'] });
  expect(asked(rules, '550 5.1.1 x').candidates).toMatchObject([{ rule: { id: 'test/b' }, span: null, unmet: null }]);
});

test('an expression has the last word of its rule', () => {
  const rules = ruleSet({ id: 'test/a', regex: ['x'] }, { id: 'test/b', text: ['some'], regex: ['x'] });
  expect(asked(rules, 'some pattern').candidates.map(({ rule }) => rule.id)).toEqual(['test/a', 'test/b']);
  expect(asked(rules, 'some text').candidates).toEqual([]);
});
