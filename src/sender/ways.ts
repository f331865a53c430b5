/** The ways out: which relay carries the mail of which sending domain, and how each relay fares. */
import type { RelaySettings } from '../config/relays.ts';
import { createRelay, type Relay } from './relay.ts';
import { createRelayRest, type RelayRest } from './relay-rest.ts';

export interface Way {
  readonly relay: Relay;
  readonly rest: RelayRest;
  /** Dispatches on their way. */
  inFlight: number;
}

export interface Ways {
  readonly all: readonly Way[];
  /** Null where no relay carries the domain. */
  of(sendingDomain: string): Way | null;
  /** The same relays in the same order, with what their files hold now. */
  renew(relays: readonly RelaySettings[]): void;
  /** Sending domains (of those given) whose relay rests. */
  resting(sendingDomains: readonly string[]): string[];
}

export interface WaysParts {
  readonly relays: readonly RelaySettings[];
  readonly hostname: string;
  /** Milliseconds. */
  readonly deadline: number;
  readonly random: () => number;
}

export function createWays({ relays, hostname, deadline, random }: WaysParts): Ways {
  const all = relays.map((settings): Way => ({
    relay: createRelay({ settings, hostname, deadline }),
    rest: createRelayRest(() => performance.now(), random),
    inFlight: 0,
  }));
  const byDomain = new Map(all.flatMap((way) => way.relay.settings.sendingDomains.map((name) => [name, way] as const)));
  const others = all.find(({ relay }) => relay.settings.sendingDomains.length === 0) ?? null;
  const of = (sendingDomain: string): Way | null => byDomain.get(sendingDomain) ?? others;
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
    resting: (domains) => domains.filter((domain) => (of(domain)?.rest.waitMs() ?? 0) > 0),
  };
}
