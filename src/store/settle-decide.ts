/** From events and locked histories to outcomes, in memory: several events of one recipient in a batch see each other. */
import type { MailEvent } from '../core/event.ts';
import { decide, type Outcome } from '../core/policy/decide.ts';
import type { Counted, History } from '../core/policy/history.ts';
import { numberReport } from '../core/policy/ledger.ts';
import type { PolicyOptions } from '../core/policy/options.ts';
import { derivedUuid } from '../core/derived-id.ts';
import type { BreakerOptions } from '../core/sending/breaker.ts';
import type { Schedules } from '../core/sending/schedules.ts';

/** By what dispatches are moved. */
export interface SendingTerms {
  readonly schedules: Schedules;
  readonly breaker: BreakerOptions;
}

/** By what is decided. */
export interface Terms {
  readonly policy: PolicyOptions;
  /** Events recorded for one token within 24 h. */
  readonly tokenEventsPerDay: number;
  readonly rulesVersion: string;
  readonly sending: SendingTerms;
  readonly now: Date;
}

/** One event that is recorded, with what was decided on it. */
export interface Decided {
  readonly event: MailEvent;
  readonly outcome: Outcome;
  readonly decisionId: string;
}

/** A row of the ledger as it is after the batch. */
export interface CountedRow {
  readonly recipient: string;
  readonly sendingDomain: string | null;
  readonly provider: string | null;
  readonly row: Counted;
}

export interface DecidedBatch {
  readonly decided: readonly Decided[];
  readonly counted: readonly CountedRow[];
  readonly countedOnly: number;
}

/** @param histories of every recipient whose ledger an event belongs to; the others are evidence or unproved. */
export function decideAll(
  events: readonly MailEvent[],
  histories: ReadonlyMap<string, History>,
  terms: Terms,
): DecidedBatch {
  const current = new Map(histories);
  const counted = new Map<string, CountedRow>();
  const decided: Decided[] = [];
  /** Arrivals whose own event is beyond the number: their evidence is not recorded either. */
  const beyondArrivals = new Set<string>();
  let countedOnly = 0;
  for (const event of events) {
    const history = historyOf(event, current);
    let row: Counted | null = null;
    if (history === null) {
      if (beyondArrivals.has(event.arrivalId)) continue;
    } else {
      const prior = history.counted.find((each) => each.messageKey === event.messageKey);
      // A reply is our own dialogue's, bounded by the attempts: a flood on a leaked token must not silence it.
      const most = event.source === 'reply' ? Infinity : terms.tokenEventsPerDay;
      const report = numberReport(prior, event, most);
      row = report.row;
      counted.set(`${history.recipient} ${row.messageKey}`, {
        recipient: history.recipient,
        sendingDomain: event.sendingDomain,
        provider: event.provider,
        row,
      });
      if (report.beyond) {
        countedOnly++;
        beyondArrivals.add(event.arrivalId);
        const counted = history.counted.map((each) => (each === prior ? report.row : each));
        current.set(history.recipient, { ...history, counted });
        continue;
      }
    }
    const nothing: History = { recipient: '', counted: [], suppression: null, liftedAt: null };
    const outcome = decide(event, history ?? nothing, row, terms.policy, terms.now);
    if (history !== null) current.set(history.recipient, outcome.history);
    decided.push({ event, outcome, decisionId: derivedUuid(event.receivedAt, `decision ${event.id}`) });
  }
  return { decided, counted: [...counted.values()], countedOnly };
}

function historyOf(event: MailEvent, histories: ReadonlyMap<string, History>): History | null {
  if (event.recipient === null || event.messageKey === null || !(event.acts || event.proof === 'verp')) return null;
  return histories.get(event.recipient) ?? null;
}
