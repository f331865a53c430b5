/**
 * Every reply that a peer ever gets, with its enhanced status code (RFC 3463) in the text. smtp-server's own texts carry
 * none, so `translate` puts ours in their place: what is not known here goes out as a plain sentence of ours, never as a
 * library's or a database's words. 5xx only for the peer's fault; what is our fault is 451.
 */

import { handOverWords, type HandOverRefusal } from '../core/sending/hand-over.ts';
import type { SuppressionState } from '../store/suppressions.ts';

export const rejectReasons = [
  'auth',
  'badAddress',
  'badToken',
  'bareNewline',
  'commandTooLong',
  'diskLow',
  'earlyTalker',
  'loop',
  'malformed',
  'notOurs',
  'notStored',
  'overloaded',
  'postmasterFull',
  'proxy',
  'sequence',
  'shuttingDown',
  'suppressed',
  'syntax',
  'timeout',
  'tls',
  'tooLarge',
  'tooManyBadTokens',
  'tooManyCommands',
  'tooManyConnections',
  'tooManyFromPeer',
  'tooManyRecipients',
  'tooSlow',
  'unrecognized',
] as const;

export type RejectReason = (typeof rejectReasons)[number];

/** A refusal as a value that smtp-server's callbacks take. One of each exists: a flood of refusals makes no stack traces. */
export class Refusal extends Error {
  readonly responseCode: number;
  readonly reason: RejectReason;
  constructor(responseCode: number, text: string, reason: RejectReason) {
    super(text);
    this.name = 'Refusal';
    this.responseCode = responseCode;
    this.reason = reason;
  }
}

const byText = new Map<string, Refusal>();
function refusal(responseCode: number, text: string, reason: RejectReason): Refusal {
  const made = new Refusal(responseCode, text, reason);
  byText.set(text, made);
  return made;
}

