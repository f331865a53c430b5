/** What is said of a settled batch, to the log and to Prometheus; only after its commit. */
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { rankOf } from '../core/policy/suppression.ts';
import type { Settled } from '../store/settle.ts';

const limitFlag = 'parse_limit:';

export function recordFacts(settled: Settled, log: Log, metrics: Metrics): void {
  const committed = performance.now();
  for (const { taken } of settled.done) metrics.pipelineSeconds.observe((committed - taken.committedAt) / 1000);
  if (settled.lost > 0) log.leaseLost(settled.lost);
  if (settled.countedOnly > 0) metrics.countedOnly.inc(settled.countedOnly);
  for (const { event, outcome, decisionId } of settled.decided) {
    const { type, category, rule, confidence } = event.verdict;
    const { arrivalId, recipient, proof, acts } = event;
    metrics.events.inc({ type, category: category ?? 'none', provider: metrics.provider.of(event.provider) });
    metrics.proofs.inc({ proof, acts: String(acts) });
    for (const flag of event.flags)
      if (flag.startsWith(limitFlag)) metrics.parseLimits.inc({ limit: flag.slice(limitFlag.length) });
    log.recorded({ arrivalId, eventId: event.id, recipient, proof, acts, type, category, rule, confidence });
    if (outcome.reason === 'evidence') continue;
    const level = outcome.suppression?.level ?? 'none';
    metrics.decisions.inc({ action: outcome.action });
    if (rankOf(level) > rankOf(outcome.prior?.level ?? 'none')) metrics.suppressed.inc({ level });
    log.decided({ arrivalId, decisionId, recipient, action: outcome.action, level, rule });
  }
  for (const { kind, severity, sendingDomain, provider, category } of settled.alerts) {
    metrics.alerts.inc({ severity });
    log.alert({ kind, severity, sendingDomain, provider, category });
  }
}
