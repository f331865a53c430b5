/**
 * `npm run bench -- linear`: how the time of reading and classifying grows with the size of hostile mail, for every attack in every place
 * where it may stand (test/fuzz/attacks.ts). Draws docs/linear.svg, names the slowest, and ends with 1 where sixteen times the
 * size takes more than forty times the time: that would be a quadratic reader.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify } from '../../src/core/classify/classify.ts';
import { readMessage } from '../../src/core/report/read.ts';
import { attacks, carriers, textOf } from '../fuzz/attacks.ts';
import { drawCurves, type Curve } from './curves.ts';

const sizes = [1, 4, 16, 64, 256, 1024, 4096, 16_384].map((kibibytes) => kibibytes * 1024);
const plot = fileURLToPath(new URL('../../docs/linear.svg', import.meta.url));
const rules = loadShippedRules();
/** Below this the collector speaks, not the reader. */
const audibleMs = 10;

function work(raw: Buffer): void {
  for (const report of readMessage(raw, { truncated: false }).reports) classify(report, rules);
}

/** Milliseconds, the best of several runs: CPU clocks tick too slowly for what is measured here. */
function measure(raw: Buffer): number {
  let best = Infinity;
  for (let turn = 0; turn < 5; turn += 1) {
    const began = performance.now();
    work(raw);
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

export function benchLinear(): void {
  for (const make of Object.values(carriers))
    for (const attack of attacks) work(Buffer.from(make(textOf(attack, 4000)), 'latin1'));
  const curves: Curve[] = [];
  const steep: string[] = [];
  for (const [place, make] of Object.entries(carriers))
    for (const attack of attacks) {
      const times = sizes.map((size) => measure(Buffer.from(make(textOf(attack, size)), 'latin1')));
      curves.push({ place, name: attack.name, times });
      const [, , , small = 0, , large = 0] = times;
      if (large > audibleMs && large / small > 40)
        steep.push(`${attack.name} as ${place}: ${small.toFixed(2)} ms at 64 KiB, ${large.toFixed(1)} ms at 1 MiB`);
    }
  curves.sort((a, b) => Math.max(...b.times) - Math.max(...a.times));
  console.log(
    `${curves.length} curves of ${sizes.length} sizes; the slowest, milliseconds at ${sizes.map(label).join(', ')}`,
  );
  for (const { place, name, times } of curves.slice(0, 10))
    console.log(`  ${`${name} as ${place}`.padEnd(50)} ${times.map((time) => time.toFixed(1).padStart(6)).join('')}`);
  writeFileSync(plot, drawCurves(curves, sizes, label));
  console.log(`drawn: ${plot}`);
  for (const line of steep) console.error(`steep: ${line}`);
  if (steep.length > 0) process.exitCode = 1;
}

function label(size: number): string {
  return size < 1024 * 1024 ? `${size / 1024} KiB` : `${size / 1024 / 1024} MiB`;
}
