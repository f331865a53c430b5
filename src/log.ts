/**
 * The daemon's log: pino JSON on stdout, one function for each event, so that the operator's format lives in one file.
 * info: once for an arrival and a decision; warn: degraded, heals by itself; error: a person must act; debug: dialogue.
 * Recipients are masked unless configured; bodies, secrets and whole return-paths never appear.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { maskAddress } from './core/address.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly addresses: 'masked' | 'plain';
}

export type Log = ReturnType<typeof createLog>;

/** Error text for one log line: no addresses, no credentials of URLs, one line, at most 300 characters. */
export function describeError(error: unknown): { code: string | null; text: string } {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  const clean = text
    .slice(0, 1000)
    .replace(/\/\/[^/@\s]*@/gu, '//…@')
    .replace(/[^\s@<>]+@[^\s@<>]+/gu, '…@…')
    .replace(/[\0-\x1f\x7f]/gu, ' ');
  return { code, text: clean.slice(0, 300) };
}

/** Where it was thrown. The text that V8 puts in front is the message as it was, which may hold addresses and secrets. */
function stackOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const frames = error.stack?.split('\n').filter((line) => /^ {4}at /u.test(line)) ?? [];
  return frames.slice(0, 20).join('\n');
}

export function createLog(options: LogOptions, destination?: DestinationStream) {
  const base = { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const out: Logger = destination === undefined ? pino(base) : pino(base, destination);
  const show = (address: string | null): string | null =>
    address === null || options.addresses === 'plain' ? address : maskAddress(address);

  return {
    // ---- life of the process
    started: (facts: {
      smtp: readonly string[];
      submission: readonly string[];
      http: readonly string[];
      database: string;
      startupMs: number;
    }) => out.info({ event: 'started', ...facts }),
    stopping: (signal: string) => out.info({ event: 'stopping', signal }),
    stopped: () => out.info({ event: 'stopped' }),
    reloaded: (what: string) => out.info({ event: 'reloaded', what }),
    reloadFailed: (what: string, error: unknown) => out.error({ event: 'reloadFailed', what, ...describeError(error) }),
    fatal: (error: unknown) => out.error({ event: 'fatal', ...describeError(error), stack: stackOf(error) }),
    bug: (where: string, error: unknown) =>
      out.error({ event: 'bug', where, ...describeError(error), stack: stackOf(error) }),

    // ---- intake
    refused: (facts: { reason: string; reply: string; peer: string }) => out.debug({ event: 'refused', ...facts }),
    peerFailed: (peer: string, error: unknown) => out.debug({ event: 'peerFailed', peer, ...describeError(error) }),
    accepted: (facts: {
      arrivalId: string;
      source: string;
      proof: string;
      peer: string;
      size: number;
      duplicate: boolean;
      ms: number;
    }) => out.info({ event: 'accepted', ...facts }),
    notStored: (facts: { source: string; peer: string }, error: unknown) =>
      out.error({ event: 'notStored', ...facts, ...describeError(error) }),

    // ---- pipeline
    recorded: (facts: {
      arrivalId: string;
      eventId: string;
      recipient: string | null;
      proof: string;
      acts: boolean;
      type: string;
      category: string | null;
      rule: string;
      confidence: number;
    }) => out.info({ event: 'recorded', ...facts, recipient: show(facts.recipient) }),
    decided: (facts: {
      arrivalId: string;
      decisionId: string;
      recipient: string | null;
      action: string;
      level: string | null;
      rule: string | null;
    }) => out.info({ event: 'decided', ...facts, recipient: show(facts.recipient) }),
    attemptFailed: (facts: { arrivalId: string; attempt: number }, error: unknown) =>
      out.warn({ event: 'attemptFailed', ...facts, ...describeError(error) }),
    stuck: (facts: { arrivalId: string; attempts: number }, error: unknown) =>
      out.error({ event: 'stuck', ...facts, ...describeError(error) }),
    leaseLost: (arrivalIds: number) => out.warn({ event: 'leaseLost', arrivalIds }),
    alert: (facts: {
      kind: string;
      severity: string;
      sendingDomain: string | null;
      provider: string | null;
      category: string | null;
    }) => out.warn({ event: 'alert', ...facts }),
    lifted: (facts: { recipient: string; actor: string; decisionId: string }) =>
      out.info({ event: 'lifted', ...facts, recipient: show(facts.recipient) }),
    reclassified: (facts: { run: string; looked: number; changed: number; released: number; suppressed: number }) =>
      out.info({ event: 'reclassified', ...facts }),
    steered: (facts: {
      dispatchId: string;
      wish: string;
      actor: string;
      prior: string;
      state: string;
      decisionId: string;
    }) => out.info({ event: 'steered', ...facts }),
    requeued: (count: number) => out.info({ event: 'requeued', count }),

    // ---- store
    databaseLost: (error: unknown) => out.error({ event: 'databaseLost', ...describeError(error) }),
    databaseBack: () => out.info({ event: 'databaseBack' }),
    databaseTrouble: (where: string, error: unknown) =>
      out.warn({ event: 'databaseTrouble', where, ...describeError(error) }),
    embedded: (
      what: 'created' | 'started' | 'adopted' | 'stopped' | 'restarted',
      facts: { pid: number | null; folder?: string },
    ) => out.info({ event: 'embedded', what, ...facts }),
    migrated: (name: string, ms: number) => out.info({ event: 'migrated', name, ms }),
    retention: (facts: Record<string, number>) => out.info({ event: 'retention', ...facts }),

    // ---- sender
    relayDown: (facts: { relay: string; phase: string }, error: unknown) =>
      out.error({ event: 'relayDown', ...facts, ...describeError(error) }),
    relayBack: (relay: string) => out.info({ event: 'relayBack', relay }),
    dispatchesAbandoned: (facts: { indeterminate: number; resent: number }) =>
      out.warn({ event: 'dispatchesAbandoned', ...facts }),

    // ---- http
    request: (facts: { method: string; route: string; status: number; ms: number }) =>
      out.debug({ event: 'request', ...facts }),
  };
}
