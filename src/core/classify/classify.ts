/**
 * Why a delivery failed: the words of the receiver first, by rules; where no rule knows them, by the model where it is sure; then
 * the enhanced code, the reply code, and `unknown`. Never the code alone where the text contradicts it: "550 5.1.1 … sent too many"
 * is no unknown user. Pure and total: any report gives a verdict.
 */
import type { Evidence, Report, Verdict } from '../event.ts';
import { categories, typeOf, type Category, type EventType, type Permanence } from './categories.ts';
import { codesOf, permanenceOf, phaseOf } from './codes.ts';
import { consentOf, groundOf, type Ground } from './confidence.ts';
import {
  evidenceOfPhase,
  evidenceOfReply,
  evidenceOfRule,
  evidenceOfStatus,
  inWords,
  opening,
  wholeOf,
  type Looked,
} from './evidence.ts';
import { fallback } from './fallback.ts';
import { fold, maxText } from './fold.ts';
import { tooEarly, type Facts, type RuleSet } from './rule-set.ts';
import { categoryOfReply, categoryOfStatus } from './status-table.ts';

export type Classifiable = Pick<
  Report,
  | 'kind'
  | 'diagnosticCode'
  | 'status'
  | 'replyCode'
  | 'remoteMta'
  | 'reportAction'
  | 'phase'
  | 'feedbackType'
  | 'finalRecipient'
  | 'sign'
>;

/** Of a verdict over the kind of a report, which is read and not understood; what the calibration finds (docs/evaluation.md). */
const kindConfidence = 0.97;

/** The verdict over one recipient's part of a report. */
export function classify(report: Classifiable, rules: RuleSet): Verdict {
  switch (report.kind) {
    case 'delivery_status':
      return classifyStatus(report, rules);
    case 'feedback':
      return classifyFeedback(report);
    case 'auto_reply':
      return plain('auto_reply', 'kind/auto-reply', report.sign, 'vacation_reply');
    case 'challenge':
      return plain('challenge_response', 'kind/challenge', report.sign);
    case 'unsubscribe':
      return plain('unsubscribe', 'kind/unsubscribe', report.sign);
    case 'none':
      return plain('none', 'kind/none', report.sign);
  }
}

/** The verdict over a bare diagnostic, such as an SMTP reply: codes are read from the text. */
export function classifyText(text: string, rules: RuleSet): Verdict {
  const report = { diagnosticCode: text, status: null, replyCode: null, remoteMta: null, phase: null };
  return judge({ ...report, reportAction: null }, rules);
}

function classifyStatus(report: Classifiable, rules: RuleSet): Verdict {
  const action = report.sign ?? wholeOf('reportAction', report.reportAction);
  switch (report.reportAction) {
    case 'delivered':
      return plain('delivery', 'kind/delivered', action);
    // Handed on to where no report comes from, or to a list: nobody knows the end of it.
    case 'relayed':
    case 'expanded':
      return plain('none', `kind/${report.reportAction}`, action);
    case 'delayed': {
      // Whatever the reason, the MTA still tries: the reason is shown, and nothing follows from it (FIELD: delay notices that suppressed).
      const reason = judge(report, rules);
      const evidence = reason.category === 'unknown' ? action : reason.evidence;
      return plain('soft_bounce', 'kind/delayed', evidence, 'delivery_delay');
    }
    case 'failed':
    case null: {
      const judged = judge(report, rules);
      if (judged.evidence !== null) return judged;
      // Neither words nor codes: that it failed is all that is said.
      return { ...judged, evidence: action ?? wholeOf('finalRecipient', report.finalRecipient) };
    }
  }
}

/**
 * RFC 5965 §7.3: what a feedback loop tells. Authentication and DMARC reports are about the sender's own mail flow; where they
 * say what became of the mail (RFC 6591), that is what is known of it.
 */
function classifyFeedback(report: Classifiable): Verdict {
  const evidence = report.sign ?? wholeOf('feedbackType', report.feedbackType);
  switch (report.feedbackType) {
    case 'not-spam':
      return plain('none', 'kind/feedback-not-spam', evidence);
    case 'auth-failure':
      if (report.reportAction === 'failed')
        return plain('block_bounce', 'kind/feedback-auth-failure', evidence, 'authentication_failed');
      if (report.reportAction === 'delivered') return plain('delivery', 'kind/feedback-auth-delivered', evidence);
      return plain('none', 'kind/feedback-auth-failure', evidence);
    case 'dmarc':
      return plain('none', 'kind/feedback-dmarc', evidence);
    case 'opt-out':
      return plain('unsubscribe', 'kind/feedback-opt-out', evidence);
    case 'abuse':
    case 'fraud':
    case 'virus':
    case 'other':
    case null:
      return plain('spam_complaint', `kind/feedback-${report.feedbackType ?? 'abuse'}`, evidence);
  }
}

function plain(type: EventType, rule: string, evidence: Evidence | null, category: Category | null = null): Verdict {
  const permanence: Permanence =
    category === null
      ? type === 'unsubscribe' || type === 'spam_complaint'
        ? 'permanent'
        : 'unknown'
      : categories[category].permanence;
  return { type, category, permanence, rule, confidence: kindConfidence, evidence };
}

