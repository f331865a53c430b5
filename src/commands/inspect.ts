/**
 * `bouncemx inspect`: one message, explained to a person: what was found where, which words decided by which rule, and what would
 * follow for a recipient without a history. Reads the message alone; keys and configuration only where a return-path is asked about.
 */
import { parseArgs } from 'node:util';
import { readKeys } from '../config/keys.ts';
import { loadOptions } from '../config/load.ts';
import { loadShippedRules } from '../config/rules.ts';
import { asciiDomain } from '../core/address.ts';
import { categories, type Action } from '../core/classify/categories.ts';
import { classify } from '../core/classify/classify.ts';
import type { Bound, ReadMessage, Report, Verdict } from '../core/event.ts';
import { readMessage } from '../core/report/read.ts';
import { dayOf } from '../core/verp/key-ring.ts';
import { decodeReturnPath } from '../core/verp/return-path.ts';
import { describeVerdict } from './classify.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { mailFiles } from './mail-files.ts';

const help = `bouncemx inspect: one message, explained

Usage: bouncemx inspect [--json] [--to RETURN-PATH] [PATH]

Reads one message from PATH, or from stdin, and says what was found in it, which words decided, by which
rule, and what would follow. Nothing is stored and nobody is suppressed.

  --to RETURN-PATH   the address that the message came to: says whom it proves (needs the key ring)
  --config FILE      the configuration with the domains and the key file, for --to
  --json             one JSON document, for programs

Example: bouncemx inspect < report.eml
`;

export const command: Command = {
  summary: 'explain one message: what was found where, which rule, what would happen',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, to: { type: 'string' }, config: { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new UsageError('one message at a time; parse reads many');
    const proof = values.to === undefined ? null : await proofOf(values.to, values.config, io);
    const read = await readOne(positionals[0] ?? '-', io);
    const rules = loadShippedRules();
    const judged = read.reports.map((report) => ({ report, verdict: classify(report, rules) }));
    if (values.json === true) {
      const reports = judged.map(({ report, verdict }) => ({ ...report, verdict, wouldDo: wouldDo(verdict).action }));
      await io.out(`${JSON.stringify({ ...read, reports, rules: rules.version, proof })}\n`);
      return exit.ok;
    }
    await io.out(describeMessage(read));
    if (proof !== null) await io.out(describeProof(proof));
    for (const [index, { report, verdict }] of judged.entries())
      await io.out(describeReport(index, judged.length, report, verdict));
    return exit.ok;
  },
};

async function readOne(path: string, io: Io): Promise<ReadMessage> {
  for await (const file of mailFiles([path], io.stdin)) {
    if ('error' in file) throw new CommandFailure(exit.failed, `${file.source}: ${file.error}`);
    return readMessage(file.raw, { truncated: file.truncated });
  }
  throw new CommandFailure(exit.failed, `${path}: no message in it`);
}

type Proof = { readonly ok: true; readonly bound: Bound } | { readonly ok: false; readonly why: string };

async function proofOf(address: string, file: string | undefined, io: Io): Promise<Proof> {
  const loaded = loadOptions({ env: io.env, ...(file === undefined ? {} : { file }) });
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.join('\n'));
  const { domain, verp } = loaded.options;
  const at = address.lastIndexOf('@');
  const name = asciiDomain(address.slice(at + 1));
  const ours = domain.find((each) => each.name === name);
  if (at < 1 || ours === undefined) return { ok: false, why: 'none of our return-path domains' };
  const keys = await readKeys(verp.keyFile);
  if (!keys.ok) throw new CommandFailure(exit.configuration, keys.problems.join('\n'));
  const validity = Math.floor(verp.validity / 86_400_000);
  const decoded = decodeReturnPath(address.slice(0, at), ours, keys.ring, dayOf(new Date()), validity);
  return decoded.ok ? { ok: true, bound: decoded.bound } : { ok: false, why: decoded.why };
}

/** Lines of `label  value`, absent values left out; controls of a hostile mail never reach the terminal. */
function table(rows: readonly (readonly [label: string, value: string | number | null])[]): string {
  return rows
    .filter(([, value]) => value !== null && value !== '')
    .map(
      ([label, value]) =>
        `${label.padEnd(20)}${String(value)
          .replace(/[\0-\x1f\x7f-\x9f]/gu, ' ')
          .slice(0, 1000)}\n`,
    )
    .join('');
}

function describeMessage(read: ReadMessage): string {
  return table([
    ['subject', read.subject],
    ['from', read.from],
    ['returned message', read.originalMessageId],
    ['recipients', read.reports.every(({ kind }) => kind === 'none') ? null : read.recipientCount],
    ['flags', read.flags.join(', ')],
  ]);
}

function describeProof(proof: Proof): string {
  if (!proof.ok) return table([['proves', `nobody (${proof.why}): such mail is refused, or goes to review at most`]]);
  const { bound } = proof;
  return table([
    ['proves', bound.recipient ?? `the row ${bound.rowId ?? ''} of an opaque return-path`],
    ['sending domain', bound.sendingDomain],
  ]);
}

function describeReport(index: number, count: number, report: Report, verdict: Verdict): string {
  const { action, words } = wouldDo(verdict);
  const date = (value: Date | null) => value?.toISOString() ?? null;
  return (
    `\n${count > 1 ? `${index + 1} of ${count}\n` : ''}` +
    table([
      [
        'found as',
        report.kind === 'none'
          ? 'no report'
          : `${report.kind} (${report.format})${report.machineReadable ? '' : ', in prose'}`,
      ],
      ['action', report.reportAction],
      ['final recipient', report.finalRecipient],
      ['original recipient', report.originalRecipient],
      ['status', report.status],
      ['reply code', report.replyCode],
      ['reporting MTA', report.reportingMta],
      ['remote MTA', report.remoteMta],
      ['phase', report.phase],
      ['arrived', date(report.arrivalDate)],
      ['last attempt', date(report.lastAttemptDate)],
      ['tries until', date(report.willRetryUntil)],
      ['feedback type', report.feedbackType],
    ]) +
    describeVerdict(report.diagnosticCode ?? '', verdict, 20) +
    table([['would do', `${action}: ${words}`]])
  );
}

const words: Readonly<Record<Action, string>> = {
  remove_immediately: 'the proved recipient is hard_suppressed at once',
  move_to_suppression: 'the proved recipient is soft_suppressed',
  retry_with_delay: 'a retry is noted; the recipient rests for some days, and is suppressed where this goes on',
  flag_for_review: 'a person should look at it; nobody is suppressed',
  update_reputation: 'the score of the sending domain falls; the recipient is not touched',
  no_action: 'nothing follows',
};

/** The default action for a proved recipient without a history; the daemon's policy and its ledger may say otherwise. */
function wouldDo(verdict: Verdict): { readonly action: Action; readonly words: string } {
  const action = actionOf(verdict);
  return { action, words: words[action] };
}

function actionOf({ type, category, permanence }: Verdict): Action {
  if (type === 'spam_complaint' || type === 'unsubscribe') return 'remove_immediately';
  if (type === 'challenge_response') return 'flag_for_review';
  if (category === null) return 'no_action';
  // Words that are final under a code that is not: a person looks first.
  if (type === 'hard_bounce' && permanence === 'transient') return 'flag_for_review';
  return categories[category].action;
}
