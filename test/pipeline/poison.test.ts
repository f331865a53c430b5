/**
 * Values that a database refuses: NUL, lone surrogates, C0 and C1, overlong text, in every field of a report. Each mutated report is
 * committed, read, decided and written on a real PostgreSQL; one that could not be written would be stuck after its attempts.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createArrivalLog } from '../../src/store/arrivals.ts';
import { listStuck, queueFacts } from '../../src/store/queue.ts';
import { mutated, seedMessages } from '../fuzz/mutate.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { arrival, bound } from '../helpers/mail-events.ts';
import { startTestWorker } from './setup.ts';

const reports = Number(process.env['BOUNCEMX_FUZZ_REPORTS'] ?? 1000);
const seed = Number(process.env['BOUNCEMX_FUZZ_SEED'] ?? 42);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

// Beside what mutations put in: what each of PostgreSQL's refusals is about, in every header, field and word.
const poison = [
  '\0',
  '\xed\xa0\x80',
  '\xed\xb0\x80',
  '\xc0\x80',
  '\xff\xfe',
  '\x1b[31m',
  '\x85',
  '\xe2\x80\xae',
  '\\u0000',
  'x'.repeat(9000),
];

it(
  `${reports} mutated reports are written, whatever their fields hold (seed ${seed})`,
  { timeout: 900_000 },
  async () => {
    const { worker, lines } = startTestWorker(database, { pipeline: { maxAttempts: 1, lease: 60_000 } });
    const { db, log, metrics } = database;
    const arrivals = createArrivalLog({ db, log, metrics, commitDeadline: 20_000 });
    let made = 0;
    let waiting: Promise<unknown>[] = [];
    for (const { octets } of mutated(seedMessages(), seed)) {
      const put = poison[made % poison.length] ?? '';
      const text = octets.toString('latin1', 0, 20_000);
      const raw = Buffer.from(made % 3 === 0 ? text.replaceAll(/: |; /g, (end) => end + put) : text, 'latin1');
      const fields = { raw, size: raw.length, arrivalKey: createHash('sha256').update(`${made}`).digest() };
      waiting.push(
        arrivals.commit([{ ...arrival({ bound: { ...bound, recipient: `u${made}@example.com` } }), ...fields }]),
      );
      made += 1;
      if (waiting.length < 200 && made < reports) continue;
      await Promise.all(waiting);
      waiting = [];
      worker.wake();
      if (made >= reports) break;
    }
    await expect.poll(async () => (await queueFacts(db)).depth, { timeout: 600_000, interval: 200 }).toBe(0);
    expect(await listStuck(db, 10)).toEqual([]);
    expect(lines.filter(({ event }) => event === 'attemptFailed' || event === 'databaseTrouble')).toEqual([]);
    expect(lines.filter(({ event }) => event === 'recorded').length).toBeGreaterThanOrEqual(reports);
    await arrivals.close();
    await worker.close();
  },
);
