/**
 * What we know of providers, as lines for the MTA that carries the mail: it, and not we, opens the connections. Advice that
 * a person reads and pastes. For Postfix a transport for each provider (postconf(5), transport(5), QSHAPE_README); for
 * KumoMTA a file of custom shaping.
 */

export interface Advised {
  /** Organisational domain. */
  readonly provider: string;
  readonly concurrency: number;
  /** 0: no limit. */
  readonly ratePerMinute: number;
  readonly state: 'closed' | 'open' | 'probing';
  /** Distinct dispatches turned away within the window. */
  readonly faults: number;
  readonly lastCategory: string | null;
  readonly lastDiagnostic: string | null;
}

export type AdviceFormat = 'postfix' | 'kumomta';

export interface AdviceTerms {
  readonly now: Date;
  /** Milliseconds between two mails to a provider that rests. */
  readonly pause: number;
}

const longestWords = 160;
/** Postfix waits whole seconds; above this rate the concurrency alone says how fast. */
const mostDelayedRate = 60;

/** The lines for one MTA. Providers without a name that a configuration can hold are left out. */
export function adviceFor(format: AdviceFormat, providers: readonly Advised[], terms: AdviceTerms): string {
  const named = providers.filter(({ provider }) => /^[\da-z](?:[\da-z.-]{0,252}[\da-z])?$/.test(provider));
  const lines = format === 'postfix' ? postfix(named, terms) : kumomta(named, terms);
  const head = `# Advice of bouncemx, ${terms.now.toISOString()}: ${named.length === 1 ? '1 provider' : `${named.length} providers`}.`;
  return [head, ...lines, ''].join('\n');
}

function postfix(providers: readonly Advised[], terms: AdviceTerms): string[] {
  const named = transports(providers);
  return [
    '# master.cf: a transport for each, as your line for smtp has it',
    ...named.map(([name]) => `${name} unix - - n - - smtp`),
    '',
    '# transport: what leads there (transport_maps in main.cf, then postmap)',
    ...named.flatMap(([name, { provider }]) => [`${provider} ${name}:`, `.${provider} ${name}:`]),
    '',
    '# main.cf',
    ...named.flatMap(([name, advised]) => [
      `# ${reason(advised)}`,
      `${name}_destination_concurrency_limit = ${concurrencyOf(advised)}`,
      ...delay(advised, terms).map((seconds) => `${name}_destination_rate_delay = ${seconds}s`),
    ]),
  ];
}

/** Names that a parameter may begin with; two providers never share one. */
function transports(providers: readonly Advised[]): [string, Advised][] {
  const taken = new Set<string>();
  return providers.map((advised) => {
    const plain = `bmx-${advised.provider.replaceAll('.', '-')}`;
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`;
    taken.add(name);
    return [name, advised];
  });
}

/** Seconds between two deliveries (with it Postfix makes one at a time); none where the rate can't be said so. */
function delay({ state, ratePerMinute }: Advised, { pause }: AdviceTerms): number[] {
  if (state !== 'closed') return [Math.ceil(pause / 1000)];
  return ratePerMinute > 0 && ratePerMinute <= mostDelayedRate ? [Math.ceil(60 / ratePerMinute)] : [];
}

function kumomta(providers: readonly Advised[], { pause }: AdviceTerms): string[] {
  return providers.flatMap((advised) => {
    const { provider, state, ratePerMinute } = advised;
    const perHour = Math.max(1, Math.floor(3_600_000 / pause));
    const rate = state !== 'closed' ? `${perHour}/h` : ratePerMinute > 0 ? `${ratePerMinute}/min` : null;
    return [
      '',
      `# ${reason(advised)}`,
      `["${provider}"]`,
      `connection_limit = ${concurrencyOf(advised)}`,
      ...(rate === null ? [] : [`max_message_rate = "${rate}"`]),
    ];
  });
}

function concurrencyOf({ state, concurrency }: Advised): number {
  return state === 'closed' ? concurrency : 1;
}

/** One line without controls: the words are a stranger's. */
function reason({ provider, state, faults, lastCategory, lastDiagnostic }: Advised): string {
  if (state === 'closed' && faults === 0) return `${provider}: as configured`;
  const words = (lastDiagnostic ?? '').replace(/[^\x20-\x7e]+/g, ' ').slice(0, longestWords);
  const said = [lastCategory ?? 'turned away', words].filter((part) => part !== '').join(': ');
  return `${provider}: ${state === 'closed' ? `${faults} turned away lately` : 'rests'} (${said})`;
}
