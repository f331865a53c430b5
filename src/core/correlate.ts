/**
 * Whom a report is about: the recipient that its return-path proves, and nobody else. What the body names is a claim: it
 * says which of several reports is meant, and whether the mail was redirected, and never whose history changes.
 */
import { hash } from 'node:crypto';
import { identityOf } from './address.ts';
import { derivedUuid } from './derived-id.ts';
import type { Arrival, Bound, MailEvent, ReadMessage, Report, Verdict } from './event.ts';
import { providerOf } from './provider.ts';

/** The row that an opaque token names. */
export interface Minted {
  /** Identity form. */
  readonly recipient: string;
  readonly recipientOriginal: string;
  readonly messageId: string | null;
  readonly campaign: string | null;
  readonly sendingDomain: string;
  /** The attempt whose return-path it is; null where the address was minted for somebody else's mail. */
  readonly dispatch: MailEvent['dispatch'];
}

const day = 86_400_000;

/** Who is proved, of which message. */
interface Subject {
  readonly proof: Bound['proof'] | 'none';
  readonly recipient: string | null;
  readonly recipientOriginal: string | null;
  readonly messageId: string | null;
  readonly messageKey: string | null;
  readonly campaign: string | null;
  readonly sendingDomain: string | null;
  readonly sentAt: Date | null;
  readonly dispatch: MailEvent['dispatch'];
}

const nobody: Subject = {
  proof: 'none',
  recipient: null,
  recipientOriginal: null,
  messageId: null,
  messageKey: null,
  campaign: null,
  sendingDomain: null,
  sentAt: null,
  dispatch: null,
};

function localPartHash(forwardPath: string): string {
  const localPart = forwardPath.slice(0, Math.max(0, forwardPath.lastIndexOf('@'))).toLowerCase();
  return hash('sha256', localPart, 'hex').slice(0, 32);
}

function subjectOf(arrival: Arrival, minted: Minted | null): Subject {
  const { bound } = arrival;
  const recipient = minted?.recipient ?? bound?.recipient ?? null;
  // An opaque token whose row is gone proves that we made it, and no longer for whom.
  if (bound === null || recipient === null) return nobody;
  const messageId = minted?.messageId ?? null;
  const tag =
    bound.messageTag === null
      ? `token:${localPartHash(arrival.forwardPath)}`
      : `tag:${bound.keyId ?? ''}:${bound.messageTag}`;
  return {
    proof: bound.proof,
    recipient,
    recipientOriginal: minted?.recipientOriginal ?? recipient,
    messageId,
    messageKey: messageId ?? tag,
    campaign: minted?.campaign ?? null,
    sendingDomain: minted?.sendingDomain ?? bound.sendingDomain,
    sentAt: bound.day === null ? null : new Date(bound.day * day),
    dispatch: minted?.dispatch ?? null,
  };
}

function named(report: Report): readonly string[] {
  return [report.finalRecipient, report.originalRecipient]
    .filter((claim) => claim !== null)
    .map((claim) => identityOf(claim) ?? claim.trim().toLowerCase());
}

/** Which report speaks of the recipient: the one that names it, else the first that failed, else the first. */
function chosenOf(reports: readonly Report[], recipient: string | null): number {
  const naming = reports.findIndex((report) => recipient !== null && named(report).includes(recipient));
  if (naming >= 0) return naming;
  return Math.max(
    0,
    reports.findIndex((report) => report.reportAction === 'failed'),
  );
}

/** The report names people, and not the recipient: an alias or a list with a dead member, or a forgery. */
function isRedirected(report: Report, recipient: string | null): boolean {
  if (recipient === null || report.kind !== 'delivery_status') return false;
  const claims = named(report);
  return claims.length > 0 && !claims.includes(recipient);
}

/** Whether the event may change anything: proved, and not merely the words of somebody who answers. */
function mayAct(arrival: Arrival, proof: Subject['proof'], report: Report): boolean {
  const proved = proof === 'verp' || (proof === 'unsigned' && arrival.peer.trusted);
  return proved && (arrival.reversePath === '' || report.machineReadable);
}

function eventKeyOf(arrival: Arrival, who: string, report: Report): Buffer {
  const rest = Buffer.from(`\0${who}\0${report.reportAction ?? report.kind}`);
  return hash('sha256', Buffer.concat([arrival.arrivalKey, rest]), 'buffer');
}

/**
 * The events of one arrival: the first acts (where its proof lets it), on the token's recipient; the others are evidence
 * with proof `none` and no recipient. None for mail to postmaster@ and abuse@.
 * @param minted the row of an opaque token; null where there is none.
 * @param verdicts one for each of `message.reports`.
 */
export function correlate(
  arrival: Arrival,
  minted: Minted | null,
  message: ReadMessage,
  verdicts: readonly Verdict[],
): MailEvent[] {
  if (arrival.bound === null) return [];
  const subject = subjectOf(arrival, minted);
  const chosen = chosenOf(message.reports, subject.recipient);
  const build = (report: Report, verdict: Verdict, who: Subject, key: Buffer, flags: readonly string[]): MailEvent => ({
    id: derivedUuid(arrival.receivedAt, key),
    arrivalId: arrival.id,
    receivedAt: arrival.receivedAt,
    eventKey: key,
    ...who,
    acts: mayAct(arrival, who.proof, report),
    provider: who.recipient === null ? null : providerOf(who.recipient),
    source: arrival.source,
    reversePath: arrival.reversePath,
    report,
    verdict,
    redirected: isRedirected(report, who.recipient),
    originalHeaders: message.originalHeaders,
    flags,
  });
  const acting: MailEvent[] = [];
  const evidence = new Map<string, MailEvent>();
  message.reports.forEach((report, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined) return;
    if (index === chosen) {
      const key = eventKeyOf(arrival, subject.recipient ?? '', report);
      acting.push(build(report, verdict, subject, key, message.flags));
      return;
    }
    const key = eventKeyOf(arrival, `claim ${named(report).join(' ')}`, report);
    const hex = key.toString('hex');
    if (!evidence.has(hex)) evidence.set(hex, build(report, verdict, nobody, key, [...message.flags, 'evidence']));
  });
  return [...acting, ...evidence.values()];
}
