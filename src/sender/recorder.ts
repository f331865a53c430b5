/**
 * The group commit of what attempts came to: while one commit is under way outcomes gather, and the next one takes them all.
 * Each is fenced by its attempt and owner: what was decided elsewhere meanwhile stays. A database that is away is asked again
 * while the lease lasts; after it the outcome is nobody's any more, and the dispatch indeterminate.
 */
import { setImmediate } from 'node:timers/promises';
import type { MailEvent } from '../core/event.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import {
  giveBackDispatches,
  recordIndeterminate,
  recordSent,
  type Acceptance,
  type AttemptFence,
} from '../store/dispatch-queue.ts';
import { recordFacts } from '../store/facts.ts';
import { isPassing, settleReplies } from '../store/settle.ts';
import type { Terms } from '../store/settle-decide.ts';

export type Recorded =
  | (Acceptance & { readonly what: 'sent' })
  | (AttemptFence & { readonly what: 'refused'; readonly event: MailEvent })
  /** Not sent, through no fault of the recipient. */
  | (AttemptFence & { readonly what: 'back'; readonly delayMs: number; readonly why: string | null })
  | (AttemptFence & { readonly what: 'indeterminate'; readonly why: string });

export interface Recorder {
  /** Resolves once it is recorded, or can't be. Never rejects. */
  put(recorded: Recorded): Promise<void>;
  /** Records what waits, and ends. */
  close(): Promise<void>;
}

export interface RecorderParts {
  readonly db: Db;
  readonly owner: string;
  /** Milliseconds. */
  readonly leaseMs: number;
  readonly terms: () => Terms;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Entry {
  readonly recorded: Recorded;
  readonly until: number;
  readonly resolve: () => void;
}

const mostAtOnce = 500;
const pause = { first: 50, most: 2000 };
/** What our own fault or odd data keeps from being recorded as it is. */
const oddDelay = 3_600_000;

export function createRecorder(parts: RecorderParts): Recorder {
  const { owner, log, metrics, leaseMs } = parts;
  const db = parts.db.dedicated();
  const waiting: Entry[] = [];
  let running: Promise<void> | null = null;
  let closing = false;

  async function flushAll(): Promise<void> {
    let wait = pause.first;
    while (waiting.length > 0) {
      // What the current turn of the event loop still brings belongs to the same commit.
      await setImmediate();
      const batch = waiting.splice(0, mostAtOnce);
      const left = await record(batch);
      if (left.length === 0) {
        wait = pause.first;
        continue;
      }
      const now = performance.now();
      const kept = left.filter(({ until }) => until > now && !closing);
      if (kept.length < left.length) log.leaseLost(left.length - kept.length);
      for (const entry of left) if (!kept.includes(entry)) finish(entry, 'lost');
      waiting.unshift(...kept);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, pause.most);
    }
    running = null;
  }

  /** Each kind in a transaction of its own. Gives those that the database could not take now. */
  async function record(batch: readonly Entry[]): Promise<Entry[]> {
    const kinds = ['sent', 'refused', 'back', 'indeterminate'] as const;
    const left = await Promise.all(
      kinds.map((what) => recordKind(batch.filter(({ recorded }) => recorded.what === what))),
    );
    return left.flat();
  }

  /** Halves what the database refuses for its data, so that one never fails the others. */
  async function recordKind(entries: readonly Entry[]): Promise<Entry[]> {
    const [only, ...others] = entries;
    if (only === undefined) return [];
    try {
      await write(entries);
      return [];
    } catch (error) {
      if (isPassing(error)) {
        log.databaseTrouble('record', error);
        return [...entries];
      }
      if (others.length > 0) {
        const middle = Math.ceil(entries.length / 2);
        return [...(await recordKind(entries.slice(0, middle))), ...(await recordKind(entries.slice(middle)))];
      }
      log.bug('record', error);
      return recordReduced(only, error);
    }
  }

  async function recordReduced(entry: Entry, error: unknown): Promise<Entry[]> {
    const { id, attempt, what } = entry.recorded;
    const why = what === 'sent' || what === 'indeterminate' ? '' : 'the outcome could not be recorded';
    try {
      if (what === 'sent') await recordSent(db, owner, [{ id, attempt, replyCode: 250, text: '', provider: null }]);
      else if (what === 'indeterminate') await recordIndeterminate(db, owner, [{ id, attempt, why }]);
      else await giveBackDispatches(db, owner, [{ id, attempt, delayMs: oddDelay, why }]);
      finish(entry, what === 'sent' ? 'sent' : 'deferred');
      return [];
    } catch (trouble) {
      if (isPassing(trouble)) return [entry];
      // The lease runs out by itself.
      log.bug('record', error);
      finish(entry, 'lost');
      return [];
    }
  }

  async function write(entries: readonly Entry[]): Promise<void> {
    const ours = entries.map(({ recorded }) => recorded);
    const of = <W extends Recorded['what']>(what: W): Extract<Recorded, { what: W }>[] =>
      ours.filter((each): each is Extract<Recorded, { what: W }> => each.what === what);
    const [sent, refused, back, unclear] = [of('sent'), of('refused'), of('back'), of('indeterminate')];
    if (sent.length > 0) {
      const still = new Map((await recordSent(db, owner, sent)).map(({ id, first }) => [id, first]));
      for (const { id, provider } of sent)
        if (still.get(id) === true) metrics.sent.inc({ provider: metrics.provider.of(provider) });
      for (const entry of entries) finish(entry, still.has(entry.recorded.id) ? 'sent' : 'lost');
      if (still.size < sent.length) log.leaseLost(sent.length - still.size);
    }
    if (refused.length > 0) {
      const settled = await settleReplies(
        db,
        refused.map(({ event }) => ({ event, owner })),
        parts.terms(),
      );
      recordFacts({ done: [], ...settled }, log, metrics);
      for (const entry of entries) finish(entry, 'refused');
    }
    if (back.length > 0) {
      await giveBackDispatches(db, owner, back);
      for (const entry of entries) finish(entry, 'deferred');
    }
    if (unclear.length > 0) {
      await recordIndeterminate(db, owner, unclear);
      for (const entry of entries) finish(entry, 'indeterminate');
    }
  }

  function finish({ recorded, resolve }: Entry, outcome: string): void {
    // What was never begun is no attempt.
    if (recorded.what !== 'back' || recorded.why !== null) metrics.dispatchAttempts.inc({ outcome });
    resolve();
  }

  return {
    put: (recorded) =>
      new Promise((resolve) => {
        waiting.push({ recorded, until: performance.now() + leaseMs, resolve });
        running ??= flushAll();
      }),
    async close() {
      closing = true;
      while (running !== null) await running;
      await db.close();
    },
  };
}
