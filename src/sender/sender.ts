/**
 * The sender: what is due is claimed, begun, sent and recorded. Two loops meet in `ready`: one claims ahead, so that the
 * other never waits for it; the other lets go what a relay, its provider and our own hands allow.
 *
 *   claim ─▶ ready ─▶ allowed? ─▶ begin (committed) ─▶ relay ─▶ record (committed)
 *
 * `begin` is committed before a word is said for a dispatch, and what is recorded is fenced by its attempt: a process that
 * was killed, cut off or frozen sends nothing twice (store/dispatch-queue.ts).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Options } from '../config/options.ts';
import type { RelaySettings } from '../config/relays.ts';
import { sendingsOf } from '../config/sending-domains.ts';
import { sendingTerms } from '../config/sending-terms.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { KeyRing } from '../core/verp/index.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import { beginAttempts, claimDispatches, type Begun, type Claimed } from '../store/dispatch-queue.ts';
import { readRaws } from '../store/messages.ts';
import { mintAttempt, transactionOf } from './attempt.ts';
import { createBell } from './bell.ts';
import { createCare, type Permission } from './care.ts';
import { signMessage } from './dkim.ts';
import { createRecorder, type Recorded } from './recorder.ts';
import { startSweep } from './sweep.ts';
import { tellRecord, type Attempt } from './told.ts';
import type { Outcome } from './transaction.ts';
import { createWays, type Way } from './ways.ts';

export interface SenderParts {
  readonly db: Db;
  readonly options: Options;
  readonly relays: readonly RelaySettings[];
  /** Our name in EHLO. */
  readonly hostname: string;
  readonly ring: () => KeyRing;
  readonly rules: () => RuleSet;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** 0…1. */
  readonly random: () => number;
}

export interface Sender {
  /** Something was handed over: look now. */
  wake(): void;
  /** The files of the relays were read anew. */
  renew(relays: readonly RelaySettings[]): void;
  /** Finishes what is on its way, gives the rest back; asked again it is the same end. */
  close(): Promise<void>;
}

interface Held {
  readonly claimed: Claimed;
  readonly way: Way;
  /** performance.now() of the claim. */
  readonly since: number;
}

/** Octets of messages in memory; one larger message may go alone. */
const maxBytes = 64 * 1024 * 1024;
/** How long what is on the wire may take when the process is asked to stop. */
const farewell = 20_000;
const pause = { first: 100, most: 5000 };
/** What can't be sent from here: an operator must do something first. */
const helpless = 600_000;

