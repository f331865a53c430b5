import { expect, test } from 'vitest';
import { collectingLog } from './helpers/database.ts';

test('neither the text nor the stack of an error shows addresses or credentials', () => {
  const { log, lines } = collectingLog();
  log.bug('here', new Error('ann@example.com at\npostgres://bouncemx:hunter2@db/x is wrong'));
  log.fatal(new Error('bob@example.com'));
  expect(JSON.stringify(lines)).not.toMatch(/ann|bob|example\.com|hunter2/u);
  expect(lines[0]?.['stack']).toMatch(/^ {4}at .*log\.test\.ts/u);
});
