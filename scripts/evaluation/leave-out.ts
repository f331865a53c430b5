/**
 * What the rules are worth on mail that they were not written after: before a file is judged, whatever this file alone speaks for
 * is switched off. Three measures, each stricter than the one before (docs/evaluation.md).
 */
import { loadShippedRules } from '../../src/config/rules.ts';
import { categories, isCategory } from '../../src/core/classify/categories.ts';
import { findPhrase } from '../../src/core/classify/clause.ts';
import { fold } from '../../src/core/classify/fold.ts';
import type { Rule } from '../../src/core/classify/rule.ts';
import { assemble, findWords, type Learned, type RuleSet } from '../../src/core/classify/rule-set.ts';
import { isRight, type Case } from './corpus.ts';
import type { Verdicts } from './scorer.ts';

/**
 * What may be switched off: a whole rule, or one entry of its words. Entries are numbered as rules hold them, spelled out: each of the
 * alternatives of a text is one of its own, a phrase is one with all its slots. Phrases come after the texts.
 */
interface Switch {
  readonly rule: string;
  readonly entry: number | null;
  /** The origins or families that speak for it. */
  readonly support: ReadonlySet<string>;
}

/** `origin`: each file for itself; `family`: all files of its kind together. */
export type Group = 'origin' | 'family';
export type Grain = 'rule' | 'words';

/** Rules that can be put together again without some of them, or of their texts. */
export class Switchboard {
  readonly all: RuleSet;

  /** `learned` stays as it is: the model is trained on nothing that the corpus holds. */
  constructor(learned: Learned) {
    const { version, rules } = loadShippedRules();
    this.all = assemble(version, rules, learned);
  }

  without(off: readonly Switch[]): RuleSet {
    const byRule = Map.groupBy(off, ({ rule }) => rule);
    const left = this.all.rules.flatMap((rule): Rule[] => {
      const gone = byRule.get(rule.id);
      if (gone === undefined) return [rule];
      const off = new Set(gone.map(({ entry }) => entry));
      if (off.has(null)) return [];
      const texts = rule.text ?? [];
      const text = texts.filter((_, at) => !off.has(at));
      const phrase = (rule.phrase ?? []).filter((_, at) => !off.has(texts.length + at));
      if (text.length + phrase.length === 0) return [];
      return [{ ...rule, text: text.length > 0 ? text : null, phrase: phrase.length > 0 ? phrase : null }];
    });
    return assemble(this.all.version, left, this.all.learned);
  }
}

/** A rule is supported by what it wins; its words by each text that holds them and whose label agrees with the rule. */
function switches(cases: readonly Case[], rules: RuleSet, group: Group, grain: Grain): Switch[] {
  if (grain === 'rule') {
    const won = Map.groupBy(cases, (each) => each.judge(rules).rule);
    return rules.rules.flatMap(({ id }) => {
      const by = won.get(id);
      return by === undefined ? [] : [{ rule: id, entry: null, support: new Set(by.map((each) => each[group])) }];
    });
  }
  const folded = cases.map((each) => ({ each, text: fold(each.text).text }));
  return rules.rules.flatMap(({ id, text, phrase, category }) => {
    const agreeing = folded.filter(({ each }) => each.accepted.categories?.includes(category) === true);
    const holds = [
      ...(text ?? []).map((fragments) => (words: string) => findWords(words, fragments) !== null),
      ...(phrase ?? []).map((slots) => (words: string) => findPhrase(words, slots) !== null),
    ];
    return holds.flatMap((isIn, entry) => {
      const support = new Set(agreeing.filter((one) => isIn(one.text)).map(({ each }) => each[group]));
      return support.size === 0 ? [] : [{ rule: id, entry, support }];
    });
  });
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

/** Hard bounces that may become a removal, where no accepted category is one. */
export function falseHard(verdicts: Verdicts): number {
  return verdicts.filter(
    ([{ accepted }, { type, permanence }]) =>
      type === 'hard_bounce' &&
      permanence === 'permanent' &&
      accepted.categories?.every((name) => isCategory(name) && categories[name].type !== 'hard_bounce') === true,
  ).length;
}