export const refusals = {
  // one and the same for a bad, expired, unknown, unsigned or missing token: a prober learns nothing
  noSuchReturnPath: refusal(550, '5.1.1 No such return-path here', 'badToken'),
  relayingDenied: refusal(550, '5.7.1 Relaying denied', 'notOurs'),
  badRecipient: refusal(553, '5.1.3 Bad recipient address', 'badAddress'),
  badSender: refusal(501, '5.1.7 Bad sender address', 'badAddress'),
  senderNeedsUtf8: refusal(553, '5.6.7 A sender address beyond ASCII needs SMTPUTF8', 'badAddress'),
  tooManyRecipients: refusal(452, '4.5.3 Too many recipients', 'tooManyRecipients'),
  oneRecipient: refusal(452, '4.5.3 One recipient at a time for the null reverse-path', 'tooManyRecipients'),
  postmasterFull: refusal(452, '4.2.2 No more mail for this mailbox today', 'postmasterFull'),
  tooLarge: refusal(552, '5.3.4 Message too large', 'tooLarge'),
  farTooLarge: refusal(421, '4.3.0 Message far too large, closing', 'tooLarge'),
  bareNewline: refusal(550, '5.6.0 Bare CR or LF in the message', 'bareNewline'),
  loop: refusal(554, '5.4.6 Too many hops', 'loop'),
  overloaded: refusal(452, '4.3.1 Too much mail at once, try again later', 'overloaded'),
  diskLow: refusal(452, '4.3.1 Insufficient system storage, try again later', 'diskLow'),
  notStored: refusal(451, '4.3.0 Not stored, try again later', 'notStored'),
  tooManyConnections: refusal(421, '4.3.2 Too many connections, try again later', 'tooManyConnections'),
  tooManyFromPeer: refusal(421, '4.7.0 Too many connections from your address', 'tooManyFromPeer'),
  tooManyBadTokens: refusal(421, '4.7.0 Too many bad return-paths, closing', 'tooManyBadTokens'),
  tooManyCommands: refusal(421, '4.7.0 Too many commands without a message, closing', 'tooManyCommands'),
  earlyTalker: refusal(421, '4.7.0 You talk before the greeting', 'earlyTalker'),
  proxyRefused: refusal(421, '4.7.0 No PROXY protocol for you', 'proxy'),
  proxyNeeded: refusal(421, '4.7.0 A valid PROXY protocol header is needed', 'proxy'),
  timeout: refusal(421, '4.4.2 Timeout, closing', 'timeout'),
  tooSlow: refusal(421, '4.4.2 Data comes too slowly, closing', 'tooSlow'),
  shuttingDown: refusal(421, '4.3.2 Shutting down', 'shuttingDown'),
  commandTooLong: refusal(421, '4.7.0 Command line too long, closing', 'commandTooLong'),
  tooManyUnrecognized: refusal(421, '4.7.0 Too many unrecognized commands, closing', 'unrecognized'),
  http: refusal(421, '4.7.0 This is no web server', 'unrecognized'),
  unrecognized: refusal(500, '5.5.2 Command not recognized', 'unrecognized'),
  badMailbox: refusal(550, '5.1.3 That is no mail address', 'badAddress'),
  recipientNeedsUtf8: refusal(553, '5.6.7 A recipient address beyond ASCII needs SMTPUTF8', 'badAddress'),
  authRequired: refusal(530, '5.7.0 Authentication required', 'auth'),
  badPassword: refusal(535, '5.7.8 Authentication credentials invalid', 'auth'),
  tooManyBadPasswords: refusal(421, '4.7.0 Too many wrong passwords, closing', 'auth'),
  authBusy: refusal(454, '4.7.0 Temporary authentication failure', 'auth'),
  authAborted: refusal(501, '5.7.0 Authentication aborted', 'auth'),
  noSuchMechanism: refusal(504, '5.5.4 Unrecognized authentication type', 'auth'),
  authAlready: refusal(503, '5.5.1 You are authenticated already', 'sequence'),
  lhloOnly: refusal(500, '5.5.1 This is LMTP: LHLO', 'sequence'),
  syntax: refusal(501, '5.5.4 Syntax error in parameters', 'syntax'),
  tlsNeeded: refusal(530, '5.7.0 Not without TLS', 'tls'),
  sequence: refusal(503, '5.5.1 Bad sequence of commands', 'sequence'),
  helloFirst: refusal(503, '5.5.1 Say hello first', 'sequence'),
  nestedMail: refusal(503, '5.5.1 Nested MAIL command', 'sequence'),
  mailFirst: refusal(503, '5.5.1 MAIL first', 'sequence'),
  recipientFirst: refusal(503, '5.5.1 RCPT first', 'sequence'),
  secureAlready: refusal(503, '5.5.1 TLS is active already', 'sequence'),
} as const;

/** The final reply to a message that is committed; the id is what the log and the API know it by. */
export function stored(arrivalId: string | null): string {
  return arrivalId === null ? '2.0.0 Stored' : `2.0.0 Stored ${arrivalId}`;
}

/** One for each reason against a message that is handed over for sending; the words are those of the API. */
export const handOverRefusals: Readonly<Record<HandOverRefusal, Refusal>> = {
  noHeader: refusal(550, `5.6.0 ${handOverWords.noHeader}`, 'malformed'),
  badHeader: refusal(550, `5.6.0 ${handOverWords.badHeader}`, 'malformed'),
  headerTooLong: refusal(550, `5.6.0 ${handOverWords.headerTooLong}`, 'malformed'),
  noFrom: refusal(550, `5.6.0 ${handOverWords.noFrom}`, 'malformed'),
  tooManyReceived: refusals.loop,
  loop: refusal(554, `5.4.6 ${handOverWords.loop}`, 'loop'),
  tooLarge: refusals.tooLarge,
  notOurDomain: refusal(550, `5.7.1 ${handOverWords.notOurDomain}`, 'notOurs'),
  noKey: refusal(550, `5.7.1 ${handOverWords.noKey}`, 'notOurs'),
  noRelay: refusal(550, `5.7.1 ${handOverWords.noRelay}`, 'notOurs'),
  noRecipient: refusals.badMailbox,
  tooManyRecipients: refusals.tooManyRecipients,
  // A key here is made of the content: another content has another key.
  keyReused: refusals.notStored,
};

