/** The published bounces beside the project, where they are: what `parse` makes of them is scored by their own scorer. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const corpus = fileURLToPath(new URL('../../shared/corpus/', import.meta.url));
const present = existsSync(`${corpus}evaluate`);
if (!present) process.stdout.write('corpus.test.ts: skipped, ../shared/corpus is not here\n');

interface Score {
  readonly overall: { readonly index: number; readonly F1: number; readonly crash: number; readonly noOut: number };
}

describe.skipIf(!present)('the corpus of published bounces', () => {
  it('is read to an index of at least 85, with a line for every file', { timeout: 120_000 }, () => {
    const parsed = spawnSync(process.execPath, ['src/main.ts', 'parse', `${corpus}mail`], {
      cwd: root,
      maxBuffer: 64 << 20,
    });
    expect(parsed.status).toBe(0);
    const scored = spawnSync(
      process.execPath,
      [`${corpus}evaluate`, '--labels', `${corpus}labels.ndjson`, '--split', 'dev', '--json'],
      {
        input: parsed.stdout,
        maxBuffer: 64 << 20,
      },
    );
    const { overall } = JSON.parse(scored.stdout.toString()) as Score;
    process.stdout.write(
      `corpus.test.ts: index ${(overall.index * 100).toFixed(1)}, F1 ${(overall.F1 * 100).toFixed(1)}\n`,
    );
    expect(overall).toMatchObject({ crash: 0, noOut: 0 });
    expect(overall.index).toBeGreaterThanOrEqual(0.85);
    expect(overall.F1).toBeGreaterThanOrEqual(0.96);
  });
});
