/** The ways out: which relay carries the mail of which sending domain, and how each relay fares. */
import type { RelaySettings } from '../config/relays.ts';
import { createRelay, type Relay } from './relay.ts';
import { createRelayRest, type RelayRest } from './relay-rest.ts';

export interface Way {
  readonly relay: Relay;
  readonly rest: RelayRest;
  /** Dispatches on their way. */
  inFlight: number;
  /** As many may be. */
  readonly most: number;
}

/** One more may be on its way by it. */
export function hasRoom({ relay, rest, inFlight, most }: Way): boolean {
  // Nobody knows whether it can be reached: one mail finds out.
  return rest.doubtful || !relay.connected ? inFlight === 0 : inFlight < most;
}

/**
 * Hands that a relay may take. One that hangs keeps what it took for a whole deadline: where there are several, it has one
 * hand more for each connection, that need not wait for a commit, and never all of them.
 */
function handsFor({ connections }: RelaySettings, relays: number, concurrency: number): number {
  if (relays === 1) return concurrency;
  return Math.max(1, Math.min(2 * connections, Math.floor(concurrency * 0.75)));
}

export interface Ways {
  readonly all: readonly Way[];
  /** Null where no relay carries the domain. */
  of(sendingDomain: string): Way | null;
  /** The same relays in the same order, with what their files hold now. */
  renew(relays: readonly RelaySettings[]): void;
  /** Of these, the sending domains whose relay rests or has no room. */
  closed(sendingDomains: readonly string[]): string[];
}

export interface WaysParts {
  readonly relays: readonly RelaySettings[];
  readonly hostname: string;
  /** Milliseconds. */
  readonly deadline: number;
  readonly random: () => number;
  /** Dispatches on their way at once, by all of them. */
  readonly concurrency: number;
}

export function createWays({ relays, hostname, deadline, random, concurrency }: WaysParts): Ways {
  const all = relays.map((settings): Way => ({
    relay: createRelay({ settings, hostname, deadline }),
    rest: createRelayRest(() => performance.now(), random),
    inFlight: 0,
    most: handsFor(settings, relays.length, concurrency),
  }));
  const byDomain = new Map(all.flatMap((way) => way.relay.settings.sendingDomains.map((name) => [name, way] as const)));
  const others = all.find(({ relay }) => relay.settings.sendingDomains.length === 0) ?? null;
  const of = (sendingDomain: string): Way | null => byDomain.get(sendingDomain) ?? others;
  const isOpen = (way: Way): boolean => way.rest.waitMs() === 0 && hasRoom(way);
  return {
    all,
    of,
    renew(fresh) {
      for (const [i, { relay, rest }] of all.entries()) {
        const settings = fresh[i];
        if (settings === undefined) continue;
        relay.renew(settings);
        rest.reconsider();
      }
    },
    closed: (domains) =>
      domains.filter((domain) => {
        const way = of(domain);
        return way !== null && !isOpen(way);
      }),
  };
}
