/** CPU time of process trees, the load client, and how figures are told: min–median–max, as ratios of one run. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ticksPerSecond = 100; // USER_HZ on every Linux that Node runs on

export interface LoadResult {
  readonly accepted: number;
  readonly errors: number;
  readonly seconds: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Compiles the load client into a folder that goes with the run; needs a C compiler. */
export async function buildLoadClient(): Promise<string> {
  const folder = await mkdtemp('/tmp/bmx-bench-');
  const program = join(folder, 'smtp-load');
  await run('cc', ['-O2', '-o', program, fileURLToPath(new URL('smtp-load.c', import.meta.url))]);
  return program;
}

export async function load(
  program: string,
  args: {
    port: number;
    sessions: number;
    messages: number;
    perConnection: number;
    rate: number;
    body: string;
    recipients: string;
  },
): Promise<LoadResult> {
  const list = [args.port, args.sessions, args.messages, args.perConnection, args.rate, args.body, args.recipients].map(
    String,
  );
  // It ends with 1 where some messages failed: the figures still count, the errors are shown.
  const stdout = await run(program, list, { timeout: 300_000 }).then(
    (result) => result.stdout,
    (error: unknown) => {
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && error.stdout !== '') {
        if ('stderr' in error) process.stderr.write(String(error.stderr));
        return error.stdout;
      }
      throw error;
    },
  );
  return JSON.parse(stdout) as LoadResult;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Own and reaped children's time, in ticks. */
  readonly ticks: number;
}

async function stats(): Promise<Stat[]> {
  const found: Stat[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
    if (text === null) continue;
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    found.push({ pid: Number(name), parent: Number(fields[1]), ticks });
  }
  return found;
}

/** CPU seconds used so far by these processes, all their descendants, and what those reaped. */
export async function cpuSeconds(roots: readonly number[]): Promise<number> {
  const all = await stats();
  const wanted = new Set(roots);
  let size = -1;
  while (size !== wanted.size) {
    size = wanted.size;
    for (const stat of all) if (wanted.has(stat.parent)) wanted.add(stat.pid);
  }
  return all.filter((stat) => wanted.has(stat.pid)).reduce((sum, stat) => sum + stat.ticks, 0) / ticksPerSecond;
}

export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function spread(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0] ?? NaN, median: sorted[Math.floor(sorted.length / 2)] ?? NaN, max: sorted.at(-1) ?? NaN };
}

export function show(values: readonly number[], digits = 0): string {
  const { min, median, max } = spread(values);
  return [min, median, max].map((value) => value.toFixed(digits)).join('–');
}
