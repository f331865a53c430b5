/** `bouncemx events`: what came in, newest first; one event whole; its raw report. */
import { parseArgs } from 'node:util';
import { callForBody, clientHelp, clientOptions } from './client.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { facts, moment, table } from './table.ts';

const help = `Usage: bouncemx events [FILTER…] [--limit N] [--json]
       bouncemx events ID [--raw] [--json]

Lists events, newest first; with an ID shows one, or writes its report as it came (--raw).

  --recipient ADDR        the proved recipient
  --type TYPE             hard_bounce, soft_bounce, block_bounce, …
  --category CATEGORY     user_not_found, mailbox_full, …
  --provider DOMAIN       who runs the mailbox
  --sending-domain DOMAIN
  --campaign WORD
  --since TIME            received at or after: 2026-11-23, 2026-11-23T10:00:00Z, or 90m, 24h, 7d ago
  --until TIME            received before
  --limit N               at most so many (20; 10000 at most)
${clientHelp}`;

const mostEvents = 10_000;
const pageSize = 500;

interface EventLine {
  readonly id: string;
  readonly receivedAt: string;
  readonly recipient: string | null;
  readonly proof: string;
  readonly acts: boolean;
  readonly type: string;
  readonly category: string | null;
  readonly rule: string;
  readonly confidence: number;
  readonly status: string | null;
  readonly replyCode: number | null;
  readonly diagnosticCode: string | null;
  readonly evidence: { readonly field: string; readonly text: string } | null;
  readonly sendingDomain: string | null;
  readonly campaign: string | null;
  readonly messageId: string | null;
  readonly provider: string | null;
  readonly reportingMta: string | null;
  readonly remoteMta: string | null;
  readonly finalRecipient: string | null;
  readonly redirected: boolean;
  readonly flags: readonly string[];
  readonly dispatchId: string | null;
}
interface EventWhole extends EventLine {
  readonly decisions: readonly { readonly decidedAt: string; readonly action: string; readonly reason: string }[];
}

export const command: Command = {
  summary: 'list events, or show one',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...clientOptions,
        recipient: { type: 'string' },
        type: { type: 'string' },
        category: { type: 'string' },
        provider: { type: 'string' },
        'sending-domain': { type: 'string' },
        campaign: { type: 'string' },
        since: { type: 'string' },
        until: { type: 'string' },
        limit: { type: 'string', default: '20' },
        raw: { type: 'boolean', default: false },
      },
    });
    const [id, ...more] = positionals;
    if (more.length > 0) throw new UsageError('one event at a time');
    if (id !== undefined) return await one(io, id, values);
    if (values.raw) throw new UsageError('--raw needs the ID of an event');
    const now = new Date();
    const query = {
      recipient: values.recipient,
      type: values.type,
      category: values.category,
      provider: values.provider,
      sendingDomain: values['sending-domain'],
      campaign: values.campaign,
      since: timeOf(values.since, '--since', now),
      until: timeOf(values.until, '--until', now),
    };
    const found = await pages(io, query, limitOf(values.limit), values.config);
    await io.out(
      values.json
        ? `${JSON.stringify(found)}\n`
        : table(
            ['received (UTC)', 'recipient', 'type', 'category', 'status', 'rule', 'id'],
            found.items.map((event) => [
              moment(event.receivedAt),
              event.recipient,
              event.type,
              event.category,
              event.status ?? event.replyCode,
              event.rule,
              event.id,
            ]),
          ),
    );
    return exit.ok;
  },
};

async function pages(
  io: Io,
  query: Readonly<Record<string, string | undefined>>,
  limit: number,
  config: string | undefined,
): Promise<{ items: EventLine[]; next: string | null }> {
  const items: EventLine[] = [];
  let next: string | null = null;
  do {
    const parameters = new URLSearchParams({ limit: String(Math.min(pageSize, limit - items.length)) });
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
    if (next !== null) parameters.set('cursor', next);
    const body = await callForBody(io, 'GET', `/v1/events?${parameters.toString()}`, undefined, config);
    const page = body as { items: EventLine[]; next: string | null };
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  return { items, next };
}

async function one(
  io: Io,
  id: string,
  { raw, json, config }: { raw: boolean; json: boolean; config?: string | undefined },
): Promise<number> {
  const path = `/v1/events/${encodeURIComponent(id)}${raw ? '/raw' : ''}`;
  const body = await callForBody(io, 'GET', path, undefined, config);
  if (raw) {
    // A report may be in any charset: its octets go out as they are.
    if (!Buffer.isBuffer(body)) throw new CommandFailure(exit.failed, 'the report is empty');
    await io.out(body);
    return exit.ok;
  }
  await io.out(json ? `${JSON.stringify(body)}\n` : describe(body as EventWhole));
  return exit.ok;
}

function describe(event: EventWhole): string {
  const { evidence } = event;
  const decided = event.decisions.map(({ decidedAt, action, reason }): [string, string] => [
    'decision',
    `${moment(decidedAt) ?? ''} ${action}: ${reason}`,
  ]);
  return facts([
    ['event', event.id],
    ['received', moment(event.receivedAt)],
    ['recipient', event.recipient],
    ['proof', `${event.proof}${event.acts ? '' : ' (changes nothing)'}`],
    ['type', event.type],
    ['category', event.category],
    ['rule', `${event.rule} (confidence ${event.confidence})`],
    ['decided by', evidence === null ? null : `${evidence.field}: ${evidence.text}`],
    ['status', event.status],
    ['reply code', event.replyCode],
    ['diagnostic', event.diagnosticCode],
    ['reporting MTA', event.reportingMta],
    ['remote MTA', event.remoteMta],
    ['final recipient', event.redirected ? `${event.finalRecipient ?? ''} (redirected)` : event.finalRecipient],
    ['provider', event.provider],
    ['sending domain', event.sendingDomain],
    ['campaign', event.campaign],
    ['message', event.messageId],
    ['dispatch', event.dispatchId],
    ['flags', event.flags.join(' ')],
    ...decided,
  ]);
}

function limitOf(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > mostEvents) throw new UsageError(`--limit is a number from 1 to ${mostEvents}`);
  return limit;
}

const units: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

/** A date-time, a date (its first moment, UTC), or a length of time before now. */
export function timeOf(text: string | undefined, option: string, now: Date): string | undefined {
  if (text === undefined) return undefined;
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago !== null) return new Date(now.getTime() - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0)).toISOString();
  const at = /^\d{4}-\d\d-\d\d(?:T[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? new Date(text) : null;
  if (at === null || Number.isNaN(at.getTime()))
    throw new UsageError(`${option}: '${text}' is no time such as 2026-11-23T10:00:00Z, 2026-11-23 or 24h`);
  return at.toISOString();
}