/** For a recipient who must not be mailed: the reason, and what lifts it. */
export function suppressed({ type, category, since }: SuppressionState): Refusal {
  const why = [type, category].filter((word) => word !== null).join(' ');
  const day = since === null ? '' : ` since ${since.toISOString().slice(0, 10)}`;
  const words = `5.7.1 Suppressed (${why}${day}); 'bouncemx suppressions lift' allows mail to it again`;
  return new Refusal(550, words, 'suppressed');
}

/** The final reply to a message that is committed for sending. */
export function taken(id: string, outcome: 'stored' | 'repeated'): string {
  return outcome === 'stored' ? `2.0.0 Taken as ${id}` : `2.0.0 Taken before as ${id}`;
}

/** Whatever went wrong inside, as a reply: a refusal is itself, all else is ours and temporary. */
export function toReply(error: unknown): Refusal {
  return error instanceof Refusal ? error : refusals.notStored;
}

/** smtp-server's refusals, by a piece of their text. Order matters only where one piece is in two texts. */
const foreignRefusals: readonly (readonly [piece: string, reply: Refusal])[] = [
  ['not recognized', refusals.unrecognized],
  ['Bad recipient address', refusals.badRecipient],
  ['Bad sender address', refusals.badSender],
  ['too many recipients', refusals.tooManyRecipients],
  ['message exceeds', refusals.tooLarge],
  ['nested MAIL', refusals.nestedMail],
  ['need MAIL', refusals.mailFirst],
  ['need RCPT', refusals.recipientFirst],
  ['TLS already', refusals.secureAlready],
  ['not allowed in LMTP', refusals.lhloOnly],
  ['HELO/EHLO first', refusals.helloFirst],
  ['LHLO first', refusals.helloFirst],
  ['talk too soon', refusals.earlyTalker],
  ['Timeout', refusals.timeout],
  ['shutting down', refusals.shuttingDown],
  ['too long', refusals.commandTooLong],
  ['too many unrecognized', refusals.tooManyUnrecognized],
  ['HTTP requests', refusals.http],
  ['Authentication aborted', refusals.authAborted],
  ['Unrecognized authentication type', refusals.noSuchMechanism],
  ['No identity changes', refusals.authAlready],
];

/** By code, for texts that a later smtp-server may bring. */
const byCode = new Map<number, Refusal>([
  [421, refusals.timeout],
  [500, refusals.unrecognized],
  [501, refusals.syntax],
  [503, refusals.sequence],
  [530, refusals.tlsNeeded],
]);

const acknowledgements = new Map<string, string>([
  ['OK', '2.0.0 Ok'],
  ['Flushed', '2.0.0 Ok'],
  ['Bye', '2.0.0 Bye'],
  ['Authentication successful', '2.7.0 Welcome'],
  ['Ready to start TLS', '2.0.0 Go ahead'],
  ['Try to send something. No promises though', '2.1.5 Send some mail, it will be judged then'],
]);

/** A 2xx or 3xx of smtp-server in our words. `context` is the library's name for the occasion. */
export function acknowledge(text: string, context: string | false | undefined): string {
  if (context === 'MAIL_FROM_OK') return '2.1.0 Ok';
  if (context === 'RCPT_TO_OK') return '2.1.5 Ok';
  return acknowledgements.get(text) ?? text;
}

/** The refusal that stands for a 4xx or 5xx which the library is about to send: one of ours as it is, its own translated. */
export function translate(code: number, text: string): Refusal {
  const own = byText.get(text);
  if (own !== undefined) return own;
  for (const [piece, reply] of foreignRefusals) if (text.includes(piece)) return reply;
  return byCode.get(code) ?? (code >= 500 ? refusals.sequence : refusals.notStored);
}
