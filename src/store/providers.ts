/**
 * What providers think of us, for all processes: distinct dispatches turned away within a window, and the breaker that they
 * feed (core/sending/breaker.ts). Rows are locked while they change, in the order of their names.
 */
import type { Category } from '../core/classify/categories.ts';
import {
  admit,
  afterFault,
  afterSilence,
  afterSuccess,
  type Breaker,
  type BreakerOptions,
} from '../core/sending/breaker.ts';
import type { Db, Queryable } from './db.ts';
import { storableText } from './text.ts';

const turnsAway: ReadonlySet<Category | null> = new Set(['rate_limiting', 'reputation_block', 'connection_timeout']);

interface ProviderRow extends Breaker {
  readonly provider: string;
  readonly lastCategory: string | null;
  readonly lastDiagnostic: string | null;
}

const columns = `provider, state, since, failures, probe_at as "probeAt", probe, last_category as "lastCategory", last_diagnostic as "lastDiagnostic"`;

/**
 * Those that mail is kept from, now or but for one; `restMs`: until one may try, by the database's clock, null while one
 * does. Asked several times a second: an index holds no others.
 */
export function restingProviders(
  db: Queryable,
): Promise<{ readonly provider: string; readonly restMs: number | null }[]> {
  return db.query(
    `select provider, (extract(epoch from probe_at - now()) * 1000)::float8 as "restMs" from providers where state <> 'closed'`,
    [],
    'providers-resting',
  );
}

/**
 * Probes whose end nobody will tell: their process was killed, so their dispatch is nobody's any longer. Another one may
 * try at once. Gives their number. @param lease milliseconds: younger ones may yet be told of.
 */
export async function releaseProbes(db: Queryable, lease: number): Promise<number> {
  const rows = await db.query(
    `update providers p set state = 'open', since = now(), probe_at = now(), probe = null
     where p.state = 'probing' and p.since < now() - $1::float8 * interval '1 ms'
       and not exists (select from dispatches d where d.id = p.probe and d.state in ('claimed', 'sending'))
     returning 1`,
    [lease],
  );
  return rows.length;
}

/** What was said of a dispatch to somebody at a provider. */
export interface Word {
  readonly provider: string;
  readonly dispatch: string;
  /** Null where it arrived. */
  readonly category: Category | null;
  readonly diagnostic: string | null;
}

const meet = `insert into providers (provider, state, since) select p, 'closed', now() from unnest($1::text[]) as p
  on conflict (provider) do nothing`;
const probedBy = `select provider from providers where state = 'probing' and probe = any($1::uuid[])`;

/**
 * Counts who was turned away, opens breakers, and hears what became of probes. In the transaction that records the words;
 * providers are locked in the order of their names.
 */
export async function noteWords(tx: Queryable, words: readonly Word[], options: BreakerOptions): Promise<void> {
  const faults = words.filter(({ category }) => turnsAway.has(category));
  const answers = words.filter(({ category }) => !turnsAway.has(category));
  const names = new Set(faults.map(({ provider }) => provider));
  if (answers.length > 0)
    for (const row of await tx.query<{ provider: string }>(
      probedBy,
      [answers.map(({ dispatch }) => dispatch)],
      'providers-probed',
    ))
      names.add(row.provider);
  if (names.size === 0) return;
  const sorted = [...names].toSorted();
  if (faults.length > 0) await tx.query(meet, [sorted], 'providers-meet');
  const rows = await lockProviders(tx, sorted);
  // Who rests already is not counted further.
  const counted = faults.filter(({ provider }) => rows.get(provider)?.state === 'closed');
  const distinct = await countFaults(tx, counted, options);
  const after: (ProviderRow & { readonly clear: boolean })[] = [];
  for (const row of rows.values()) {
    const own = words.filter(({ provider }) => provider === row.provider);
    const breaker = own.reduce<Breaker>(
      (before, { category, dispatch }) =>
        turnsAway.has(category)
          ? afterFault(before, dispatch, distinct.get(row.provider) ?? 0, options, row.now)
          : afterSuccess(before, dispatch, row.now),
      row,
    );
    const last = own.findLast(({ category }) => turnsAway.has(category));
    if (breaker === row && last === undefined) continue;
    after.push({
      ...breaker,
      provider: row.provider,
      lastCategory: last?.category ?? row.lastCategory,
      lastDiagnostic: last === undefined ? row.lastDiagnostic : storableOrNull(last.diagnostic),
      clear: row.state !== 'closed' && breaker.state === 'closed',
    });
  }
  await writeBreakers(tx, after);
}

