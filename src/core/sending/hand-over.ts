/**
 * What it means to hand mail over, whichever way it comes (SMTP, API): the request, the answer, and the words of each
 * refusal. The edges speak these; app/hand-over.ts does it.
 */
import type { DispatchState } from './dispatch.ts';
import type { Unsendable } from './preparation.ts';

export interface HandOverRequest {
  readonly raw: Buffer;
  /** As given: each is checked. */
  readonly recipients: readonly string[];
  readonly origin: 'submission' | 'api';
  /** `api:<key>`, `user:<name>`, `network:<address>`. */
  readonly submitter: string;
  /** The submitter's own; data. */
  readonly envelopeSender: string;
  /** Null: the domain of From. */
  readonly sendingDomain: string | null;
  readonly stream: string | null;
  readonly campaign: string | null;
  /** The same key and hash again give what was stored the first time. */
  readonly idempotency: {
    readonly key: string;
    readonly hash: Buffer;
    /** Only where the message came with a Message-ID: without one, the same words twice may well be meant. */
    readonly needsMessageId?: boolean;
  } | null;
}

export type HandOverRefusal =
  Unsendable | 'tooLarge' | 'notOurDomain' | 'noKey' | 'noRelay' | 'noRecipient' | 'tooManyRecipients' | 'keyReused';

type RecipientProblem = 'invalidAddress' | 'suppressed';

/** One for each recipient of the request, in its order. */
export interface HandedRecipient {
  /** As given. */
  readonly recipient: string;
  /** Null where it is no address; the same for two spellings of one mailbox. */
  readonly dispatchId: string | null;
  readonly state: DispatchState | null;
  readonly problem: RecipientProblem | null;
}

type HandOverResult =
  | {
      readonly ok: true;
      /** `repeated`: it was handed over before; nothing new was stored. */
      readonly outcome: 'stored' | 'repeated';
      readonly id: string;
      /** Without brackets. */
      readonly messageId: string;
      readonly recipients: readonly HandedRecipient[];
    }
  | { readonly ok: false; readonly why: HandOverRefusal };

/** Rejects with StoreError where the database is away: then nothing was stored, or nobody knows. */
export type HandOver = (request: HandOverRequest) => Promise<HandOverResult>;

/** One clear line each. */
export const handOverWords: Readonly<Record<HandOverRefusal, string>> = {
  noHeader: 'The message has no header',
  badHeader: 'The header of the message is malformed',
  headerTooLong: 'The header of the message is too long',
  noFrom: 'The message has no From field',
  tooManyReceived: 'Too many hops',
  loop: 'The message was sent from here before and runs in a circle',
  tooLarge: 'Message too large',
  notOurDomain: 'From names no single mailbox of a sending domain of ours',
  noKey: 'The sending domain has no key to sign return-paths with',
  noRelay: 'No relay is configured for the sending domain',
  noRecipient: 'No valid recipient',
  tooManyRecipients: 'Too many recipients',
  keyReused: 'The idempotency key was used for another request',
};
