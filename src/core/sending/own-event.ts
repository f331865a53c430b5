/**
 * The event of a relay's reply: proved like nothing else, for we were there. It takes the place that a later report of the
 * same attempt would take: message and recipient count once, whoever tells of them first.
 */
import { hash } from 'node:crypto';
import { derivedUuid } from '../derived-id.ts';
import type { MailEvent, Report, Verdict } from '../event.ts';

/** What is known of a dispatch when one of its attempts is answered. */
export interface Attempted {
  readonly dispatchId: string;
  /** 1 is the first. */
  readonly attempt: number;
  /** Identity form. */
  readonly recipient: string;
  readonly recipientOriginal: string;
  readonly messageId: string;
  readonly campaign: string | null;
  readonly sendingDomain: string;
  readonly provider: string | null;
  /** The attempt's return-path. */
  readonly returnPath: string;
  /** When the attempt began, by the database's clock. */
  readonly startedAt: Date;
}

/** Repeating it gives the same ids: recording an answer twice writes once. */
export function ownEvent(attempted: Attempted, report: Report, verdict: Verdict): MailEvent {
  const { dispatchId, attempt, startedAt } = attempted;
  const eventKey = hash('sha256', Buffer.from(`reply\0${dispatchId}\0${attempt}`), 'buffer');
  return {
    id: derivedUuid(startedAt, eventKey),
    // There is no arrival: the attempt stands for it.
    arrivalId: derivedUuid(startedAt, `attempt ${dispatchId} ${attempt}`),
    receivedAt: startedAt,
    eventKey,
    proof: 'own',
    acts: true,
    recipient: attempted.recipient,
    recipientOriginal: attempted.recipientOriginal,
    sentAt: startedAt,
    messageId: attempted.messageId,
    messageKey: attempted.messageId,
    campaign: attempted.campaign,
    sendingDomain: attempted.sendingDomain,
    provider: attempted.provider,
    source: 'reply',
    reversePath: attempted.returnPath,
    report,
    verdict,
    redirected: false,
    originalHeaders: null,
    flags: [],
    dispatch: { id: dispatchId, attempt },
  };
}
