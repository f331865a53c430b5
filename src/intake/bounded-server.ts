/**
 * smtp-server inside our limits, whatever is taken in: one server for each listener. Whatever a handler does, the peer gets
 * one reply for one command: decisions are made inside a try, callbacks are called once and never in the same turn (the
 * library stalls when a pipelined transaction is answered synchronously).
 */
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { Options } from '../config/options.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { MxConnection, type Surroundings } from './connection.ts';
import type { Limits, Visit } from './limits.ts';
import { peerKey, plainAddress, type PeerList } from './peers.ts';
import { readProxyHeader } from './proxy.ts';
import { Receiver, type ReceiveLimits } from './receive.ts';
import { refusals, toReply, type Refusal } from './smtp-replies.ts';
import type { Certificate } from './tls.ts';

export interface BoundedParts {
  readonly kind: Visit['listener'];
  readonly options: Options['smtp'];
  readonly hostname: string;
  readonly certificate: Certificate | null;
  /** Peers without limits of their own. */
  readonly trusted: PeerList;
  readonly proxies: PeerList;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly diskLow: () => boolean;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/** What differs from listener to listener. */
interface Manner {
  readonly library: Pick<SMTPServerOptions, 'lmtp' | 'authOptional' | 'authMethods'>;
  readonly maxSize: number;
  readonly maxRecipients: number;
  readonly maxCommands: number;
  /** Also those that need a certificate, where there is one. */
  readonly disabledCommands: readonly string[];
}

export type SimpleCallback = (error?: Error | null) => void;
export type DataCallback = (error?: Error | null, message?: string | (string | Error)[]) => void;

/** Verbs that nobody needs here, and the library's jokes. */
const disabledCommands = ['HELP', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'];
/** Twice a command line of RFC 5321 with every extension of ours, and room for long foreign return-paths. */
const maxCommandLength = 4096;
const longestReversePath = 320;
/** U+FFFD stands where the octets were no UTF-8; the rest would lie to whoever reads the sender on a screen. */
const deceptive = /[\0-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/u;
const lingering = 1000;

export class BoundedServer extends SMTPServer {
  readonly #parts: BoundedParts;
  readonly #disabled: readonly string[];
  readonly #around: Surroundings;
  readonly #visitors = new WeakMap<SMTPServerSession, MxConnection>();
  /** A Unix socket, also an inherited one: its peers have no address. */
  #local = false;
  #sessions = 0;

  constructor(parts: BoundedParts, manner: Manner) {
    const { options, certificate } = parts;
    const disabled = [...disabledCommands, ...manner.disabledCommands];
    super({
      ...manner.library,
      name: parts.hostname,
      heloResponse: '%s',
      logger: false,
      size: manner.maxSize,
      maxRecipients: manner.maxRecipients,
      maxCommandLength,
      disabledCommands: withoutTls(disabled, certificate),
      disableReverseLookup: true,
      // Real MTAs report from hosts with an underscore; RCPT is checked by us, more strictly than the library would.
      lenientAddressParsing: true,
      socketTimeout: options.idleTimeout,
      // Above the commit deadline: a message under way at shutdown gets its answer.
      closeTimeout: options.commitDeadline + 10_000,
      minVersion: 'TLSv1.2',
      ...(certificate === null ? {} : { cert: certificate.cert, key: certificate.key }),
    });
    this.#parts = parts;
    this.#disabled = disabled;
    this.#around = {
      maxCommands: manner.maxCommands,
      clock: parts.clock,
      refused: (refusal, visit) => {
        this.#count(refusal, visit.address);
      },
      left: (connection) => {
        this.#left(connection);
      },
    };
    this.server.once('listening', () => {
      const address = this.server.address();
      this.#local = address === null || typeof address === 'string';
    });
    this.on('error', (error) => {
      parts.log.peerFailed('address' in error ? String(error.address) : '', error);
    });
  }

  /** A new certificate for handshakes from now on. Throws, and changes nothing, where it does not load. */
  present(certificate: Certificate | null): void {
    if (certificate !== null) this.updateSecureContext({ cert: certificate.cert, key: certificate.key });
    this.options.disabledCommands = withoutTls(this.#disabled, certificate);
  }

  /** Every session that is not closing. */
  *visitors(): Generator<MxConnection> {
    for (const connection of this.connections) if (connection instanceof MxConnection) yield connection;
  }

  /** The library's five lines, with a door in front: whoever is refused here costs no session. */
  override connect(socket: Socket, given?: SMTPConnectionOptions | null): void {
    const { kind, limits, trusted: list, metrics } = this.#parts;
    const local = this.#local;
    const raw = local ? '' : (given?.remoteAddress ?? socket.remoteAddress);
    if (raw === undefined) {
      // gone before we looked
      socket.destroy();
      return;
    }
    const address = local ? 'local' : plainAddress(raw);
    const trusted = !local && list.has(address);
    const key = local ? null : peerKey(address);
    const refused = limits.admit(key, trusted);
    metrics.connections.inc({ listener: kind });
    if (refused !== null) {
      this.#count(refused, address);
      dismiss(socket, refused);
      return;
    }
    metrics.connectionsOpen.inc({ listener: kind });
    // The library draws ten random octets for an id that only its own log would show.
    this.#sessions += 1;
    const options: SMTPConnectionOptions = { ...given, id: String(this.#sessions) };
    const connection = new MxConnection(this, socket, options, { listener: kind, address, trusted }, this.#around);
    this.#visitors.set(connection.session, connection);
    this.connections.add(connection);
    connection.on('error', (error: Error) => {
      // One failed handshake makes several errors.
      if (connection.visit.handshakeAt !== null) metrics.rejected.inc({ reason: 'tls' });
      connection.visit.handshakeAt = null;
      this.#parts.log.peerFailed(address, error);
    });
    connection.init();
  }

  override _expectsProxyHeader(socket: Socket): boolean {
    return !this.#local && this.#parts.proxies.has(plainAddress(socket.remoteAddress ?? ''));
  }

  override _handleProxy(
    socket: Socket,
    callback: (error: Error | null, options?: SMTPConnectionOptions & { id: string }) => void,
  ): void {
    if (!this._expectsProxyHeader(socket)) {
      callback(null);
      return;
    }
    void readProxyHeader(socket).then((header) => {
      if (header === null) {
        this.#count(refusals.proxyNeeded, plainAddress(socket.remoteAddress ?? ''));
        dismiss(socket, refusals.proxyNeeded);
        callback(refusals.proxyNeeded);
      } else if (header.source === null) callback(null);
      else callback(null, { id: '', remoteAddress: header.source.address, remotePort: header.source.port });
    });
  }

  /** A turn of the event loop more, in which the socket is polled once: what it brings is early talk (connection.ts). */
  override onConnect(_session: SMTPServerSession, callback: SimpleCallback): void {
    setImmediate(callback);
  }

  /** A Unix socket. */
  protected get local(): boolean {
    return this.#local;
  }

  /** Of a sender, or why there can be no transaction now. */
  protected judgeSender(reversePath: string, session: SMTPServerSession): Refusal | null {
    if (reversePath.length > longestReversePath || deceptive.test(reversePath)) return refusals.badSender;
    if (session.envelope.smtpUtf8 !== true && /[^\0-\x7f]/u.test(reversePath)) return refusals.senderNeedsUtf8;
    if (this.#parts.limits.full()) return refusals.overloaded;
    return this.#parts.diskLow() ? refusals.diskLow : null;
  }

  /** Calls back once with what `decide` says, whatever it does. */
  protected judge(
    session: SMTPServerSession,
    callback: SimpleCallback,
    decide: (to: Visit) => Refusal | null | Promise<Refusal | null>,
  ): void {
    const connection = this.#visitors.get(session);
    const decided = async (): Promise<Refusal | null> =>
      connection === undefined ? refusals.notStored : decide(connection.visit);
    void decided()
      .catch((error: unknown) => {
        this.#parts.log.bug('intake', error);
        return toReply(error);
      })
      .then((refusal) => {
        if (connection !== undefined) connection.visit.saying = refusal;
        callback(refusal);
      });
  }

  /** Reads a message within the limits; `finish` gets it whole and gives the reply to its dot. */
  protected receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: DataCallback,
    sizes: Pick<ReceiveLimits, 'maxSize' | 'keepSize'>,
    finish: (receiver: Receiver, visit: Visit) => Promise<readonly (string | Refusal)[]>,
  ): void {
    const answer = once(callback);
    const connection = this.#visitors.get(session);
    if (connection === undefined) {
      stream.resume();
      answer(refusals.notStored);
      return;
    }
    const { visit } = connection;
    const { options, limits, clock } = this.#parts;
    const receiver = new Receiver({ ...sizes, rejectBareNewline: options.bareNewline === 'reject' }, limits, clock());
    visit.data = receiver;
    let whole = false;
    stream.on('data', (chunk: Buffer) => {
      if (receiver.write(chunk)) return;
      stream.destroy();
      answer(refusals.farTooLarge);
    });
    // The peer went away in the middle; 'close' follows and nothing is kept.
    stream.on('error', () => undefined);
    stream.on('close', () => {
      visit.data = null;
      if (!whole) receiver.release();
    });
    stream.on('end', () => {
      whole = true;
      visit.data = null;
      visit.transactionAt = null;
      visit.committing = true;
      void finish(receiver, visit).then((replies) => {
        visit.committing = false;
        if (this.#parts.kind === 'lmtp') answer(null, [...replies]);
        else {
          const [reply = refusals.notStored] = [...replies].sort(refusalsFirst);
          if (typeof reply === 'string') answer(null, reply);
          else answer(reply);
        }
      });
    });
  }

  #count(refusal: Refusal, peer: string): void {
    this.#parts.metrics.rejected.inc({ reason: refusal.reason });
    this.#parts.log.refused({ reason: refusal.reason, reply: `${refusal.responseCode} ${refusal.message}`, peer });
  }

  #left({ visit }: MxConnection): void {
    const { limits, metrics, kind } = this.#parts;
    metrics.connectionsOpen.dec({ listener: kind });
    limits.leave(this.#local ? null : peerKey(visit.address));
  }
}

function withoutTls(disabled: readonly string[], certificate: Certificate | null): string[] {
  return certificate === null ? [...disabled, 'STARTTLS', 'AUTH'] : [...disabled];
}

/** SMTP has one reply for all recipients: 250 only where each is stored. What is sent again is recognised. */
function refusalsFirst(a: string | Refusal, b: string | Refusal): number {
  return Number(typeof a === 'string') - Number(typeof b === 'string');
}

/** The first answer counts, and it comes in a turn of its own. */
function once(callback: DataCallback): DataCallback {
  let answered = false;
  return (error, message) => {
    if (answered) return;
    answered = true;
    queueMicrotask(() => {
      callback(error, message);
    });
  };
}

/** One line for a peer that gets no session; a moment for it to read that line. */
function dismiss(socket: Socket, refusal: Refusal): void {
  socket.on('error', () => undefined);
  socket.end(`${refusal.responseCode} ${refusal.message}\r\n`);
  socket.resume();
  setTimeout(() => socket.destroy(), lingering).unref();
}
