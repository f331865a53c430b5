/**
 * Reads rule files. The shipped ones lie in config/rules beside src/ and dist/, so that one path serves the sources and the build.
 * Those of operators are asked first. Problems name file and line; a process with a broken rule does not start.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TomlError } from 'smol-toml';
import { withOperatorRules } from '../core/classify/operator-rules.ts';
import type { CompilePattern, RuleFile } from '../core/classify/rule.ts';
import { compileRules, type RuleSet } from '../core/classify/rule-set.ts';
import { loadLearned } from './learned.ts';
import { readRulesFolder, type FileText } from './rules-folder.ts';

export const shippedRulesFolder = fileURLToPath(new URL('../../config/rules/', import.meta.url));

export type LoadedRules =
  { readonly ok: true; readonly rules: RuleSet } | { readonly ok: false; readonly problems: readonly string[] };

let shipped: RuleSet | null = null;

/** The rules that come with bouncemx, compiled once for each process. Throws an Error that lists every problem. */
export function loadShippedRules(): RuleSet {
  if (shipped !== null) return shipped;
  const loaded = loadRules(shippedRulesFolder);
  if (!loaded.ok) throw new Error(`rules in ${shippedRulesFolder} cannot be used:\n${loaded.problems.join('\n')}`);
  shipped = loaded.rules;
  return shipped;
}

/** Every `*.toml` of a folder as one rule set, with what was learned beside it. */
export function loadRules(folder: string): LoadedRules {
  const problems: string[] = [];
  const files: RuleFile[] = [];
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.toml'))) {
    const file = parseRuleFile(name, readFileSync(join(folder, name), 'utf8'), problems);
    if (file !== null) files.push(file);
  }
  if (problems.length > 0) return { ok: false, problems };
  return compileRules(files, null, loadLearned());
}

/** Rules with those of a folder before them; a folder that is not there, or '', has none. */
export async function loadAllRules(folder: string, before: RuleSet = loadShippedRules()): Promise<LoadedRules> {
  const read = folder === '' ? { files: [], problems: [] } : await readRulesFolder(folder);
  if (read.problems.length > 0) return { ok: false, problems: read.problems };
  return addOperatorRules(before, read.files);
}

/** Rules with those of these files before them. Problems begin with the path of the file. */
export async function addOperatorRules(before: RuleSet, texts: readonly FileText[]): Promise<LoadedRules> {
  const problems: string[] = [];
  const paths = new Map<string, string>();
  const files: RuleFile[] = [];
  for (const { name, path, text } of texts) {
    paths.set(name, path);
    const file = parseRuleFile(name, text, problems);
    if (file !== null) files.push(file);
  }
  const loaded: LoadedRules =
    problems.length > 0 ? { ok: false, problems } : withOperatorRules(before, files, await compilerFor(texts));
  if (loaded.ok) return loaded;
  return { ok: false, problems: loaded.problems.map((problem) => withPath(problem, paths)) };
}

/** The engine takes its time to load: only who uses it pays. */
async function compilerFor(texts: readonly FileText[]): Promise<CompilePattern> {
  if (!texts.some(({ text }) => text.includes('regex')))
    return () => ({ ok: false, problem: 'is not written as regex = […]' });
  return (await import('./regex.ts')).createPatternCompiler();
}

function withPath(problem: string, paths: ReadonlyMap<string, string>): string {
  const end = problem.indexOf('.toml') + '.toml'.length;
  return `${paths.get(problem.slice(0, end)) ?? problem.slice(0, end)}${problem.slice(end)}`;
}

/** TOML text to a rule file; a syntax error becomes a problem and null. */
export function parseRuleFile(name: string, text: string, problems: string[]): RuleFile | null {
  const lines = text.split('\n').flatMap((line, index) => (/^\s*\[\[rule\]\]/.test(line) ? [index + 1] : []));
  try {
    return { name, table: parse(text), lines };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    problems.push(`${name}:${error.line}: ${error.message.split('\n', 1).join('')}`);
    return null;
  }
}
