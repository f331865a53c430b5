/** Mutated messages through the readers and the rules: a bounded value each time, never an exception. The long run: `npm run fuzz`. */
import { expect, it } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify } from '../../src/core/classify/classify.ts';
import { readMessage } from '../../src/core/report/read.ts';
import { mutated, seedMessages } from './mutate.ts';

const mutations = Number(process.env['BOUNCEMX_FUZZ_MESSAGES'] ?? 5000);
const seed = Number(process.env['BOUNCEMX_FUZZ_SEED'] ?? 42);

it(`${mutations} mutated messages are read and classified (seed ${seed})`, { timeout: 600_000 }, () => {
  const rules = loadShippedRules();
  const seeds = seedMessages();
  expect(seeds.length).toBeGreaterThanOrEqual(200);
  let left = mutations;
  for (const { octets } of mutated(seeds, seed)) {
    const read = readMessage(octets, { truncated: false });
    expect(read.reports.length).toBeGreaterThan(0);
    expect(read.reports.length).toBeLessThanOrEqual(100);
    expect(read.recipientCount).toBeGreaterThanOrEqual(read.reports.length);
    for (const report of read.reports) {
      const { evidence, confidence } = classify(report, rules);
      expect(confidence).toBeGreaterThan(0);
      if (evidence !== null) expect(evidence.end).toBeGreaterThanOrEqual(evidence.start);
      expect(report.diagnosticCode?.length ?? 0).toBeLessThanOrEqual(4096);
    }
    left -= 1;
    if (left === 0) break;
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('the same seed makes the same messages', () => {
  const seeds = seedMessages();
  const first = (): string[] => {
    const messages: string[] = [];
    for (const { octets } of mutated(seeds, 7)) {
      messages.push(octets.toString('latin1'));
      if (messages.length === 20) break;
    }
    return messages;
  };
  expect(first()).toEqual(first());
  expect(new Set(first()).size).toBeGreaterThan(10);
});
