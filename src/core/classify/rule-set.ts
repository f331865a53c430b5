/**
 * Rules compiled for matching. The first rule in the order of file names, then of the file, that holds wins: nothing else decides.
 * Every text is found through its longest fragment (prefilter.ts); what is so found is then verified, by indexOf, fragment after
 * fragment. The cost is linear in the text for any text.
 */
import { createHash } from 'node:crypto';
import type { Phase } from '../event.ts';
import { indexPhrases } from '../phrases.ts';
import { cellAt } from '../within-bounds.ts';
import { categories, type Category } from './categories.ts';
import { letterPairs, type LetterPairs } from './letter-pairs.ts';
import { findPhrase, rarestSlot, type Phrase } from './clause.ts';
import { unfitted, type Reliability } from './confidence.ts';
import type { Weights } from './model.ts';
import { withoutNames } from './names.ts';
import { prefilter, type Entry } from './prefilter.ts';
import { readRules, type OperatorTerms, type Pattern, type Rule, type RuleFile } from './rule.ts';

/** What was learned and not written: the fallback's weights, and how often each kind of verdict is right. */
export interface Learned {
  readonly weights: Weights | null;
  readonly reliability: Reliability;
}

export interface RuleSet {
  /** Hash of what was compiled: twelve hexadecimal digits, kept with every decision. */
  readonly version: string;
  readonly rules: readonly Rule[];
  readonly learned: Learned;
  /** The first rule that holds, or null. */
  first(text: string, facts: Facts): Match | null;
}

/** What a rule's other conditions look at. Codes may come from the report's fields, the text, or both. */
export interface Facts {
  readonly statuses: readonly string[];
  readonly replies: readonly number[];
  /** Lower case. */
  readonly remoteMta: string | null;
  readonly phase: Phase | null;
}

export interface Match {
  readonly rule: Rule;
  /** Offsets in the folded text; null where no text was asked for. */
  readonly span: { readonly start: number; readonly end: number } | null;
}

/** `*` reaches over this many units: the rest of a sentence, not the rest of a page. */
const maxGap = 80;

/** Nothing learned: rules and codes alone. */
const unlearned: Learned = { weights: null, reliability: unfitted };

/**
 * Reads and compiles rule files (any order; sorted by name here). All problems are reported together.
 * @param terms for files of operators.
 */
export function compileRules(
  files: readonly RuleFile[],
  terms: OperatorTerms | null = null,
  learned: Learned = unlearned,
): { readonly ok: true; readonly rules: RuleSet } | { readonly ok: false; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const seen = new Map<string, string>();
  const rules: Rule[] = [];
  for (const file of sorted)
    for (const rule of readRules(file, problems, terms)) {
      const other = seen.get(rule.id);
      if (other === undefined) {
        seen.set(rule.id, file.name);
        rules.push(rule);
      } else problems.push(`${file.name}: ${rule.id}: this id is in ${other} already`);
    }
  if (problems.length > 0) return { ok: false, problems };
  const version = createHash('sha256')
    .update(JSON.stringify(sorted.map(({ name, table }) => [name, table])))
    .update(JSON.stringify(learned.reliability))
    .update(learned.weights?.values ?? '')
    .digest('hex')
    .slice(0, 12);
  return { ok: true, rules: assemble(version, rules, learned) };
}

/** A set of rules that were read already, in their order. */
export function assemble(version: string, rules: readonly Rule[], learned: Learned): RuleSet {
  return { version, rules, learned, first: matcher(rules) };
}

interface Sought extends Entry {
  readonly rule: Rule;
  /** Null where the rule asks for no words. */
  readonly find: ((text: string) => Match['span']) | null;
  /** Looked for in the text without its names. */
  readonly outsideNames: boolean;
}

function matcher(rules: readonly Rule[]): RuleSet['first'] {
  const samples = rules.flatMap((rule) => rule.examples.map((text) => text.toLowerCase()));
  const pairs = letterPairs(samples);
  const frequency = countWords(new Set(rules.flatMap((rule) => (rule.phrase ?? []).flat(2))), samples);
  const entries = rules.flatMap((rule): Sought[] =>
    hasWords(rule)
      ? [
          ...(rule.text ?? []).map((text) => soughtText(rule, text)),
          ...(rule.phrase ?? []).map((phrase) => soughtPhrase(rule, phrase, frequency, pairs)),
        ]
      : [{ rule, find: null, outsideNames: false, anchors: [], others: [] }],
  );
  const candidates = prefilter(entries, samples, pairs);

  return (text, facts) => {
    const { numbers, count } = candidates(text);
    // A rule of many texts is met as often: its expressions are asked once.
    let without: Rule | null = null;
    let prose: string | null = null;
    for (let next = 0; next < count; next++) {
      const { rule, find, outsideNames } = member(entries, cellAt(numbers, next));
      if (rule === without) continue;
      if (unmet(rule, text, facts) !== null) continue;
      const span = find === null ? null : find(outsideNames ? (prose ??= withoutNames(text)) : text);
      if (find !== null && span === null) continue;
      if (rule.regex === null) return { rule, span };
      // Asked last: of all conditions it costs most, and its words are the most exact.
      const matched = findPattern(text, rule.regex);
      if (matched !== null) return { rule, span: matched };
      without = rule;
    }
    return null;
  };
}

