/**
 * Every metric: name, help, labels. Labels come from closed lists; providers are the first N seen by volume, then `other`.
 * `docs/metrics.md` is generated from here.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** Keeps a label to at most `size` values: the first that come have a name, all others are `other`. */
class BoundedLabel {
  readonly #known = new Set<string>();
  readonly #size: number;
  constructor(size: number) {
    this.#size = size;
  }
  of(value: string | null): string {
    if (value === null) return 'none';
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#size) return 'other';
    this.#known.add(value);
    return value;
  }
}

export function createMetrics(options: { readonly providers: number }) {
  const registry = new Registry();
  /** Node's own metrics, in a registry of their own: some of their names break Prometheus' conventions. */
  const processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  const registers = [registry];
  const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

  return {
    registry,
    processRegistry,
    provider: new BoundedLabel(options.providers),

    buildInfo: new Gauge({
      name: 'bouncemx_build_info',
      help: 'Always 1; the version is a label.',
      labelNames: ['version', 'node'],
      registers,
    }),

    connections: new Counter({
      name: 'bouncemx_smtp_connections_total',
      help: 'Connections taken, by listener.',
      labelNames: ['listener'],
      registers,
    }),
    connectionsOpen: new Gauge({
      name: 'bouncemx_smtp_connections',
      help: 'Connections open now, by listener.',
      labelNames: ['listener'],
      registers,
    }),
    rejected: new Counter({
      name: 'bouncemx_smtp_rejected_total',
      help: 'Refusals in the SMTP session, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    inFlightBytes: new Gauge({
      name: 'bouncemx_smtp_inflight_bytes',
      help: 'Octets of messages held in memory.',
      registers,
    }),

    arrivals: new Counter({
      name: 'bouncemx_arrivals_total',
      help: 'Reports acknowledged after their commit.',
      labelNames: ['source', 'proof'],
      registers,
    }),
    duplicates: new Counter({
      name: 'bouncemx_duplicates_total',
      help: 'Reports that were here before: acknowledged and nothing else.',
      labelNames: ['source'],
      registers,
    }),
    truncated: new Counter({
      name: 'bouncemx_truncated_total',
      help: 'Messages of which only the first part was kept.',
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'bouncemx_commit_seconds',
      help: 'From the end of DATA to the durable commit.',
      buckets: seconds,
      registers,
    }),
    commitBatch: new Histogram({
      name: 'bouncemx_commit_batch_size',
      help: 'Arrivals committed together.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    }),

    events: new Counter({
      name: 'bouncemx_events_total',
      help: 'Events recorded.',
      labelNames: ['type', 'category', 'provider'],
      registers,
    }),
    proofs: new Counter({
      name: 'bouncemx_event_proofs_total',
      help: 'Events recorded, by what proves them.',
      labelNames: ['proof', 'acts'],
      registers,
    }),
    countedOnly: new Counter({
      name: 'bouncemx_events_counted_only_total',
      help: 'Reports beyond the daily number of a token.',
      registers,
    }),
    parseLimits: new Counter({
      name: 'bouncemx_parse_limit_total',
      help: 'Messages that met a limit of the reader.',
      labelNames: ['limit'],
      registers,
    }),
    decisions: new Counter({
      name: 'bouncemx_decisions_total',
      help: 'Decisions recorded.',
      labelNames: ['action'],
      registers,
    }),
    reclassified: new Counter({
      name: 'bouncemx_events_reclassified_total',
      help: 'Stored events that were decided again, otherwise.',
      registers,
    }),
    suppressed: new Counter({
      name: 'bouncemx_suppressions_total',
      help: 'Suppressions begun or raised.',
      labelNames: ['level'],
      registers,
    }),
    lifted: new Counter({
      name: 'bouncemx_suppressions_lifted_total',
      help: 'Suppressions lifted by a person.',
      registers,
    }),
    alerts: new Counter({ name: 'bouncemx_alerts_total', help: 'Alerts raised.', labelNames: ['severity'], registers }),
    sent: new Counter({
      name: 'bouncemx_sent_total',
      help: 'Mails sent, from here (by this process) or told of: the denominator of every rate.',
      labelNames: ['provider'],
      registers,
    }),
    pipelineSeconds: new Histogram({
      name: 'bouncemx_pipeline_seconds',
      help: 'From the commit of an arrival to the commit of its consequences.',
      buckets: seconds,
      registers,
    }),
    attemptsFailed: new Counter({
      name: 'bouncemx_attempts_failed_total',
      help: 'Attempts at an arrival that failed.',
      registers,
    }),
    rules: new Gauge({
      name: 'bouncemx_rules',
      help: 'Classification rules in use: shipped, and of the operator.',
      labelNames: ['origin'],
      registers,
    }),
    reloadSuccessful: new Gauge({
      name: 'bouncemx_last_reload_successful',
      help: '0 where what was read last could not be used and the old one stays.',
      labelNames: ['what'],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'bouncemx_queue_depth',
      help: 'Arrivals that wait or are being worked on.',
      registers,
    }),
    queueAge: new Gauge({
      name: 'bouncemx_queue_oldest_seconds',
      help: 'Age of the oldest arrival in the queue.',
      registers,
    }),
    stuck: new Gauge({ name: 'bouncemx_stuck', help: 'Arrivals set aside after too many attempts.', registers }),

    dispatches: new Gauge({
      name: 'bouncemx_dispatches_state',
      help: 'Dispatches that are not final, by state; the same in all processes.',
      labelNames: ['state'],
      registers,
    }),
    dispatchAttempts: new Counter({
      name: 'bouncemx_dispatch_attempts_total',
      help: 'Attempts of this process, by outcome: sent, refused, deferred (the relay’s fault), indeterminate, lost (somebody else’s by then).',
      labelNames: ['outcome'],
      registers,
    }),
    relayUp: new Gauge({
      name: 'bouncemx_relay_up',
      help: '0 while a relay can’t be used and its mail waits.',
      labelNames: ['relay'],
      registers,
    }),
    dispatchFinalSeconds: new Histogram({
      name: 'bouncemx_dispatch_final_seconds',
      help: 'From the hand-over of a dispatch to its final state.',
      labelNames: ['state'],
      buckets: [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800, 1_209_600],
      registers,
    }),
    dispatchesOldestDue: new Gauge({
      name: 'bouncemx_dispatches_oldest_due_seconds',
      help: 'How long the oldest dispatch that may go now has waited, those of resting providers apart.',
      registers,
    }),
    providerBreaker: new Gauge({
      name: 'bouncemx_provider_breaker',
      help: 'Providers whose breaker is open or probing, 1 each; closed ones are not shown.',
      labelNames: ['provider', 'state'],
      registers,
    }),

    retentionDeleted: new Counter({
      name: 'bouncemx_retention_deleted_total',
      help: 'Rows (of partitioned tables: partitions) that were deleted by age.',
      labelNames: ['table'],
      registers,
    }),
    diskFreeBytes: new Gauge({
      name: 'bouncemx_disk_free_bytes',
      help: 'Room on the disk of the embedded database.',
      registers,
    }),
    databaseErrors: new Counter({
      name: 'bouncemx_database_errors_total',
      help: 'Failed statements, by kind of failure.',
      labelNames: ['failure'],
      registers,
    }),
    databaseUp: new Gauge({ name: 'bouncemx_database_up', help: '1 while the database takes writes.', registers }),
    certificateExpiry: new Gauge({
      name: 'bouncemx_certificate_expiry_timestamp_seconds',
      help: 'When the certificate of STARTTLS ends.',
      registers,
    }),
    loopLagSeconds: new Gauge({
      name: 'bouncemx_event_loop_lag_seconds',
      help: 'Greatest delay of the event loop in the last 10 s.',
      registers,
    }),
    httpRequests: new Counter({
      name: 'bouncemx_http_requests_total',
      help: 'HTTP requests.',
      labelNames: ['route', 'status'],
      registers,
    }),
  };
}
