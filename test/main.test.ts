/** The program as a shell sees it: standard streams and exit codes. What each command does is tested below test/commands. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../src/commands/command.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const commands = [
  ['serve', 'check', 'migrate', 'verp', 'submission', 'parse', 'classify', 'inspect', 'rules', 'inject'],
  ['events', 'recipient', 'suppressions', 'queue', 'stuck', 'reclassify', 'requeue', 'postmaster'],
].flat();

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-main-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function bouncemx(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    input: '',
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

describe('the help', { timeout: 60_000 }, () => {
  it('names every command, on standard output', () => {
    const { code, out, err } = bouncemx(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const named = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gmu)].map(([, name]) => name);
    expect(named).toEqual(commands);
  });

  it('of a command comes before everything that the command does', () => {
    const { code, out, err } = bouncemx(['serve', '--config', 'none.toml', '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Usage: bouncemx serve');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(commands)('of %s says how it is used', async (name) => {
    const { command } = (await import(`../src/commands/${name}.ts`)) as { command: Command };
    expect(command.help).toContain(`Usage: bouncemx ${name}`);
  });
});

describe('wrong use', { timeout: 60_000 }, () => {
  it('without a command gives the help as an error', () => {
    const { code, out, err } = bouncemx([]);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain('Usage: bouncemx <command>');
  });

  it.each(['sreve', 'constructor', '__proto__'])(
    'of a command called %s is told where the commands are listed',
    (name) => {
      expect(bouncemx([name])).toEqual({
        code: 64,
        out: '',
        err: `bouncemx: no command '${name}'; bouncemx --help lists them\n`,
      });
    },
  );

  it('of an option is told which, and where its command explains itself', () => {
    const { code, out, err } = bouncemx(['events', '--nope']);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toMatch(/^bouncemx events: .*'--nope'/u);
    expect(err).toMatch(/\nbouncemx events --help says how it is used\n$/u);
  });
});

describe('a failure', { timeout: 60_000 }, () => {
  it('is one sentence with the name of its command, and its exit code', () => {
    const { code, out, err } = bouncemx([
      'inject',
      '--recipient',
      'a@b.example',
      '--socket',
      join(folder, 'none.sock'),
    ]);
    expect({ code, out }).toEqual({ code: 75, out: '' });
    expect(err).toMatch(/^bouncemx inject: \S*none\.sock: .*ENOENT.*\n$/u);
  });

  it('of the configuration ends migrate before it looks for a database', () => {
    const { code, out, err } = bouncemx(['migrate'], { BOUNCEMX_LOG_LEVEL: 'loud', BOUNCEMX_VERP_VALIDITY: 'soon' });
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err.match(/^bouncemx migrate: BOUNCEMX_(?:LOG_LEVEL|VERP_VALIDITY): /gmu)).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not what a reader makes who closes the pipe early', async () => {
    const texts = join(folder, 'texts');
    writeFileSync(texts, '550 5.1.1 user unknown\n'.repeat(50_000));
    const child = spawn('/bin/sh', ['-c', '"$@" <"$0"', texts, process.execPath, main, 'classify', '--ndjson'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect([(await once(child, 'close'))[0], err]).toEqual([0, '']);
  });
});
