/** `bouncemx reclassify`: stored events decided again with the daemon's rules of today; batch after batch, until it is done or stopped. */
import { parseArgs } from 'node:util';
import { callForBody, clientHelp, clientOptions } from './client.ts';
import { exit, UsageError, type Command, type Io } from './command.ts';
import { timeOf } from './events.ts';
import { facts, moment, table } from './table.ts';

const help = `Usage: bouncemx reclassify --dry-run [FILTER…]
       bouncemx reclassify --reason TEXT [FILTER…]
       bouncemx reclassify --undo RUN --reason TEXT
       bouncemx reclassify --resume RUN
       bouncemx reclassify --list

Asks the rules that the daemon has now about stored events, and shows what they decide otherwise. Without --dry-run
it writes new decisions: history and suppression follow, by the policy of today. The events stay as they were recorded.
What a person lifted stays lifted, and nothing is sent again: retries that a run cancelled stay cancelled, also when it
is undone. It may be stopped at any moment, and resumed.

  --dry-run               show, write nothing
  --reason TEXT           kept with each decision
  --undo RUN              give the events that a run changed the verdict back that they had; the run is
                          not resumed any more
  --resume RUN            go on with a run that was interrupted
  --list                  runs, newest first

  --category CATEGORY     events whose category stands as this
  --rule RULE             … that this rule decided
  --provider DOMAIN       … whose recipient's mailbox this domain runs
  --campaign WORD
  --recipient ADDR
  --since TIME            received at or after: 2026-11-23, 2026-11-23T10:00:00Z, or 90m, 24h, 7d ago
  --until TIME            received before
  --limit N               look at so many events at most, oldest first
${clientHelp}`;

interface Side {
  readonly type: string;
  readonly category: string | null;
  readonly rule: string;
}
interface Line {
  readonly from: Side;
  readonly to: Side;
  readonly count: number;
  readonly examples: readonly { readonly eventId: string; readonly text: string }[];
}
interface Diff {
  readonly looked: number;
  readonly changed: number;
  readonly renamed: number;
  readonly released: number;
  readonly suppressed: number;
  readonly adjusted: number;
  readonly lines: readonly Line[];
}
interface Run {
  readonly id: string;
  readonly createdAt: string;
  readonly actor: string;
  readonly reason: string;
  readonly undoes: string | null;
  readonly state: string;
  readonly looked: number;
  readonly changed: number;
  readonly released: number;
  readonly suppressed: number;
}

export const command: Command = {
  summary: "decide stored events again with today's rules",
  help,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...clientOptions,
        'dry-run': { type: 'boolean', default: false },
        reason: { type: 'string' },
        undo: { type: 'string' },
        resume: { type: 'string' },
        list: { type: 'boolean', default: false },
        category: { type: 'string' },
        rule: { type: 'string' },
        provider: { type: 'string' },
        campaign: { type: 'string' },
        recipient: { type: 'string' },
        since: { type: 'string' },
        until: { type: 'string' },
        limit: { type: 'string' },
      },
    });
    const { json, config, reason, undo, resume, list, 'dry-run': dry, limit, ...words } = values;
    const now = new Date();
    const filter = {
      ...words,
      since: timeOf(words.since, '--since', now),
      until: timeOf(words.until, '--until', now),
      limit: limitOf(limit),
    };
    const filtered = Object.values(filter).some((value) => value !== undefined);
    if ([dry, undo !== undefined, resume !== undefined, list].filter(Boolean).length > 1)
      throw new UsageError('one of --dry-run, --undo, --resume, --list');
    if (filtered && (undo !== undefined || resume !== undefined || list))
      throw new UsageError('--undo, --resume and --list take no filter: a run has its own');
    const client: Client = { io, json, call: (method, path, body) => callForBody(io, method, path, body, config) };
    if (list) return await listRuns(client);
    if (dry) return await preview(client, filter, filter.limit ?? Infinity);
    if (resume !== undefined) return await work(client, resume);
    if (reason === undefined || reason.trim() === '') throw new UsageError('--dry-run, or --reason TEXT');
    const body = undo === undefined ? { filter, reason } : { undo, reason };
    const { id } = (await client.call('POST', '/v1/reclassify', body)) as Run;
    return await work(client, id);
  },
};

