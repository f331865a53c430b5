/** The parts of the evaluation and of the training that need no corpus. */
import { expect, test } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import { categories, categoryNames } from '../../src/core/classify/categories.ts';
import { classifyText } from '../../src/core/classify/classify.ts';
import { unfitted } from '../../src/core/classify/confidence.ts';
import type { Verdict } from '../../src/core/event.ts';
import { crossValidated, fit, heldOut } from '../../scripts/evaluation/calibration.ts';
import { isRight, type Case } from '../../scripts/evaluation/corpus.ts';
import { falseHard, leaveOut, shareRight, Switchboard } from '../../scripts/evaluation/leave-out.ts';
import { bins, reliabilityTable } from '../../scripts/evaluation/reliability.ts';
import { learn } from '../../scripts/training/learn.ts';
import { sentence, sequence } from '../../scripts/training/phrases.ts';
import { samples } from '../../scripts/training/samples.ts';

const { learned } = loadShippedRules();

function caseOf(origin: string, family: string, text: string, ...accepted: string[]): Case {
  return {
    origin,
    family,
    text,
    accepted: { types: null, categories: accepted },
    judge: (rules) => classifyText(text, rules),
    line: () => ({}),
  };
}

const full = caseOf('a/1', 'a', '552 mailbox full', 'mailbox_full');
const fullToo = caseOf('a/2', 'a', '552 mailbox full', 'mailbox_full');
const unknown = caseOf('b/1', 'b', '550 User unknown', 'user_not_found');
const board = new Switchboard({ ...learned, weights: null });
const ruleOf = (each: Case) => each.judge(board.all).rule;

test('what one file alone supports is off when this file is judged, and on for all others', () => {
  const { verdicts, off } = leaveOut([full, unknown], [full, unknown], board, 'origin', 'rule');
  expect(off).toBe(2);
  for (const [each, { rule }] of verdicts) expect(rule).not.toBe(ruleOf(each));
  const twice = leaveOut([full], [full, fullToo, unknown], board, 'origin', 'rule');
  expect(twice.verdicts.map(([, { rule }]) => rule)).toEqual([ruleOf(full)]);
});

test('what one family alone supports is off for the whole family', () => {
  const { verdicts } = leaveOut([full, fullToo], [full, fullToo, unknown], board, 'family', 'rule');
  for (const [each, { rule }] of verdicts) expect(rule).not.toBe(ruleOf(each));
});

test('of words, only those go that no other file with such a label holds', () => {
  const relay = caseOf('c/1', 'c', '550 5.7.1 relaying denied', 'relay_denied');
  const relayToo = caseOf('c/2', 'c', '550 5.7.1 relaying denied', 'relay_denied');
  const { verdicts } = leaveOut([relay], [relay, unknown], board, 'origin', 'words');
  const ground = ({ rule, evidence }: Verdict) => [rule, evidence?.text];
  // Another rule may know the same words.
  expect(verdicts.map(([, each]) => ground(each))).not.toEqual([ground(relay.judge(board.all))]);
  const twice = leaveOut([relay], [relay, relayToo], board, 'origin', 'words');
  expect(twice.verdicts.map(([, { rule }]) => rule)).toEqual([ruleOf(relay)]);
});

test('a text with alternatives loses the one that is held alone, and keeps the others', () => {
  // One text of generic/system-full: '{storage|space} on {this|the|our} {system|server|host|disk}'.
  const held = caseOf('d/1', 'd', '550 disk space on this host is used up', 'system_full');
  const other = caseOf('d/2', 'd', '550 disk space on our server is used up', 'system_full');
  const { verdicts } = leaveOut([held, other], [held], board, 'origin', 'words');
  const [own, others] = verdicts.map(([, each]) => each.evidence?.text);
  expect(held.judge(board.all).evidence?.text).toBe('space on this host');
  expect(own).not.toBe('space on this host');
  expect(others).toBe('space on our server');
});

