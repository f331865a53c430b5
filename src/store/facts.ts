/** What is said of a settled batch, to the log and to Prometheus; only after its commit. */
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { rankOf } from '../core/policy/suppression.ts';
import { isFinal } from '../core/sending/dispatch.ts';
import type { Settled } from './settle.ts';

const limitFlag = 'parse_limit:';

/** prom-client hashes the labels at every call: a batch counts first, and tells once for each set of labels. */
class Tally<Labels extends Readonly<Record<string, string>>> {
  readonly #counts = new Map<string, { readonly labels: Labels; count: number }>();

  add(labels: Labels): void {
    const key = Object.values(labels).join('\0');
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, count: 1 });
    else known.count++;
  }

  tell(counter: { inc(labels: Labels, count: number): void }): void {
    for (const { labels, count } of this.#counts.values()) counter.inc(labels, count);
  }
}

export function recordFacts(settled: Settled, log: Log, metrics: Metrics): void {
  const committed = performance.now();
  for (const { taken } of settled.done) metrics.pipelineSeconds.observe((committed - taken.committedAt) / 1000);
  if (settled.lost > 0) log.leaseLost(settled.lost);
  if (settled.countedOnly > 0) metrics.countedOnly.inc(settled.countedOnly);
  const events = new Tally<{ type: string; category: string; provider: string }>();
  const proofs = new Tally<{ proof: string; acts: string }>();
  const decisions = new Tally<{ action: string }>();
  for (const { event, outcome, decisionId } of settled.decided) {
    const { type, category, rule, confidence } = event.verdict;
    const { arrivalId, recipient, proof, acts } = event;
    events.add({ type, category: category ?? 'none', provider: metrics.provider.of(event.provider) });
    proofs.add({ proof, acts: String(acts) });
    for (const flag of event.flags)
      if (flag.startsWith(limitFlag)) metrics.parseLimits.inc({ limit: flag.slice(limitFlag.length) });
    log.recorded({ arrivalId, eventId: event.id, recipient, proof, acts, type, category, rule, confidence });
    if (outcome.reason === 'evidence') continue;
    const level = outcome.suppression?.level ?? 'none';
    decisions.add({ action: outcome.action });
    if (rankOf(level) > rankOf(outcome.prior?.level ?? 'none')) metrics.suppressed.inc({ level });
    log.decided({ arrivalId, decisionId, recipient, action: outcome.action, level, rule });
  }
  events.tell(metrics.events);
  proofs.tell(metrics.proofs);
  decisions.tell(metrics.decisions);
  for (const { state, seconds } of settled.moved)
    if (isFinal(state)) metrics.dispatchFinalSeconds.observe({ state }, Math.max(0, seconds));
  for (const { kind, severity, sendingDomain, provider, category } of settled.alerts) {
    metrics.alerts.inc({ severity });
    log.alert({ kind, severity, sendingDomain, provider, category });
  }
}
