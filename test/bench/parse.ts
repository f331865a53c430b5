/**
 * `npm run bench -- parse`: reading and classifying on one core, against mailparser's simpleParser over the same messages, each in
 * processes of its own, in turn, in one run; where the time goes; and, with --memory N, whether N messages leave anything behind.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reader } from './contestant.ts';
import { show } from './measure.ts';
import { hasCorpus, loadDiagnostics, loadMessages } from './messages.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('contestant.ts', import.meta.url));
const seconds = 2;

const ours = 'read + classify';
const peers = ['simpleParser, conversions off', 'simpleParser as it comes'];
const sections = ['headers', 'scan', 'read', 'classify'];
const diagnostics = 'diagnostics';

export async function benchParse(given: { readonly rounds: number; readonly memory: number }): Promise<void> {
  if (!hasCorpus()) console.log('../shared/corpus is not here: the figures are of the own fixtures');
  const raws = loadMessages();
  const octets = raws.reduce((sum, raw) => sum + raw.length, 0);
  console.log(`${raws.length} messages, ${(octets / raws.length).toFixed(0)} octets on average`);
  const names = [ours, ...peers, ...sections, ...(loadDiagnostics().length === 0 ? [] : [diagnostics])];
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < given.rounds; round += 1)
    for (const [name, list] of rates) {
      // The flag is the daemon's own.
      const { stdout } = await run(process.execPath, ['--max-semi-space-size=16', program, name, String(seconds)]);
      list.push(Number(stdout));
    }
  tell(rates);
  if (given.memory > 0) measureMemory(raws, given.memory);
}

function tell(rates: ReadonlyMap<string, readonly number[]>): void {
  const of = (name: string): readonly number[] => rates.get(name) ?? [];
  const micros = (name: string): number => {
    const sorted = of(name).toSorted((a, b) => a - b);
    return 1e6 / (sorted[Math.floor(sorted.length / 2)] ?? NaN);
  };
  const line = (name: string, rest = ''): void =>
    console.log(`  ${name.padEnd(30)} ${show(of(name)).padStart(20)}   ${rest}`.trimEnd());
  console.log('\nmessages per CPU second, min–median–max');
  line(ours);
  for (const name of peers) {
    const ratios = of(ours).map((one, at) => one / (of(name)[at] ?? NaN));
    line(name, `we are ${show(ratios, 1)} times as fast`);
  }
  if (rates.has(diagnostics)) line(diagnostics);
  console.log('\nwhere the time goes, microseconds per message (medians)');
  const spent: readonly (readonly [string, number])[] = [
    ['header of the mail', micros('headers')],
    ['scan for parts', micros('scan') - micros('headers')],
    ['decode and read', micros('read') - micros('scan')],
    ['classify', micros('classify')],
    ['all', micros(ours)],
  ];
  for (const [name, time] of spent) console.log(`  ${name.padEnd(30)} ${time.toFixed(1).padStart(8)}`);
}

/** Resident set and live heap while `count` messages go through; nothing may grow with them. */
function measureMemory(raws: readonly Buffer[], count: number): void {
  console.log(`\nmemory over ${count} messages`);
  const read = reader();
  const samples = 20;
  let done = 0;
  for (let sample = 1; sample <= samples; sample += 1) {
    for (; done < (count * sample) / samples; done += 1) read(raws[done % raws.length] ?? Buffer.alloc(0));
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    console.log(
      `  ${String(done).padStart(9)}  RSS ${(rss / 2 ** 20).toFixed(1)} MiB  heap ${(heapUsed / 2 ** 20).toFixed(1)} MiB`,
    );
  }
}
