/**
 * Rules of operators: asked before all shipped ones, in the same format with regular expressions besides. Nobody reviews them and
 * no test of ours runs over them, so they are held to their own examples when they are loaded: a file is used whole or not at all.
 */
import { createHash } from 'node:crypto';
import { classifyText } from './classify.ts';
import type { CompilePattern, Rule, RuleFile } from './rule.ts';
import { compileRules, type RuleSet } from './rule-set.ts';

/** More are a mistake or an attack. */
const limits = { rules: 1000, patterns: 100, texts: 20_000 } as const;

/** A rule that takes an example from another one. */
export interface Taken {
  readonly rule: Rule;
  readonly from: Rule;
  readonly example: string;
}

/**
 * The shipped rules with those of operators before them, or everything that is wrong with these.
 * @param compile one engine for all files: it holds them to a common limit (config/regex.ts).
 */
export function withOperatorRules(
  shipped: RuleSet,
  files: readonly RuleFile[],
  compile: CompilePattern,
): { readonly ok: true; readonly rules: RuleSet } | { readonly ok: false; readonly problems: readonly string[] } {
  if (files.length === 0) return { ok: true, rules: shipped };
  const compiled = compileRules(files, { compile, texts: limits.texts });
  if (!compiled.ok) return compiled;
  const own = compiled.rules;
  const rules: RuleSet = {
    version: createHash('sha256').update(`${shipped.version} ${own.version}`).digest('hex').slice(0, 12),
    rules: [...own.rules, ...shipped.rules],
    learned: shipped.learned,
    first: (text, facts) => own.first(text, facts) ?? shipped.first(text, facts),
  };
  const problems = [...tooMany(own.rules), ...collisions(own.rules, shipped.rules)];
  // Examples of too many rules are not looked at: that takes its time.
  if (problems.length === 0) problems.push(...wrongExamples(own.rules, rules));
  return problems.length === 0 ? { ok: true, rules } : { ok: false, problems };
}

/** Examples of shipped rules that a rule of the operator decides now: meant, or a rule that is too broad. */
export function takenExamples(rules: RuleSet, shipped: RuleSet): Taken[] {
  const own = new Map(rules.rules.slice(0, rules.rules.length - shipped.rules.length).map((rule) => [rule.id, rule]));
  return shipped.rules.flatMap((from) =>
    from.examples.flatMap((example) => {
      const rule = own.get(classifyText(example, rules).rule);
      return rule === undefined ? [] : [{ rule, from, example }];
    }),
  );
}

/** `50-local.toml:3: local/a: ` */
function at({ file, line, id }: Rule): string {
  return `${file}${line === null ? '' : `:${line}`}: ${id}: `;
}

function tooMany(own: readonly Rule[]): string[] {
  const problems: string[] = [];
  const beyond = own[limits.rules];
  if (beyond !== undefined) problems.push(`${at(beyond)}more than ${limits.rules} rules`);
  let patterns = 0;
  for (const rule of own) {
    const before = patterns;
    patterns += rule.regex?.length ?? 0;
    if (before <= limits.patterns && patterns > limits.patterns)
      problems.push(`${at(rule)}more than ${limits.patterns} regular expressions`);
  }
  return problems;
}

function collisions(own: readonly Rule[], shipped: readonly Rule[]): string[] {
  const ids = new Set(shipped.map(({ id }) => id));
  return own.filter(({ id }) => ids.has(id)).map((rule) => `${at(rule)}a shipped rule has this id`);
}

function wrongExamples(own: readonly Rule[], rules: RuleSet): string[] {
  return own.flatMap((rule) => [
    ...rule.examples.flatMap((example) => {
      const by = classifyText(example, rules).rule;
      return by === rule.id ? [] : [`${at(rule)}its example ${quoted(example)} is decided by ${by}`];
    }),
    ...rule.counterExamples.flatMap((example) =>
      classifyText(example, rules).rule === rule.id
        ? [`${at(rule)}decides its counter-example ${quoted(example)}`]
        : [],
    ),
  ]);
}

function quoted(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}
