/** `bouncemx parse`: what reports say, a JSON line for each recipient. Files alone: no daemon, no database, no configuration. */
import { parseArgs } from 'node:util';
import { identityOf } from '../core/address.ts';
import { classify } from '../core/classify/classify.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { ReadMessage, Report } from '../core/event.ts';
import { readArrival } from '../pipeline/mime-fallback.ts';
import { exit, UsageError, type Command, type Io } from './command.ts';
import { mailFiles, type MailFile } from './mail-files.ts';
import { rulesHelp, rulesOption, rulesWith } from './own-rules.ts';

const help = `Usage: bouncemx parse [--progress] PATH…

Reads messages and prints what each says, one JSON object a line (NDJSON), one for each recipient.
PATH is a file with one message, a mailbox (mbox), a Maildir, a folder with any of these, or - for stdin.

  {"source","recipient","type","category","status","replyCode","action","rule","confidence","diagnosticCode", …}
  {"source","recipient":null,"type":"none"}     the message is no report
  {"source","error"}                            the file could not be read; the exit code is then 1

  --progress    counts on stderr (by itself where stderr is a terminal and it takes longer than two seconds)
${rulesHelp}`;

export const command: Command = {
  summary: 'say what reports in files, Maildirs and mailboxes mean (NDJSON)',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...rulesOption, progress: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (positionals.length === 0) throw new UsageError('no path given; - is stdin');
    const rules = await rulesWith(values.rules);
    const progress = startProgress(io, values.progress ?? null);
    let failed = false;
    for await (const file of mailFiles(positionals, io.stdin)) {
      const lines = await linesOf(file, rules);
      if ('error' in file) failed = true;
      // Waits for the reader of stdout, so that memory stays bounded however slow it is.
      await io.out(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      progress.count();
    }
    progress.end();
    return failed ? exit.failed : exit.ok;
  },
};

type Line = Readonly<Record<string, unknown>>;

async function linesOf(file: MailFile, rules: RuleSet): Promise<readonly Line[]> {
  if ('error' in file) return [{ source: file.source, error: file.error }];
  const read = await readArrival(file.raw, file.truncated);
  return read.reports.map((report) => lineOf(file.source, read, report, rules));
}

/** One line as documented in `help`. */
function lineOf(source: string, read: ReadMessage, report: Report, rules: RuleSet): Line {
  const flags = read.flags.length > 0 ? { flags: read.flags } : {};
  if (report.kind === 'none') return { source, recipient: null, type: 'none', ...flags };
  const verdict = classify(report, rules);
  return {
    source,
    recipient:
      report.finalRecipient === null
        ? null
        : (identityOf(report.finalRecipient) ?? report.finalRecipient.toLowerCase()),
    type: verdict.type,
    category: verdict.category,
    status: report.status,
    replyCode: report.replyCode,
    action: report.reportAction,
    rule: verdict.rule,
    confidence: verdict.confidence,
    evidence: verdict.evidence?.text ?? null,
    diagnosticCode: report.diagnosticCode,
    format: report.format,
    finalRecipient: report.finalRecipient,
    originalRecipient: report.originalRecipient,
    reportingMta: report.reportingMta,
    remoteMta: report.remoteMta,
    arrivalDate: report.arrivalDate,
    lastAttemptDate: report.lastAttemptDate,
    willRetryUntil: report.willRetryUntil,
    feedbackType: report.feedbackType,
    phase: report.phase,
    originalMessageId: read.originalMessageId,
    ...(read.recipientCount > read.reports.length ? { recipientCount: read.recipientCount } : {}),
    ...flags,
  };
}

/** `wanted` null: only at a terminal, and only once two seconds have passed. */
function startProgress(io: Io, wanted: boolean | null): { count(): void; end(): void } {
  const on = wanted ?? process.stderr.isTTY;
  const started = Date.now();
  let shown = wanted === true ? 0 : started;
  let messages = 0;
  return {
    count() {
      messages += 1;
      const now = Date.now();
      if (!on || (wanted !== true && now - started < 2000) || now - shown < 500) return;
      shown = now;
      io.err(`\r${messages} messages`);
    },
    end() {
      if (on && (wanted === true || Date.now() - started >= 2000))
        io.err(`\r${messages} messages in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    },
  };
}
