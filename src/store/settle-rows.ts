/** An event and the decision on it, as the rows that are kept. */
import type { Suppression } from '../core/policy/history.ts';
import type { LevelState } from './decisions.ts';
import type { ReportRest } from './events.ts';
import type { Decided, Terms } from './settle-decide.ts';

/** What PostgreSQL's smallint holds; a reply code beyond it is none. */
const maxReplyCode = 999;

export function eventRow({ event }: Decided) {
  const { report, verdict } = event;
  return {
    id: event.id,
    received_at: event.receivedAt,
    arrival_id: event.arrivalId,
    proof: event.proof,
    acts: event.acts,
    recipient: event.recipient,
    message_id: event.messageId,
    message_key: event.messageKey,
    campaign: event.campaign,
    sending_domain: event.sendingDomain,
    provider: event.provider,
    source: event.source,
    reverse_path: event.reversePath,
    type: verdict.type,
    category: verdict.category,
    permanence: verdict.permanence,
    rule: verdict.rule,
    confidence: verdict.confidence,
    evidence: verdict.evidence,
    report_action: report.reportAction,
    status: report.status,
    reply_code: report.replyCode !== null && report.replyCode <= maxReplyCode ? report.replyCode : null,
    diagnostic_code: report.diagnosticCode,
    final_recipient: report.finalRecipient,
    original_recipient: report.originalRecipient,
    reporting_mta: report.reportingMta,
    remote_mta: report.remoteMta,
    report: {
      kind: report.kind,
      format: report.format,
      feedbackType: report.feedbackType,
      phase: report.phase,
      machineReadable: report.machineReadable,
      sign: report.sign,
      arrivalDate: iso(report.arrivalDate),
      lastAttemptDate: iso(report.lastAttemptDate),
      willRetryUntil: iso(report.willRetryUntil),
    } satisfies ReportRest,
    original_headers: event.originalHeaders,
    redirected: event.redirected,
    flags: event.flags,
    dispatch_id: event.dispatch?.id ?? null,
  };
}

/** A mail may claim any date, also one that is none. */
function iso(date: Date | null): string | null {
  return date === null || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

export function stateOf(suppression: Suppression | null): LevelState {
  return { level: suppression?.level ?? 'none', expiresAt: iso(suppression?.expiresAt ?? null) };
}

export function decisionRow({ event, outcome, decisionId }: Decided, terms: Terms) {
  const { verdict, report } = event;
  return {
    id: decisionId,
    received_at: event.receivedAt,
    event_id: event.id,
    arrival_id: event.arrivalId,
    recipient: event.recipient,
    action: outcome.action,
    actor: 'policy',
    reason: outcome.reason,
    rule: verdict.rule,
    rules_version: terms.rulesVersion,
    inputs: {
      type: verdict.type,
      category: verdict.category,
      permanence: verdict.permanence,
      reportAction: report.reportAction,
      proof: event.proof,
      acts: event.acts,
      redirected: event.redirected,
      liftedAt: outcome.history.liftedAt,
      messages: outcome.messages,
      consecutiveHard: outcome.consecutiveHard,
      reputation: outcome.reputation,
    },
    evidence: verdict.evidence,
    prior: stateOf(outcome.prior),
    result: {
      ...stateOf(outcome.suppression),
      // What did not follow is not written: undefined has no place in JSON.
      retry: outcome.retry ?? undefined,
      cancelRetries: outcome.cancelRetries ?? undefined,
      review: outcome.review?.priority,
      senderFault: outcome.senderFault?.severity,
    },
  };
}
