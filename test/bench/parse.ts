/**
 * `npm run bench -- parse`: reading and classifying on one core, against mailparser's simpleParser over the same messages in turn
 * in one run; where the time goes; and, with --memory N, whether N messages leave anything behind. The messages are the published
 * bounces beside the project where they are, else the project's own fixtures.
 */
import { simpleParser, type SimpleParserOptions } from 'mailparser';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify, classifyText } from '../../src/core/classify/classify.ts';
import { readHeaders } from '../../src/core/mime-headers.ts';
import { scanMessage } from '../../src/core/mime.ts';
import { readMessage, readScanned } from '../../src/core/report/read.ts';
import { show } from './measure.ts';

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const whole = { truncated: false };
const conversionsOff: SimpleParserOptions = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
};

function messagesIn(folder: string): Buffer[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}

function loadMessages(): readonly Buffer[] {
  if (existsSync(`${corpus}mail`)) return messagesIn(`${corpus}mail`);
  console.log('../shared/corpus is not here: the figures are of the own fixtures');
  return messagesIn(fixtures);
}

function loadDiagnostics(): readonly string[] {
  if (!existsSync(`${corpus}diagnostics.tsv`)) return [];
  const lines = readFileSync(`${corpus}diagnostics.tsv`, 'utf8').split('\n').slice(1);
  return lines.map((line) => line.split('\t', 1).join('')).filter((text) => text !== '');
}

/** CPU seconds of all threads of this process, the garbage collector's too: nothing is hidden on the other core. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const enoughSeconds = 1;

/** Items per CPU second: whole passes until a second of work is done. */
async function rate(items: number, pass: () => unknown): Promise<number> {
  const began = cpu();
  let passes = 0;
  while (cpu() - began < enoughSeconds) {
    await pass();
    passes += 1;
  }
  return (passes * items) / (cpu() - began);
}

/** Kept so that no work can be optimised away. */
let kept = 0;

export async function benchParse(given: { readonly rounds: number; readonly memory: number }): Promise<void> {
  const rules = loadShippedRules();
  const raws = loadMessages();
  const diagnostics = loadDiagnostics();
  const octets = raws.reduce((sum, raw) => sum + raw.length, 0);
  console.log(`${raws.length} messages, ${(octets / raws.length).toFixed(0)} octets on average`);

  const parse = (raw: Buffer) => {
    for (const report of readMessage(raw, whole).reports) kept += classify(report, rules).confidence;
  };
  const simple = (options: SimpleParserOptions) => async () => {
    for (const raw of raws) kept += (await simpleParser(raw, options)).attachments.length;
  };
  const texts = raws.map((raw) => raw.toString('latin1'));
  const opened = raws.map((raw) => scanMessage(raw));
  // What has been decoded stays decoded: reading these again is reading without decoding.
  const reports = opened.flatMap((message) => readScanned(message, whole).reports);
  const contestants: readonly (readonly [string, number, () => unknown])[] = [
    ['bouncemx: read + classify', raws.length, () => raws.forEach(parse)],
    ['simpleParser, conversions off', raws.length, simple(conversionsOff)],
    ['simpleParser as it comes', raws.length, simple({})],
    ['headers', raws.length, () => texts.forEach((text) => (kept += readHeaders(text, 0).bodyStart))],
    ['scan', raws.length, () => raws.forEach((raw) => (kept += scanMessage(raw).parts.length))],
    ['read', raws.length, () => raws.forEach((raw) => (kept += readMessage(raw, whole).recipientCount))],
    ['report', raws.length, () => opened.forEach((mail) => (kept += readScanned(mail, whole).recipientCount))],
    ['classify', raws.length, () => reports.forEach((report) => (kept += classify(report, rules).confidence))],
    [
      'diagnostics',
      diagnostics.length,
      () => diagnostics.forEach((text) => (kept += classifyText(text, rules).confidence)),
    ],
  ];
  const rates = new Map<string, number[]>();
  // The first round warms up and is not counted.
  for (let round = 0; round <= given.rounds; round += 1)
    for (const [name, items, pass] of contestants) {
      const one = items === 0 ? NaN : await rate(items, pass);
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), one]);
    }
  tell(rates);
  if (given.memory > 0) measureMemory(raws, parse, given.memory);
}

function tell(rates: ReadonlyMap<string, readonly number[]>): void {
  const of = (name: string): readonly number[] => rates.get(name) ?? [];
  const middle = (name: string): number => of(name).toSorted((a, b) => a - b)[Math.floor(of(name).length / 2)] ?? NaN;
  const micros = (name: string): number => 1e6 / middle(name);
  const ours = 'bouncemx: read + classify';
  console.log('\nmessages per CPU second, min–median–max');
  for (const name of [ours, 'simpleParser, conversions off', 'simpleParser as it comes'])
    console.log(
      `  ${name.padEnd(30)} ${show(of(name)).padStart(20)}   ${
        name === ours
          ? ''
          : `we are ${show(
              of(ours).map((one, at) => one / (of(name)[at] ?? NaN)),
              1,
            )} times as fast`
      }`,
    );
  if (!Number.isNaN(middle('diagnostics')))
    console.log(`  ${'diagnostics classified'.padEnd(30)} ${show(of('diagnostics')).padStart(20)}`);
  console.log('\nwhere the time goes, microseconds per message (medians)');
  const sections: readonly (readonly [string, number])[] = [
    ['header', micros('headers')],
    ['scan for parts', micros('scan') - micros('headers')],
    ['decode', micros('read') - micros('scan') - micros('report')],
    ['report', micros('report')],
    ['classify', micros('classify')],
    ['all', micros(ours)],
  ];
  for (const [name, time] of sections) console.log(`  ${name.padEnd(30)} ${time.toFixed(1).padStart(8)}`);
}

/** Resident set and live heap while `count` messages go through; nothing may grow with them. */
function measureMemory(raws: readonly Buffer[], parse: (raw: Buffer) => void, count: number): void {
  console.log(`\nmemory over ${count} messages`);
  const samples = 20;
  let done = 0;
  for (let sample = 1; sample <= samples; sample += 1) {
    for (; done < (count * sample) / samples; done += 1) parse(raws[done % raws.length] ?? Buffer.alloc(0));
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    console.log(
      `  ${String(done).padStart(9)}  RSS ${(rss / 2 ** 20).toFixed(1)} MiB  heap ${(heapUsed / 2 ** 20).toFixed(1)} MiB`,
    );
  }
  console.log(kept > 0 ? '' : 'nothing was read');
}
