import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createPatternCompiler } from '../../src/config/regex.ts';
import { readRuleFiles } from '../../src/config/rules-folder.ts';
import { loadAllRules, loadShippedRules, parseRuleFile } from '../../src/config/rules.ts';
import { classifyText } from '../../src/core/classify/classify.ts';
import { takenExamples, withOperatorRules } from '../../src/core/classify/operator-rules.ts';
import type { CompilePattern } from '../../src/core/classify/rule.ts';
import type { RuleSet } from '../../src/core/classify/rule-set.ts';

const root = mkdtempSync(join(tmpdir(), 'bmx-rules-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder = '';
let number = 0;
beforeEach(() => {
  folder = join(root, String(number++));
  mkdirSync(folder, { mode: 0o755 });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}
/** A file of one family, `local` unless the lines say otherwise. */
function rulesFile(name: string, ...rules: string[]): string {
  return write(name, ["family = 'local'", ...rules.map((rule) => `[[rule]]\n${rule}`)].join('\n'));
}
async function loaded(): Promise<RuleSet> {
  const result = await loadAllRules(folder);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.rules;
}
/** Problems without the folder. */
async function problems(): Promise<readonly string[]> {
  const result = await loadAllRules(folder);
  return result.ok ? [] : result.problems.map((problem) => problem.replace(`${folder}/`, '/'));
}

const rule = (id: string, condition: string, example: string): string =>
  `id = 'local/${id}'\ncategory = 'rate_limiting'\n${condition}\nexamples = ["${example}"]`;

describe("operators' rules", () => {
  test('are asked before the shipped ones and change the version', async () => {
    const text = '550 5.1.1 User unknown: no blue moon today';
    expect(classifyText(text, loadShippedRules()).category).toBe('user_not_found');
    rulesFile('10-local.toml', rule('later', "text = ['blue moon']", text));
    const rules = await loaded();
    expect(classifyText(text, rules)).toMatchObject({ rule: 'local/later', category: 'rate_limiting' });
    expect(rules.version).not.toBe(loadShippedRules().version);
    expect(rules.rules[0]).toMatchObject({ id: 'local/later', file: '10-local.toml', line: 2 });
    expect(classifyText('550 5.1.1 User unknown', rules).category).toBe('user_not_found');
  });

  test.each([
    ['is not there', () => rmSync(folder, { recursive: true })],
    ['is empty', () => undefined],
    ['holds hidden files and other things alone', () => write('.50-x.toml.swp', 'x') + write('.50-x.toml', 'x')],
  ])('a folder that %s has none', async (_, arrange) => {
    arrange();
    expect(await loaded()).toBe(loadShippedRules());
  });

  test('a regular expression decides, and its words are the evidence', async () => {
    rulesFile(
      '10-local.toml',
      rule('ticket', "regex = ['case #[0-9]{4,8} (?:open|held)']", '550 see Case #1234  HELD now'),
    );
    const { rule: by, evidence } = classifyText('550 5.7.1  see Case #1234\r\n  HELD now', await loaded());
    expect(by).toBe('local/ticket');
    expect(evidence).toMatchObject({ text: 'Case #1234\r\n  HELD', start: 15, end: 33 });
  });

  test('text and regex must both hold; several of one kind are alternatives', async () => {
    rulesFile(
      '10-local.toml',
      rule('both', "text = ['held', 'kept']\nregex = ['q[0-9]+x', 'z[0-9]+x']", '550 kept z12x'),
    );
    const rules = await loaded();
    const decides = (text: string): boolean => classifyText(text, rules).rule === 'local/both';
    expect(['550 held q1x', '550 q1x kept', '550 held kept', '550 q1x'].map(decides)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(classifyText('550 held q1x', rules).evidence?.text).toBe('q1x');
  });

  test('an expression that finds nothing but a place does not hold', async () => {
    rulesFile('10-local.toml', rule('word', "regex = ['\\b(?:q1x)?']", '550 q1x'));
    expect(await problems()).toEqual(['/10-local.toml:2: local/word: its example "550 q1x" is decided by reply/5xx']);
  });

  test('an expression sees the first 1,024 characters', async () => {
    rulesFile('10-local.toml', rule('far', "regex = ['q[0-9]x']", '550 q1x'));
    const rules = await loaded();
    const decides = (before: number): boolean => classifyText(`${'z'.repeat(before)} q1x`, rules).rule === 'local/far';
    // The folded text begins with a space.
    expect([decides(1019), decides(1020)]).toEqual([true, false]);
  });

  test('expressions are asked once, however many texts of their rule are there', () => {
    rulesFile('10-local.toml', rule('both', "text = ['held', 'kept', 'left']\nregex = ['q[0-9]x']", '550 kept q1x'));
    const text = readFileSync(join(folder, '10-local.toml'), 'utf8');
    const parsed = parseRuleFile('10-local.toml', text, []);
    const compile = createPatternCompiler();
    let asked = 0;
    const counting: CompilePattern = (source) => {
      const compiled = compile(source);
      if (!compiled.ok) return compiled;
      const find = (text: string) => {
        asked++;
        return compiled.pattern.find(text);
      };
      return { ok: true, pattern: { source, find } };
    };
    const own = withOperatorRules(loadShippedRules(), parsed === null ? [] : [parsed], counting);
    asked = 0;
    expect(own.ok && classifyText('550 held kept left', own.rules).rule).toBe('reply/5xx');
    expect(asked).toBe(1);
  });

  test('takenExamples names the shipped examples that they decide now', async () => {
    rulesFile('10-local.toml', rule('unknown', "text = ['user unknown']", '550 user unknown'));
    const taken = takenExamples(await loaded(), loadShippedRules());
    expect(taken.length).toBeGreaterThan(0);
    expect(taken[0]?.rule.id).toBe('local/unknown');
    expect(takenExamples(loadShippedRules(), loadShippedRules())).toEqual([]);
  });
});

describe("operators' rules are refused with file and line", () => {
  test('where an example is decided by another rule, or by none', async () => {
    rulesFile(
      '10-local.toml',
      rule('a', "text = ['aaa']", '550 aaa'),
      rule('b', "text = ['aaa bbb']", '550 aaa bbb'),
      rule('c', "text = ['ccc']", 'nothing of it'),
    );
    expect(await problems()).toEqual([
      '/10-local.toml:7: local/b: its example "550 aaa bbb" is decided by local/a',
      '/10-local.toml:12: local/c: its example "nothing of it" is decided by unknown',
    ]);
  });

  test('where a rule decides its counter-example', async () => {
    rulesFile(
      '10-local.toml',
      `${rule('a', "text = ['aaa']", '550 aaa')}\ncounterExamples = ["550 bbb", "550 aaa ${'x'.repeat(90)}"]`,
    );
    expect(await problems()).toEqual([
      `/10-local.toml:2: local/a: decides its counter-example "550 aaa ${'x'.repeat(72)}…"`,
    ]);
  });

  test.each([
    ['capitals', "regex = ['User [0-9]+']", "regex 'User [0-9]+' has capitals: it is looked for in lower case"],
    ['nothing', "regex = ['a*']", "regex 'a*' matches nothing at all: it would hold for every text"],
    ['a syntax error', "regex = ['(a']", "regex '(a' is none: missing closing ): `(a`"],
    ['a look-ahead', "regex = ['a(?=b)']", "regex 'a(?=b)' is none: invalid or unsupported Perl syntax: `(?=`"],
    ['a back-reference', "regex = ['(a)\\1']", "regex '(a)\\1' is none: invalid escape sequence: `\\1`"],
    ['a large program', "regex = ['(?:ab?){0,300}c']", 'is too large: 1203 steps of at most 500'],
    ['an endless one', "regex = ['(?:(?:a{100}){100}){100}']", 'is none: invalid repeat count'],
    ['a long one', `regex = ['${'a'.repeat(501)}']`, 'is longer than 500 characters'],
  ])('an expression with %s', async (_, condition, problem) => {
    rulesFile('10-local.toml', rule('a', condition, '550 a'));
    const [first = '', ...more] = await problems();
    expect(first.startsWith('/10-local.toml:2: local/a: ')).toBe(true);
    expect(first).toContain(problem);
    expect(more).toEqual([]);
  });

  test('capitals of the syntax are none', () => {
    const compile = createPatternCompiler();
    for (const source of ['\\S+x', '\\pL\\PN', '\\p{Greek}x', '(?P<Name>x)', '(?<Name>x)', '(?U)x+'])
      expect([source, compile(source).ok]).toEqual([source, true]);
  });

  test('too many expressions, and too many steps together', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `'a${i}'`).join(', ');
    rulesFile('10-local.toml', rule('a', `regex = [${many}]`, '550 a1'), rule('b', "regex = ['b']", '550 b'));
    expect(await problems()).toEqual(['/10-local.toml:2: local/a: more than 100 regular expressions']);
    const wide = (id: string) => rule(id, `regex = ['(?:.?.?){80}${id}[0-9]x']`, `550 ${id}1x`);
    rulesFile('10-local.toml', ...['a', 'b', 'c'].map(wide));
    expect(await problems()).toEqual([]);
    rulesFile('10-local.toml', ...['a', 'b', 'c', 'd'].map(wide));
    expect(await problems()).toEqual([
      "/10-local.toml:17: local/d: regex '(?:.?.?){80}d[0-9]x' is one too many: all together have more than 1000 steps",
    ]);
  });

  test('more texts than memory is meant for, however few lines name them', async () => {
    const wide = `'${'{a|b|c|d|e|f}'.repeat(4)}'`;
    rulesFile('10-local.toml', rule('a', `text = [${Array.from({ length: 17 }, () => wide).join(', ')}]`, '550 aaaa'));
    expect(await problems()).toEqual([
      '/10-local.toml:2: local/a: all texts together, with their alternatives, are too many',
    ]);
  });

  test('more words of phrases than memory is meant for', async () => {
    const wide = `'${'{a|b|c|d|e|f}'.repeat(4)} * {x|y}'`;
    rulesFile(
      '10-local.toml',
      rule('a', `phrase = [${Array.from({ length: 17 }, () => wide).join(', ')}]`, '550 aaaa x'),
    );
    expect(await problems()).toEqual([
      '/10-local.toml:2: local/a: all phrases together, with their alternatives, are too many',
    ]);
    rulesFile('10-local.toml', rule('a', "phrase = ['{inn|hostel} * full']", '550 the inn is full'));
    expect(await problems()).toEqual([]);
  });

  test('more than 1,000 rules', async () => {
    rulesFile(
      '10-local.toml',
      ...Array.from({ length: 1001 }, (_, i) => rule(`r${i}`, `text = ['w${i}w']`, `550 w${i}w`)),
    );
    expect(await problems()).toEqual(['/10-local.toml:5002: local/r1000: more than 1000 rules']);
  });

  test('an id that is a shipped one, and a family of verdicts without a rule', async () => {
    const [taken] = loadShippedRules().rules;
    const family = taken?.id.split('/')[0] ?? '';
    const body = `category = 'unknown'\ntext = ['aaa']\nexamples = ["550 aaa"]`;
    write('10-a.toml', `family = '${family}'\n[[rule]]\nid = '${taken?.id ?? ''}'\n${body}`);
    expect(await problems()).toEqual([`/10-a.toml:2: ${taken?.id ?? ''}: a shipped rule has this id`]);
    write('10-a.toml', `family = 'status'\n[[rule]]\nid = 'status/5.1.1'\n${body}`);
    expect(await problems()).toEqual(["/10-a.toml: family 'status' is kept for verdicts without a rule"]);
  });

  test('no shipped rule has an id that begins with local', () => {
    expect(loadShippedRules().rules.filter(({ id }) => id.startsWith('local'))).toEqual([]);
  });

  test('a syntax error of TOML beside a file that is right', async () => {
    rulesFile('10-local.toml', rule('a', "text = ['aaa']", '550 aaa'));
    write('20-broken.toml', "family = 'x'\n[[rule]]\nid =\n");
    expect((await problems()).map((problem) => problem.slice(0, 18))).toEqual(['/20-broken.toml:3:']);
  });

  test('a rule without a condition', async () => {
    rulesFile('10-local.toml', rule('a', '', '550 a'));
    expect(await problems()).toEqual([
      '/10-local.toml:2: local/a: no condition: one of text, phrase, regex, status, reply, remoteMta is needed',
    ]);
  });

  test('a rule whose line is not known', async () => {
    write('10-a.toml', "family = 'x'\nrule = [{ id = 'x/a', category = 'unknown', text = ['a'], examples = ['b'] }]");
    expect(await problems()).toEqual(['/10-a.toml: x/a: its example "b" is decided by unknown']);
  });

  test('a regex key that is written with escapes', async () => {
    rulesFile('10-local.toml', rule('a', '"\\u0072egex" = [\'a\']', '550 a'));
    expect(await problems()).toEqual(["/10-local.toml:2: local/a: regex 'a' is not written as regex = […]"]);
  });
});

describe('a file of rules', () => {
  const good = rule('a', "text = ['aaa']", '550 aaa');

  test.each([0o646, 0o664])('of mode %o, that others may write, is refused', async (mode) => {
    chmodSync(rulesFile('10-local.toml', good), mode);
    expect(await problems()).toEqual([
      `/10-local.toml: its group or others may write it; chmod go-w ${folder}/10-local.toml`,
    ]);
    chmodSync(join(folder, '10-local.toml'), 0o644);
    expect(await problems()).toEqual([]);
  });

  test.each([0o757, 0o775, 0o1777])('in a folder of mode %o, that others may write, is refused', async (mode) => {
    rulesFile('10-local.toml', good);
    chmodSync(folder, mode);
    const read = await loadAllRules(folder);
    expect(read.ok ? [] : read.problems).toEqual([`${folder}: its group or others may write it; chmod go-w ${folder}`]);
  });

  test.skipIf(!existsSync('/proc/kallsyms'))('that states no size is read no further than 256 KiB', async () => {
    expect((await readRuleFiles(['/proc/version'], null)).files[0]?.text).toContain('Linux');
    expect((await readRuleFiles(['/proc/kallsyms'], null)).problems).toEqual([
      '/proc/kallsyms: is larger than 256 KiB',
    ]);
  });

  test.skipIf(!existsSync('/proc/self/mem'))('whose reading fails is told', async () => {
    expect((await readRuleFiles(['/proc/self/mem'], null)).problems).toEqual([
      expect.stringMatching(/^\/proc\/self\/mem: (?:cannot be read|its group)/),
    ]);
  });

  test.skipIf(process.getuid?.() !== 0)('of a stranger is refused, of the owner of the folder it is not', async () => {
    chownSync(rulesFile('10-local.toml', good), 12345, 12345);
    expect(await problems()).toEqual(['/10-local.toml: belongs to uid 12345, who is neither root nor owns the folder']);
    chownSync(folder, 12345, 12345);
    expect(await problems()).toEqual([]);
  });

  test('may be a link, but no folder, no pipe and no dead link', async () => {
    const elsewhere = join(root, `${number}-real`);
    writeFileSync(elsewhere, `family = 'local'\n[[rule]]\n${good}`, { mode: 0o644 });
    symlinkSync(elsewhere, join(folder, '10-local.toml'));
    expect(await problems()).toEqual([]);
    mkdirSync(join(folder, '20-folder.toml'));
    execFileSync('mkfifo', [join(folder, '30-pipe.toml')]);
    symlinkSync('/nonexistent', join(folder, '40-dead.toml'));
    expect(await problems()).toEqual([
      '/20-folder.toml: is not a regular file',
      '/30-pipe.toml: is not a regular file',
      '/40-dead.toml: cannot be read (ENOENT)',
    ]);
  });

  test('in another charset than UTF-8 is refused: its words would be found in no mail', async () => {
    const text = `family = 'local'\n[[rule]]\n${rule('a', "text = ['empfänger fehlt']", '550 empfänger fehlt')}`;
    write('10-local.toml', text);
    expect(await problems()).toEqual([]);
    writeFileSync(join(folder, '10-local.toml'), text, 'latin1');
    expect(await problems()).toEqual(['/10-local.toml:5: is not UTF-8']);
  });

  test('larger than 256 KiB is refused, as are more than 1 MiB and more than 100 files', async () => {
    const path = rulesFile('10-local.toml', `${good}\n#${'x'.repeat(262_144)}`);
    expect(await problems()).toEqual(['/10-local.toml: is larger than 256 KiB']);
    writeFileSync(path, `#${'x'.repeat(262_000)}`);
    const read = await readRuleFiles([path, path, path, path, path], null);
    expect(read.problems).toEqual([`${path}: all rule files together are larger than 1 MiB`]);
    for (let i = 0; i <= 100; i++) write(`${String(i % 100).padStart(2, '0')}-f${i}.toml`, 'x');
    expect(await problems()).toEqual([`${folder}: more than 100 rule files`]);
  });

  test('in a place that is no folder is told', async () => {
    const path = write('x', '');
    const read = await loadAllRules(path);
    expect(read.ok ? [] : read.problems).toEqual([`${path}: cannot be read (ENOTDIR)`]);
  });
});
