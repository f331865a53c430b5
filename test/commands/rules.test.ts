import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { command as classify } from '../../src/commands/classify.ts';
import { command as parse } from '../../src/commands/parse.ts';
import { command } from '../../src/commands/rules.ts';
import { loadShippedRules } from '../../src/config/rules.ts';
import { run, type Ran } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'bmx-rules-command-'));
afterAll(() => rmSync(root, { recursive: true }));

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const installed = join(root, 'rules.d');
beforeEach(() => {
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { mode: 0o755 });
});

function write(folder: string, name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `family = 'local'\n[[rule]]\n${body}\n`, { mode: 0o644 });
  return path;
}
const rule = (id: string, text: string, example: string): string =>
  `id = 'local/${id}'\ncategory = 'spam_filter'\ntext = ['${text}']\nexamples = ["${example}"]`;
const rules = (...args: string[]): Promise<Ran> => run(command, args, { BOUNCEMX_RULES_DIRECTORY: installed });

describe('rules list', () => {
  it("shows the operator's rules first, in the order in which they are asked", async () => {
    write(installed, '10-local.toml', rule('a', 'blue moon', '550 blue moon'));
    const { code, out } = await rules('list');
    expect(code).toBe(0);
    expect(out.split('\n')[1]).toMatch(/^1 +local\/a +spam_filter +0\.9 +10-local\.toml:2$/);
    expect(out.trimEnd().split('\n')).toHaveLength(loadShippedRules().rules.length + 2);
  });

  it('filters by family and category, as a table or as JSON', async () => {
    const { out } = await rules('list', '--family', 'google', '--category', 'mailbox_full', '--json');
    const { version, rules: found } = JSON.parse(out) as { version: string; rules: { id: string; category: string }[] };
    expect(version).toBe(loadShippedRules().version);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ id, category }) => id.startsWith('google/') && category === 'mailbox_full')).toBe(true);
    expect((await rules('list', '--category', 'mailbox-full')).code).toBe(64);
    expect((await rules('list', '--family', 'nobody')).out).toBe('');
  });

  it('says 78 and what is wrong where a file cannot be used', async () => {
    write(installed, '10-local.toml', rule('a', 'blue moon', '550 red moon'));
    const { code, err } = await rules('list');
    expect(code).toBe(78);
    expect(err).toContain(`${installed}/10-local.toml:2: local/a: its example`);
  });
});

describe('rules test', () => {
  it('passes good files without installing them, and names shipped examples that they take', async () => {
    const path = write(root, '20-new.toml', rule('unknown', 'user unknown', '550 user unknown'));
    const { code, out, err } = await rules('test', path);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^note: 20-new\.toml:2: local\/unknown \(spam_filter\) decides an example of \S+ \(user_not_found\): /m,
    );
    expect(out.endsWith('1 files, 1 rules, 1 examples: good\n')).toBe(true);
  });

  it('looks at a file beside those that are installed, and in the place of one of its name', async () => {
    write(installed, '10-local.toml', rule('a', 'blue', '550 blue'));
    const shadowed = write(root, '20-new.toml', rule('b', 'blue moon', '550 blue moon'));
    const { code, err } = await rules('test', shadowed);
    expect(code).toBe(1);
    expect(err).toBe(`${shadowed}:2: local/b: its example "550 blue moon" is decided by local/a\n`);
    const instead = write(root, '10-local.toml', rule('b', 'blue moon', '550 blue moon'));
    expect((await rules('test', instead)).code).toBe(0);
  });

  it('heals a broken installed file by the one that replaces it', async () => {
    chmodSync(write(installed, '10-local.toml', rule('a', 'blue', '550 blue')), 0o666);
    expect((await rules('test')).code).toBe(1);
    expect((await rules('test', write(root, '10-local.toml', rule('a', 'blue', '550 blue')))).code).toBe(0);
  });

  it('says every problem, also of a file that is not there, and refuses two files of one name', async () => {
    const { code, err } = await rules('test', '/nonexistent/10-a.toml', '/nonexistent/20-b.toml');
    expect(code).toBe(1);
    expect(err.split('\n')).toEqual([
      '/nonexistent/10-a.toml: cannot be read (ENOENT)',
      '/nonexistent/20-b.toml: cannot be read (ENOENT)',
      '',
    ]);
    const one = write(root, '20-new.toml', rule('b', 'blue moon', '550 blue moon'));
    expect((await rules('test', one, one)).code).toBe(64);
  });
});

