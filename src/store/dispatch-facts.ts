/** How sending stands as a whole: what waits, since when, and what each provider has of us. For the API, the CLI and metrics. */
import type { Category } from '../core/classify/categories.ts';
import type { DispatchState } from '../core/sending/dispatch.ts';
import type { Breaker } from '../core/sending/breaker.ts';
import type { Queryable } from './db.ts';

type OpenState = Extract<DispatchState, 'queued' | 'waiting' | 'claimed' | 'sending' | 'sent' | 'indeterminate'>;

interface RestingProvider {
  readonly provider: string;
  readonly state: 'open' | 'probing';
  readonly since: Date;
  /** When one mail tries; null while it does. */
  readonly probeAt: Date | null;
  readonly lastCategory: Category | null;
}

export interface DispatchFacts {
  /** Of those that are not final: these are what partial indexes hold. */
  readonly states: Readonly<Record<OpenState, number>>;
  /** When the oldest that may go now was due, those of resting providers apart; null where none waits. */
  readonly oldestDueAt: Date | null;
  readonly oldestDueSeconds: number;
  /** By name. */
  readonly resting: readonly RestingProvider[];
}

// A statement for each partial index; written together they would read the whole table. Where the state is a constant, the
// index alone is read: a week's mail is `sent`.
const counts = `select state, count(*)::int as n from dispatches where state in ('queued', 'waiting') group by state
  union all select state, count(*)::int from dispatches where state in ('claimed', 'sending') group by state
  union all select 'sent', count(*)::int from dispatches where state = 'sent'
  union all select 'indeterminate', count(*)::int from dispatches where state = 'indeterminate'`;

const oldest = `select due_at as at, extract(epoch from now() - due_at)::float8 as seconds from dispatches
  where state in ('queued', 'waiting') and due_at <= now() and not (coalesce(provider, '') = any($1::text[])) order by due_at limit 1`;

/** Reads every dispatch that is not final: not for a hot path. Rejects with StoreError. */
export async function dispatchFacts(db: Queryable): Promise<DispatchFacts> {
  const resting = await db.query<RestingProvider>(
    `select provider, state, since, probe_at as "probeAt", last_category as "lastCategory" from providers
     where state <> 'closed' order by provider collate "C"`,
  );
  const [rows, [first]] = await Promise.all([
    db.query<{ state: OpenState; n: number }>(counts),
    db.query<{ at: Date; seconds: number }>(oldest, [resting.map(({ provider }) => provider)]),
  ]);
  const none = { queued: 0, waiting: 0, claimed: 0, sending: 0, sent: 0, indeterminate: 0 };
  return {
    states: { ...none, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) },
    oldestDueAt: first?.at ?? null,
    oldestDueSeconds: first?.seconds ?? 0,
    resting,
  };
}

export interface ProviderFacts extends Pick<Breaker, 'state' | 'failures' | 'probeAt'> {
  readonly provider: string;
  /** Null where it never turned mail away. */
  readonly since: Date | null;
  readonly lastCategory: Category | null;
  readonly lastDiagnostic: string | null;
  /** Distinct dispatches turned away within the window. */
  readonly faults: number;
  /** Claimed or on their way, over all processes. */
  readonly inFlight: number;
  /** Queued or waiting, due or not. */
  readonly waiting: number;
}

// Who never turned mail away has no row, and is closed.
const perProvider = `with moving as (
    select provider, count(*) filter (where state in ('claimed', 'sending'))::int as in_flight,
      count(*) filter (where state in ('queued', 'waiting'))::int as waiting
    from (select provider, state from dispatches where state in ('claimed', 'sending') and provider is not null
      union all select provider, state from dispatches where state in ('queued', 'waiting') and provider is not null) as d
    group by provider
  ), turned_away as (
    select provider, count(*)::int as faults from provider_faults where at > now() - $1::float8 * interval '1 ms' group by provider
  )
  select provider, coalesce(p.state, 'closed') as state, p.since, coalesce(p.failures, 0) as failures, p.probe_at as "probeAt",
    p.last_category as "lastCategory", p.last_diagnostic as "lastDiagnostic", coalesce(t.faults, 0) as faults,
    coalesce(m.in_flight, 0) as "inFlight", coalesce(m.waiting, 0) as waiting
  from providers p full join turned_away t using (provider) full join moving m using (provider) full join unnest($2::text[]) as c(provider) using (provider)
  order by provider collate "C"`;

/**
 * Every provider that something is known of, that has mail of ours to come, or that is named in `others`; by name.
 *
 * @param window milliseconds (care.breakerWindow).
 */
export function providerFacts(db: Queryable, window: number, others: readonly string[]): Promise<ProviderFacts[]> {
  return db.query<ProviderFacts>(perProvider, [window, others]);
}
