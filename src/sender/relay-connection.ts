/**
 * One connection to a relay: nodemailer's SMTP client, used directly, because its pool tells neither at which command a
 * refusal came nor whether the final dot was out. RFC 5321, 3207, 4954, 3461, 6152, 6531. A relay is a peer like any other:
 * it gets so much time in all, its replies are bounded, and whatever it does becomes a value.
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { RelaySettings } from '../config/relays.ts';
import type { Phase } from '../core/event.ts';
import { RelayBody } from './relay-body.ts';
import type { Outcome, Transaction, Trouble } from './transaction.ts';

export interface RelayConnection {
  /** Transactions so far. */
  readonly used: number;
  /** Where it is false it can't be used any more. */
  readonly alive: boolean;
  /** One at a time. @param deadline by performance.now(); then the connection is cut. Never rejects. */
  send(transaction: Transaction, deadline: number): Promise<Outcome>;
  /** After a refusal; false where the connection is of no more use. Never rejects. */
  reset(): Promise<boolean>;
  /** QUIT, and then the end. */
  quit(): void;
  /** Now. What is under way ends as trouble. */
  cut(why: string): void;
}

export interface OpeningParts {
  readonly settings: RelaySettings;
  /** Our name in EHLO. */
  readonly hostname: string;
  /** Milliseconds for all up to the end of AUTH. */
  readonly deadline: number;
  /** Ends the opening; what is open by then stays. */
  readonly signal: AbortSignal;
  /** The connection ended, whoever ended it. */
  readonly onEnd: () => void;
}

/** What nodemailer 10.6.0 keeps to itself and does not declare; test/sender/relay.test.ts holds it to them. */
interface Insides {
  readonly _supportedExtensions: readonly string[];
  readonly _maxAllowedSize: number;
  readonly _envelope: { readonly rejectedErrors?: readonly Failure[] } | false;
  /** False again once the dot is written. */
  readonly _currentDataStream: object | false;
  _sendCommand(text: string, shown?: string): void;
}

interface Failure {
  readonly message: string;
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
}

const maxReply = 64 * 1024;
const quitTimeout = 2000;
/** Who waits for the connection has a deadline too. */
const resetTimeout = 4000;

/** Connects, STARTTLS and AUTH as the settings say. Resolves with the connection, or with why there is none. */
export function openConnection(parts: OpeningParts): Promise<RelayConnection | Trouble> {
  const { settings, deadline, signal } = parts;
  const connection = new SMTPConnection({
    host: settings.host === 'localhost' ? '127.0.0.1' : settings.host,
    port: settings.port,
    secure: settings.implicitTls,
    // Without `requireTls` the way is a loopback one, or somebody said ?tls=none: then TLS is not tried either, for a
    // certificate that fits nobody's name would stop mail that needs none.
    requireTLS: settings.requireTls,
    ignoreTLS: !settings.requireTls,
    name: parts.hostname,
    connectionTimeout: deadline,
    greetingTimeout: deadline,
    dnsTimeout: deadline,
    // Ours is the only time that counts; this one would go off first after a freeze.
    socketTimeout: deadline * 10,
    socketCloseTimeout: 0,
    maxResponseSize: maxReply,
    allowInternalNetworkInterfaces: true,
    tls: settings.ca === null ? {} : { ca: settings.ca },
  });
  return new Promise((resolve) => {
    let opened: Opened | null = null;
    const stop = (): void => {
      fail(new Error('stopping'), 'connect');
    };
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    const fail = (error: Failure, phase: Phase): void => {
      settle();
      // Closing tells of an end, too: the first word counts.
      resolve(troubleOf(error, phase, 'none'));
      connection.close();
    };
    const timer = setTimeout(() => {
      fail(new Error(`no session within ${Math.round(deadline / 1000)} s`), openingPhase({ message: '' }, connection));
    }, deadline);
    signal.addEventListener('abort', stop);
    connection.on('error', (error: Failure) => {
      if (opened === null) fail(error, openingPhase(error, connection));
    });
    connection.on('end', () => {
      if (opened === null) fail(new Error('the relay closed the connection'), 'connect');
      else opened.ended();
    });
    const ready = (): void => {
      settle();
      opened = new Opened(connection, parts.onEnd);
      resolve(opened);
    };
    connection.connect((error) => {
      if (error !== undefined) fail(error, openingPhase(error, connection));
      else if (settings.password === null) ready();
      else if (!connection.allowsAuth) fail(new Error('the relay offers no AUTH'), 'auth');
      else
        connection.login({ user: settings.user, pass: settings.password }, (refused) => {
          if (refused) fail(refused, 'auth');
          else ready();
        });
    });
  });
}