export function startSender(parts: SenderParts): Sender {
  const { db, options, log, metrics, now } = parts;
  const { concurrency, deadline, lease, pollInterval } = options.sender;
  const owner = randomUUID();
  const sending = sendingTerms(options);
  const ways = createWays({ ...parts, deadline });
  const care = createCare({ db, options, breaker: sending.breaker });
  const domains = sendingsOf(options.domain).map(({ sendingDomain }) => sendingDomain);
  const beginDb = db.dedicated();
  const recorder = createRecorder({
    db,
    owner,
    leaseMs: lease,
    log,
    metrics,
    terms: () => ({
      policy: options.policy,
      tokenEventsPerDay: options.pipeline.tokenEventsPerDay,
      rulesVersion: parts.rules().version,
      sending,
      now: now(),
    }),
  });
  const hungry = createBell();
  const movable = createBell();
  let ready: Held[] = [];
  /** Of `ready`, what may not go yet. */
  let blocked = 0;
  let inFlight = 0;
  let bytes = 0;
  let closing = false;

  for (const { relay } of ways.all) metrics.relayUp.set({ relay: relay.settings.name }, 1);

  /** Not sent. @param attempt as it stands in the database. */
  function giveBack({ id }: Claimed, attempt: number, delayMs: number, why: string | null): Promise<void> {
    return recorder.put({ id, attempt, what: 'back', delayMs, why });
  }

  async function claimMore(): Promise<number> {
    const resting = ways.resting(domains);
    // With no way out there is nothing to look for, however much waits: looking past it takes the longer the more that is.
    if (resting.length === domains.length) return 0;
    await care.refresh();
    const claimed = await claimDispatches(db, {
      owner,
      limit: concurrency * 2,
      perProvider: options.care.concurrency,
      leaseMs: lease,
      notProviders: [...new Set([...care.closedTo(), ...waitingProviders()])],
      notSendingDomains: resting,
    });
    const since = performance.now();
    for (const each of claimed) {
      const way = ways.of(each.sendingDomain);
      if (way === null) void giveBack(each, each.attempt, helpless, `no relay for ${each.sendingDomain}`);
      else ready.push({ claimed: each, way, since });
    }
    return claimed.length;
  }

  /** Whose turn has not come although they were claimed: more of them would fill all hands. */
  const waitingProviders = (): string[] => (blocked === 0 ? [] : ready.map(({ claimed }) => claimed.provider ?? ''));

  async function claimAhead(): Promise<void> {
    let wait = pause.first;
    while (!closing) {
      try {
        const full = ready.length - blocked >= concurrency || ready.length >= concurrency * 10;
        const claimed = full ? 0 : await claimMore();
        wait = pause.first;
        if (claimed > 0) movable.ring();
        else await hungry.sleep(pollInterval);
      } catch (error) {
        log.databaseTrouble('claim', error);
        await hungry.sleep(wait);
        wait = Math.min(wait * 2, pause.most);
      }
    }
  }

  /** What may go now, counted as being on its way. */
  async function pick(): Promise<{ picked: Held[]; waitMs: number }> {
    const picked: Held[] = [];
    if (inFlight >= concurrency) return { picked, waitMs: pollInterval };
    if (ready.length > 0) await care.refresh();
    const kept: Held[] = [];
    let waitMs = pollInterval;
    const looked = ready;
    ready = [];
    for (const held of looked) {
      const { claimed, way, since } = held;
      const rest = way.rest.waitMs();
      if (performance.now() - since > lease / 2) void giveBack(claimed, claimed.attempt, 0, null);
      else if (rest > 0) void giveBack(claimed, claimed.attempt, rest * (1 + parts.random()), null);
      else if (
        inFlight + picked.length >= concurrency ||
        (way.rest.doubtful && way.inFlight > 0) ||
        (bytes > 0 && bytes + claimed.size > maxBytes)
      )
        kept.push(held);
      else {
        const permission = await mayGo(claimed);
        if (permission.may === 'rest') void giveBack(claimed, claimed.attempt, permission.waitMs, null);
        else if (permission.may === 'wait') {
          kept.push(held);
          waitMs = Math.min(waitMs, permission.waitMs ?? pollInterval);
        } else {
          picked.push(held);
          way.inFlight++;
          bytes += claimed.size;
        }
      }
    }
    inFlight += picked.length;
    ready = [...kept, ...ready];
    blocked = inFlight >= concurrency ? 0 : kept.length;
    return { picked, waitMs };
  }

  async function mayGo({ provider, id }: Claimed): Promise<Permission> {
    try {
      return await care.ask(provider, id);
    } catch (error) {
      log.databaseTrouble('breaker', error);
      return { may: 'wait', waitMs: pause.most };
    }
  }

  function release({ claimed, way }: Held): void {
    inFlight--;
    way.inFlight--;
    bytes -= claimed.size;
    care.done(claimed.provider, claimed.id).catch((error: unknown) => {
      log.databaseTrouble('breaker', error);
    });
    if (ready.length > 0) movable.ring();
    if (ready.length < concurrency) hungry.ring();
  }

  async function move(): Promise<void> {
    let wait = pause.first;
    while (!closing) {
      try {
        const { picked, waitMs } = await pick();
        if (ready.length < concurrency) hungry.ring();
        if (picked.length > 0) await begin(await connected(picked));
        else await movable.sleep(waitMs);
        wait = pause.first;
      } catch (error) {
        log.databaseTrouble('begin', error);
        await sleep(wait);
        wait = Math.min(wait * 2, pause.most);
      }
    }
  }

  /** Those whose relay can be reached: with one that can't nothing is begun, and no attempt is spent. */
  async function connected(picked: readonly Held[]): Promise<Held[]> {
    const reached = new Map<Way, boolean>();
    for (const way of new Set(picked.map((held) => held.way))) {
      const trouble = await way.relay.open();
      reached.set(way, trouble === null);
      if (trouble === null) continue;
      if (!closing && way.rest.failed('session')) {
        log.relayDown({ relay: way.relay.settings.name, phase: trouble.phase }, new Error(trouble.text));
        metrics.relayUp.set({ relay: way.relay.settings.name }, 0);
      }
    }
    return picked.filter((held) => {
      if (reached.get(held.way) === true) return true;
      void giveBack(held.claimed, held.claimed.attempt, held.way.rest.waitMs() * (1 + parts.random()), null);
      release(held);
      return false;
    });
  }

  async function begin(picked: readonly Held[]): Promise<void> {
    const beginnings = picked.flatMap((held) => {
      const minted = mintAttempt(held.claimed, { domains: options.domain, ring: parts.ring(), now: now() });
      if (minted.ok) return [{ ...held, rowId: minted.rowId, returnPath: minted.returnPath }];
      void giveBack(held.claimed, held.claimed.attempt, helpless, minted.why);
      release(held);
      return [];
    });
    if (beginnings.length === 0) return;
    const since = performance.now();
    const rows = beginnings.map(({ claimed, rowId }) => ({ id: claimed.id, attempt: claimed.attempt, rowId }));
    const [begun, raws] = await Promise.allSettled([
      beginAttempts(beginDb, owner, rows, lease),
      readRaws(
        beginDb,
        beginnings.map(({ claimed }) => claimed.message),
      ),
    ]);
    if (begun.status === 'rejected' || raws.status === 'rejected') {
      // Begun or not: the answer may be lost. Nothing was said to a relay, so either way it is given back.
      for (const held of beginnings) {
        void giveBack(held.claimed, held.claimed.attempt, pause.most, null);
        void giveBack(held.claimed, held.claimed.attempt + 1, pause.most, null);
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
    if (!closing && way.rest.failed('transaction')) {
      const phase = outcome.outcome === 'sent' ? 'data' : outcome.phase;
      log.relayDown({ relay: name, phase }, new Error(outcome.text));
      metrics.relayUp.set({ relay: name }, 0);
    }
    if (outcome.outcome === 'trouble' && outcome.sent === 'unknown')
      return { ...fence, what: 'indeterminate', why: outcome.text };
    const own = Math.min(3_600_000, 30_000 * 2 ** Math.min(10, attempt - 1)) * (0.8 + 0.4 * parts.random());
    return { ...fence, what: 'back', delayMs: Math.max(own, way.rest.waitMs()), why: outcome.text };
  }

  const sweep = startSweep({ db, options: options.sender, log, metrics });
  const running = Promise.all([claimAhead(), move()]);

  async function end(): Promise<void> {
    closing = true;
    hungry.ring();
    movable.ring();
    for (const { relay } of ways.all) relay.drain();
    await running;
    await sweep.close();
    for (const { claimed } of ready.splice(0)) void giveBack(claimed, claimed.attempt, 0, null);
    const until = performance.now() + Math.min(deadline, farewell);
    while (inFlight > 0 && performance.now() < until) await sleep(20);
    for (const { relay } of ways.all) relay.close();
    while (inFlight > 0 && performance.now() < until + 2000) await sleep(20);
    await recorder.close();
    await beginDb.close();
  }

  let ended: Promise<void> | null = null;
  return {
    wake() {
      hungry.ring();
    },
    renew(relays) {
      ways.renew(relays);
      hungry.ring();
    },
    close: () => (ended ??= end()),
  };
}
