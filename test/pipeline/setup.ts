/** A worker over a test's database, with short times. */
import { sections, type Options } from '../../src/config/options.ts';
import { loadShippedRules } from '../../src/config/rules.ts';
import type { RuleSet } from '../../src/core/classify/rule-set.ts';
import { startWorker, type Worker } from '../../src/pipeline/worker.ts';
import type { Db } from '../../src/store/db.ts';
import { collectingLog, type TestDatabase } from '../helpers/database.ts';

const pipeline: Options['pipeline'] = {
  enabled: true,
  batch: 50,
  batchBytes: 1024 * 1024,
  lease: 5000,
  maxAttempts: 2,
  pollInterval: 50,
  tokenEventsPerDay: 20,
};

function optionsWith(changed: Partial<Options['pipeline']>): Options {
  const standard = Object.fromEntries(
    Object.entries(sections.policy).map(([name, option]) => [name, option.standard]),
  ) as unknown as Options['policy'];
  const policy = {
    ...standard,
    softWindow: 90 * 86_400_000,
    recentFault: 7 * 86_400_000,
    senderWindow: 30 * 86_400_000,
  };
  const care = { breakerThreshold: 3, breakerWindow: 600_000, breakerPause: 60_000, breakerMaxPause: 3_600_000 };
  // The worker reads these parts of them.
  return { pipeline: { ...pipeline, ...changed }, policy, care, retry: [] } as unknown as Options;
}

export interface WorkParts {
  readonly db?: Db;
  readonly rules?: () => RuleSet;
  readonly pipeline?: Partial<Options['pipeline']>;
}

export function startTestWorker(
  database: TestDatabase,
  parts: WorkParts,
): {
  worker: Worker;
  lines: Record<string, unknown>[];
} {
  const { log, lines } = collectingLog();
  const worker = startWorker({
    db: parts.db ?? database.db,
    options: optionsWith(parts.pipeline ?? {}),
    rules: parts.rules ?? loadShippedRules,
    log,
    metrics: database.metrics,
    now: () => new Date(),
  });
  return { worker, lines };
}
