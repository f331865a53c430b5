/**
 * What the rules are worth on mail that they were not written after: before a file is judged, whatever this file alone speaks for
 * is switched off. Three measures, each stricter than the one before (docs/evaluation.md).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseRuleFile, shippedRulesFolder } from '../../src/config/rules.ts';
import { fold } from '../../src/core/classify/fold.ts';
import type { RuleFile } from '../../src/core/classify/rule.ts';
import { compileRules, type RuleSet } from '../../src/core/classify/rule-set.ts';
import { isRight, type Case } from './corpus.ts';
import type { Verdicts } from './scorer.ts';

/** What may be switched off: a whole rule (`id`), or one text of its list (`id` and number). */
interface Switch {
  readonly rule: string;
  readonly text: number | null;
  /** The origins or families that speak for it. */
  readonly support: ReadonlySet<string>;
}

/** `origin`: each file for itself; `family`: all files of its kind together. */
export type Group = 'origin' | 'family';
export type Grain = 'rule' | 'words';

/** Rules that can be compiled again without some of them, or of their texts. */
export class Switchboard {
  readonly #files: readonly RuleFile[];
  readonly all: RuleSet;

  constructor() {
    const problems: string[] = [];
    this.#files = readdirSync(shippedRulesFolder)
      .filter((name) => name.endsWith('.toml'))
      .flatMap((name) => parseRuleFile(name, readFileSync(`${shippedRulesFolder}${name}`, 'utf8'), problems) ?? []);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    this.all = this.without([]);
  }

  without(off: readonly Switch[]): RuleSet {
    const texts = Map.groupBy(off, ({ rule }) => rule);
    const left = this.#files.flatMap((file) => {
      const rules = (file.table['rule'] as readonly Readonly<Record<string, unknown>>[]).flatMap((rule) => {
        const gone = texts.get(String(rule['id']));
        if (gone === undefined) return [rule];
        const text = (rule['text'] as readonly string[] | undefined) ?? [];
        const kept = text.filter((_, number) => gone.every((each) => each.text !== null && each.text !== number));
        return kept.length === 0 ? [] : [{ ...rule, text: kept }];
      });
      return rules.length === 0 ? [] : [{ ...file, table: { ...file.table, rule: rules } }];
    });
    const result = compileRules(left);
    if (!result.ok) throw new Error(result.problems.join('\n'));
    return result.rules;
  }
}

/** A rule is supported by what it wins; its words by each text that holds them and whose label agrees with the rule. */
function switches(cases: readonly Case[], rules: RuleSet, group: Group, grain: Grain): Switch[] {
  if (grain === 'rule') {
    const won = Map.groupBy(cases, (each) => each.judge(rules).rule);
    return rules.rules.flatMap(({ id }) => {
      const by = won.get(id);
      return by === undefined ? [] : [{ rule: id, text: null, support: new Set(by.map((each) => each[group])) }];
    });
  }
  const folded = cases.map((each) => ({ each, text: fold(each.text).text }));
  return rules.rules.flatMap(({ id, text, category }) => {
    const agreeing = folded.filter(({ each }) => each.accepted.categories?.includes(category) === true);
    return (text ?? []).flatMap((fragments, number) => {
      const by = agreeing.filter((each) => isIn(fragments, each.text));
      const support = new Set(by.map(({ each }) => each[group]));
      return support.size === 0 ? [] : [{ rule: id, text: number, support }];
    });
  });
}

function isIn(fragments: readonly string[], text: string): boolean {
  let from = 0;
  for (const part of fragments) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

/** A verdict for each case, made without what its own file or family alone supports among `witnesses`. */
export function leaveOut(
  cases: readonly Case[],
  witnesses: readonly Case[],
  board: Switchboard,
  group: Group,
  grain: Grain,
): { readonly verdicts: Verdicts; readonly off: number } {
  const lone = switches(witnesses, board.all, group, grain).filter(({ support }) => support.size === 1);
  const bySupport = Map.groupBy(lone, ({ support }) => [...support].join(''));
  // One group at a time: a compiled set holds megabytes, and there are hundreds of them.
  const verdicts = [...Map.groupBy(cases, (each) => each[group])].flatMap(([key, members]) => {
    const off = bySupport.get(key);
    const rules = off === undefined ? board.all : board.without(off);
    return members.map((each) => [each, each.judge(rules)] as const);
  });
  return { verdicts, off: lone.length };
}

/** Share of the scored verdicts that are accepted, in per cent. */
export function shareRight(verdicts: Verdicts): number {
  const scored = verdicts.flatMap(([each, verdict]) => isRight(each.accepted, verdict) ?? []);
  return (100 * scored.filter(Boolean).length) / scored.length;
}
