/**
 * The values that travel, in the order of the route:
 *
 *   Arrival ──read──▶ Report[] ──classify──▶ Verdict ──correlate──▶ MailEvent[] ──decide──▶ Effects
 *   bytes, stored     claims of a mail       why, and by which      who is proved           what to do, in one
 *   before 250                               words                                          transaction
 *
 * Nothing is optional: what is absent is null, so that a forgotten field is a type error.
 * Field names are those of RFC 5321, RFC 3464 and RFC 5965 in camelCase.
 */
import type { Category, EventType, Permanence } from './classify/categories.ts';

/** How an arrival came in; `reply`: what our own sender was told in its SMTP dialogue. */
export type Source = 'smtp' | 'lmtp' | 'inject' | 'reply';

/**
 * Why the recipient of an event may be believed. `verp`, `esp` and `own` act; `unsigned` acts only from a listed relay
 * (`trusted` on the arrival); `message` and `none` never act and reach review at most.
 */
export type Proof = 'verp' | 'esp' | 'own' | 'unsigned' | 'message' | 'none';

/** What a verified or foreign return-path says. `recipient` is null while an opaque token's row has not been looked up. */
export interface Bound {
  readonly proof: 'verp' | 'unsigned';
  readonly form: 'selfContained' | 'opaque' | 'foreign';
  readonly keyId: number | null;
  readonly sendingDomain: string | null;
  /** Identity form (see core/address.ts), or null. */
  readonly recipient: string | null;
  /** Ten hexadecimal digits (40 bits) that stand for the message, or null for foreign forms. */
  readonly messageTag: string | null;
  /** Sixteen hexadecimal digits: the row of an opaque token, or null. */
  readonly rowId: string | null;
  /** Day of minting, days since 1970-01-01 UTC, or null. */
  readonly day: number | null;
}

/** One report as received for one RCPT. Everything here is committed before 250 is said. */
export interface Arrival {
  /** UUIDv7. */
  readonly id: string;
  readonly receivedAt: Date;
  readonly source: Source;
  /** `''` is the null reverse-path `<>`. */
  readonly reversePath: string;
  /** The RCPT as given. */
  readonly forwardPath: string;
  /** What the RCPT proves, or null for postmaster@ and abuse@, which never become events. */
  readonly bound: Bound | null;
  readonly peer: { readonly address: string; readonly helo: string; readonly tls: boolean; readonly trusted: boolean };
  /** SHA-256 over the token (lower case; the RCPT where there is none) and the message below its trace headers. */
  readonly arrivalKey: Buffer;
  /** The raw message, at most the kept size (1 MiB). */
  readonly raw: Buffer;
  /** Octets of the whole message as sent. */
  readonly size: number;
  readonly truncated: boolean;
}

/** RFC 3464 §2.3.3. */
export type ReportAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

/** RFC 5965 §7.3, with the dialects' words kept as they come. */
export type FeedbackType = 'abuse' | 'fraud' | 'virus' | 'not-spam' | 'opt-out' | 'auth-failure' | 'dmarc' | 'other';

/** The phase of the SMTP dialogue that a diagnostic speaks of, where the report tells. */
export type Phase = 'connect' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data';

/** What a report is, before anybody asks why. */
type ReportKind = 'delivery_status' | 'feedback' | 'auto_reply' | 'challenge' | 'unsubscribe' | 'none';

/**
 * One recipient's part of a report: claims made by the mail, none of them proved.
 * `format` names the reader that found it (`rfc3464`, `rfc5965`, `rfc3834`, `qmail`, `exim`, …).
 */
export interface Report {
  readonly kind: ReportKind;
  readonly format: string;
  readonly reportAction: ReportAction | null;
  /** Enhanced status code, RFC 3463, such as `5.1.1`. */
  readonly status: string | null;
  /** SMTP reply code, such as 550. */
  readonly replyCode: number | null;
  /** The receiver's words, unfolded, at most 4 KiB, controls removed. */
  readonly diagnosticCode: string | null;
  readonly finalRecipient: string | null;
  readonly originalRecipient: string | null;
  readonly reportingMta: string | null;
  readonly remoteMta: string | null;
  readonly arrivalDate: Date | null;
  readonly lastAttemptDate: Date | null;
  readonly willRetryUntil: Date | null;
  readonly feedbackType: FeedbackType | null;
  readonly phase: Phase | null;
  /** True where the claim comes from a machine-readable part and not from prose. */
  readonly machineReadable: boolean;
  /** What a reader knew the kind by, where it was a header or words; null where fields say it. */
  readonly sign: Evidence | null;
}

