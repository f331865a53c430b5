/** The page of `bouncemx inspect`: an explanation for a person at a terminal, in the order in which the mail was understood. */
import type { Action } from '../core/classify/categories.ts';
import type { CandidateFound, CodesAlone, Explanation, ReportExplained } from '../core/explain/explain.ts';
import type { WouldFollow } from '../core/explain/outcome.ts';
import type { PartFound, Role } from '../core/explain/parts.ts';
import type { Hop } from '../core/explain/route.ts';
import { describeVerdict, nameOf } from './classify.ts';
import { labelled, moment, table, wrapped } from './table.ts';

const label = 20;
/** Rules that lost are many where the text is long; the first ones are the near ones. */
const mostCandidates = 12;

/** The whole page but what a return-path proves. */
export function inspectPage(explanation: Explanation): string {
  const { message, route, returnedRoute, parts, reports } = explanation;
  const nothing = reports.every(({ report }) => report.kind === 'none');
  const left = message.recipientCount - reports.length;
  return [
    labelled([
      ['subject', message.subject],
      ['from', message.from],
      ['returned message', message.originalMessageId],
      ['recipients', nothing ? null : message.recipientCount],
      ['size', `${message.octets} octets`],
      ['flags', message.flags.join(', ')],
    ]),
    section('Route of the report', routeTable(route)),
    section('Route of the returned mail', routeTable(returnedRoute)),
    section('Parts', partTable(parts)),
    ...reports.map((each, index) =>
      reportPage(each, message.recipientCount > 1 ? `${index + 1} of ${message.recipientCount}` : ''),
    ),
    left > 0 && !nothing ? `\n${left} more recipients are not shown.\n` : '',
  ].join('');
}

function section(head: string, body: string): string {
  return body === '' ? '' : `\n${head}\n${body.replaceAll(/^(?=.)/gmu, '  ')}`;
}

function routeTable(route: readonly Hop[]): string {
  return table(
    ['time', 'delay', 'from', 'by', 'with'],
    route.map(({ at, seconds, from, by, with: how }) => [
      moment(at?.toISOString() ?? null),
      seconds === null ? null : duration(seconds),
      short(from),
      short(by),
      how,
    ]),
  );
}

