/**
 * smtp-server's connection inside limits of ours. Overridden are only methods that the library types: a rename is a compile
 * error, and test/intake/ fails when one is no longer called.
 */
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPServer } from 'smtp-server';
import { createVisit, type Visit } from './limits.ts';
import { acknowledge, refusals, translate, type Refusal } from './smtp-replies.ts';

export interface Surroundings {
  readonly maxCommands: number;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly refused: (refusal: Refusal, visit: Visit) => void;
  readonly left: (connection: MxConnection) => void;
}

/** What a peer may still send after we have closed: enough for what was under way, no free reading of gigabytes. */
const drained = 262_144;

export class MxConnection extends SMTPConnection {
  readonly visit: Visit;
  readonly #around: Surroundings;
  #greeting = false;
  #draining = false;
  #gone = false;
  #handshake: Socket | null = null;

  constructor(
    server: SMTPServer,
    socket: Socket,
    options: SMTPConnectionOptions,
    who: Pick<Visit, 'listener' | 'address' | 'trusted'>,
    around: Surroundings,
  ) {
    super(server, socket, options);
    this.visit = createVisit(who, around.clock());
    this.#around = around;
  }

  /**
   * The library waits 100 ms before its greeting, which caps one connection's first message at ten a second. Here the
   * greeting is due after two turns of the event loop (this one, and onConnect in smtp.ts): the socket has been polled by
   * then, and whoever had sent something is an early talker all the same.
   */
  override init(): void {
    super.init();
    setImmediate(() => {
      this.connectionReady();
    });
  }

  /** The library's own 100 ms timer finds the greeting done. */
  override connectionReady(next?: () => void): void {
    if (next === undefined && (this.#greeting || this._closing || this._closed)) return;
    this.#greeting = true;
    super.connectionReady(next);
  }

  /** The one place where replies leave: each with its enhanced code, each refusal counted. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (typeof data !== 'string') {
      // Nobody is invited to send a password in clear.
      const lines = Array.isArray(data) && !this.secure ? data.filter((line) => !line.startsWith('AUTH ')) : data;
      super.send(code, lines, context);
    } else if (code < 400) {
      super.send(code, acknowledge(data, context), context);
    } else {
      const { saying } = this.visit;
      const refusal = saying?.message === data ? saying : translate(code, data);
      if (!this._closed) this.#around.refused(refusal, this.visit);
      super.send(refusal.responseCode, refusal.message, context);
    }
  }

  /** Ends the session for a reason of ours. */
  expel(refusal: Refusal): void {
    // Under a running handshake the raw socket must not be torn away: the TLS socket takes it along.
    if (this._upgrading && this.#handshake !== null) this.#handshake.destroy();
    this.send(refusal.responseCode, refusal.message);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    // What comes during a handshake is dropped by the library without a reply, and nothing is counted twice.
    if (!this._upgrading && this._ready) {
      this.visit.commands += 1;
      if (this.visit.commands > this.#around.maxCommands) {
        this.expel(refusals.tooManyCommands);
        return;
      }
      // A forged header from a peer that is no proxy of ours, sent after the greeting.
      if (command.subarray(0, 6).toString('latin1').toUpperCase() === 'PROXY ') {
        this.expel(refusals.proxyRefused);
        return;
      }
    }
    super._onCommand(command, callback);
  }

  /** A source route (RFC 5321 appendix C) is stripped by the library; here it is refused: nobody routes through us. */
  override handler_RCPT(command: Buffer, callback: () => void): void {
    if (command.includes('<@')) {
      this.send(refusals.badRecipient.responseCode, refusals.badRecipient.message);
      callback();
      return;
    }
    super.handler_RCPT(command, callback);
  }

  /** The library asks for TLS only where STARTTLS is offered. */
  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.secure) {
      this.send(refusals.tlsNeeded.responseCode, refusals.tlsNeeded.message);
      callback();
      return;
    }
    super.handler_AUTH(command, callback);
  }

  /** HELO, EHLO, RSET, the end of DATA, the end of a handshake. */
  override _resetSession(): void {
    this.visit.transactionAt = null;
    this.visit.handshakeAt = null;
    this.visit.recipients = [];
    super._resetSession();
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.visit.handshakeAt = this.#around.clock();
    super.upgrade(callback, secureCallback);
  }

  /** Only here is the TLS socket of a running handshake handed out. */
  override _armTimeout(socket: Socket = this._socket): void {
    if (this._upgrading) this.#handshake = socket;
    super._armTimeout(socket);
  }

  override close(): void {
    super.close();
    // Half a message is worth nothing: its memory must not wait until the peer has closed its side too.
    const message = this._dataStream;
    if (message instanceof PassThrough && !message.writableEnded) message.destroy();
    if (this.#draining || this._upgrading || this._socket.destroyed) return;
    this.#draining = true;
    let left = drained;
    const socket = this._socket;
    socket.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) socket.destroy();
    });
  }

  override _onClose(): void {
    super._onClose();
    if (this.#gone) return;
    this.#gone = true;
    this.#around.left(this);
  }
}
