/**
 * Runs that decide stored events again: batch after batch, each one short transaction with the place that was reached, so that a run
 * can be stopped, resumed and watched, and a daemon that settles beside it waits for no more than a batch. One batch at a time over
 * all processes: of two runs the later one sees what the earlier one wrote.
 */
import { classify } from '../core/classify/classify.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { PolicyOptions } from '../core/policy/options.ts';
import type { Db, Queryable } from './db.ts';
import { newId } from './ids.ts';
import type { Cursor } from './page.ts';
import { createDiff, type Diff } from './reclassify-diff.ts';
import { decideAgain, type Change } from './reclassify-decide.ts';
import { cursorBefore, readChanged, readWindow, type ReclassifyFilter } from './reclassify-events.ts';
import { writeAgain } from './reclassify-write.ts';

/** Events in one batch. */
const windowSize = 500;
/** Any number: whoever decides again holds this lock until its batch is committed. */
const lockNumber = 7_203_114_451;

export interface Run {
  readonly id: string;
  readonly createdAt: Date;
  readonly actor: string;
  readonly reason: string;
  readonly undoes: string | null;
  readonly filter: ReclassifyFilter;
  /** `stopped`: another run took it back before it was done. */
  readonly state: 'running' | 'stopped' | 'done';
  /** Events looked at, and decided otherwise. */
  readonly looked: number;
  readonly changed: number;
  /** Recipients that may be mailed again; that may not any more. */
  readonly released: number;
  readonly suppressed: number;
  readonly finishedAt: Date | null;
}

export interface Terms {
  readonly rules: RuleSet;
  readonly policy: PolicyOptions;
  readonly now: Date;
}

const columns = `id, created_at as "createdAt", actor, reason, undoes, filter, state, looked, changed, released, suppressed,
  finished_at as "finishedAt"`;

/** Runs, newest first, at most 100. */
export function listRuns(db: Queryable): Promise<Run[]> {
  return db.query<Run>(`select ${columns} from reclassifications order by created_at desc, id desc limit 100`);
}

export async function findRun(db: Queryable, id: string): Promise<Run | null> {
  const [run] = await db.query<Run>(`select ${columns} from reclassifications where id = $1`, [id]);
  return run ?? null;
}

/**
 * A run that has not looked at anything yet. It ends with what was received before now. A run that is taken back is stopped where
 * it is: going on, it would change what the undoing has passed already.
 */
export async function startRun(
  db: Db,
  run: Pick<Run, 'actor' | 'reason' | 'undoes' | 'filter'>,
  now: Date,
): Promise<Run> {
  const id = newId();
  await db.transaction(async (tx) => {
    // A batch of the other run that is under way is waited for, and undone with the rest.
    await tx.query('select pg_advisory_xact_lock($1)', [lockNumber]);
    await tx.query(
      "update reclassifications set state = 'stopped', finished_at = $2 where id = $1 and state = 'running'",
      [run.undoes, now],
    );
    await tx.query(
      'insert into reclassifications (id, created_at, actor, reason, undoes, filter) values ($1, $2, $3, $4, $5, $6)',
      [id, now, run.actor, run.reason, run.undoes, { ...run.filter }],
    );
  });
  return { ...run, id, createdAt: now, state: 'running', ...noCounts, finishedAt: null };
}

const noCounts = { looked: 0, changed: 0, released: 0, suppressed: 0 };

interface Batch {
  readonly changes: readonly Change[];
  readonly diff: Diff;
  /** Null at the end. */
  readonly next: Cursor | null;
}

/** What the next window would change; nothing is written. `next` null: that was all. */
export async function previewBatch(
  db: Queryable,
  filter: ReclassifyFilter,
  from: Cursor | null,
  { rules, policy, now }: Terms,
): Promise<{ readonly diff: Diff; readonly next: Cursor | null }> {
  const batch = await readBatch(db, filter, from, now, filter.limit ?? Infinity, rules);
  batch.diff.count((await decideAgain(db, batch.changes, policy, now, false)).recipients);
  return { diff: batch.diff, next: batch.next };
}

/** The next batch of a run. Null where there is no such run; a run that is done or stopped stays as it is. */
export function nextBatch(
  db: Db,
  id: string,
  { rules, policy, now }: Terms,
): Promise<{ readonly run: Run; readonly diff: Diff } | null> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [lockNumber]);
    const [run] = await tx.query<Run & { cursorAt: Date | null; cursorId: string | null }>(
      `select ${columns}, cursor_at as "cursorAt", cursor_id as "cursorId" from reclassifications where id = $1 for update`,
      [id],
    );
    if (run === undefined) return null;
    const { cursorAt, cursorId, ...before } = run;
    if (run.state !== 'running') return { run: before, diff: createDiff() };
    const from = cursorAt === null || cursorId === null ? null : { at: cursorAt, id: cursorId };
    const limit = (run.filter.limit ?? Infinity) - run.looked;
    const batch =
      run.undoes === null
        ? await readBatch(tx, run.filter, from, run.createdAt, limit, rules)
        : await readUndoing(tx, run.undoes, from);
    const again = await decideAgain(tx, batch.changes, policy, now, true);
    batch.diff.count(again.recipients);
    await writeAgain(tx, again, { ...run, rulesVersion: rules.version, now });
    const { looked, changed, released, suppressed } = batch.diff;
    const [after] = await tx.query<Run>(
      `update reclassifications set state = $2, cursor_at = coalesce($3, cursor_at), cursor_id = coalesce($4, cursor_id),
         looked = looked + $5, changed = changed + $6, released = released + $7, suppressed = suppressed + $8, finished_at = $9
       where id = $1 returning ${columns}`,
      [
        id,
        batch.next === null ? 'done' : 'running',
        batch.next?.at ?? null,
        batch.next?.id ?? null,
        looked,
        changed,
        released,
        suppressed,
        batch.next === null ? now : null,
      ],
    );
    return { run: after ?? before, diff: batch.diff };
  });
}

async function readBatch(
  tx: Queryable,
  filter: ReclassifyFilter,
  from: Cursor | null,
  end: Date,
  limit: number,
  rules: RuleSet,
): Promise<Batch> {
  const until = filter.until === undefined ? end : new Date(Math.min(end.getTime(), Date.parse(filter.until)));
  const start = from ?? cursorBefore(new Date(filter.since ?? 0));
  const { events, last } = await readWindow(tx, filter, start, until, windowSize);
  const looked = events.slice(0, Math.max(0, limit));
  const diff = createDiff();
  const changes: Change[] = [];
  for (const event of looked) {
    const to = classify(event.report, rules);
    if (diff.look(event, to)) changes.push({ event, to });
  }
  return { changes, diff, next: looked.length >= limit ? null : last };
}

/** What a later run changed again is that run's. */
async function readUndoing(tx: Queryable, undoes: string, from: Cursor | null): Promise<Batch> {
  const events = await readChanged(tx, undoes, from ?? cursorBefore(new Date(0)), windowSize);
  const diff = createDiff();
  const changes = events.flatMap(({ before, latest, ...event }) => (latest ? [{ event, to: before }] : []));
  for (const { event, to } of changes) diff.look(event, to);
  const last = events.at(-1);
  return { changes, diff, next: last === undefined ? null : { at: last.receivedAt, id: last.id } };
}