test('phrases are words as well, and a rule keeps its phrases where it loses all texts', () => {
  const phrased = caseOf('e/1', 'e', '550 5.2.1 pat: this inbox has been deactivated', 'mailbox_disabled');
  expect(phrased.judge(board.all).rule).toMatch(/^phrase\//u);
  const alone = leaveOut([phrased], [phrased], board, 'origin', 'words');
  expect(alone.verdicts.map(([, { rule }]) => rule)).not.toEqual([phrased.judge(board.all).rule]);
});

function verdict(part: Partial<Verdict>): Verdict {
  return { ...unknown.judge(board.all), ...part };
}

test('a verdict is right where type and category are accepted, as far as they are scored', () => {
  const { accepted } = unknown;
  expect(isRight(accepted, verdict({ category: 'user_not_found' }))).toBe(true);
  expect(isRight(accepted, verdict({ category: null }))).toBe(false);
  expect(isRight({ types: ['none'], categories: null }, verdict({ type: 'none' }))).toBe(true);
  expect(isRight({ types: ['none'], categories: accepted.categories }, verdict({}))).toBe(false);
  expect(isRight({ types: null, categories: null }, verdict({}))).toBeNull();
});

test('a false hard bounce is one that may remove somebody and that no accepted answer allows', () => {
  const hard = verdict({ type: 'hard_bounce', category: 'user_not_found', permanence: 'permanent' });
  expect(falseHard([[full, hard]])).toBe(1);
  expect(falseHard([[unknown, hard]])).toBe(0);
  expect(falseHard([[full, { ...hard, permanence: 'unknown' }]])).toBe(0);
  expect(
    shareRight([
      [full, hard],
      [unknown, hard],
    ]),
  ).toBe(50);
});

test('bins hold the observed rate with the interval of Wilson', () => {
  const right = verdict({ category: 'user_not_found', confidence: 0.94 });
  const wrong = verdict({ category: 'unknown', confidence: 0.94 });
  const list = Array.from({ length: 100 }, (_, index) => [unknown, index < 90 ? right : wrong] as const);
  const [bin] = bins(list);
  expect(bin).toMatchObject({ count: 100, right: 90 });
  expect(bin?.stated).toBeCloseTo(0.94);
  // Newcombe 1998: 90 of 100 lies within 82.6 and 94.5.
  expect(bin?.low).toBeCloseTo(0.8256, 3);
  expect(bin?.high).toBeCloseTo(0.9448, 3);
  expect(reliabilityTable(list)).toMatch(/ in$/);
  expect(reliabilityTable(list.slice(0, 90))).toMatch(/ OUT$/);
  expect(reliabilityTable(list.slice(0, 10))).not.toMatch(/ (in|OUT)$/);
});

test('training sentences are of the categories, their braces all spelled out, and the same each time', () => {
  const once = samples(sequence(1));
  expect(once.filter(({ text }) => /[{}|~]/.test(text))).toEqual([]);
  expect(new Set(once.map(({ category }) => category))).toEqual(
    new Set(categoryNames.filter((name) => categories[name].action !== 'no_action' || name !== 'delivery_delay')),
  );
  expect(samples(sequence(1)).slice(0, 50)).toEqual(once.slice(0, 50));
  expect(sentence('a {b|b} {{c|c}|c} {|}d', sequence(1))).toBe('a b c d');
});

test('the same sentences give the same weights, and these know the sentences again', () => {
  const few = [
    { text: 'the box is full', category: 'mailbox_full' as const },
    { text: 'no such person', category: 'user_not_found' as const },
  ];
  const settings = { buckets: 256, epochs: 20, rate: 0.1, decay: 1e-5 };
  const weights = learn(few, settings, sequence(2));
  expect(learn(few, settings, sequence(2))).toEqual(weights);
  const rules = { ...board.all, first: () => null, learned: { ...learned, weights } };
  for (const { text, category } of few) expect(classifyText(`550 ${text}`, rules)).toMatchObject({ category });
});

test('a table fitted to verdicts states what was seen, and near what was assumed where little was seen', () => {
  const many = Array.from({ length: 200 }, (_, index) => {
    const text = index < 150 ? '550 5.1.1 User unknown' : '550 5.1.1 User unknown for some reason';
    return caseOf(`a/${index}`, `${index}`, text, index % 10 === 0 ? 'mailbox_full' : 'user_not_found');
  });
  const verdicts = heldOut(many, many, learned);
  const shares = fit(verdicts);
  expect(shares.general.agrees).toBeCloseTo(0.9, 1);
  expect(shares.phase).toEqual(unfitted.phase);
  const stated = crossValidated(verdicts);
  expect(stated).toHaveLength(200);
  for (const [, { confidence }] of stated) expect(confidence).toBeCloseTo(0.9, 1);
});

test('a verdict over the kind of a report is in no cell of the table', () => {
  const kind = verdict({ type: 'auto_reply', rule: 'kind/auto-reply', confidence: 0.97 });
  expect(fit([[unknown, kind]])).toEqual(unfitted);
  expect(crossValidated([[unknown, kind]])).toEqual([[unknown, kind]]);
});