/** What reading a whole message gives. Reading never throws: an unreadable mail is `kind: 'none'` with a flag. */
export interface ReadMessage {
  /** At least one; the first 100 recipients (`recipientCount` keeps the number). */
  readonly reports: readonly Report[];
  readonly recipientCount: number;
  /** Headers of the returned message, where there are any: from, to, subject, message-id, date, list-id and the like. */
  readonly originalHeaders: Readonly<Record<string, string>> | null;
  /** Message-ID of the returned message without brackets. */
  readonly originalMessageId: string | null;
  /** Subject and from of the report itself, for people. */
  readonly subject: string | null;
  readonly from: string | null;
  /** `truncated`, `unparseable`, `parse_limit:<name>`, `odd:<what>`. */
  readonly flags: readonly string[];
}

/**
 * Where the words that decided stand: a field of the report, a header of the mail (`header:subject`), or `text`, its words for
 * people. `diagnosticCode` is the field of nearly all.
 */
export type EvidenceField =
  | 'diagnosticCode'
  | 'status'
  | 'replyCode'
  | 'phase'
  | 'remoteMta'
  | 'reportAction'
  | 'feedbackType'
  | 'finalRecipient'
  | 'text'
  | `header:${string}`;

/** The words that decided. Offsets count UTF-16 units in the field's value; `text` is what stands there. */
export interface Evidence {
  readonly field: EvidenceField;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Verdict {
  readonly type: EventType;
  /** Null for challenge_response, unsubscribe, spam_complaint, delivery, none. */
  readonly category: Category | null;
  readonly permanence: Permanence;
  /** Rule id such as `google/over-quota`, `status/5.1.1`, `reply/5xx`, `kind/auto-reply`. */
  readonly rule: string;
  /** 0…1, two decimals. */
  readonly confidence: number;
  /** Null for `kind/none` alone, and for reports that say nothing whatever. */
  readonly evidence: Evidence | null;
}

/** What is recorded of one recipient of one arrival. Events are inserted, never changed. */
export interface MailEvent {
  /** UUIDv7. */
  readonly id: string;
  readonly arrivalId: string;
  /** The database's receive time of the arrival: partition key and order of history. */
  readonly receivedAt: Date;
  /** SHA-256 of (arrival key, recipient, action). */
  readonly eventKey: Buffer;
  readonly proof: Proof;
  /** True where `proof` and its circumstances let this event change anything. */
  readonly acts: boolean;
  /** Identity form. Null where nobody is proved: claims stay in `report`. */
  readonly recipient: string | null;
  /** The recipient as the sender spelt it, where an opaque row keeps that; else the identity. */
  readonly recipientOriginal: string | null;
  /** When the mail was sent, as far as the token tells: the beginning of its day (UTC). */
  readonly sentAt: Date | null;
  /** The message, as far as the token or its row names it; else null. */
  readonly messageId: string | null;
  /** What makes one message of it: message id, else `tag:<messageTag>`, else `token:<hash>`. With the recipient: the count key. */
  readonly messageKey: string | null;
  readonly campaign: string | null;
  readonly sendingDomain: string | null;
  /** Organisational domain of the recipient (public suffix list), never of the body. */
  readonly provider: string | null;
  readonly source: Source;
  readonly reversePath: string;
  readonly report: Report;
  readonly verdict: Verdict;
  /** The final recipient is neither the token's recipient nor its original: an alias or list with a dead member. */
  readonly redirected: boolean;
  readonly originalHeaders: Readonly<Record<string, string>> | null;
  readonly flags: readonly string[];
  /** The dispatch of ours that it speaks of, and which of its attempts; null for mail that was not handed to us. */
  readonly dispatch: { readonly id: string; readonly attempt: number } | null;
}

export type SuppressionLevel =
  'none' | 'temporarily_suppressed' | 'soft_suppressed' | 'reputation_suppressed' | 'hard_suppressed';
