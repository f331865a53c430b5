/**
 * What would follow for a recipient without a history: the daemon's own correlation and policy, asked about an event that never
 * was. Whom a mail really proves only its return-path says.
 */
import { identityOf } from '../address.ts';
import type { Action } from '../classify/categories.ts';
import { correlate } from '../correlate.ts';
import type { Arrival, Bound, MailEvent, ReadMessage, Report, SuppressionLevel, Verdict } from '../event.ts';
import { decide, type Reason } from '../policy/decide.ts';
import { numberReport } from '../policy/ledger.ts';
import type { PolicyOptions } from '../policy/options.ts';
import type { Severity } from '../policy/reputation.ts';

/** Who is asked about, when. */
export interface Assumed {
  /** What the return-path proves; null where it is not known: then each report's own recipient is taken for proved. */
  readonly bound: Bound | null;
  readonly policy: PolicyOptions;
  readonly now: Date;
}

export interface WouldFollow {
  /** The recipient that it would follow for; null where the report names nobody. */
  readonly recipient: string | null;
  readonly action: Action;
  /** Why this action: `category`, `redirected`, `transient` and the like, as decisions keep it. */
  readonly reason: Reason;
  readonly suppressionLevel: SuppressionLevel;
  /** Null: without an end, or not suppressed. */
  readonly suppressedSeconds: number | null;
  /** Until the first retry, before it is spread by a fifth; null where there is none. */
  readonly retrySeconds: number | null;
  /** Of the item for a person, 50…100; null where nobody is asked. */
  readonly reviewPriority: number | null;
  /** How much it weighs on the sending domain; null where it does not. */
  readonly senderFault: Severity | null;
  /** False where the mail acts only if it came from the null reverse-path: its words are not machine-readable. */
  readonly actsForAnySender: boolean;
}

const nobody = 'nobody@recipient.invalid';
/** In the middle of what retries are spread over. */
const middle = Buffer.alloc(32, '7fffffff', 'hex');

/** What would follow of one report. */
export function wouldFollow(read: ReadMessage, report: Report, verdict: Verdict, assumed: Assumed): WouldFollow {
  const { now, policy } = assumed;
  const named = report.finalRecipient === null ? null : identityOf(report.finalRecipient);
  const bound: Bound = assumed.bound ?? {
    proof: 'verp',
    form: 'selfContained',
    keyId: 0,
    sendingDomain: 'sender.invalid',
    recipient: named ?? nobody,
    messageTag: '0000000000',
    rowId: null,
    day: Math.floor(now.getTime() / 86_400_000),
  };
  const arrival: Arrival = {
    id: '',
    receivedAt: now,
    source: 'smtp',
    reversePath: '',
    forwardPath: 'bounce@sender.invalid',
    bound,
    peer: { address: '', helo: '', tls: false, trusted: false },
    arrivalKey: middle,
    raw: Buffer.alloc(0),
    size: 0,
    truncated: false,
  };
  // One report of a bound arrival is one event.
  const [event] = correlate(arrival, null, { ...read, reports: [report] }, [verdict]) as [MailEvent];
  const history = { recipient: '', counted: [], suppression: null, liftedAt: null };
  const { row } = numberReport(undefined, event, 1);
  const outcome = decide({ ...event, eventKey: middle }, history, row, policy, now);
  const seconds = (at: Date | null): number | null =>
    at === null ? null : Math.round((at.getTime() - now.getTime()) / 1000);
  return {
    recipient: assumed.bound === null ? named : event.recipient,
    action: outcome.action,
    reason: outcome.reason,
    suppressionLevel: outcome.suppression?.level ?? 'none',
    suppressedSeconds: seconds(outcome.suppression?.expiresAt ?? null),
    retrySeconds: seconds(outcome.retry?.dueAt ?? null),
    reviewPriority: outcome.review?.priority ?? null,
    senderFault: outcome.senderFault?.severity ?? null,
    actsForAnySender: report.machineReadable,
  };
}
