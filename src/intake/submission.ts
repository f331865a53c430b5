/**
 * Mail comes in for sending (RFC 6409): who may hand it over is known by AUTH under TLS or by address, each recipient is
 * answered for at RCPT, and 250 follows the commit. The sender of the envelope is kept as data: nothing is ever sent to it.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  SMTPServerAddress,
  SMTPServerAuthentication,
  SMTPServerAuthenticationResponse,
  SMTPServerDataStream,
  SMTPServerSession,
} from 'smtp-server';
import type { Options } from '../config/options.ts';
import { checkRecipient } from '../core/sending/envelope.ts';
import type { HandOver } from '../core/sending/hand-over.ts';
import type { SuppressionState } from '../store/suppressions.ts';
import { BoundedServer, type BoundedParts, type DataCallback, type SimpleCallback } from './bounded-server.ts';
import { withDeadline } from './deadline.ts';
import type { Visit } from './limits.ts';
import { peerKey } from './peers.ts';
import type { Receiver } from './receive.ts';
import { handOverRefusals, refusals, Refusal, suppressed, taken, toReply } from './smtp-replies.ts';

/** What app.ts gives for it. */
export interface Submission {
  readonly options: Options['submission'];
  readonly handOver: HandOver;
  /** `peer` is what checks under way are counted by. Null: too many at once. */
  readonly authenticate: (user: string, password: string, peer: string) => Promise<boolean | null>;
  /** Of an identity. Rejects with StoreError. */
  readonly suppressionOf: (identity: string) => Promise<SuppressionState>;
}

export interface SubmissionServerParts extends BoundedParts {
  readonly submission: Submission;
}

type AuthCallback = (error: Error | null | undefined, response?: SMTPServerAuthenticationResponse) => void;

const maxBadPasswords = 3;
/** Before the answer to a wrong password, milliseconds. */
const badPasswordPause = 1000;
const longestName = 255;
const longestPassword = 1024;

export class SubmissionServer extends BoundedServer {
  readonly #parts: SubmissionServerParts;

  constructor(parts: SubmissionServerParts) {
    const { maxSize, maxRecipients, usersFile } = parts.submission.options;
    super(parts, {
      library: { authOptional: true, authMethods: ['PLAIN', 'LOGIN'] },
      maxSize,
      maxRecipients,
      // Every recipient of the largest message may be refused, and it is still nobody's flood.
      maxCommands: parts.options.maxCommands + maxRecipients,
      disabledCommands: usersFile === '' ? ['AUTH'] : [],
    });
    this.#parts = parts;
  }

  override onAuth(auth: SMTPServerAuthentication, session: SMTPServerSession, callback: AuthCallback): void {
    const { username = '', password } = auth;
    let known = false;
    this.judge(
      session,
      (refusal) => {
        if (known) callback(null, { user: username });
        else callback(refusal ?? refusals.notStored);
      },
      async (visit) => {
        const refusal = await this.#judgeLogin(username, password ?? '', visit);
        known = refusal === null;
        return refusal;
      },
    );
  }

  override onMailFrom(address: SMTPServerAddress, session: SMTPServerSession, callback: SimpleCallback): void {
    this.judge(session, callback, (visit) => {
      if (submitterOf(session, visit) === null) return refusals.authRequired;
      const refusal = this.judgeSender(address.address, session);
      if (refusal === null) visit.transactionAt = this.#parts.clock();
      return refusal;
    });
  }

  override onRcptTo(address: SMTPServerAddress, session: SMTPServerSession, callback: SimpleCallback): void {
    this.judge(session, callback, async () => {
      const checked = checkRecipient(address.address);
      if (!checked.ok) return refusals.badMailbox;
      if (checked.smtputf8 && session.envelope.smtpUtf8 !== true) return refusals.recipientNeedsUtf8;
      try {
        const state = await this.#parts.submission.suppressionOf(checked.mailbox.identity);
        return state.suppressed ? suppressed(state) : null;
      } catch (error) {
        this.#parts.log.databaseTrouble('submission', error);
        return refusals.notStored;
      }
    });
  }

  override onData(stream: SMTPServerDataStream, session: SMTPServerSession, callback: DataCallback): void {
    // Kept whole: it is to be sent.
    const { maxSize } = this.#parts.submission.options;
    this.receive(stream, session, callback, { maxSize, keepSize: maxSize }, async (receiver, visit) => [
      await this.#finish(receiver, session, visit),
    ]);
  }

  /** The reply to the dot. Never rejects. */
  async #finish(receiver: Receiver, session: SMTPServerSession, visit: Visit): Promise<string | Refusal> {
    const { submission, options, log, clock, metrics } = this.#parts;
    const received = receiver.end();
    if (received instanceof Refusal) return received;
    const reversePath = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    const since = clock();
    try {
      const handing = submission.handOver({
        raw: received.raw,
        recipients,
        origin: 'submission',
        submitter: submitterOf(session, visit) ?? '',
        envelopeSender: reversePath,
        sendingDomain: null,
        stream: null,
        campaign: null,
        idempotency: { key: keyOf(received.digest, recipients), hash: received.digest, needsMessageId: true },
      });
      void handing
        .catch(() => undefined)
        .finally(() => {
          receiver.release();
        });
      const handed = await withDeadline(handing, options.commitDeadline);
      if (!handed.ok) return handOverRefusals[handed.why];
      metrics.commitSeconds.observe((clock() - since) / 1000);
      visit.commands = 0;
      visit.lastGoodAt = clock();
      return taken(handed.id, handed.outcome);
    } catch (error) {
      log.notStored({ source: 'submission', peer: visit.address }, error);
      return toReply(error);
    }
  }

  async #judgeLogin(user: string, password: string, visit: Visit): Promise<Refusal | null> {
    const { authenticate } = this.#parts.submission;
    const fits = user.length <= longestName && password.length <= longestPassword;
    const known = fits && (await authenticate(user, password, peerKey(visit.address)));
    if (known === null) return refusals.authBusy;
    if (known) return null;
    visit.badPasswords += 1;
    await pause(badPasswordPause);
    return visit.badPasswords < maxBadPasswords ? refusals.badPassword : refusals.tooManyBadPasswords;
  }
}

/** `user:<name>`, or `network:<address>` for a peer of `submission.networks`; null for all others. */
function submitterOf({ user }: SMTPServerSession, { trusted, address }: Visit): string | null {
  if (typeof user === 'string') return `user:${user}`;
  return trusted ? `network:${address}` : null;
}

/** A client that heard no answer sends the same again: the same content for the same recipients is one message. */
function keyOf(digest: Buffer, recipients: readonly string[]): string {
  const hash = createHash('sha256').update(digest);
  for (const recipient of [...recipients].sort()) hash.update(`${recipient}\n`);
  return `smtp:${hash.digest('hex')}`;
}
