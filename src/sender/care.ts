/**
 * Care for the receivers: how many dispatches a provider has to bear from this process (core/sending/caps.ts), and which
 * providers rest, by the breakers that all processes share. Asked before each dispatch.
 */
import type { Options } from '../config/options.ts';
import type { BreakerOptions } from '../core/sending/breaker.ts';
import { admit, isUnloaded, release, unloaded, type Admission, type Cap, type Load } from '../core/sending/caps.ts';
import type { Db } from '../store/db.ts';
import { askBreaker, noteSilence, noteSuccess, restingProviders } from '../store/providers.ts';

export type Permission =
  | { readonly may: 'go' }
  /** Others of the same provider must end first, or its rate wants so many milliseconds. */
  | { readonly may: 'wait'; readonly waitMs: number | null }
  /** The provider rests for so long. */
  | { readonly may: 'rest'; readonly waitMs: number };

export interface Care {
  /** Reads the breakers, if that is long ago. Rejects with StoreError. */
  refresh(): Promise<void>;
  /** Providers that nothing need be claimed for; `''` stands for none known. */
  closedTo(): string[];
  /** `go` counts it, until `done`. Rejects with StoreError. */
  ask(provider: string | null, dispatch: string): Promise<Permission>;
  /** However it ended: a probe of which the provider said nothing lets another one try. Rejects with StoreError. */
  done(provider: string | null, dispatch: string): Promise<void>;
  /** It was no provider's doing, or the provider took it: a probe's end. Rejects with StoreError. */
  taken(provider: string | null, dispatch: string): Promise<void>;
  /** Somebody was turned away: what is known is old. */
  stale(): void;
}

export interface CareParts {
  readonly db: Db;
  readonly options: Pick<Options, 'care' | 'provider'>;
  readonly breaker: BreakerOptions;
}

/** Milliseconds. What reports say of a provider is heard elsewhere: until it is read here, mail still goes there. */
const freshFor = 250;
/** Where nobody knows when the probe ends. */
const probing = 5000;

export function createCare({ db, options, breaker }: CareParts): Care {
  const caps = new Map<string, Cap>(options.provider.map((each) => [each.name, each]));
  const loads = new Map<string, Load>();
  /** Until when, by performance.now(); null while somebody probes. */
  let resting: ReadonlyMap<string, number | null> = new Map();
  let readAt = -Infinity;
  const probes = new Set<string>();

  const capOf = (name: string): Cap => caps.get(name) ?? options.care;
  const restOf = (name: string): number | null => {
    const until = resting.get(name);
    if (until === undefined) return null;
    return until === null ? probing : Math.max(0, until - performance.now());
  };

  return {
    async refresh() {
      if (performance.now() - readAt < freshFor) return;
      // Before the answer: whatever makes it stale meanwhile has the last word.
      readAt = performance.now();
      const rows = await restingProviders(db);
      const now = performance.now();
      resting = new Map(rows.map(({ provider, restMs }) => [provider, restMs === null ? null : now + restMs]));
      for (const [name, load] of loads) if (isUnloaded(load, capOf(name), now)) loads.delete(name);
    },
    closedTo() {
      const full = [...loads].filter(([name, load]) => !admit(load, capOf(name), performance.now()).admitted);
      const asleep = [...resting.keys()].filter((name) => (restOf(name) ?? 0) > 0);
      return [...new Set([...full.map(([name]) => name), ...asleep])];
    },
    async ask(provider, dispatch) {
      const name = provider ?? '';
      const cap = capOf(name);
      // Before the breaker: a probe that must wait for its turn keeps all others waiting for it.
      const mayLoad = (): Admission =>
        admit(loads.get(name) ?? unloaded(cap, performance.now()), cap, performance.now());
      const before = mayLoad();
      if (!before.admitted) return { may: 'wait', waitMs: before.waitMs };
      const rest = restOf(name);
      if (rest !== null) {
        if (rest > 0) return { may: 'rest', waitMs: rest };
        if (!(await askBreaker(db, name, dispatch, breaker))) {
          readAt = -Infinity;
          return { may: 'rest', waitMs: probing };
        }
        probes.add(dispatch);
        resting = new Map([...resting, [name, null]]);
      }
      // Others may have come to their end while the breaker was asked.
      const asked = mayLoad();
      if (!asked.admitted) return { may: 'wait', waitMs: asked.waitMs };
      loads.set(name, asked.load);
      return { may: 'go' };
    },
    async done(provider, dispatch) {
      const load = loads.get(provider ?? '');
      if (load !== undefined) loads.set(provider ?? '', release(load));
      if (provider === null || !probes.delete(dispatch)) return;
      await noteSilence(db, provider, dispatch);
      readAt = -Infinity;
    },
    async taken(provider, dispatch) {
      if (provider === null || !probes.delete(dispatch)) return;
      await noteSuccess(db, provider, dispatch);
      readAt = -Infinity;
    },
    stale() {
      readAt = -Infinity;
    },
  };
}