const storableOrNull = (text: string | null): string | null => (text === null ? null : storableText(text));

const addFaults = `insert into provider_faults (provider, dispatch_id, at, category)
  select distinct on (provider, id) provider, id, now(), category from unnest($1::text[], $2::uuid[], $3::text[]) as f(provider, id, category)
  on conflict (provider, dispatch_id) do update set at = excluded.at, category = excluded.category`;
/** Counting ends at the threshold, however many there are. */
const recentFaults = `select p as provider, (select count(*) from (
      select from provider_faults f where f.provider = p and f.at > now() - $2::float8 * interval '1 ms' limit $3) as n)::int as distinct
  from unnest($1::text[]) as p`;

/** Distinct dispatches turned away within the window, by provider. */
async function countFaults(
  tx: Queryable,
  faults: readonly Word[],
  { window, threshold }: BreakerOptions,
): Promise<ReadonlyMap<string, number>> {
  if (faults.length === 0) return new Map();
  const providers = faults.map(({ provider }) => provider);
  const dispatches = faults.map(({ dispatch }) => dispatch);
  await tx.query(addFaults, [providers, dispatches, faults.map(({ category }) => category)], 'providers-faults');
  const rows = await tx.query<{ provider: string; distinct: number }>(
    recentFaults,
    [[...new Set(providers)], window, threshold],
    'providers-recent',
  );
  return new Map(rows.map(({ provider, distinct }) => [provider, distinct]));
}

/** Whether a dispatch may go although its provider rests: the first one after the pause is the probe. Rejects with StoreError. */
export function askBreaker(db: Db, provider: string, dispatch: string, options: BreakerOptions): Promise<boolean> {
  return db.transaction(async (tx) => {
    const row = (await lockProviders(tx, [provider])).get(provider);
    if (row === undefined) return true;
    const { admitted, breaker } = admit(row, dispatch, options, row.now);
    if (breaker !== row) await writeBreakers(tx, [{ ...row, ...breaker, clear: false }]);
    return admitted;
  });
}

/** The relay took a dispatch that `askBreaker` had let go. */
export function noteSuccess(db: Db, provider: string, dispatch: string): Promise<void> {
  return endProbe(db, provider, dispatch, afterSuccess);
}

/** A dispatch that `askBreaker` had let go came back without a word from the provider. */
export function noteSilence(db: Db, provider: string, dispatch: string): Promise<void> {
  return endProbe(db, provider, dispatch, afterSilence);
}

function endProbe(db: Db, provider: string, dispatch: string, end: typeof afterSuccess): Promise<void> {
  return db.transaction(async (tx) => {
    const row = (await lockProviders(tx, [provider])).get(provider);
    if (row === undefined) return;
    const breaker = end(row, dispatch, row.now);
    if (breaker !== row) await writeBreakers(tx, [{ ...row, ...breaker, clear: breaker.state === 'closed' }]);
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

const update = `update providers p set state = g.state, since = g.since, failures = g.failures, probe_at = g.probe_at, probe = g.probe,
    last_category = g.last_category, last_diagnostic = g.last_diagnostic
  from json_to_recordset($1::json) as g(provider text, state text, since timestamptz, failures int, probe_at timestamptz, probe uuid,
    last_category text, last_diagnostic text)
  where p.provider = g.provider`;

/** @param rows locked; `clear`: closed now, what was counted before is forgotten. */
async function writeBreakers(
  tx: Queryable,
  rows: readonly (ProviderRow & { readonly clear: boolean })[],
): Promise<void> {
  if (rows.length === 0) return;
  const cleared = rows.filter(({ clear }) => clear).map(({ provider }) => provider);
  if (cleared.length > 0) await tx.query('delete from provider_faults where provider = any($1::text[])', [cleared]);
  const values = rows.map((row) => ({
    provider: row.provider,
    state: row.state,
    since: row.since,
    failures: row.failures,
    probe_at: row.probeAt,
    probe: row.probe,
    last_category: row.lastCategory,
    last_diagnostic: row.lastDiagnostic,
  }));
  await tx.query(update, [JSON.stringify(values)], 'providers-write');
}