class Opened implements RelayConnection {
  used = 0;
  alive = true;
  readonly #connection: SMTPConnection & Insides;
  readonly #onEnd: () => void;
  #cut: ((why: string) => void) | null = null;

  constructor(connection: SMTPConnection, onEnd: () => void) {
    this.#connection = connection as SMTPConnection & Insides;
    this.#onEnd = onEnd;
  }

  send(transaction: Transaction, deadline: number): Promise<Outcome> {
    const lacking = this.#lacks(transaction);
    if (lacking !== null) return Promise.resolve(lacking);
    this.used++;
    const body = new RelayBody(transaction.raw, deadline);
    body.on('error', () => undefined);
    return new Promise((resolve) => {
      const end = (outcome: Outcome): void => {
        clearTimeout(timer);
        this.#cut = null;
        // An answer that comes before the dot is out leaves a connection on which commands would stand in the mail.
        const unwritten = this.#connection._currentDataStream !== false;
        if (outcome.outcome === 'trouble' || unwritten) this.cut(outcome.text);
        resolve(outcome);
      };
      const cut = (why: string): void => {
        end({ outcome: 'trouble', phase: phaseOf(body), replyCode: null, text: why, sent: sentBy(body) });
      };
      // An answer that came while the process was frozen is heard before its time is found to be over.
      const over = (): void => {
        if (this.#cut === cut) cut('the relay took too long');
      };
      const timer = setTimeout(() => setImmediate(over), Math.max(0, deadline - performance.now()));
      this.#cut = cut;
      this.#markUtf8(transaction);
      this.#connection.send(envelopeOf(transaction), body, (error, info) => {
        if (this.#cut !== cut) return;
        if (error === null) end(takenAs(info.response, body));
        else end(refusedAs(this.#rejection() ?? error, body));
      });
    });
  }

  reset(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.cut('no answer to RSET');
        resolve(false);
      }, resetTimeout);
      this.#connection.reset((error) => {
        clearTimeout(timer);
        if (error !== null) this.cut('RSET failed');
        resolve(this.alive);
      });
    });
  }

  quit(): void {
    if (!this.alive) return;
    this.#connection.quit();
    setTimeout(() => {
      this.#connection.close();
    }, quitTimeout).unref();
  }

  cut(why: string): void {
    this.#cut?.(why);
    this.#connection.close();
    this.ended();
  }

  ended(): void {
    if (!this.alive) return;
    this.alive = false;
    // nodemailer tells of the end first, then of its reason, and of no reason where it closed the connection itself.
    const cut = this.#cut;
    if (cut !== null)
      setImmediate(() => {
        if (this.#cut === cut) cut('the relay closed the connection');
      });
    this.#onEnd();
  }

  /** A 421 to RCPT among pipelined commands is told as one of the connection. */
  #rejection(): Failure | null {
    const { _envelope: envelope } = this.#connection;
    return (envelope === false ? null : envelope.rejectedErrors?.[0]) ?? null;
  }

  /** What the relay does not offer and the message needs: said for it, in words that the rules know. */
  #lacks({ raw, to, smtputf8, eightBit }: Transaction): Outcome | null {
    const { _supportedExtensions: offered, _maxAllowedSize: largest } = this.#connection;
    const no = (replyCode: number, text: string): Outcome => ({ outcome: 'refused', phase: 'data', replyCode, text });
    if ((smtputf8 || !isAscii(to)) && !offered.includes('SMTPUTF8'))
      return no(550, '550 5.6.7 the relay does not offer SMTPUTF8, which this message needs');
    if (eightBit && !offered.includes('8BITMIME'))
      return no(554, '554 5.6.3 the relay does not offer 8BITMIME, which this message needs');
    if (largest > 0 && raw.length > largest)
      return no(552, `552 5.3.4 message size of ${raw.length} octets exceeds the relay's limit of ${largest}`);
    return null;
  }

  /** nodemailer asks for SMTPUTF8 where an address needs it, not where the header alone does. */
  #markUtf8({ to, smtputf8 }: Transaction): void {
    if (!smtputf8 || !isAscii(to)) return;
    const write = this.#connection._sendCommand.bind(this.#connection);
    Object.assign(this.#connection, {
      _sendCommand: (text: string, shown?: string) => {
        const mail = text.startsWith('MAIL FROM:');
        if (mail) Object.assign(this.#connection, { _sendCommand: write });
        write(mail ? `${text} SMTPUTF8` : text, shown);
      },
    });
  }
}

