/**
 * What providers think of us, for all processes: distinct dispatches turned away within a window, and the breaker that they
 * feed (core/sending/breaker.ts). Rows are locked while they change, in the order of their names.
 */
import type { Category } from '../core/classify/categories.ts';
import { admit, afterFault, afterSuccess, type Breaker, type BreakerOptions } from '../core/sending/breaker.ts';
import type { Db, Queryable } from './db.ts';
import type { Decided } from './settle-decide.ts';

const turnsAway: ReadonlySet<Category | null> = new Set(['rate_limiting', 'reputation_block', 'connection_timeout']);

export interface ProviderRow extends Breaker {
  readonly provider: string;
  readonly lastCategory: string | null;
  readonly lastDiagnostic: string | null;
}

const columns = `provider, state, since, failures, probe_at as "probeAt", probe, last_category as "lastCategory", last_diagnostic as "lastDiagnostic"`;

/** Every provider that ever turned mail away, by name. */
export function listProviders(db: Queryable): Promise<ProviderRow[]> {
  return db.query<ProviderRow>(`select ${columns} from providers order by provider collate "C"`);
}

/** Counts who was turned away, and opens breakers. In the transaction that records the events. */
export async function noteFaults(tx: Queryable, decided: readonly Decided[], options: BreakerOptions): Promise<void> {
  const faults = decided.flatMap(({ event }) =>
    event.dispatch !== null && event.provider !== null && turnsAway.has(event.verdict.category)
      ? [{ provider: event.provider, dispatch: event.dispatch.id, event }]
      : [],
  );
  if (faults.length === 0) return;
  const sorted = faults.toSorted((a, b) => (a.provider < b.provider ? -1 : a.provider > b.provider ? 1 : 0));
  const names = [...new Set(sorted.map(({ provider }) => provider))];
  await tx.query(
    `insert into providers (provider, state, since) select p, 'closed', now() from unnest($1::text[]) as p on conflict (provider) do nothing`,
    [names],
  );
  const rows = await lockProviders(tx, names);
  await tx.query(
    `insert into provider_faults (provider, dispatch_id, at, category)
     select distinct on (provider, id) provider, id, now(), category from unnest($1::text[], $2::uuid[], $3::text[]) as f(provider, id, category)
     on conflict (provider, dispatch_id) do update set at = excluded.at, category = excluded.category`,
    [
      names.length === 0 ? [] : sorted.map((f) => f.provider),
      sorted.map((f) => f.dispatch),
      sorted.map((f) => f.event.verdict.category),
    ],
  );
  const counts = await tx.query<{ provider: string; distinct: number; now: Date }>(
    `select p as provider, count(f.dispatch_id)::int as distinct, now() as now from unnest($1::text[]) as p
     left join provider_faults f on f.provider = p and f.at > now() - $2::float8 * interval '1 ms' group by p`,
    [names, options.window],
  );
  for (const { provider, distinct, now } of counts) {
    const row = rows.get(provider);
    if (row === undefined) continue;
    const own = sorted.filter((fault) => fault.provider === provider);
    const breaker = own.reduce<Breaker>(
      (before, { dispatch }) => afterFault(before, dispatch, distinct, options, now),
      row,
    );
    const last = own.at(-1)?.event;
    await writeBreaker(tx, provider, breaker, last?.verdict.category ?? null, last?.report.diagnosticCode ?? null);
  }
}

/** Whether a dispatch may go although its provider rests: the first one after the pause is the probe. Rejects with StoreError. */
export function askBreaker(db: Db, provider: string, dispatch: string, options: BreakerOptions): Promise<boolean> {
  return db.transaction(async (tx) => {
    const row = (await lockProviders(tx, [provider])).get(provider);
    if (row === undefined) return true;
    const { admitted, breaker } = admit(row, dispatch, options, row.now);
    if (breaker !== row) await writeBreaker(tx, provider, breaker, null, null);
    return admitted;
  });
}

/** The relay took a probe. */
export function noteSuccess(db: Db, provider: string, dispatch: string): Promise<void> {
  return db.transaction(async (tx) => {
    const row = (await lockProviders(tx, [provider])).get(provider);
    if (row === undefined) return;
    const breaker = afterSuccess(row, dispatch, row.now);
    if (breaker.state !== row.state) {
      await tx.query('delete from provider_faults where provider = $1', [provider]);
      await writeBreaker(tx, provider, breaker, null, null);
    }
  });
}

async function lockProviders(
  tx: Queryable,
  names: readonly string[],
): Promise<Map<string, ProviderRow & { now: Date }>> {
  const rows = await tx.query<ProviderRow & { now: Date }>(
    `select ${columns}, now() as now from providers where provider = any($1::text[]) order by provider collate "C" for update`,
    [names],
  );
  return new Map(rows.map((row) => [row.provider, row]));
}

async function writeBreaker(
  tx: Queryable,
  provider: string,
  { state, since, failures, probeAt, probe }: Breaker,
  category: string | null,
  diagnostic: string | null,
): Promise<void> {
  await tx.query(
    `update providers set state = $2, since = $3, failures = $4, probe_at = $5, probe = $6,
       last_category = coalesce($7, last_category), last_diagnostic = coalesce($8, last_diagnostic) where provider = $1`,
    [
      provider,
      state,
      since,
      failures,
      probeAt,
      probe,
      category,
      diagnostic?.toWellFormed().replaceAll('\0', '\ufffd') ?? null,
    ],
  );
}
