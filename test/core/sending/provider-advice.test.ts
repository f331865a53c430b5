import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { adviceFor, type Advised } from '../../../src/core/sending/provider-advice.ts';

const terms = { now: new Date(Date.UTC(2026, 10, 24)), pause: 300_000 };
const advised = (fields: Partial<Advised>): Advised => ({
  provider: 'one.example',
  concurrency: 5,
  ratePerMinute: 0,
  state: 'closed',
  faults: 0,
  lastCategory: null,
  lastDiagnostic: null,
  ...fields,
});
const resting = advised({
  provider: 'rests.example',
  state: 'open',
  ratePerMinute: 30,
  lastCategory: 'rate_limiting',
  lastDiagnostic: '421 4.7.0 too\r\nmuch\u2028of it',
});

test('Postfix gets a transport, the ways to it and its limits for each provider', () => {
  expect(adviceFor('postfix', [advised({}), resting], terms)).toBe(
    [
      '# Advice of bouncemx, 2026-11-24T00:00:00.000Z: 2 providers.',
      '# master.cf: a transport for each, as your line for smtp has it',
      'bmx-one-example unix - - n - - smtp',
      'bmx-rests-example unix - - n - - smtp',
      '',
      '# transport: what leads there (transport_maps in main.cf, then postmap)',
      'one.example bmx-one-example:',
      '.one.example bmx-one-example:',
      'rests.example bmx-rests-example:',
      '.rests.example bmx-rests-example:',
      '',
      '# main.cf',
      '# one.example: as configured',
      'bmx-one-example_destination_concurrency_limit = 5',
      '# rests.example: rests (rate_limiting: 421 4.7.0 too much of it)',
      'bmx-rests-example_destination_concurrency_limit = 1',
      'bmx-rests-example_destination_rate_delay = 300s',
      '',
    ].join('\n'),
  );
});

test.each([
  [0, null],
  [1, '60s'],
  [7, '9s'],
  [60, '1s'],
  [61, null],
])('%i a minute is a delay of %s for Postfix, which waits whole seconds', (ratePerMinute, delay) => {
  const found = /_rate_delay = (\S+)/.exec(adviceFor('postfix', [advised({ ratePerMinute })], terms));
  expect(found?.[1] ?? null).toBe(delay);
});

test('two providers never share a transport', () => {
  const text = adviceFor('postfix', [advised({ provider: 'a.b-c.test' }), advised({ provider: 'a-b.c.test' })], terms);
  expect(text).toContain('a.b-c.test bmx-a-b-c-test:');
  expect(text).toContain('a-b.c.test bmx-a-b-c-test-2:');
});

test('KumoMTA gets custom shaping in TOML', () => {
  const text = adviceFor(
    'kumomta',
    [advised({}), advised({ provider: 'two.example', ratePerMinute: 90 }), resting],
    terms,
  );
  expect(parse(text)).toEqual({
    'one.example': { connection_limit: 5 },
    'two.example': { connection_limit: 5, max_message_rate: '90/min' },
    'rests.example': { connection_limit: 1, max_message_rate: '12/h' },
  });
});

test('a rest longer than an hour still lets one mail an hour through', () => {
  expect(adviceFor('kumomta', [resting], { ...terms, pause: 7_200_000 })).toContain('max_message_rate = "1/h"');
});

test('lately turned away is said with what is known of it', () => {
  const line = (fields: Partial<Advised>): string => adviceFor('kumomta', [advised({ faults: 3, ...fields })], terms);
  expect(line({})).toContain('# one.example: 3 turned away lately (turned away)');
  expect(line({ lastDiagnostic: 'x'.repeat(500) })).toContain(`(turned away: ${'x'.repeat(160)})`);
});

test('a name that no configuration can hold is left out', () => {
  for (const provider of ['', '[192.0.2.1]', 'a b', 'x\ny = 1', '"]', '-a.test', 'a.test.', 'x'.repeat(300)])
    expect(adviceFor('postfix', [advised({ provider })], terms)).toContain('0 providers.');
  expect(adviceFor('kumomta', [advised({ provider: 'x' })], terms)).toContain(': 1 provider.');
});
