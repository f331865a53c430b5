/**
 * What a relay's answer says, and about whom. At RCPT and DATA it speaks of the recipient or the mail, as a report would:
 * it becomes one, and goes the way of all reports. At MAIL and before, and wherever it speaks of the session, it is about
 * us and the relay: nobody's bounce.
 */
import type { Phase, Report } from '../event.ts';
import { findStatus } from '../status.ts';

/** How a transaction ended that was not taken. */
export interface RelayReply {
  readonly phase: Phase;
  /** Null where the relay said nothing. */
  readonly replyCode: number | null;
  /** All lines of the reply, as they came. */
  readonly text: string;
}

export type Told =
  /** About the recipient or the message: to be classified. */
  | { readonly about: 'delivery'; readonly report: Report }
  /** About the session: try again later, nobody is at fault but the way. */
  | { readonly about: 'relay'; readonly diagnostic: string };

const maxText = 4096;

/** @param remoteMta the relay's name, for people. */
export function tell(reply: RelayReply, recipient: string, remoteMta: string): Told {
  const text = cleanReply(reply.text);
  const { phase, replyCode } = reply;
  const status = findStatus(text);
  if (replyCode === null || !speaksOfMail(phase, replyCode, status)) return { about: 'relay', diagnostic: text };
  return {
    about: 'delivery',
    report: {
      kind: 'delivery_status',
      format: 'reply',
      reportAction: 'failed',
      status,
      replyCode,
      diagnosticCode: text === '' ? null : text,
      finalRecipient: recipient,
      originalRecipient: null,
      reportingMta: null,
      remoteMta,
      arrivalDate: null,
      lastAttemptDate: null,
      willRetryUntil: null,
      feedbackType: null,
      phase,
      machineReadable: true,
      sign: null,
    },
  };
}

/**
 * About the session at any command: 454 and 53x (TLS and AUTH, RFC 4954 §6), 502 and 503 (the dialogue itself), and codes
 * that no refusal has.
 */
const ofSession: ReadonlySet<number> = new Set([454, 502, 503, 530, 534, 535, 538]);

function speaksOfMail(phase: Phase, replyCode: number, status: string | null): boolean {
  if (phase !== 'rcpt' && phase !== 'data') return false;
  const refuses = replyCode >= 400 && replyCode <= 599;
  if (!refuses || ofSession.has(replyCode)) return false;
  // 421 ends the session (RFC 5321 §3.8). A relay that hands replies through says with it what a provider said, and the
  // subject of the status tells: address, mailbox or policy, and neither the system (x.3) nor the network (x.4).
  return replyCode !== 421 || (status !== null && /^4\.[127]\./.test(status));
}

/** What a hostile relay says never reaches a terminal or the database as it came. */
export function cleanReply(text: string): string {
  return text
    .slice(0, maxText * 2)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, maxText)
    .toWellFormed();
}
