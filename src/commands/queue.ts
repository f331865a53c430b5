/** `bouncemx queue`: what was handed over for sending and is not done; and what a person wants of it. */
import { parseArgs } from 'node:util';
import { callApi, callForBody, clientHelp, clientOptions, wordsOf } from './client.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { timeOf } from './events.ts';
import {
  describeDispatch,
  dispatchTable,
  describeQueue,
  type Dispatch,
  type Queue,
  type WholeDispatch,
} from './queue-page.ts';

const help = `Usage: bouncemx queue [--json]
       bouncemx queue list [FILTER…] [--limit N] [--json]
       bouncemx queue show ID [--json]
       bouncemx queue retry ID… [--reason TEXT] [--json]
       bouncemx queue cancel ID… [--reason TEXT] [--json]
       bouncemx queue resolve ID… --as sent|resend [--reason TEXT] [--json]

Alone: dispatches (one message to one recipient) by state, the oldest that is due, providers that rest.
list shows dispatches, those handed over last first; show has attempts, events and decisions of one.
retry sends now what waits, or again what ended, while its message is stored.
cancel ends what is not on the wire.
resolve says what became of an indeterminate one: the relay has it (sent), or has it not (resend).
Who asked and why is recorded. Exit 1 where one of the IDs does not allow it; the others are done.

  --state STATE           queued, waiting, claimed, sending, sent, indeterminate, bounced, delivered,
                          assumed_delivered, expired, suppressed, cancelled
  --recipient ADDR
  --provider DOMAIN       who runs the mailbox
  --sending-domain DOMAIN
  --campaign WORD
  --message-id ID         Message-ID without brackets
  --since TIME            handed over at or after: 2026-11-23, 2026-11-23T10:00:00Z, or 90m, 24h, 7d ago
  --until TIME            handed over before
  --limit N               at most so many (20; 10000 at most)
${clientHelp}`;

const most = 10_000;
const pageSize = 500;
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu;

const options = {
  ...clientOptions,
  state: { type: 'string' },
  recipient: { type: 'string' },
  provider: { type: 'string' },
  'sending-domain': { type: 'string' },
  campaign: { type: 'string' },
  'message-id': { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  reason: { type: 'string' },
  as: { type: 'string' },
} as const;
type Given = ReturnType<typeof parse>['values'];
const parse = (args: readonly string[]) => parseArgs({ args: [...args], allowPositionals: true, options });

/** Which options belong to which verb, besides the common ones. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  '': [],
  list: ['state', 'recipient', 'provider', 'sending-domain', 'campaign', 'message-id', 'since', 'until', 'limit'],
  show: [],
  retry: ['reason'],
  cancel: ['reason'],
  resolve: ['reason', 'as'],
};

export const command: Command = {
  summary: 'what is being sent; retry, cancel or resolve it',
  help,
  async run(args, io) {
    const { values, positionals } = parse(args);
    const [verb = '', ...ids] = positionals;
    const own = Object.hasOwn(allowed, verb) ? allowed[verb] : undefined;
    if (own === undefined) throw new UsageError(`'${verb}' is none of list, show, retry, cancel, resolve`);
    const stray = Object.keys(values).find((name) => !(name in clientOptions) && !own.includes(name));
    if (stray !== undefined) throw new UsageError(`--${stray} does not belong to ${verb === '' ? 'queue' : verb}`);
    if (verb === '' || verb === 'list') {
      if (ids.length > 0) throw new UsageError('list takes options only');
      return await (verb === '' ? summary(io, values) : list(io, values));
    }
    const wrong = ids.find((id) => !uuid.test(id));
    if (wrong !== undefined) throw new UsageError(`'${wrong}' is no ID of a dispatch`);
    if (ids.length === 0) throw new UsageError(`${verb} needs an ID`);
    if (verb === 'show') return await show(io, ids, values);
    if (verb === 'resolve' && values.as !== 'sent' && values.as !== 'resend')
      throw new UsageError('resolve needs --as sent or --as resend');
    return await steer(io, verb, ids, values);
  },
};

async function summary(io: Io, { json, config }: Given): Promise<number> {
  const body = await callForBody(io, 'GET', '/v1/queue', undefined, config);
  await io.out(json ? `${JSON.stringify(body)}\n` : describeQueue(body as Queue));
  return exit.ok;
}

async function list(io: Io, values: Given): Promise<number> {
  const now = new Date();
  const limit = limitOf(values.limit ?? '20');
  const query = {
    state: values.state,
    recipient: values.recipient,
    provider: values.provider,
    sendingDomain: values['sending-domain'],
    campaign: values.campaign,
    messageId: values['message-id'],
    since: timeOf(values.since, '--since', now),
    until: timeOf(values.until, '--until', now),
  };
  const items: Dispatch[] = [];
  let next: string | null = null;
  do {
    const parameters = new URLSearchParams({ limit: String(Math.min(pageSize, limit - items.length)) });
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
    if (next !== null) parameters.set('cursor', next);
    const path = `/v1/dispatches?${parameters.toString()}`;
    const page = (await callForBody(io, 'GET', path, undefined, values.config)) as {
      items: Dispatch[];
      next: string | null;
    };
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  await io.out(values.json ? `${JSON.stringify({ items, next })}\n` : dispatchTable(items));
  return exit.ok;
}

async function show(io: Io, ids: readonly string[], { json, config }: Given): Promise<number> {
  const [id, ...more] = ids;
  if (id === undefined || more.length > 0) throw new UsageError('show takes one ID');
  const body = await callForBody(io, 'GET', `/v1/dispatches/${id}`, undefined, config);
  await io.out(json ? `${JSON.stringify(body)}\n` : describeDispatch(body as WholeDispatch));
  return exit.ok;
}

async function steer(
  io: Io,
  verb: string,
  ids: readonly string[],
  { json, config, reason, as }: Given,
): Promise<number> {
  const refused: string[] = [];
  for (const id of ids) {
    const body = { ...(as !== undefined && { as }), ...(reason !== undefined && { reason }) };
    const reply = await callApi(io, 'POST', `/v1/dispatches/${id}/${verb}`, body, config);
    if (reply.status >= 300) {
      refused.push(`${id}: ${wordsOf(reply)}`);
      continue;
    }
    const { prior, state } = reply.body as { prior: string; state: string };
    await io.out(json ? `${JSON.stringify(reply.body)}\n` : `${id}: ${prior} → ${state}\n`);
  }
  if (refused.length > 0) throw new CommandFailure(exit.failed, refused.join('\n'));
  return exit.ok;
}

function limitOf(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > most) throw new UsageError(`--limit is a number from 1 to ${most}`);
  return limit;
}
