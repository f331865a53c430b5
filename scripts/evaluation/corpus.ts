/**
 * The published bounces beside the project (../shared/corpus) as cases: what is judged, and which answers its labels accept. Each
 * message is read once, for reading asks no rule; only the verdicts are made again, under other rules.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mailFiles } from '../../src/commands/mail-files.ts';
import { identityOf } from '../../src/core/address.ts';
import { classify, classifyText } from '../../src/core/classify/classify.ts';
import type { RuleSet } from '../../src/core/classify/rule-set.ts';
import type { Report, Verdict } from '../../src/core/event.ts';
import { readMessage } from '../../src/core/report/read.ts';

export const corpusFolder = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
export const corpusIsHere = existsSync(`${corpusFolder}labels.ndjson`);

/** Null: the label does not score it. */
export interface Accepted {
  readonly types: readonly string[] | null;
  readonly categories: readonly string[] | null;
}

/** One verdict to be made: over one recipient's part of a message, or over one diagnostic of the list. */
export interface Case {
  /** The file that it comes from, `<corpus>/<file>`; for diagnostics of a mere list, the list and the line. */
  readonly origin: string;
  /** Files of one kind, such as those of one MTA; all diagnostics of one list. */
  readonly family: string;
  readonly text: string;
  readonly accepted: Accepted;
  judge(rules: RuleSet): Verdict;
  /** What the scorer is told. */
  line(verdict: Verdict): Readonly<Record<string, unknown>>;
}

interface Label {
  readonly file: string;
  readonly family: string;
  readonly recipient: string | null;
  readonly recipientAlt: readonly string[];
  readonly typesOk: readonly string[] | null;
  readonly categoriesOk: readonly string[] | null;
}

const unscored: Accepted = { types: null, categories: null };

/** Lines of a file of the corpus, without its last, empty one. */
function linesOf(name: string): string[] {
  return readFileSync(`${corpusFolder}${name}`, 'utf8').trim().split('\n');
}

function readLabels(): Map<string, Label[]> {
  const labels = new Map<string, Label[]>();
  for (const line of linesOf('labels.ndjson')) {
    const label = JSON.parse(line) as Label;
    labels.set(label.file, [...(labels.get(label.file) ?? []), label]);
  }
  return labels;
}

/** Files that are the same text as another one, and which: they are scored once, and speak for no rule a second time. */
function readTwins(): Readonly<Record<string, string>> {
  return (JSON.parse(readFileSync(`${corpusFolder}split.json`, 'utf8')) as { readonly dup: Record<string, string> })
    .dup;
}

/** The recipient's parts of every message but the twins, in the order of the files. */
export async function mailCases(): Promise<Case[]> {
  const labels = readLabels();
  const twins = readTwins();
  const cases: Case[] = [];
  for await (const file of mailFiles([`${corpusFolder}mail`], process.stdin)) {
    if ('error' in file) throw new Error(`${file.source}: ${file.error}`);
    const origin = file.source.split('/').slice(-2).join('/');
    if (twins[origin] !== undefined) continue;
    const expected = labels.get(origin) ?? [];
    const { reports } = readMessage(file.raw, { truncated: file.truncated });
    for (const report of reports)
      cases.push(mailCase(origin, report, expected, reports.length === 1 && expected.length === 1));
  }
  return cases;
}

function mailCase(origin: string, report: Report, expected: readonly Label[], alone: boolean): Case {
  const recipient =
    report.finalRecipient === null ? null : (identityOf(report.finalRecipient) ?? report.finalRecipient);
  const named = (label: Label) =>
    recipient !== null &&
    [label.recipient, ...label.recipientAlt].some((other) => other?.toLowerCase() === recipient.toLowerCase());
  const label = expected.find(named) ?? (alone ? expected[0] : undefined);
  return {
    origin,
    family: expected[0]?.family ?? origin,
    text: report.diagnosticCode ?? '',
    accepted: label === undefined ? unscored : { types: label.typesOk, categories: label.categoriesOk },
    judge: (rules) => classify(report, rules),
    line: ({ type, category }) => ({
      source: origin,
      recipient: report.kind === 'none' ? null : recipient,
      type,
      category,
      status: report.status,
      replyCode: report.replyCode,
      action: report.reportAction,
    }),
  };
}

/** The rows of diagnostics.tsv: bare texts with the categories that are accepted. Many stand in a message of the corpus too. */
export function diagnosticCases(): Case[] {
  const labels = readLabels();
  const twins = readTwins();
  return linesOf('diagnostics.tsv')
    .slice(1)
    .map((row, index): Case => {
      const [text = '', , , , given = '', , categories = ''] = row.split('\t');
      const source = twins[given] ?? given;
      const family = labels.get(source)?.[0]?.family;
      return {
        origin: family === undefined ? `${source} ${index}` : source,
        family: family ?? source,
        text,
        accepted: { types: null, categories: categories.split(',') },
        judge: (rules) => classifyText(text, rules),
        line: ({ category }) => ({ text, category }),
      };
    });
}

/** Mail and diagnostics without those that stand in a message anyway: each text once, as intervals and fits want it. */
export function independent(mail: readonly Case[], diagnostics: readonly Case[]): Case[] {
  const origins = new Set(mail.map(({ origin }) => origin));
  return [...mail, ...diagnostics.filter(({ origin }) => !origins.has(origin))];
}

/** Whether a verdict is one of the accepted answers; null where nothing is scored. */
export function isRight({ types, categories }: Accepted, { type, category }: Verdict): boolean | null {
  if (types === null && categories === null) return null;
  if (categories !== null && (category === null || !categories.includes(category))) return false;
  return types === null || types.includes(type);
}
