// What mail servers print by their own sources and manuals, providers by their help pages, and the same said otherwise (`varied-…`): a
// line each, the categories that a person would accept before a tab, the words behind it (test/fixtures/wordings).
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { isCategory } from '../../../src/core/classify/categories.ts';
import { classifyText } from '../../../src/core/classify/classify.ts';

const rules = loadShippedRules();
const folder = new URL('../../fixtures/wordings/', import.meta.url);
const linesOf = (name: string) =>
  readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));

describe('documented words', () => {
  test.each(readdirSync(folder))('%s give what a person would accept', (name) => {
    const wrong = linesOf(name).flatMap(([accepted = '', text = '']) => {
      const { category, rule } = classifyText(text, rules);
      return accepted.split('|').includes(category ?? '') ? [] : [{ text, accepted, category, rule }];
    });
    expect(wrong).toEqual([]);
  });

  test('each line has categories and words', () => {
    const bad = readdirSync(folder).flatMap((name) =>
      linesOf(name).filter(([accepted = '', text = '', more]) => {
        return text === '' || more !== undefined || !accepted.split('|').every(isCategory);
      }),
    );
    expect(bad).toEqual([]);
  });
});
