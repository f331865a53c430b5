/** The corpus' own two scorers, run over verdicts: their figures are the ones that count. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verdict } from '../../src/core/event.ts';
import { corpusFolder, type Case } from './corpus.ts';

/** One verdict for each case, in their order. */
export type Verdicts = readonly (readonly [Case, Verdict])[];

export interface MailScore {
  readonly index: number;
  readonly F1: number;
  readonly type: number;
  readonly category: number;
  readonly dsn: number;
  readonly smtp: number;
  readonly hard: number;
}

/** Both scorers score the development part here. They open /dev/stdin by name, which a socket from `spawnSync` has not: so a file. */
function score(scorer: string, args: readonly string[], verdicts: Verdicts): string {
  const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
  const file = join(folder, 'lines.ndjson');
  writeFileSync(file, verdicts.map(([each, verdict]) => `${JSON.stringify(each.line(verdict))}\n`).join(''));
  const input = openSync(file, 'r');
  try {
    const run = spawnSync(process.execPath, [`${corpusFolder}${scorer}`, '--split', 'dev', ...args], {
      stdio: [input, 'pipe', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (run.status !== 0) throw run.error ?? new Error(`${scorer}: ${run.stderr}`);
    return run.stdout;
  } finally {
    closeSync(input);
    rmSync(folder, { recursive: true });
  }
}

const labels = ['--labels', `${corpusFolder}labels.ndjson`];

/** The scorer's page over messages: its table, the worst families, `misses` lines of what was missed. */
export function mailPage(verdicts: Verdicts, misses: string, rows: string, metric: string | undefined): string {
  const wanted = metric === undefined ? [] : ['--metric', metric];
  return score('evaluate', [...labels, '--by', 'family', '--rows', rows, '--misses', misses, ...wanted], verdicts);
}

export function mailScore(verdicts: Verdicts): MailScore {
  return (JSON.parse(score('evaluate', [...labels, '--json'], verdicts)) as { readonly overall: MailScore }).overall;
}

/** The scorer's page over diagnostics. */
export function diagnosticPage(verdicts: Verdicts, misses: string): string {
  return score('evaluate-diagnostics', ['--misses', misses], verdicts);
}
