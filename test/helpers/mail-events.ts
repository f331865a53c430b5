/** Events, reports and arrivals for tests: everything has a plain default, a test names what it is about. */
import { createHash } from 'node:crypto';
import { categories, typeOf, type Category, type EventType } from '../../src/core/classify/categories.ts';
import { derivedUuid } from '../../src/core/derived-id.ts';
import type { Arrival, Bound, MailEvent, ReadMessage, Report, Verdict } from '../../src/core/event.ts';
import type { Counted, History } from '../../src/core/policy/history.ts';
import type { PolicyOptions } from '../../src/core/policy/options.ts';

const dayMs = 86_400_000;

export const policy: PolicyOptions = {
  removeImmediately: true,
  consecutiveHard: 3,
  softCount: 5,
  softWindow: 90 * dayMs,
  reputationFloor: 20,
  recentFault: 7 * dayMs,
  resetConsecutiveOnSoft: false,
  alertSeverity: 'critical',
};

/** Day `n` of the tests' calendar. */
export const dayAt = (n: number): Date => new Date(Date.UTC(2026, 0, 1) + n * dayMs);

export function report(fields: Partial<Report> = {}): Report {
  return {
    kind: 'delivery_status',
    format: 'rfc3464',
    reportAction: 'failed',
    status: null,
    replyCode: null,
    diagnosticCode: null,
    finalRecipient: null,
    originalRecipient: null,
    reportingMta: null,
    remoteMta: null,
    arrivalDate: null,
    lastAttemptDate: null,
    willRetryUntil: null,
    feedbackType: null,
    phase: null,
    machineReadable: true,
    sign: null,
    ...fields,
  };
}

export function verdict(category: Category | null, fields: Partial<Verdict> = {}): Verdict {
  const permanence = fields.permanence ?? (category === null ? 'unknown' : categories[category].permanence);
  const type: EventType = category === null ? 'none' : typeOf(category, permanence);
  return { type, category, permanence, rule: `test/${category ?? 'none'}`, confidence: 1, evidence: null, ...fields };
}

export interface EventFields extends Partial<Omit<MailEvent, 'report' | 'verdict'>> {
  readonly category?: Category | null;
  readonly type?: EventType;
  readonly report?: Partial<Report>;
  readonly verdict?: Partial<Verdict>;
}

let serial = 0;

/** An acting event about ann@example.com and the message m1; `user_not_found` unless said otherwise. */
export function mailEvent(fields: EventFields = {}): MailEvent {
  const { category = 'user_not_found', type, report: claims, verdict: judged, ...rest } = fields;
  const receivedAt = rest.receivedAt ?? dayAt(10);
  const eventKey = rest.eventKey ?? createHash('sha256').update(String(++serial)).digest();
  return {
    id: derivedUuid(receivedAt, eventKey),
    arrivalId: derivedUuid(receivedAt, `arrival ${eventKey.toString('hex')}`),
    receivedAt,
    eventKey,
    proof: 'verp',
    acts: true,
    recipient: 'ann@example.com',
    recipientOriginal: 'Ann@example.com',
    sentAt: null,
    messageId: null,
    messageKey: 'm1',
    campaign: null,
    sendingDomain: 'sender.example',
    provider: 'example.com',
    source: 'smtp',
    reversePath: '',
    report: report(claims),
    verdict: verdict(category, { ...(type === undefined ? {} : { type }), ...judged }),
    redirected: false,
    originalHeaders: null,
    flags: [],
    dispatch: null,
    ...rest,
  };
}

/** A history without anything in it. */
export function history(fields: Partial<History> = {}): History {
  return { recipient: 'ann@example.com', counted: [], suppression: null, liftedAt: null, ...fields };
}

export function counted(category: Category | null, fields: Partial<Counted> = {}): Counted {
  const at = fields.at ?? dayAt(10);
  const { type } = verdict(category);
  return {
    messageKey: 'm1',
    type,
    category,
    redirected: false,
    conclusive: type === 'hard_bounce',
    at,
    lastAt: fields.lastAt ?? at,
    rule: `test/${category ?? 'none'}`,
    sentAt: null,
    eventId: derivedUuid(at, `${fields.messageKey ?? 'm1'} ${category ?? ''}`),
    reports: 1,
    windowAt: at,
    ...fields,
  };
}

export const bound: Bound = {
  proof: 'verp',
  form: 'selfContained',
  keyId: 1,
  sendingDomain: 'sender.example',
  recipient: 'ann@example.com',
  messageTag: '00112233aa',
  rowId: null,
  day: 20_450,
};

export function arrival(fields: Partial<Arrival> = {}): Arrival {
  const id = fields.id ?? derivedUuid(dayAt(10), `arrival ${++serial}`);
  return {
    id,
    receivedAt: dayAt(10),
    source: 'smtp',
    reversePath: '',
    forwardPath: 'b-token@bounce.example',
    bound,
    peer: { address: '192.0.2.1', helo: 'mx.example.com', tls: false, trusted: false },
    arrivalKey: createHash('sha256').update(id).digest(),
    raw: Buffer.from(''),
    size: 0,
    truncated: false,
    ...fields,
  };
}

export function readMessage(reports: readonly Report[], fields: Partial<ReadMessage> = {}): ReadMessage {
  return {
    reports,
    recipientCount: reports.length,
    originalHeaders: null,
    originalMessageId: null,
    subject: null,
    from: null,
    flags: [],
    ...fields,
  };
}

/** The terms of sending that matter to settling, small enough to be reached in a test. */
export const sending = {
  schedules: [],
  breaker: { threshold: 3, window: 600_000, pause: 60_000, maxPause: 3_600_000 },
};
