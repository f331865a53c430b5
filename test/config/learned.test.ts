import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadLearned, modelFile, parseReliability, parseWeights, reliabilityFile } from '../../src/config/learned.ts';

test('the model takes at most 500 kB', () => {
  expect(statSync(modelFile).size).toBeLessThanOrEqual(500_000);
});

test('both files are read once', () => {
  expect(loadLearned()).toBe(loadLearned());
});

test.each([
  ['a class that is none', { classes: ['nothing'] }],
  ['buckets that are no power of two', { buckets: 1000 }],
  ['no buckets', { buckets: null }],
  ['no scale', { scale: '1' }],
  ['too few weights', { values: 'AAAA' }],
  ['no weights', { values: null }],
  ['a bias too few', { bias: [] }],
  ['a bias that is no number', { bias: ['x'] }],
])('a model with %s is refused', (_, part) => {
  const whole = JSON.parse(readFileSync(modelFile, 'utf8')) as Record<string, unknown>;
  expect(() => parseWeights(JSON.stringify({ ...whole, ...part }))).toThrow('config/model.json is damaged');
});

test('a share that is missing or beyond 1 is refused by name', () => {
  const text = readFileSync(reliabilityFile, 'utf8');
  expect(() => parseReliability(text.replace('[model]', '[other]'))).toThrow('[model] agrees is a share from 0 to 1');
  expect(() => parseReliability(text.replace(/silent +=.*/, 'silent = 2'))).toThrow('[receiver] silent');
  expect(() => parseReliability(text.replace(/agrees +=.*/, "agrees = 'x'"))).toThrow('[receiver] agrees');
});
