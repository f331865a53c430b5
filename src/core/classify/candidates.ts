/**
 * Every rule whose words a text holds, for people: which of them decides, and why the others do not. Beside the matcher's quick
 * way to the first one; it takes some hundred times as long, so nothing but explanations asks it.
 */
import { findPhrase } from './clause.ts';
import { withoutNames } from './names.ts';
import {
  anchor,
  findPattern,
  findWords,
  hasWords,
  outside,
  unmet,
  type Facts,
  type Match,
  type RuleSet,
  type Unmet,
} from './rule-set.ts';
import type { Rule } from './rule.ts';

/** A rule that could have decided. */
export interface Candidate {
  readonly rule: Rule;
  /** As in a match. */
  readonly span: Match['span'];
  /** Null where it holds: the first such one decides. */
  readonly unmet: Unmet | null;
}

/** `order` counts the rules, `entry` the texts of one. */
type Texts = readonly {
  readonly order: number;
  readonly entry: number;
  readonly fragments: readonly string[];
  readonly outsideNames: boolean;
}[];

interface Found {
  readonly entry: number;
  readonly span: Match['span'];
}

/** Many texts share their longest words: each is looked for once. */
const anchors = new WeakMap<RuleSet, ReadonlyMap<string, Texts>>();

/**
 * The candidates in the order in which rules are asked.
 * @param text folded (fold.ts).
 */
export function candidatesIn(rules: RuleSet, text: string, facts: Facts): Candidate[] {
  const prose = withoutNames(text);
  const spans = spansIn(rules, text, prose);
  return rules.rules.flatMap((rule, order): Candidate[] => {
    const words = spans.get(order)?.span ?? phraseIn(rule, rule.outsideNames ? prose : text);
    if (hasWords(rule) && words === null) return [];
    const failed = unmet(rule, text, facts);
    // Without words, a rule that does not hold has nothing to do with the text.
    if (!hasWords(rule) && failed !== null) return [];
    const span = rule.regex === null ? words : findPattern(text, rule.regex);
    return rule.regex !== null && span === null ? [] : [{ rule, span, unmet: failed }];
  });
}

function phraseIn(rule: Rule, text: string): Match['span'] {
  for (const phrase of rule.phrase ?? []) {
    const span = findPhrase(text, phrase);
    if (span !== null) return span;
  }
  return null;
}

/** By the number of the rule: where the first of its texts that is there stands. */
function spansIn(rules: RuleSet, text: string, prose: string): ReadonlyMap<number, Found> {
  const spans = new Map<number, Found>();
  for (const [words, texts] of anchorsOf(rules)) {
    if (!text.includes(words)) continue;
    for (const { order, entry, fragments, outsideNames } of texts) {
      if ((spans.get(order)?.entry ?? Infinity) < entry) continue;
      const span = findWords(outsideNames ? prose : text, fragments);
      if (span !== null) spans.set(order, { entry, span });
    }
  }
  return spans;
}

function anchorsOf(rules: RuleSet): ReadonlyMap<string, Texts> {
  const known = anchors.get(rules);
  if (known !== undefined) return known;
  const made = Map.groupBy(
    rules.rules.flatMap((rule, order) =>
      (rule.text ?? []).map((fragments, entry) => ({
        order,
        entry,
        fragments,
        outsideNames: outside(rule, fragments),
      })),
    ),
    ({ fragments }) => anchor(fragments),
  );
  anchors.set(rules, made);
  return made;
}
