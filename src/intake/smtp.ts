/**
 * The door in SMTP and LMTP (RFC 5321, RFC 2033): what reports and mail to postmaster@ come in by. Each RCPT is judged by
 * what it proves, each message answered after its commit.
 */
import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Door } from './accept.ts';
import { BoundedServer, type BoundedParts, type DataCallback, type SimpleCallback } from './bounded-server.ts';
import type { Visit } from './limits.ts';
import type { Receiver } from './receive.ts';
import { refusals, Refusal, toReply } from './smtp-replies.ts';
import type { Keep } from './store-message.ts';

export interface ServerParts extends BoundedParts {
  readonly kind: 'smtp' | 'lmtp';
  readonly door: Door;
  readonly keep: Keep;
}

export class MxServer extends BoundedServer {
  readonly #parts: ServerParts;

  constructor(parts: ServerParts) {
    const { maxSize, maxRecipients, maxCommands } = parts.options;
    super(parts, {
      library: { lmtp: parts.kind === 'lmtp' },
      maxSize,
      maxRecipients,
      maxCommands,
      disabledCommands: ['AUTH'],
    });
    this.#parts = parts;
  }

  override onMailFrom(address: SMTPServerAddress, session: SMTPServerSession, callback: SimpleCallback): void {
    this.judge(session, callback, (visit) => {
      const refusal = this.judgeSender(address.address, session);
      if (refusal === null) visit.transactionAt = this.#parts.clock();
      return refusal;
    });
  }

  override onRcptTo(address: SMTPServerAddress, session: SMTPServerSession, callback: SimpleCallback): void {
    this.judge(session, callback, (visit) => {
      const { door, options } = this.#parts;
      const judged = door.judge(address.address);
      if (!judged.ok) return this.#refuseRecipient(visit, judged.refusal);
      const nullPath = session.envelope.mailFrom !== false && session.envelope.mailFrom.address === '';
      if (nullPath && visit.recipients.length > 0) return refusals.oneRecipient;
      if (visit.recipients.length >= options.maxRecipients) return refusals.tooManyRecipients;
      visit.recipients.push(judged.admitted);
      return null;
    });
  }

  override onData(stream: SMTPServerDataStream, session: SMTPServerSession, callback: DataCallback): void {
    const { maxSize, keepSize } = this.#parts.options;
    this.receive(stream, session, callback, { maxSize, keepSize }, (receiver, visit) =>
      this.#finish(receiver, session, visit),
    );
  }

  /** A reply for each accepted RCPT, in order. Never rejects. */
  async #finish(receiver: Receiver, session: SMTPServerSession, visit: Visit): Promise<(string | Refusal)[]> {
    const { recipients } = visit;
    const all = (refusal: Refusal): Refusal[] => recipients.map(() => refusal);
    try {
      const received = receiver.end();
      if (received instanceof Refusal) return all(received);
      const reversePath = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
      const helo = session.hostNameAppearsAs;
      const replies = await this.#parts.keep(received, { reversePath, helo, tls: session.secure, visit }, () => {
        receiver.release();
      });
      if (replies.some((reply) => typeof reply === 'string')) {
        visit.commands = 0;
        visit.lastGoodAt = this.#parts.clock();
      }
      return replies;
    } catch (error) {
      this.#parts.log.bug('intake', error);
      receiver.release();
      return all(toReply(error));
    }
  }

  #refuseRecipient(visit: Visit, refusal: Refusal): Refusal {
    if (refusal !== refusals.noSuchReturnPath && refusal !== refusals.relayingDenied) return refusal;
    if (visit.trusted || this.local) {
      // A relay, or an MTA on this machine, hands on what others sent it: its session is not flooding us.
      visit.commands = 0;
      return refusal;
    }
    visit.badTokens += 1;
    return visit.badTokens > this.#parts.options.maxBadTokens ? refusals.tooManyBadTokens : refusal;
  }
}
