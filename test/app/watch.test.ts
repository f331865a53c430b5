/** What the gauges show that nobody’s work sets, from a real database. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatch } from '../../src/app/watch.ts';
import { createMetrics } from '../../src/metrics.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';
import { handIn, until } from '../sender/setup.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** Lines of one metric, once the watch has looked. */
async function shown(name: string): Promise<string[]> {
  const metrics = createMetrics({ providers: 1 });
  const watch = startWatch({ db: database.db, log: collectingLog().log, metrics });
  const read = async () =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  try {
    await until('the watch to have looked', async () =>
      /^bouncemx_dispatches_state\{/m.test(await metrics.registry.metrics()),
    );
    return await read();
  } finally {
    await watch.close();
  }
}

test('dispatches are counted by state, final ones apart, and the oldest that is due is told', async () => {
  const [ended = '', late = ''] = await handIn(database.db, {
    recipients: ['a@one.example', 'b@one.example', 'c@two.example'],
  });
  await database.db.query(`update dispatches set state = 'bounced', due_at = null where id = $1`, [ended]);
  await database.db.query(`update dispatches set due_at = now() - interval '90 seconds' where id = $1`, [late]);
  const states = await shown('bouncemx_dispatches_state');
  expect(states).toContain('bouncemx_dispatches_state{state="queued"} 2');
  expect(states).toContain('bouncemx_dispatches_state{state="indeterminate"} 0');
  expect(states.some((line) => line.includes('bounced'))).toBe(false);
  const [oldest = ''] = await shown('bouncemx_dispatches_oldest_due_seconds');
  expect(Number(oldest.split(' ')[1])).toBeGreaterThanOrEqual(90);
});

test('what waits for a provider that rests is not late, and the provider is shown', async () => {
  await database.db.query(
    `insert into providers (provider, state, since, probe_at) values ('one.example', 'open', now(), now() + interval '1 minute')`,
  );
  const [oldest = ''] = await shown('bouncemx_dispatches_oldest_due_seconds');
  expect(Number(oldest.split(' ')[1])).toBeLessThan(60);
  expect(await shown('bouncemx_provider_breaker')).toEqual([
    'bouncemx_provider_breaker{provider="one.example",state="open"} 1',
  ]);
});

test('a database that is away leaves the last values, and the watch goes on', async () => {
  const { log, lines } = collectingLog();
  const away = await database.open();
  await away.close();
  const watch = startWatch({ db: away, log, metrics: createMetrics({ providers: 1 }) });
  await until('it to be told', () => Promise.resolve(lines.some(({ event }) => event === 'databaseTrouble')));
  await watch.close();
});