type Diagnosed = Pick<Report, 'diagnosticCode' | 'status' | 'replyCode' | 'remoteMta' | 'phase' | 'reportAction'>;

/** What rules and tables are asked about: the words in their folded form, and the codes of fields and words. */
export function look(report: Omit<Diagnosed, 'reportAction'>): Looked {
  const given = report.diagnosticCode ?? '';
  const text = given.length > maxText ? given.slice(0, maxText) : given;
  const inText = codesOf(text);
  const folded = fold(text);
  const facts: Facts = {
    statuses: distinct(report.status, inText.status),
    replies: distinct(report.replyCode, inText.reply),
    remoteMta: report.remoteMta?.toLowerCase() ?? null,
    phase: report.phase ?? phaseOf(folded.text),
  };
  return { given, folded, inText, facts };
}

/** A report often says the same of each of its hundred recipients: it is judged once. */
let last: { readonly rules: RuleSet; readonly report: Diagnosed; readonly verdict: Verdict } | null = null;

function judge(report: Diagnosed, rules: RuleSet): Verdict {
  if (last?.rules !== rules || !saySame(last.report, report))
    last = { rules, report, verdict: judgeAnew(report, rules) };
  return last.verdict;
}

function saySame(one: Diagnosed, other: Diagnosed): boolean {
  return (
    one.diagnosticCode === other.diagnosticCode &&
    one.status === other.status &&
    one.replyCode === other.replyCode &&
    one.remoteMta === other.remoteMta &&
    one.phase === other.phase &&
    one.reportAction === other.reportAction
  );
}

function judgeAnew(report: Diagnosed, rules: RuleSet): Verdict {
  const looked = look(report);
  const { facts, folded } = looked;
  const codes = permanenceOf(facts.statuses, facts.replies);
  const decided = (category: Category, rule: string, ground: Ground, evidence: Evidence | null, forced = codes) => {
    const sure = rules.learned.reliability[ground][consentOf(category, facts.statuses, codes)];
    return verdict(category, forced, rule, sure, evidence);
  };
  const match = rules.first(folded.text, facts);
  if (match !== null) {
    const { id, category, confidence, permanence } = match.rule;
    const said = decided(category, id, groundOf(confidence), evidenceOfRule(match, looked), permanence ?? codes);
    // Words that are no proof by themselves: final only where a status code says so too.
    return permanence === 'unknown' && !facts.statuses.some(isGone) ? { ...said, permanence } : said;
  }
  const { weights } = rules.learned;
  const heard = weights === null ? null : fallback(weights, folded.text, facts, report.reportAction !== null);
  if (heard !== null) {
    const evidence = inWords(looked, heard.span);
    if (!heard.unconfirmed) return decided(heard.category, 'model', 'model', evidence);
    return { ...decided(heard.category, 'model', 'model', evidence), permanence: 'unknown' };
  }
  for (const status of facts.statuses) {
    const category = categoryOfStatus(status);
    if (category !== null && !tooEarly(category, facts.phase))
      return decided(category, `status/${status}`, 'status', evidenceOfStatus(status, looked));
  }
  for (const reply of facts.replies) {
    const category = categoryOfReply(reply);
    if (category !== null && !tooEarly(category, facts.phase))
      return decided(category, `reply/${reply}`, 'reply', evidenceOfReply(reply, looked));
  }
  const { phase } = facts;
  // A permanent no before any recipient was named is about who we are.
  if (codes === 'permanent' && phase === 'mail')
    return decided('policy_rejection', 'phase/mail', 'phase', evidenceOfPhase(phase, looked));
  if (codes === 'permanent' && (phase === 'connect' || phase === 'ehlo'))
    return decided('reputation_block', `phase/${phase}`, 'phase', evidenceOfPhase(phase, looked));
  const rule = codes === 'unknown' ? 'unknown' : codes === 'permanent' ? 'reply/5xx' : 'reply/4xx';
  return decided('unknown', rule, 'unknown', opening(looked.given) ?? firstCode(looked));
}

/** Where there are no words, the code that says no more than its class. */
function firstCode(looked: Looked): Evidence | null {
  const [status = null] = looked.facts.statuses;
  const [reply = null] = looked.facts.replies;
  return wholeOf('status', status) ?? (reply === null ? null : evidenceOfReply(reply, looked));
}

/** Whether a code says that there is no such mailbox, or none any more. */
function isGone(status: string): boolean {
  const category = categoryOfStatus(status);
  return status.startsWith('5') && category !== null && categories[category].type === 'hard_bounce';
}

function distinct<T>(first: T | null, second: T | null): T[] {
  if (first === null) return second === null ? [] : [second];
  return second === null || second === first ? [first] : [first, second];
}

function verdict(
  category: Category,
  codes: Permanence,
  rule: string,
  sure: number,
  evidence: Verdict['evidence'],
): Verdict {
  const permanence = codes === 'unknown' ? categories[category].permanence : codes;
  return { type: typeOf(category, permanence), category, permanence, rule, confidence: sure, evidence };
}
