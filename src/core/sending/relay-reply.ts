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
  if (replyCode === null || replyCode < 400 || !speaksOfMail(phase, replyCode))
    return { about: 'relay', diagnostic: text };
  return {
    about: 'delivery',
    report: {
      kind: 'delivery_status',
      format: 'reply',
      reportAction: 'failed',
      status: findStatus(text),
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

/** 421 ends the session at any command, 454 and 53x are about TLS and AUTH (RFC 5321 §4.2.3, RFC 4954 §6). */
function speaksOfMail(phase: Phase, replyCode: number): boolean {
  if (phase !== 'rcpt' && phase !== 'data') return false;
  return ![421, 454, 530, 534, 535, 538].includes(replyCode);
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
