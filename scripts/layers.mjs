/**
 * `npm run layers`: who may import whom (.dependency-cruiser.mjs). A checker that reads no file reports no violation, so
 * this also fails when fewer modules were read than exist, and when a planted violation is not found.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const cruiser = fileURLToPath(new URL('../../bin/dependency-cruiser.mjs', import.meta.resolve('dependency-cruiser')));

function cruise(...paths) {
  const run = spawnSync(
    process.execPath,
    [cruiser, ...paths, '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  try {
    return JSON.parse(run.stdout);
  } catch {
    throw new Error(`dependency-cruiser failed: ${run.stderr || run.stdout.slice(0, 500)}`);
  }
}

const problems = [];
const files = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.ts'));
const { modules, summary } = cruise('src');
const read = modules.filter(({ source }) => source.startsWith('src/')).length;
if (read < files.length) problems.push(`only ${read} of ${files.length} files in src were read`);
for (const { rule, from, to } of summary.violations) problems.push(`${rule.name}: ${from} → ${to}`);

// The plant: core reaching for a file system, by a type import too (those vanish when the cruiser reads compiled code).
const plant = join(root, `src/core/planted-violation-${process.pid}.ts`);
try {
  writeFileSync(
    plant,
    "import { readFileSync } from 'node:fs';\nimport type { Log } from '../log.ts';\nexport const planted: Log | null = readFileSync === undefined ? null : null;\n",
  );
  const found = cruise(plant.slice(root.length)).summary.violations.filter(({ rule }) => rule.name === 'core-is-pure');
  for (const target of ['fs', 'src/log.ts'])
    if (!found.some(({ to }) => to === target || to === `node:${target}`))
      problems.push(`a planted import of ${target} in src/core was not noticed`);
} finally {
  rmSync(plant, { force: true });
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`layers: ${read} modules, no violation`);
