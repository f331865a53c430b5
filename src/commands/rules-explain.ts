/** One rule for people: where it stands and what it looks for; and what the verdicts mean that no rule gives. */
import { categories, type Category, type Permanence } from '../core/classify/categories.ts';
import type { Rule } from '../core/classify/rule.ts';
import { categoryOfReply, categoryOfStatus } from '../core/classify/status-table.ts';
import { facts } from './table.ts';

/** A rule as it is shown; texts as in its file, alternatives spelled out. */
export interface RuleFacts {
  readonly id: string;
  /** 1 is asked first. */
  readonly order: number;
  readonly origin: 'operator' | 'shipped';
  readonly where: string;
  readonly docs: string | null;
  readonly category: Category;
  readonly permanence: Permanence | null;
  readonly confidence: number;
  readonly text: readonly string[] | null;
  /** Each slot as `{one|another}`. */
  readonly phrase: readonly string[] | null;
  readonly regex: readonly string[] | null;
  readonly status: readonly string[] | null;
  readonly reply: readonly number[] | null;
  readonly remoteMta: readonly string[] | null;
  readonly phase: readonly string[] | null;
  readonly examples: readonly string[];
  readonly counterExamples: readonly string[];
}

export function ruleFacts(rule: Rule, order: number, own: boolean): RuleFacts {
  const { file, line, text, phrase, regex, ...rest } = rule;
  return {
    ...rest,
    order,
    origin: own ? 'operator' : 'shipped',
    where: line === null ? file : `${file}:${line}`,
    text: text?.map((fragments) => fragments.join(' * ')) ?? null,
    phrase: phrase?.map((slots) => slots.map((words) => `{${words.join('|')}}`).join(' * ')) ?? null,
    regex: regex?.map(({ source }) => source) ?? null,
  };
}

/** A page for people; null where nothing is called so. `total` is the number of rules. */
export function explainRule(id: string, rule: RuleFacts | null, total: number): string | null {
  if (rule === null) {
    const meaning = withoutRule(id);
    return meaning === null
      ? null
      : facts([
          ['verdict', id],
          ['meaning', meaning],
        ]);
  }
  const { type, fault, action, advice } = categories[rule.category];
  const each = (name: string, values: readonly (string | number)[] | null): [string, string | number][] =>
    (values ?? []).map((value) => [name, value]);
  return facts([
    ['rule', rule.id],
    ['where', `${rule.where} (${rule.origin})`],
    ['asked', `${rule.order} of ${total}: all rules above it are asked first`],
    ['documented', rule.docs],
    ['category', `${rule.category}: ${advice}`],
    ['means', `${type}, fault of ${fault}, ${action}`],
    ['permanence', rule.permanence ?? 'from the codes, else of the category'],
    ['confidence', rule.confidence],
    ...each('text', rule.text),
    ...each('phrase', rule.phrase),
    ...each('regex', rule.regex),
    ...each('status', rule.status),
    ...each('reply', rule.reply),
    ...each('remote MTA', rule.remoteMta),
    ...each('phase', rule.phase),
    ...each('example', rule.examples),
    ...each('not', rule.counterExamples),
  ]);
}

/** docs/rules.md, "What is asked, in which order". */
function withoutRule(id: string): string | null {
  const slash = id.indexOf('/');
  const [kind, rest] = slash < 0 ? [id, ''] : [id.slice(0, slash), id.slice(slash + 1)];
  switch (kind) {
    case 'kind':
      return 'what the report is decided, not the words in it';
    case 'status': {
      const category = categoryOfStatus(rest);
      return `no rule knew the words: the enhanced status code decided${category === null ? '' : ` (${category})`}`;
    }
    case 'phase':
      return 'no rule knew the words: the peer said no before it heard of the recipient';
    case 'reply': {
      const category = categoryOfReply(Number(rest));
      return `no rule knew the words: the reply code decided (${category ?? 'unknown'})`;
    }
    case 'model':
      return 'no rule knew the words: the model that was trained on others did (docs/evaluation.md)';
    case 'unknown':
      return 'neither words nor codes said anything that is known';
    default:
      return null;
  }
}
