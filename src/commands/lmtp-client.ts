/**
 * One message over LMTP (RFC 2033) to a Unix socket: what `inject` needs and no more. Every reply has a deadline and a
 * size; whatever is no reply, no connection or no end counts as "try later", because the message is still the caller's.
 */
import { createConnection, type Socket } from 'node:net';

export interface Envelope {
  /** '' is the null reverse-path. */
  readonly sender: string;
  readonly recipient: string;
}

/** Where the dialogue ended and with which reply; `code` 0 is no reply at all, and `text` says why. */
export interface Outcome {
  readonly stage: 'connect' | 'LHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'message';
  readonly code: number;
  readonly text: string;
}

const maxReply = 65_536;
/** The daemon answers within its commit deadline (20 s); the final reply may wait for that and a full queue before it. */
const times = { connect: 10_000, reply: 30_000, final: 120_000 };

/** Delivers `message` (any line ends) and tells how it went. Never rejects. */
export async function deliver(path: string, envelope: Envelope, message: Buffer, deadlines = times): Promise<Outcome> {
  const socket = createConnection({ path });
  const dialogue = new Dialogue(socket);
  const utf8 = /[^\0-\x7f]/u.test(envelope.sender + envelope.recipient) ? ' SMTPUTF8' : '';
  const steps = [
    { stage: 'connect', send: null, wants: 220, ms: deadlines.connect },
    { stage: 'LHLO', send: 'LHLO localhost\r\n', wants: 250, ms: deadlines.reply },
    { stage: 'MAIL', send: `MAIL FROM:<${envelope.sender}>${utf8}\r\n`, wants: 250, ms: deadlines.reply },
    { stage: 'RCPT', send: `RCPT TO:<${envelope.recipient}>\r\n`, wants: 250, ms: deadlines.reply },
    { stage: 'DATA', send: 'DATA\r\n', wants: 354, ms: deadlines.reply },
    { stage: 'message', send: stuffed(message), wants: 250, ms: deadlines.final },
  ] as const;
  try {
    for (const { stage, send, wants, ms } of steps) {
      if (send !== null) socket.write(send);
      const reply = await dialogue.reply(ms);
      if (reply.code !== wants || stage === 'message') {
        if (reply.code !== 0) socket.write('QUIT\r\n');
        return { stage, ...reply };
      }
    }
    throw new Error('unreachable: the last step returns');
  } finally {
    // A close with unread octets would be a reset, which the daemon would log.
    socket.end();
    socket.setTimeout(1000, () => socket.destroy());
    socket.resume();
  }
}

/** CRLF line ends, dots doubled (RFC 5321 §4.5.2), final dot. Latin-1 carries each octet as one character. */
export function stuffed(message: Buffer): Buffer {
  const lines = message.toString('latin1').replace(/\r?\n/gu, '\r\n').replaceAll('\r\n.', '\r\n..');
  const start = lines.startsWith('.') ? '.' : '';
  const end = lines === '' || lines.endsWith('\r\n') ? '' : '\r\n';
  return Buffer.from(`${start}${lines}${end}.\r\n`, 'latin1');
}

interface Line {
  readonly code: number;
  readonly text: string;
}

/** The replies of one connection, in order. */
class Dialogue {
  #buffered = '';
  #failure: string | null = null;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.#buffered += chunk;
      if (this.#buffered.length > maxReply) socket.destroy(new Error('an endless reply'));
      this.#wake();
    });
    socket.on('error', (error) => {
      this.#fail(error.message);
    });
    socket.on('close', () => {
      this.#fail('the connection was closed');
    });
  }

  #fail(why: string): void {
    this.#failure ??= why;
    this.#wake();
  }

  /** The next whole reply, or code 0 after `ms` or at the end of the connection. */
  async reply(ms: number): Promise<Line> {
    const until = performance.now() + ms;
    for (;;) {
      const line = this.#take();
      if (line !== null) return line;
      if (this.#failure !== null) return { code: 0, text: this.#failure };
      const left = until - performance.now();
      if (left <= 0) return { code: 0, text: `no reply within ${Math.round(ms / 1000)} s` };
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  }

  /** Takes one reply (`250-…` lines up to `250 …`), or null while it is not whole. */
  #take(): Line | null {
    let start = 0;
    for (;;) {
      const end = this.#buffered.indexOf('\n', start);
      if (end < 0) return null;
      const line = this.#buffered.slice(start, end).trimEnd();
      start = end + 1;
      if (line.charAt(3) === '-') continue;
      this.#buffered = this.#buffered.slice(start);
      const code = /^[2-5]\d\d(?: |$)/u.test(line) ? Number(line.slice(0, 3)) : 0;
      return { code, text: code === 0 ? 'no LMTP server' : line.replace(/[\0-\x1f\x7f]/gu, ' ').slice(0, 500) };
    }
  }
}
