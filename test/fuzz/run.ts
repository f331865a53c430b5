/**
 * `npm run fuzz -- [--mutations 1000000] [--seed 1] [--processes 2]`: mutated messages through the scanner, the readers and the rules,
 * every twentieth through mailparser too. Prints how many failed or took longer than 100 ms, and the slowest; what failed and
 * what was slowest is kept in var/fuzz. Ends with 1 where one failed.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify } from '../../src/core/classify/classify.ts';
import { readMessage } from '../../src/core/report/read.ts';
import { readArrival } from '../../src/pipeline/mime-fallback.ts';
import { mutated, seedMessages } from './mutate.ts';

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '1' },
  },
});
const folder = fileURLToPath(new URL('../../var/fuzz/', import.meta.url));
const limitMs = 100;
const shown = 5;
const rules = loadShippedRules();

function work(octets: Buffer): void {
  for (const report of readMessage(octets, { truncated: false }).reports) classify(report, rules);
}

/** Milliseconds of CPU; of a busy machine the best of three counts. */
function milliseconds(octets: Buffer): number {
  const began = process.threadCpuUsage();
  work(octets);
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1000;
}

interface Slow {
  readonly ms: number;
  readonly from: number;
  readonly octets: Buffer;
}

async function run(mutations: number, seed: number): Promise<number> {
  const seeds = seedMessages();
  const slowest: Slow[] = [];
  let failed = 0;
  let late = 0;
  let done = 0;
  const fail = (what: string, octets: Buffer, why: unknown): void => {
    failed += 1;
    const file = `${folder}failed-${seed}-${done}.eml`;
    writeFileSync(file, octets);
    console.log(`${what} ${file}: ${why instanceof Error ? (why.stack ?? why.message) : String(why)}`);
  };
  for (const { from, octets } of mutated(seeds, seed)) {
    try {
      let ms = milliseconds(octets);
      if (ms > limitMs / 4) ms = Math.min(ms, milliseconds(octets), milliseconds(octets));
      if (ms > limitMs) {
        late += 1;
        writeFileSync(`${folder}late-${seed}-${done}.eml`, octets);
      }
      if (slowest.length < shown || ms > (slowest.at(-1)?.ms ?? 0)) {
        slowest.push({ ms, from, octets });
        slowest.sort((a, b) => b.ms - a.ms).splice(shown);
      }
      if (done % 20 === 0) await readArrival(octets, false);
    } catch (error) {
      fail('failed', octets, error);
    }
    done += 1;
    if (done === mutations) break;
  }
  for (const [place, { octets }] of slowest.entries()) writeFileSync(`${folder}slow-${seed}-${place}.eml`, octets);
  const times = slowest.map(({ ms, octets }) => `${ms.toFixed(1)} ms for ${octets.length} octets`).join(', ');
  console.log(
    `seed ${seed}: ${done} mutations of ${seeds.length} messages, ${failed} failed, ${late} over ${limitMs} ms`,
  );
  console.log(`slowest: ${times}`);
  return failed + late;
}

const processes = Number(values.processes);
const mutations = Number(values.mutations);
mkdirSync(folder, { recursive: true });
if (processes === 1) {
  if ((await run(mutations, Number(values.seed))) > 0) process.exitCode = 1;
} else {
  const codes = Array.from({ length: processes }, async (_, index) => {
    const args = [
      '--mutations',
      String(Math.ceil(mutations / processes)),
      '--seed',
      String(Number(values.seed) + index),
    ];
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
    return await new Promise<number | null>((resolve) => child.on('exit', resolve));
  });
  if ((await Promise.all(codes)).some((code) => code !== 0)) process.exitCode = 1;
}
