/**
 * Whose dispatch it will be, decided when mail is handed over: the organisational domain of the recipient, or with
 * care.mxLookup that of its MX. DNS is asked within limits: a hand-over waits a second for all its recipients together,
 * what is late or fails counts by the recipient's own domain, and a resolver that is silent is not waited for at all.
 */
import { Resolver } from 'node:dns/promises';
import { providerOf, providerOfMx } from '../core/provider.ts';

/** By identity; null where an address has no domain. Never rejects. */
export type FindProviders = (identities: readonly string[]) => Promise<ReadonlyMap<string, string | null>>;

/** As Resolver.resolveMx of node:dns/promises, with a time limit of its own. */
export type LookUpMx = (domain: string) => Promise<{ readonly exchange: string; readonly priority: number }[]>;

/** By the address alone. */
export const byAddress: FindProviders = (identities) =>
  Promise.resolve(new Map(identities.map((identity) => [identity, providerOf(identity)])));

/** Milliseconds. */
const patience = 1000;
const keepFor = { found: 3_600_000, none: 600_000, failed: 60_000 };
const mostKept = 50_000;
const mostAtOnce = 50;
const mostWaiting = 5000;
/** Failures in a row, with no answer between them. */
const silentAfter = 10;
/** The answer is that there is no MX. */
const none: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND']);

interface Kept {
  /** Null: the recipient's own. */
  readonly provider: string | null;
  readonly until: number;
}

/** By the system's resolvers. */
export function createMxLookUp(): LookUpMx {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  return (domain) => resolver.resolveMx(domain);
}

/** @param clock monotonic, milliseconds. */
export function createMxProviders(lookUp: LookUpMx, clock: () => number = () => performance.now()): FindProviders {
  const kept = new Map<string, Kept>();
  const asked = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let failures = 0;

  function keep(domain: string, provider: string | null, ms: number): void {
    kept.delete(domain);
    kept.set(domain, { provider, until: clock() + ms });
    // The first is the oldest.
    for (const oldest of kept.keys())
      if (kept.size > mostKept) kept.delete(oldest);
      else break;
  }

  async function ask(domain: string): Promise<void> {
    if (running < mostAtOnce) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const provider = providerOfMx(await lookUp(domain));
      failures = 0;
      keep(domain, provider, provider === null ? keepFor.none : keepFor.found);
    } catch (error) {
      const answered = error instanceof Error && 'code' in error && none.has(error.code);
      failures = answered ? 0 : failures + 1;
      // What was known stays better than nothing.
      if (answered) keep(domain, null, keepFor.none);
      else keep(domain, kept.get(domain)?.provider ?? null, keepFor.failed);
    } finally {
      asked.delete(domain);
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  /** Null: known, or too many are asked for already. */
  function begin(domain: string): Promise<void> | null {
    const known = kept.get(domain);
    if (known !== undefined && known.until > clock()) return null;
    const under = asked.get(domain);
    if (under !== undefined) return under;
    if (waiting.length >= mostWaiting) return null;
    const asking = ask(domain);
    asked.set(domain, asking);
    return asking;
  }

  return async (identities) => {
    const domainOf = (identity: string): string => identity.slice(identity.lastIndexOf('@') + 1);
    const domains = new Set(identities.map(domainOf).filter((domain) => domain !== '' && !domain.startsWith('[')));
    const asking = [...domains].flatMap((domain) => begin(domain) ?? []);
    if (asking.length > 0 && failures < silentAfter) await atMost(patience, Promise.all(asking));
    return new Map(
      identities.map((identity) => {
        const known = kept.get(domainOf(identity));
        return [identity, known?.provider ?? providerOf(identity)];
      }),
    );
  };
}

async function atMost(ms: number, done: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<null>();
  const timer = setTimeout(over.resolve, ms, null);
  await Promise.race([done, over.promise]);
  clearTimeout(timer);
}
