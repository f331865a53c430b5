/**
 * Reads rule files. The shipped ones lie in config/rules beside src/ and dist/, so that one path serves the sources and the build.
 * Problems name file and line; a process with a broken shipped rule does not start.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TomlError } from 'smol-toml';
import type { RuleFile } from '../core/classify/rule.ts';
import { compileRules, type RuleSet } from '../core/classify/rule-set.ts';

export const shippedRulesFolder = fileURLToPath(new URL('../../config/rules/', import.meta.url));

type LoadedRules =
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

/** Every `*.toml` of a folder as one rule set. */
export function loadRules(folder: string): LoadedRules {
  const problems: string[] = [];
  const files: RuleFile[] = [];
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.toml'))) {
    const file = parseRuleFile(name, readFileSync(join(folder, name), 'utf8'), problems);
    if (file !== null) files.push(file);
  }
  if (problems.length > 0) return { ok: false, problems };
  return compileRules(files);
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
