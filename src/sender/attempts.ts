/**
 * Attempts, from the committed beginning to the committed end: a return-path is minted and written, the relay is spoken to,
 * and what it said is recorded.
 */
import type { Options } from '../config/options.ts';
import { beginAttempts, type Begun, type Claimed } from '../store/dispatch-queue.ts';
import { readRaws } from '../store/messages.ts';
import { mintAttempt, transactionOf } from './attempt.ts';
import type { Care } from './care.ts';
import { signMessage } from './dkim.ts';
import type { Recorded, Recorder } from './recorder.ts';
import type { SenderParts } from './parts.ts';
import { tellRecord, type Attempt } from './told.ts';
import type { Outcome } from './transaction.ts';
import type { Way } from './ways.ts';

/** Claimed by us, and which way it goes. */
export interface Held {
  readonly claimed: Claimed;
  readonly way: Way;
  /** performance.now() of the claim. */
  readonly since: number;
}

export interface Attempts {
  /** Begins them in one commit and lets them go; whatever becomes of one, `release` follows. Rejects with StoreError. */
  begin(picked: readonly Held[]): Promise<void>;
  close(): Promise<void>;
}

export interface AttemptsParts extends SenderParts {
  readonly owner: string;
  readonly recorder: Recorder;
  readonly care: Care;
  /** The process is asked to stop: what fails now is nobody's fault. */
  readonly closing: () => boolean;
  readonly release: (held: Held) => void;
}

/** Where a database did not answer, milliseconds. */
const databasePause = 5000;
/** What can't be sent from here: an operator must do something first. */
export const helpless = 600_000;

export function createAttempts(parts: AttemptsParts): Attempts {
  const { options, log, metrics, now, owner, recorder, care, release } = parts;
  const { deadline, lease }: Options['sender'] = options.sender;
  const db = parts.db.dedicated();
  const giveBack = ({ claimed: { id } }: Held, attempt: number, delayMs: number, why: string | null): void =>
    void recorder.put({ id, attempt, what: 'back', delayMs, why });

  async function begin(picked: readonly Held[]): Promise<void> {
    const beginnings = picked.flatMap((held) => {
      const minted = mintAttempt(held.claimed, { domains: options.domain, ring: parts.ring(), now: now() });
      if (minted.ok) return [{ ...held, rowId: minted.rowId, returnPath: minted.returnPath }];
      giveBack(held, held.claimed.attempt, helpless, minted.why);
      release(held);
      return [];
    });
    if (beginnings.length === 0) return;
    const since = performance.now();
    const rows = beginnings.map(({ claimed, rowId }) => ({ id: claimed.id, attempt: claimed.attempt, rowId }));
    const [begun, raws] = await Promise.allSettled([
      beginAttempts(db, owner, rows, lease),
      readRaws(
        db,
        beginnings.map(({ claimed }) => claimed.message),
      ),
    ]);
    if (begun.status === 'rejected' || raws.status === 'rejected') {
      // Begun or not: the answer may be lost. Nothing was said to a relay, so either way it is given back.
      for (const held of beginnings) {
        giveBack(held, held.claimed.attempt, databasePause, null);
        giveBack(held, held.claimed.attempt + 1, databasePause, null);
        release(held);
      }
      throw begun.status === 'rejected' ? begun.reason : (raws as PromiseRejectedResult).reason;
    }
    for (const seconds of begun.value.suppressed)
      metrics.dispatchFinalSeconds.observe({ state: 'suppressed' }, seconds);
    const started = new Map<string, Begun>(begun.value.begun.map((each) => [each.id, each]));
    for (const held of beginnings) {
      const start = started.get(held.claimed.id);
      // Suppressed meanwhile, cancelled, or somebody else's by now.
      if (start === undefined) release(held);
      else
        void attempt(held, raws.value.get(held.claimed.message) ?? null, {
          claimed: held.claimed,
          attempt: held.claimed.attempt + 1,
          returnPath: held.returnPath,
          startedAt: start.startedAt,
          relay: held.way.relay.settings.name,
          late: () => performance.now() - since > lease - deadline,
        });
    }
  }

  /** From the committed beginning to the committed end. Never rejects. */
  async function attempt(held: Held, raw: Buffer | null, facts: Attempt): Promise<void> {
    try {
      const outcome = await send(held, raw, facts);
      const recorded = outcomeOf(held.way, outcome, facts);
      await recorder.put(recorded);
      if (recorded.what === 'sent') await care.taken(held.claimed.provider, held.claimed.id);
      if (recorded.what === 'refused') care.stale();
    } catch (error) {
      log.databaseTrouble('attempt', error);
    } finally {
      release(held);
    }
  }

  async function send({ claimed, way }: Held, raw: Buffer | null, facts: Attempt): Promise<Outcome | string> {
    if (raw === null) return 'the message is not kept any more';
    // A process that was frozen since: what may have been sent by then is not ours to send.
    if (facts.late()) return 'too late to begin';
    const plain = transactionOf(claimed, facts.returnPath, raw, parts.hostname);
    if (plain === null) return 'no address that may be said to a relay';
    const { dkim } = way.relay.settings;
    try {
      return await way.relay.send(dkim === null ? plain : { ...plain, raw: await signMessage(plain.raw, dkim) });
    } catch (error) {
      log.bug('send', error);
      return 'could not be made ready for sending';
    }
  }

  function outcomeOf(way: Way, outcome: Outcome | string, facts: Attempt): Recorded {
    const { claimed, attempt } = facts;
    const fence = { id: claimed.id, attempt };
    if (typeof outcome === 'string') return { ...fence, what: 'back', delayMs: helpless, why: outcome };
    const recorded = tellRecord(outcome, facts, parts.rules());
    const name = way.relay.settings.name;
    if (recorded !== null) {
      if (way.rest.worked()) {
        log.relayBack(name);
        metrics.relayUp.set({ relay: name }, 1);
      }
      return recorded;
    }
    if (!parts.closing() && way.rest.failed('transaction')) {
      const phase = outcome.outcome === 'sent' ? 'data' : outcome.phase;
      log.relayDown({ relay: name, phase }, new Error(outcome.text));
      metrics.relayUp.set({ relay: name }, 0);
    }
    if (outcome.outcome === 'trouble' && outcome.sent === 'unknown')
      return { ...fence, what: 'indeterminate', why: outcome.text };
    const own = Math.min(3_600_000, 30_000 * 2 ** Math.min(10, attempt - 1)) * (0.8 + 0.4 * parts.random());
    return { ...fence, what: 'back', delayMs: Math.max(own, way.rest.waitMs()), why: outcome.text };
  }

  return { begin, close: () => db.close() };
}
