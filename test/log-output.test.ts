import { openSync, closeSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogOutput } from '../src/log-output.ts';
import { until } from './e2e/support/ports.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bmx-log-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

test('lines arrive whole and in order', async () => {
  const file = join(temporaryFolder(), 'log');
  const fd = openSync(file, 'a');
  const output = createLogOutput(fd);
  const lines = Array.from({ length: 1000 }, (_, i) => `{"n":${i},"text":"grüße"}\n`);
  for (const line of lines) output.write(line);
  await until('the log', () => Promise.resolve(readFileSync(file, 'utf8') === lines.join('')));
  closeSync(fd);
});

test('the last lines of a process that ends at once are written', () => {
  const file = join(temporaryFolder(), 'log');
  const fd = openSync(file, 'a');
  const output = createLogOutput(fd);
  output.write('first\n');
  output.write('last\n');
  output.flush();
  expect(readFileSync(file, 'utf8')).toBe('first\nlast\n');
  closeSync(fd);
});

test('a full disk loses lines and nothing else', async () => {
  const fd = openSync('/dev/full', 'w');
  const output = createLogOutput(fd, 100);
  for (let i = 0; i < 1000; i++) output.write(`${i}\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  output.write('after\n');
  output.flush();
  closeSync(fd);
});

test('a reader that stops holds up nobody; when it reads again it hears how many lines are missing', async () => {
  const folder = temporaryFolder();
  const fifo = join(folder, 'fifo');
  await once(spawn('sh', ['-c', `exec mkfifo '${fifo}'`]), 'exit');
  const file = join(folder, 'log');
  // Open for both, so that there is a reader that reads nothing.
  const fd = openSync(fifo, 'r+');
  const output = createLogOutput(fd, 10_000);
  const line = `${'x'.repeat(99)}\n`;
  for (let i = 0; i < 3000; i++) {
    output.write(line);
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const cat = spawn('sh', ['-c', `exec cat '${fifo}' > '${file}'`]);
  const counted = (): { read: number; missing: number } => {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const notices = lines.filter((each) => each.startsWith('{'));
    const missing = notices.map((each) => (JSON.parse(each) as { lines: number }).lines);
    return { read: lines.length - notices.length, missing: missing.reduce((sum, each) => sum + each, 0) };
  };
  await until('every line to be read or counted', () => {
    const { read, missing } = counted();
    return Promise.resolve(read + missing === 3000);
  });
  expect(counted().missing).toBeGreaterThan(1000);
  cat.kill();
  closeSync(fd);
});