/** NOTIFY, RET, ENVID and ORCPT are said where the relay offers DSN, and left out elsewhere. */
function envelopeOf({ from, to, raw, envid, eightBit }: Transaction): SMTPConnection.Envelope {
  return {
    from,
    to: [to],
    size: raw.length,
    use8BitMime: eightBit,
    // An internationalised ORCPT has a form of its own (RFC 6533 §3), which nodemailer does not write.
    dsn: { ret: 'HDRS', envid, notify: 'FAILURE,DELAY', ...(isAscii(to) && { orcpt: `rfc822;${to}` }) },
  };
}

const isAscii = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);
const phaseOf = (body: RelayBody): Phase => (body.begun ? 'data' : 'mail');
const sentBy = (body: RelayBody): Trouble['sent'] => (body.whole ? 'unknown' : 'none');

function takenAs(response: string, body: RelayBody): Outcome {
  const replyCode = codeOf(response) ?? 250;
  if (body.whole) return { outcome: 'sent', replyCode, text: response };
  // It can't have had what it says it took: nobody knows what becomes of the half.
  return {
    outcome: 'trouble',
    phase: 'data',
    replyCode,
    text: `taken before all of it was sent: ${response}`,
    sent: 'unknown',
  };
}

function refusedAs(error: Failure, body: RelayBody): Outcome {
  const replyCode = codeOf(error.response ?? '');
  const phase = commandPhase(error.command) ?? phaseOf(body);
  if (replyCode !== null && replyCode >= 400 && (phase === 'mail' || phase === 'rcpt' || phase === 'data'))
    return { outcome: 'refused', phase, replyCode, text: error.response ?? '' };
  return troubleOf(error, phase, sentBy(body));
}

function troubleOf(error: Failure, phase: Phase, sent: Trouble['sent']): Trouble {
  const code = error.originalCode ?? error.code;
  const text = error.response ?? (code === undefined ? error.message : `${error.message} (${code})`);
  return { outcome: 'trouble', phase, replyCode: codeOf(error.response ?? ''), text, sent };
}

function commandPhase(command: string | undefined): Phase | null {
  if (command === 'MAIL FROM') return 'mail';
  if (command === 'RCPT TO') return 'rcpt';
  return command === 'DATA' ? 'data' : null;
}

/** nodemailer says CONN for all that the socket does. */
function openingPhase({ command, code, originalCode = '' }: Failure, { upgrading }: SMTPConnection): Phase {
  if (upgrading === true || command === 'STARTTLS' || code === 'ETLS' || /TLS|CERT|SSL|SELF_SIGNED/.test(originalCode))
    return 'starttls';
  if (command === 'EHLO' || command === 'HELO') return 'ehlo';
  return command?.startsWith('AUTH') === true ? 'auth' : 'connect';
}

/** Of a reply's first line; what is no reply code has none. */
function codeOf(response: string): number | null {
  const code = /^[2-5]\d\d(?!\d)/.exec(response)?.[0];
  return code === undefined ? null : Number(code);
}