function soughtText(rule: Rule, fragments: readonly string[]): Sought {
  const words = anchor(fragments);
  const others = fragments.filter((one) => one !== words).map((one) => [one]);
  return {
    rule,
    find: (text) => findWords(text, fragments),
    outsideNames: outside(rule, fragments),
    anchors: [words],
    others,
  };
}

function soughtPhrase(rule: Rule, phrase: Phrase, frequency: ReadonlyMap<string, number>, pairs: LetterPairs): Sought {
  const anchors = rarestSlot(phrase, frequency);
  const others = phrase.filter((slot) => slot !== anchors);
  const rarest = phrase.map((slot) => Int32Array.from(slot, (words) => (words.length < 2 ? -1 : pairs.rarest(words))));
  const mayHold = (slot: number, option: number): boolean => {
    const pair = cellAt(member(rarest, slot), option);
    return pair < 0 || pairs.has(pair);
  };
  return { rule, find: (text) => findPhrase(text, phrase, mayHold), outsideNames: rule.outsideNames, anchors, others };
}

/** Whether a text of a rule is looked for outside names only: one that is (part of) a name itself is found nowhere else. */
export function outside(rule: Rule, fragments: readonly string[]): boolean {
  return rule.outsideNames && !fragments.some((part) => /[a-z0-9_-][./][a-z0-9_-]|http/.test(part));
}

/** How many of the samples hold each word. */
function countWords(words: ReadonlySet<string>, samples: readonly string[]): ReadonlyMap<string, number> {
  const list = [...words];
  const counts = list.map(() => 0);
  const index = indexPhrases(list, samples);
  for (const sample of samples) index.scan(sample, (number) => (counts[number] = member(counts, number) + 1));
  return new Map(list.map((word, number) => [word, member(counts, number)]));
}

/** Whether a rule asks for words that are found by their anchors. */
export function hasWords(rule: Rule): boolean {
  return rule.text !== null || rule.phrase !== null;
}

/** `list[index]` within bounds, which the type system cannot know. */
function member<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

export function anchor(fragments: readonly string[]): string {
  return fragments.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/**
 * Before RCPT no recipient has been named: "unknown user" in reply to MAIL speaks of the sender, and no words said there may
 * end in a hard bounce. The domain alone can be gone before: its host is looked up before it is talked to. After DATA it is another
 * domain that is missed, one that the mail names.
 */
export function tooEarly(category: Category, phase: Phase | null): boolean {
  if (phase === null || phase === 'rcpt') return false;
  if (phase === 'data') return category === 'domain_not_found';
  return categories[category].type === 'hard_bounce' && !(phase === 'connect' && category === 'domain_not_found');
}

/** Why a rule does not hold, whatever the words: `tooEarly`, or the condition that is not met. */
export type Unmet = 'tooEarly' | 'status' | 'reply' | 'phase' | 'remoteMta';

/** The first condition beside the words that a rule does not meet; null where it meets all. */
export function unmet(rule: Rule, text: string, facts: Facts): Unmet | null {
  if (tooEarly(rule.category, facts.phase)) return 'tooEarly';
  if (rule.status !== null && !rule.status.some((status) => facts.statuses.includes(status))) return 'status';
  if (rule.reply !== null && !rule.reply.some((reply) => facts.replies.includes(reply))) return 'reply';
  if (rule.phase !== null && (facts.phase === null || !rule.phase.includes(facts.phase))) return 'phase';
  if (rule.remoteMta !== null && !rule.remoteMta.some((host) => names(host, text, facts.remoteMta))) return 'remoteMta';
  return null;
}

/** `.example.com` stands for every host below it. A text that names such a host will do: many reports have no Remote-MTA. */
function names(host: string, text: string, remoteMta: string | null): boolean {
  if (remoteMta !== null && (host.startsWith('.') ? remoteMta.endsWith(host) : remoteMta === host)) return true;
  return text.includes(host);
}

export function findPattern(text: string, patterns: readonly Pattern[]): Match['span'] {
  for (const pattern of patterns) {
    const span = pattern.find(text);
    if (span !== null) return span;
  }
  return null;
}

/**
 * Fragments in order, none further than `maxGap` behind the one before: the first place where that ends, with the latest beginning,
 * for short evidence. Every occurrence is looked at once.
 */
export function findWords(text: string, fragments: readonly string[]): Match['span'] {
  return fragments.length === 1 ? firstOf(text, anchor(fragments)) : findChain(text, fragments);
}

function firstOf(text: string, words: string): Match['span'] {
  const start = text.indexOf(words);
  return start < 0 ? null : { start, end: start + words.length };
}

function findChain(text: string, fragments: readonly string[]): Match['span'] {
  // Occurrences of the fragment before that the ones before it lead to: where each ends, and where its chain began.
  let ends: number[] = [];
  let begins: number[] = [];
  for (const [index, part] of fragments.entries()) {
    const last = index === fragments.length - 1;
    const nextEnds: number[] = [];
    const nextBegins: number[] = [];
    let before = -1;
    for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
      while (before + 1 < ends.length && member(ends, before + 1) <= at) before++;
      if (index > 0 && (before < 0 || at - member(ends, before) > maxGap)) continue;
      const begin = index === 0 ? at : member(begins, before);
      if (last) return { start: begin, end: at + part.length };
      nextEnds.push(at + part.length);
      nextBegins.push(begin);
    }
    ends = nextEnds;
    begins = nextBegins;
  }
  return null;
}
