// Every example of every rule goes through all rules, and this rule must win: a rule that an earlier one shadows fails here.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRules, loadShippedRules, parseRuleFile, shippedRulesFolder } from '../src/config/rules.ts';
import { classifyText } from '../src/core/classify/classify.ts';
import { categories, categoryNames } from '../src/core/classify/categories.ts';

const rules = loadShippedRules();
const folder = mkdtempSync(join(tmpdir(), 'rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('every example of a rule is won by this rule', () => {
  const lost = rules.rules.flatMap(({ id, examples }) =>
    examples.flatMap((example) => {
      const { rule, evidence } = classifyText(example, rules);
      return rule === id ? [] : [{ id, example, wonBy: rule, by: evidence?.text }];
    }),
  );
  expect(lost).toEqual([]);
});

test('no counter-example of a rule is won by this rule', () => {
  const won = rules.rules.flatMap(({ id, counterExamples }) =>
    counterExamples.flatMap((example) => (classifyText(example, rules).rule === id ? [{ id, example }] : [])),
  );
  expect(won).toEqual([]);
});

test('the categories that words can tell have rules', () => {
  const told = new Set(rules.rules.map(({ category }) => category));
  expect(categoryNames.filter((category) => !told.has(category))).toEqual(['unknown']);
});

test('the rules are loaded once for a process', () => {
  expect(loadShippedRules()).toBe(rules);
  expect(rules.version).toMatch(/^[0-9a-f]{12}$/);
});

test('no text stands in two rules that are asked of every report', () => {
  const seen = new Map<string, string>();
  const twice = rules.rules.flatMap(({ id, text, status, reply, remoteMta, phase }) =>
    (text ?? []).flatMap((parts) => {
      if (status !== null || reply !== null || remoteMta !== null || phase !== null) return [];
      const key = parts.join('*');
      const other = seen.get(key);
      if (other === undefined) seen.set(key, id);
      return other === undefined ? [] : [`${key}: ${other}, ${id}`];
    }),
  );
  expect(twice).toEqual([]);
});

test('docs/rules.md has a row for each category, as categories.ts says it', () => {
  const page = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8');
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const told = rows
    .filter(([, name]) => name !== undefined && Object.hasOwn(categories, name))
    .map((row) => row.slice(1, 5));
  const wanted = categoryNames.map((name) => {
    const { type, permanentType, fault, action } = categories[name];
    return [name, type === permanentType ? type : `${type} (4.x), ${permanentType}`, fault, action];
  });
  expect(told).toEqual(wanted);
});

describe('rule files', () => {
  test('a syntax error is told with file and line', () => {
    const problems: string[] = [];
    expect(parseRuleFile('50-x.toml', "family = 'x'\n[[rule]]\nid = \n", problems)).toBeNull();
    expect(problems.join()).toMatch(/^50-x\.toml:3: /);
  });

  test('the lines of rules are known', () => {
    const file = parseRuleFile('50-x.toml', "family = 'x'\n\n[[rule]]\nid = 'x/a'\n  [[rule]]\n", []);
    expect(file?.lines).toEqual([3, 5]);
  });

  test('a folder gives its rules, or every problem in it', () => {
    writeFileSync(join(folder, '50-a.toml'), "family = 'a'\n[[rule]]\nid = 'a/b'\ncategory = 'nothing'\n");
    writeFileSync(join(folder, 'notes.txt'), 'no rule file');
    const refused = loadRules(folder);
    expect(refused.ok ? [] : refused.problems).toEqual([
      "50-a.toml:2: a/b: unknown category 'nothing'",
      '50-a.toml:2: a/b: no condition: one of text, phrase, status, reply, remoteMta is needed',
      '50-a.toml:2: a/b: no example: at least one is needed',
    ]);
    writeFileSync(join(folder, '50-b.toml'), 'family =');
    const broken = loadRules(folder);
    expect(broken.ok ? [] : broken.problems.map((problem) => problem.slice(0, 11))).toEqual(['50-b.toml:1']);
    expect(loadRules(shippedRulesFolder).ok).toBe(true);
  });
});
