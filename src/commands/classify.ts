/**
 * `bouncemx classify`: diagnostics to verdicts, without daemon, database or configuration. With --ndjson a filter: one line in, one
 * line out, in order, at the speed of the reader behind it.
 */
import { StringDecoder } from 'node:string_decoder';
import { parseArgs } from 'node:util';
import { categories } from '../core/classify/categories.ts';
import { classifyText } from '../core/classify/classify.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { Verdict } from '../core/event.ts';
import { exit, UsageError, type Command, type Io } from './command.ts';
import { rulesHelp, rulesOption, rulesWith } from './own-rules.ts';
import { labelled, printable } from './table.ts';

/** A line longer than this is cut: nothing looks further than its first 4 KiB anyway. */
const maxLine = 65536;

export const command: Command = {
  summary: 'what a diagnostic text means: type, category, rule',
  help: `bouncemx classify: what a diagnostic text means

Usage: bouncemx classify [--json] TEXT…      one verdict for each text
       bouncemx classify --ndjson            one text a line on stdin, one JSON line each on stdout, in order

  --json      verdicts as JSON, one line each, with permanence and evidence
  --ndjson    {"text", "type", "category", "rule", "confidence"} for every line, empty ones too
${rulesHelp}
Example: bouncemx classify "550 5.1.1 <pat@example.com>: Recipient address rejected: User unknown"
`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...rulesOption, json: { type: 'boolean' }, ndjson: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (values.ndjson === true) {
      if (positionals.length > 0) throw new UsageError('--ndjson reads texts from stdin');
      return classifyLines(io, await rulesWith(values.rules));
    }
    if (positionals.length === 0) throw new UsageError('a text is needed, or --ndjson');
    const rules = await rulesWith(values.rules);
    for (const text of positionals) {
      const verdict = classifyText(text, rules);
      await io.out(values.json === true ? `${JSON.stringify({ text, ...verdict })}\n` : describeVerdict(text, verdict));
    }
    return exit.ok;
  },
};

/** A verdict for people, several lines; labels take `width` columns. `place`: the file and line of its rule, where known. */
export function describeVerdict(text: string, verdict: Verdict, width = 12, place = ''): string {
  const { category, evidence } = verdict;
  const inText = evidence?.field === 'diagnosticCode';
  return labelled(
    [
      ['text', mark(text, inText ? evidence : null)],
      ['decided by', evidence === null || inText ? null : `${nameOf(evidence.field)}: ${evidence.text}`],
      [
        'verdict',
        `${verdict.type}${category === null ? '' : ` / ${category}`}${finality(verdict)}, confidence ${verdict.confidence}`,
      ],
      ['rule', `${verdict.rule}${place}`],
      ['meaning', meaningOf(verdict)],
    ],
    width,
  );
}

/** A field of the report, or a header of the mail, as a person calls it. */
export function nameOf(field: string): string {
  if (field.startsWith('header:')) return `the header ${field.slice('header:'.length)}`;
  return fieldNames[field] ?? field;
}

const fieldNames: Readonly<Record<string, string>> = {
  reportAction: 'action',
  status: 'status',
  replyCode: 'reply code',
  diagnosticCode: 'diagnostic',
  finalRecipient: 'final recipient',
  originalRecipient: 'original recipient',
  reportingMta: 'reporting MTA',
  remoteMta: 'remote MTA',
  arrivalDate: 'arrived',
  lastAttemptDate: 'last attempt',
  willRetryUntil: 'tries until',
  feedbackType: 'feedback type',
  text: 'the words for people',
  evidence: 'what decided',
};

/** How final it is: a question that only a failure has. */
function finality({ type, permanence }: Verdict): string {
  if (!type.endsWith('_bounce')) return '';
  return permanence === 'unknown' ? ' (permanent or not: unsaid)' : ` (${permanence})`;
}

/** What verdicts without a category mean: by rule where it is more exact, else by type. */
const meanings: Readonly<Record<string, string>> = {
  challenge_response: 'A filter asks for proof that a person wrote the mail, and holds it until then.',
  unsubscribe: 'The person wants no more of this mail.',
  spam_complaint: 'The person called the mail spam. Never mail this address again.',
  delivery: 'The mail has arrived.',
  none: 'Nothing here says that a delivery failed.',
  'kind/relayed': 'Handed on to a system that sends no reports: nobody knows the end of it.',
  'kind/expanded': 'Handed on to the members of a list: nobody knows the end of it.',
};

function meaningOf({ type, category, rule }: Verdict): string {
  return category === null ? (meanings[rule] ?? meanings[type] ?? '') : categories[category].advice;
}

/** The text with »the words that decided« marked; controls become spaces, a long text is shown around its words. */
function mark(text: string, evidence: Verdict['evidence']): string {
  const marked =
    evidence === null
      ? text
      : `${text.slice(0, evidence.start)}»${text.slice(evidence.start, evidence.end)}«${text.slice(evidence.end)}`;
  const from = evidence === null || evidence.start < 400 ? 0 : evidence.start - 200;
  const shown = `${from > 0 ? '…' : ''}${marked.slice(from, from + 1000)}${marked.length > from + 1000 ? '…' : ''}`;
  return printable(shown);
}

async function classifyLines(io: Io, rules: RuleSet): Promise<number> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const answer = (text: string) => {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    const { type, category, rule, confidence } = classifyText(line, rules);
    return `${JSON.stringify({ text: line, type, category, rule, confidence })}\n`;
  };
  for await (const chunk of io.stdin) {
    const lines = `${rest}${decoder.write(chunk as Buffer)}`.split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLine);
    if (lines.length > 0) await io.out(lines.map((line) => answer(line.slice(0, maxLine))).join(''));
  }
  rest += decoder.end();
  if (rest !== '') await io.out(answer(rest));
  return exit.ok;
}