function short(text: string | null, width = 45): string | null {
  return text === null || text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

const roles: Readonly<Record<Role, string>> = {
  multipart: '',
  notification: 'words for people',
  statusFields: 'status fields (RFC 3464)',
  feedbackFields: 'feedback fields (RFC 5965)',
  returnedMail: 'the returned mail',
  none: 'not read',
};

function partTable(parts: readonly PartFound[]): string {
  return table(
    ['part', 'type', 'charset', 'encoding', 'octets', 'read as'],
    parts.map(({ number, depth, type, charset, encoding, octets, role }) => [
      `${'  '.repeat(depth)}${number}`,
      type,
      charset,
      encoding,
      octets,
      roles[role],
    ]),
  );
}

function reportPage(explained: ReportExplained, counter: string): string {
  const { report, verdict, candidates, codes } = explained;
  const winner = candidates.find(({ rule }) => rule === verdict.rule);
  const head = explained.recipient === null ? '' : `: ${wrapped(explained.recipient, 2)}`;
  return [
    report.kind === 'none' ? '' : `\n${`Report ${counter}`.trimEnd()}${head}\n`,
    report.kind === 'none' ? `\n${labelled([['found as', 'no report']])}` : section('Says', saysTable(explained)),
    section('Rules', candidateTable(candidates)),
    section('Codes alone', codesList(codes)),
    report.kind === 'none' ? '' : '\n',
    describeVerdict(
      report.diagnosticCode ?? '',
      verdict,
      label,
      winner === undefined ? '' : ` (${winner.file}${winner.line === null ? '' : `:${winner.line}`})`,
    ),
    labelled([
      ['documented', winner?.docs ?? null],
      ['would do', report.kind === 'none' ? 'no_action: nothing follows' : followWords(explained.wouldFollow)],
    ]),
  ].join('');
}

/** Each field with its place. The words of the diagnostic come below, with what decided marked in them. */
function saysTable({ report, places }: ReportExplained): string {
  const place = (field: string): string | null => {
    const found = places.find((each) => each.field === field);
    if (found === undefined) return null;
    const where = found.part === 'header' ? '' : `part ${found.part} `;
    const whole = found.mailLine === null ? '' : `, mail line ${found.mailLine}`;
    const octet = found.offset === null ? '' : `, octet ${found.offset}`;
    return found.part === 'header' ? `header line ${found.line}` : `${where}line ${found.line}${whole}${octet}`;
  };
  const shown: (keyof typeof report)[] = [
    'reportAction',
    'finalRecipient',
    'originalRecipient',
    'status',
    'replyCode',
    'reportingMta',
    'remoteMta',
    'phase',
    'arrivalDate',
    'lastAttemptDate',
    'willRetryUntil',
    'feedbackType',
  ];
  const rows = shown.flatMap((field): [string, string, string | null][] => {
    const value = report[field];
    if (value === null || (typeof value === 'object' && !(value instanceof Date))) return [];
    const text = value instanceof Date ? (moment(value.toISOString()) ?? '') : String(value);
    return [[nameOf(field), text, place(field)]];
  });
  const how = `${report.kind} (${report.format})${report.machineReadable ? '' : ', in words'}`;
  const words = report.diagnosticCode === null ? [] : [['diagnostic', 'below', place('diagnosticCode')]];
  return table(
    ['field', 'value', 'where'],
    [['found as', how, null], ...rows, ...words, ['what decided', 'below', place('evidence')]],
  );
}

const results: Readonly<Record<CandidateFound['result'], string>> = {
  first: 'holds first',
  later: 'holds, later',
  tooEarly: 'no: not in this phase',
  status: 'no: status',
  reply: 'no: reply code',
  phase: 'no: phase',
  remoteMta: 'no: receiver',
};

function candidateTable(candidates: readonly CandidateFound[]): string {
  const rows = candidates
    .slice(0, mostCandidates)
    .map(({ rule, category, words, result }) => [rule, category, short(words, 32), results[result]]);
  const left = candidates.length - rows.length;
  return table(['rule', 'category', 'words', ''], rows) + (left > 0 ? `and ${left} more\n` : '');
}

function codesList({ statuses, replies, phase }: CodesAlone): string {
  const says = (code: string | number, category: string | null): string =>
    `${code} ${category ?? 'says no more than its class'}`;
  return [
    ...statuses.map(({ code, category }) => says(code, category)),
    ...replies.map(({ code, category }) => says(code, category)),
    ...(phase === null ? [] : [`said in the phase ${phase}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const actionWords: Readonly<Record<Action, string>> = {
  remove_immediately: 'the proved recipient is suppressed at once',
  move_to_suppression: 'the proved recipient is suppressed',
  retry_with_delay: 'a retry is noted; the recipient rests, and is suppressed where this goes on',
  flag_for_review: 'a person should look at it',
  update_reputation: 'the score of the sending domain falls; the recipient is not touched',
  no_action: 'nothing follows',
};

function followWords(follow: WouldFollow): string {
  const { suppressionLevel, suppressedSeconds, retrySeconds, reviewPriority, senderFault } = follow;
  const end = suppressedSeconds === null ? '' : ` for ${duration(suppressedSeconds)}`;
  return [
    `${follow.action}: ${actionWords[follow.action]}`,
    ...(follow.reason === 'redirected' ? ['the report names another address than the one that is proved'] : []),
    ...(follow.reason === 'transient' ? ['final words under a code that is not final'] : []),
    ...(suppressionLevel === 'none' ? [] : [`level ${suppressionLevel}${end}`]),
    ...(retrySeconds === null ? [] : [`first retry after about ${duration(retrySeconds)}`]),
    ...(reviewPriority === null ? [] : [`review priority ${reviewPriority}`]),
    ...(senderFault === null ? [] : [`weighs on the sending domain (${senderFault})`]),
    ...(follow.actsForAnySender || follow.action === 'no_action' ? [] : ['only if it came from the null reverse-path']),
  ].join('; ');
}

/** Seconds in the largest unit that says them exactly enough. */
function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 120) return `${seconds} s`;
  if (size < 7200) return `${Math.round(seconds / 60)} min`;
  return size < 2 * 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
