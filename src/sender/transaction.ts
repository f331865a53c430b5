/** What a relay is given, and how that ends: the words between the connections to relays and who decides on their answers. */
import type { Phase } from '../core/event.ts';

/** One message to one recipient. */
export interface Transaction {
  /** The attempt's return-path. */
  readonly from: string;
  /** What RCPT is given: checked (core/sending/envelope.ts), for nodemailer would parse it. */
  readonly to: string;
  readonly raw: Buffer;
  /** RFC 3461 §4.4. */
  readonly envid: string;
  /** SMTPUTF8 (RFC 6531) and 8BITMIME (RFC 6152) are needed. */
  readonly smtputf8: boolean;
  readonly eightBit: boolean;
}

export interface Trouble {
  readonly outcome: 'trouble';
  readonly phase: Phase;
  /** Null where the relay said nothing. */
  readonly replyCode: number | null;
  readonly text: string;
  /** `unknown`: the final dot may have reached the relay, and its answer did not reach us. */
  readonly sent: 'none' | 'unknown';
}

export type Outcome =
  | { readonly outcome: 'sent'; readonly replyCode: number; readonly text: string }
  /** A reply of 4xx or 5xx, with all its lines. */
  | { readonly outcome: 'refused'; readonly phase: Phase; readonly replyCode: number; readonly text: string }
  | Trouble;
