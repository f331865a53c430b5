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
import type { RelaySettings } from '../config/relays.ts';
import { sendingsOf } from '../config/sending-domains.ts';
import { sendingTerms } from '../config/sending-terms.ts';
import { claimDispatches, type Claimed } from '../store/dispatch-queue.ts';
import { createAttempts, helpless, type Held } from './attempts.ts';
import { createBell } from './bell.ts';
import { createCare, type Permission } from './care.ts';
import type { SenderParts } from './parts.ts';
import { createRecorder } from './recorder.ts';
import { startSweep } from './sweep.ts';
import { createWays, hasRoom } from './ways.ts';

export interface Sender {
  /** Something was handed over: look now. */
  wake(): void;
  /** The files of the relays were read anew. */
  renew(relays: readonly RelaySettings[]): void;
  /** Finishes what is on its way, gives the rest back; asked again it is the same end. */
  close(): Promise<void>;
}

/** Octets of messages in memory; one larger message may go alone. */
const maxBytes = 64 * 1024 * 1024;
/** How long what is on the wire may take when the process is asked to stop. */
const farewell = 20_000;
const pause = { first: 100, most: 5000 };

export function startSender(parts: SenderParts): Sender {
  const { db, options, log, metrics, now } = parts;
  const { concurrency, deadline, lease, pollInterval } = options.sender;
  const owner = randomUUID();
  const sending = sendingTerms(options);
  const ways = createWays({ ...parts, deadline, concurrency });
  const care = createCare({ db, options, breaker: sending.breaker });
  const domains = sendingsOf(options.domain).map(({ sendingDomain }) => sendingDomain);
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
  /** Providers of those that wait for others to the same provider: more of them would fill all hands. */
  let crowded: ReadonlySet<string> = new Set();
  let inFlight = 0;
  let bytes = 0;
  let closing = false;

  for (const { relay } of ways.all) metrics.relayUp.set({ relay: relay.settings.name }, 1);

  /** Not sent. @param attempt as it stands in the database. */
  function giveBack({ id }: Claimed, attempt: number, delayMs: number, why: string | null): Promise<void> {
    return recorder.put({ id, attempt, what: 'back', delayMs, why });
  }

  async function claimMore(): Promise<number> {
    const closed = ways.closed(domains);
    // With no way out there is nothing to look for, however much waits: looking past it takes the longer the more that is.
    if (closed.length === domains.length) return 0;
    await care.refresh();
    const claimed = await claimDispatches(db, {
      owner,
      limit: concurrency * 2,
      perProvider: options.care.concurrency,
      leaseMs: lease,
      notProviders: [...new Set([...care.closedTo(), ...crowded])],
      sendingDomains: domains.filter((each) => !closed.includes(each)),
      notSendingDomains: closed,
    });
    const since = performance.now();
    for (const each of claimed) {
      const way = ways.of(each.sendingDomain);
      if (way === null) void giveBack(each, each.attempt, helpless, `no relay for ${each.sendingDomain}`);
      else ready.push({ claimed: each, way, since });
    }
    return claimed.length;
  }

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
    const waiting = new Set<string>();
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
        !hasRoom(way) ||
        (bytes > 0 && bytes + claimed.size > maxBytes)
      )
        kept.push(held);
      else {
        const permission = await mayGo(claimed);
        if (permission.may === 'rest') void giveBack(claimed, claimed.attempt, permission.waitMs, null);
        else if (permission.may === 'wait') {
          kept.push(held);
          waiting.add(claimed.provider ?? '');
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
    crowded = waiting;
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
        const reached = picked.filter(({ way }) => way.relay.connected);
        for (const held of picked) if (!reached.includes(held)) void reach(held);
        if (reached.length > 0) await attempts.begin(reached);
        else await movable.sleep(waitMs);
        wait = pause.first;
      } catch (error) {
        log.databaseTrouble('begin', error);
        await sleep(wait);
        wait = Math.min(wait * 2, pause.most);
      }
    }
  }

  /**
   * The first one by a relay finds out whether it can be had, which may take as long as the relay likes: nobody waits for
   * that. Where it can't be had nothing is begun, and no attempt is spent. Never rejects.
   */
  async function reach(held: Held): Promise<void> {
    const { claimed, way } = held;
    const trouble = await way.relay.open();
    if (trouble === null) {
      movable.ring();
      hungry.ring();
      await attempts.begin([held]).catch((error: unknown) => {
        log.databaseTrouble('begin', error);
      });
      return;
    }
    if (!closing && way.rest.failed('session')) {
      log.relayDown({ relay: way.relay.settings.name, phase: trouble.phase }, new Error(trouble.text));
      metrics.relayUp.set({ relay: way.relay.settings.name }, 0);
    }
    void giveBack(claimed, claimed.attempt, way.rest.waitMs() * (1 + parts.random()), null);
    release(held);
  }

  const attempts = createAttempts({ ...parts, owner, recorder, care, closing: () => closing, release });
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
    await attempts.close();
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
