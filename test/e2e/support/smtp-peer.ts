/** A bare SMTP client for tests: says what it is told, gives back whole replies. It checks nothing. */
import { connect, type Socket } from 'node:net';

export class SmtpPeer {
  readonly socket: Socket;
  #buffer = '';
  #closed = false;
  #waiting: (() => void) | null = null;

  /** @param localAddress one of the loopback addresses, where one alone would not get past its share. */
  constructor(port: number, host = '127.0.0.1', localAddress?: string) {
    this.socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
    this.socket.on('data', (chunk) => {
      this.#buffer += chunk.toString('latin1');
      this.#waiting?.();
    });
    const end = (): void => {
      this.#closed = true;
      this.#waiting?.();
    };
    this.socket.on('close', end);
    this.socket.on('error', end);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The next reply, all lines, without the last line end; '' when the connection is gone. */
  async reply(deadlineMs = 30_000): Promise<string> {
    const end = Date.now() + deadlineMs;
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.#buffer);
      if (match !== null) {
        this.#buffer = this.#buffer.slice(match[0].length);
        return match[0].trimEnd();
      }
      if (this.#closed) return '';
      if (Date.now() > end) throw new Error(`no reply within ${deadlineMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, end - Date.now()));
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#waiting = null;
    }
  }

  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`, 'latin1');
    return await this.reply();
  }

  /** One whole transaction; the last reply. Stops at the first refusal. */
  async deliver(reversePath: string, forwardPath: string, message: string): Promise<string> {
    for (const line of [`MAIL FROM:<${reversePath}>`, `RCPT TO:<${forwardPath}>`, 'DATA']) {
      const reply = await this.say(line);
      if (!/^[23]/.test(reply)) return reply;
    }
    const crlf = message.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
    this.socket.write(`${crlf}${crlf.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1');
    return await this.reply();
  }

  async greet(): Promise<string> {
    const greeting = await this.reply();
    if (!greeting.startsWith('220')) return greeting;
    return await this.say('EHLO peer.test');
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A Postfix-like report (RFC 3464) of a failure; `unique` makes its content differ. */
export function failureReport(options: {
  to: string;
  about: string;
  diagnostic: string;
  status: string;
  unique: string;
}): string {
  return `From: MAILER-DAEMON@mx.sender.test (Mail Delivery System)
To: ${options.to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B.${options.unique}"
Message-Id: <${options.unique}@mx.sender.test>

--B.${options.unique}
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.sender.test.

<${options.about}>: host mx.receiver.test[192.0.2.7] said: ${options.diagnostic} (in reply to RCPT TO command)

--B.${options.unique}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sender.test
Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; ${options.about}
Original-Recipient: rfc822;${options.about}
Action: failed
Status: ${options.status}
Remote-MTA: dns; mx.receiver.test
Diagnostic-Code: smtp; ${options.diagnostic}

--B.${options.unique}
Content-Type: text/rfc822-headers

From: news@sender.test
To: ${options.about}
Subject: November
Message-Id: <n1@sender.test>

--B.${options.unique}--
`;
}