describe('rules explain', () => {
  it('shows where a rule stands, when it is asked, what it looks for and its examples', async () => {
    write(
      installed,
      '10-local.toml',
      `${rule('a', 'blue * moon', '550 blue old moon x12')}\nregex = ['x[0-9]+']\nphrase = ['{no|not} * moon']`,
    );
    const { code, out } = await rules('explain', 'local/a');
    expect(code).toBe(0);
    for (const line of [
      /^rule: +local\/a$/m,
      /^where: +10-local\.toml:2 \(operator\)$/m,
      /^asked: +1 of \d+/m,
      /^means: +block_bounce, fault of content, flag_for_review$/m,
      /^text: +blue \* moon$/m,
      /^phrase: +\{no\|not\} \* \{moon\}$/m,
      /^regex: +x\[0-9\]\+$/m,
      /^example: +550 blue old moon x12$/m,
    ])
      expect(out).toMatch(line);
    const { out: json } = await rules('explain', 'local/a', '--json');
    expect(JSON.parse(json)).toMatchObject({ id: 'local/a', order: 1, origin: 'operator', regex: ['x[0-9]+'] });
  });

  it.each([
    ['status/5.1.1', 'user_not_found'],
    ['model', 'docs/evaluation.md'],
    ['status/5.9.9', 'enhanced status code decided'],
    ['reply/552', 'reply code decided'],
    ['reply/5xx', '(unknown)'],
    ['kind/delayed', 'what the report is'],
    ['phase/mail', 'before it heard of the recipient'],
    ['unknown', 'neither words nor codes'],
  ])('says what %s means, which is no rule', async (id, words) => {
    expect((await rules('explain', id)).out).toContain(words);
  });

  it('fails for what is called nothing', async () => {
    expect((await rules('explain', 'google/nothing')).code).toBe(1);
    expect((await rules('explain')).code).toBe(64);
    expect((await rules('explain', 'status/5.1.1', '--family', 'x')).code).toBe(64);
    expect((await run(command, ['list'], { BOUNCEMX_SMTP_LISTEN: 'x' })).code).toBe(78);
  });
});

describe('what a stranger wrote into a name or an example', () => {
  const sly = '\u001b[2J\u009b\u061c\u200b\u202e\u2066\ufeff';
  const unseen = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

  it('does not reach the terminal: problems of list, test, classify and check', async () => {
    write(installed, `10-${sly}x.toml`, rule('a', 'blue moon', '550 blue moon'));
    write(installed, '20-local.toml', rule('b', 'x y', `550 \\u001b[2J\\u202e\\u200b`));
    for (const { code, out, err } of [
      await rules('list'),
      await rules('test'),
      await run(classify, ['--rules', installed, 'x']),
      await rules('explain', `x/${sly}`),
    ]) {
      expect(code).toBeGreaterThan(0);
      expect(err).toContain('[2J');
      expect(`${out}${err}`).not.toMatch(unseen);
    }
  });

  it('does not reach the terminal: an example that is wrong, and a name that is none', async () => {
    write(installed, '20-local.toml', rule('b', 'x y', `550 \\u001b[2J\\u202e\\u200b`));
    const { err } = await rules('test');
    expect(err).toContain('its example "550  [2J ');
    expect(err).not.toMatch(unseen);
    expect((await rules('explain', `x/${sly}`)).err).not.toMatch(unseen);
  });

  it('does not reach the terminal from a daemon that refuses to start, which names each problem', () => {
    write(
      installed,
      '20-local.toml',
      rule('b', 'x y', `550 \\u001b[2J\\u202e`) + `\n[[rule]]\n${rule('c', 'x z', '550 \\u009b')}`,
    );
    const env = {
      PATH: process.env['PATH'],
      BOUNCEMX_DATA_DIR: join(root, 'data'),
      BOUNCEMX_RULES_DIRECTORY: installed,
    };
    const { status, stderr } = spawnSync(process.execPath, [main, 'serve'], { env, cwd: root, encoding: 'utf8' });
    expect(status).toBe(78);
    expect(stderr.match(/^bouncemx serve: .*local\/[bc].*$/gmu)).toHaveLength(2);
    expect(stderr).not.toMatch(unseen);
  });
});

describe('--rules of classify and parse', () => {
  it('asks the rules of a folder first, and refuses broken ones with 78', async () => {
    write(installed, '10-local.toml', rule('a', 'blue moon', '550 blue moon'));
    const verdict = async (...args: string[]): Promise<unknown> =>
      (JSON.parse((await run(classify, ['--json', ...args, '550 Blue Moon'])).out) as { rule: string }).rule;
    expect([await verdict(), await verdict('--rules', installed)]).toEqual(['reply/5xx', 'local/a']);
    const lines = await run(classify, ['--ndjson', '--rules', installed], {}, '550 blue moon\n');
    expect(JSON.parse(lines.out)).toMatchObject({ rule: 'local/a' });
    write(installed, '20-local.toml', rule('b', 'x', 'y'));
    expect((await run(classify, ['--rules', installed, 'x'])).code).toBe(78);
    expect((await run(parse, ['--rules', installed, '-'])).code).toBe(78);
  });
});