interface Client {
  readonly io: Io;
  readonly json: boolean;
  readonly call: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

async function listRuns({ io, json, call }: Client): Promise<number> {
  const body = await call('GET', '/v1/reclassify');
  const { items } = body as { items: readonly Run[] };
  await io.out(
    json
      ? `${JSON.stringify(body)}\n`
      : table(
          ['begun (UTC)', 'run', 'state', 'looked', 'changed', 'released', 'suppressed', 'by', 'reason'],
          items.map((run) => [
            moment(run.createdAt),
            run.id,
            run.undoes === null ? run.state : `${run.state}, undoes ${run.undoes}`,
            run.looked,
            run.changed,
            run.released,
            run.suppressed,
            run.actor,
            run.reason,
          ]),
        ),
  );
  return exit.ok;
}

async function preview(client: Client, filter: object, limit: number): Promise<number> {
  const sum = createSum();
  let next: string | null | undefined;
  do {
    const left = limit - sum.total().looked;
    const body = {
      filter: { ...filter, limit: left === Infinity ? undefined : left },
      ...(next !== undefined && { cursor: next }),
    };
    const batch = (await client.call('POST', '/v1/reclassify/preview', body)) as Diff & { next: string | null };
    sum.add(batch);
    next = batch.next;
  } while (next !== null);
  await show(client, sum.total(), null);
  return exit.ok;
}

async function work(client: Client, id: string): Promise<number> {
  // Said before anything is changed: whoever stops this needs it.
  if (!client.json) client.io.err(`run ${id}\n`);
  const sum = createSum();
  for (;;) {
    const path = `/v1/reclassify/${encodeURIComponent(id)}/next`;
    const { run, ...batch } = (await client.call('POST', path, {})) as Diff & { run: Run };
    sum.add(batch);
    if (run.state !== 'done') continue;
    await show(client, sum.total(), run);
    return exit.ok;
  }
}

async function show({ io, json }: Client, diff: Diff, run: Run | null): Promise<void> {
  if (json) {
    await io.out(`${JSON.stringify({ run, ...diff })}\n`);
    return;
  }
  await io.out(
    table(
      ['events', 'from', 'by', 'to', 'by', 'such as'],
      diff.lines.map(({ count, from, to, examples }) => [
        count,
        from.category ?? from.type,
        from.rule,
        to.category ?? to.type,
        to.rule,
        examples[0]?.text ?? null,
      ]),
    ),
  );
  await io.out(
    facts([
      ['run', run?.id ?? null],
      ['events looked at', diff.looked],
      ['decided otherwise', diff.changed],
      ['same, by another rule', diff.renamed],
      ['recipients released', diff.released],
      ['recipients suppressed', diff.suppressed],
      ['levels changed otherwise', diff.adjusted],
    ]),
  );
}

const examplesEach = 3;

/** Batches added up; as many lines as there are pairs of rules. */
function createSum(): { add(batch: Diff): void; total(): Diff } {
  const lines = new Map<string, Line>();
  const counts = { looked: 0, changed: 0, renamed: 0, released: 0, suppressed: 0, adjusted: 0 };
  return {
    add(batch) {
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += batch[name];
      for (const line of batch.lines) {
        const key = JSON.stringify([line.from, line.to]);
        const seen = lines.get(key);
        lines.set(key, {
          ...line,
          count: line.count + (seen?.count ?? 0),
          examples: [...(seen?.examples ?? []), ...line.examples].slice(0, examplesEach),
        });
      }
    },
    total: () => ({ ...counts, lines: [...lines.values()].sort((a, b) => b.count - a.count) }),
  };
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError('--limit is a number from 1 to 999999999');
  return Number(text);
}
