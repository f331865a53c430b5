/** `bouncemx rules list|test|explain`: the rules in the order in which they are asked; a look at files before they are installed. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadOptions } from '../config/load.ts';
import { addOperatorRules, loadShippedRules } from '../config/rules.ts';
import { readRuleFiles, readRulesFolder, type FileText } from '../config/rules-folder.ts';
import { isCategory } from '../core/classify/categories.ts';
import { takenExamples } from '../core/classify/operator-rules.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { rulesWith } from './own-rules.ts';
import { explainRule, ruleFacts } from './rules-explain.ts';
import { printable, table } from './table.ts';

const help = `Usage: bouncemx rules list [--family FAMILY] [--category CATEGORY] [--json]
       bouncemx rules test [FILE…]
       bouncemx rules explain ID [--json]

list     all rules, those of rules.directory first, in the order in which they are asked
test     looks at rule files before they are installed: beside those of rules.directory, in the place of
         one of the same name; without FILE at those that are there. Says what is wrong with file and line,
         and which examples of shipped rules they decide now
explain  one rule: where it stands, what it looks for, its examples; or what a verdict without a rule means

  --config FILE   the configuration that names rules.directory
  --json          one JSON document, for programs

Exit: 0 done, 1 something is wrong with the files or there is no such rule, 64 wrong use, 78 configuration.
`;

export const command: Command = {
  summary: 'list the rules, explain one, test your own',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
        family: { type: 'string' },
        category: { type: 'string' },
      },
    });
    const [verb, ...rest] = positionals;
    if (verb !== 'list' && (values.family !== undefined || values.category !== undefined))
      throw new UsageError('--family and --category belong to list');
    const folder = folderOf(io, values.config);
    if (verb === 'list' && rest.length === 0) return await list(io, await rulesWith(folder), values);
    if (verb === 'test') return await test(io, folder, rest);
    const [id, ...more] = rest;
    if (verb === 'explain' && id !== undefined && more.length === 0)
      return await explain(io, await rulesWith(folder), id, values.json);
    throw new UsageError('list, test [FILE…] or explain ID?');
  },
};

function folderOf(io: Io, config: string | undefined): string {
  const loaded = loadOptions({ ...(config === undefined ? {} : { file: config }), env: io.env });
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.join('\n'));
  return loaded.options.rules.directory;
}

async function list(
  io: Io,
  { version, rules }: RuleSet,
  { family, category, json }: { family?: string | undefined; category?: string | undefined; json: boolean },
): Promise<number> {
  if (category !== undefined && !isCategory(category)) throw new UsageError(`'${category}' is no category`);
  const own = rules.length - loadShippedRules().rules.length;
  const shown = rules
    .map((rule, index) => ruleFacts(rule, index + 1, index < own))
    .filter((rule) => family === undefined || rule.id.startsWith(`${family}/`))
    .filter((rule) => category === undefined || rule.category === category);
  await io.out(
    json
      ? `${JSON.stringify({ version, rules: shown })}\n`
      : table(
          ['order', 'rule', 'category', 'confidence', 'where'],
          shown.map((rule) => [rule.order, rule.id, rule.category, rule.confidence, rule.where]),
        ),
  );
  return exit.ok;
}

async function explain(io: Io, { rules }: RuleSet, id: string, json: boolean): Promise<number> {
  const index = rules.findIndex((rule) => rule.id === id);
  const rule = rules[index];
  const own = index < rules.length - loadShippedRules().rules.length;
  const facts = rule === undefined ? null : ruleFacts(rule, index + 1, own);
  const text = explainRule(id, facts, rules.length);
  if (text === null || (json && facts === null))
    throw new CommandFailure(exit.failed, `no rule is called '${printable(id)}'; bouncemx rules list names them`);
  await io.out(json ? `${JSON.stringify(facts)}\n` : text);
  return exit.ok;
}

/** Problems on stderr, notes on stdout. */
async function test(io: Io, folder: string, given: readonly string[]): Promise<number> {
  const installed = folder === '' ? { files: [], problems: [] } : await readRulesFolder(folder);
  const tried = await readRuleFiles(
    given.map((path) => resolve(path)),
    null,
  );
  const problems = [
    ...installed.problems.filter((problem) => !replaced(problem, folder, tried.files)),
    ...tried.problems,
  ];
  const names = new Set(tried.files.map(({ name }) => name));
  if (names.size < tried.files.length) throw new UsageError('two files of one name: only one of them can be installed');
  const files = [...installed.files.filter(({ name }) => !names.has(name)), ...tried.files];
  const shipped = loadShippedRules();
  const loaded = problems.length > 0 ? { ok: false as const, problems } : await addOperatorRules(shipped, files);
  if (!loaded.ok) {
    for (const problem of loaded.problems) io.err(`${printable(problem)}\n`);
    return exit.failed;
  }
  for (const { rule, from, example } of takenExamples(loaded.rules, shipped))
    await io.out(
      `note: ${rule.file}:${String(rule.line)}: ${rule.id} (${rule.category}) decides an example of ${from.id} (${from.category}): ${printable(example)}\n`,
    );
  const own = loaded.rules.rules.slice(0, loaded.rules.rules.length - shipped.rules.length);
  const examples = own.reduce((sum, rule) => sum + rule.examples.length + rule.counterExamples.length, 0);
  await io.out(`${files.length} files, ${own.length} rules, ${examples} examples: good\n`);
  return exit.ok;
}

/** What is wrong with an installed file does not matter where another takes its place. */
function replaced(problem: string, folder: string, tried: readonly FileText[]): boolean {
  return tried.some(({ name }) => problem.startsWith(`${join(folder, name)}:`));
}
