/** What the API is built from. app.ts gives it; the routes take what they need of it. */
import type { FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Options } from '../config/options.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { ReadMessage } from '../core/event.ts';
import type { DispatchState } from '../core/sending/dispatch.ts';
import type { HandOver } from '../core/sending/hand-over.ts';
import type { Composed, MessageFields } from '../core/sending/message-fields.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import type { Provider } from './schema.ts';

/** One return-path that is wanted. */
export interface MintRequest {
  /** As given; not checked yet. */
  readonly recipient: string;
  readonly messageId: string | null;
  readonly campaign: string | null;
  /** Null: the only one, or the default of the configuration. */
  readonly sendingDomain: string | null;
  /** Null: self-contained where it fits, else opaque. */
  readonly form: 'selfContained' | 'opaque' | null;
}

/** Why one of many could not be minted. */
export const mintProblems = ['invalidAddress', 'unknownSendingDomain', 'noKey', 'tooLong'] as const;

export type MintResult =
  | { readonly ok: true; readonly address: string; readonly form: 'selfContained' | 'opaque' }
  | { readonly ok: false; readonly problem: (typeof mintProblems)[number] };

/** A mail that somebody else sends. */
export interface RegisterRequest {
  /** Without brackets. */
  readonly messageId: string;
  /** As given; not checked yet. */
  readonly recipient: string;
  readonly campaign: string | null;
  /** Null: the first one configured. */
  readonly sendingDomain: string | null;
  readonly raw: Buffer | null;
}

/** Why one of many could not be registered. */
export const registerProblems = [
  'invalidAddress',
  'unknownSendingDomain',
  'noKey',
  'unsendable',
  'suppressed',
] as const;

export type RegisterResult =
  | { readonly ok: true; readonly dispatchId: string; readonly state: DispatchState; readonly returnPath: string }
  | { readonly ok: false; readonly problem: (typeof registerProblems)[number] };

export interface HttpParts {
  readonly options: Options;
  readonly db: Db;
  /** Results in the order of the requests. Rejects with StoreError where opaque rows can't be stored. */
  readonly mint: (requests: readonly MintRequest[]) => Promise<readonly MintResult[]>;
  /** The claims of a raw mail as the pipeline reads them. Never rejects. */
  readonly readMail: (raw: Buffer, truncated: boolean) => Promise<ReadMessage>;
  /** Takes a message for sending. Rejects with StoreError where it can't be stored. */
  readonly handOver: HandOver;
  /** Results in the order of the requests. Rejects with StoreError: then nothing was stored. */
  readonly register: (requests: readonly RegisterRequest[], submitter: string) => Promise<readonly RegisterResult[]>;
  /** Makes a message of fields. */
  readonly compose: (fields: MessageFields) => Promise<Composed>;
  /** Whom a raw message names in To, Cc and Bcc; null where its header is too long to say. */
  readonly recipientsIn: (raw: Buffer) => readonly string[] | null;
  /** The disk of the database is nearly full: no new mail. */
  readonly diskLow: () => boolean;
  /** Tells the worker that the queue has something for it (after a requeue). */
  readonly wake: () => void;
  /** Tells the sender that something is due. */
  readonly wakeSender: () => void;
  /** Those in use now: a reload changes them. */
  readonly rules: () => RuleSet;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly adminKey: string;
  /** What is missing for work, such as `database`; empty when all is there. */
  readonly ready: () => Promise<readonly string[]>;
  readonly now: () => Date;
  readonly version: string;
}

/** The server as the routes see it: schemas give the types. */
export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, Provider>;
