/** The API over a database of its own, with parts that a test can see and change. */
import { loadOptions } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { loadShippedRules } from '../../src/config/rules.ts';
import { buildApi } from '../../src/http/api.ts';
import type { Api, HttpParts } from '../../src/http/parts.ts';
import { readArrival } from '../../src/pipeline/mime-fallback.ts';
import { composeMessage, recipientsIn } from '../../src/sender/compose.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';

export const key = 'test-key-0123456789abcdefghijklmnopqrstuvwxyz';
export const authorization = `Bearer ${key}`;

export interface TestApi {
  readonly api: Api;
  readonly database: TestDatabase;
  readonly parts: HttpParts;
  readonly lines: Record<string, unknown>[];
  /** How often the worker was woken. */
  readonly woken: { count: number };
  /** How often the sender was. */
  readonly wokenSender: { count: number };
  close(): Promise<void>;
}

function defaultOptions(): Options {
  const loaded = loadOptions({ file: '/dev/null', env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.options;
}

/** `changes` replaces parts, and single options of the http section. */
export async function testParts(
  changes: Partial<HttpParts> = {},
  http: Partial<Options['http']> = {},
): Promise<Omit<TestApi, 'api'>> {
  const database = await testDatabase();
  const { log, lines } = collectingLog();
  const options = defaultOptions();
  const woken = { count: 0 };
  const wokenSender = { count: 0 };
  const parts: HttpParts = {
    options: { ...options, http: { ...options.http, requestsPerSecond: 0, ...http } },
    db: database.db,
    // Minting itself is tested where it lives: here each address with an @ gets one.
    mint: (requests) =>
      Promise.resolve(
        requests.map(({ recipient, form }) =>
          recipient.includes('@')
            ? { ok: true, address: `b-${recipient.replace('@', '-')}@bounce.test`, form: form ?? 'selfContained' }
            : { ok: false, problem: 'invalidAddress' },
        ),
      ),
    readMail: readArrival,
    handOver: () => Promise.resolve({ ok: false, why: 'noRelay' }),
    register: () => Promise.resolve([]),
    compose: composeMessage,
    recipientsIn,
    diskLow: () => false,
    wake: () => {
      woken.count += 1;
    },
    wakeSender: () => {
      wokenSender.count += 1;
    },
    rules: loadShippedRules,
    log,
    metrics: database.metrics,
    adminKey: key,
    ready: () => Promise.resolve([]),
    now: () => new Date(),
    version: '0.0.0-test',
    ...changes,
  };
  return { database, parts, lines, woken, wokenSender, close: () => database.close() };
}

export async function testApi(changes?: Partial<HttpParts>, http?: Partial<Options['http']>): Promise<TestApi> {
  const made = await testParts(changes, http);
  const api = await buildApi(made.parts);
  return {
    ...made,
    api,
    async close() {
      await api.close();
      await made.close();
    },
  };
}
