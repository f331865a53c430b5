/** A peer at the wire: writes what it likes, whenever it likes, and reads replies line by line. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

export type Address = string;

function dial(address: Address): Socket {
  if (address.startsWith('/')) return connect({ path: address, allowHalfOpen: true });
  const colon = address.lastIndexOf(':');
  return connect({
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
    allowHalfOpen: true,
    noDelay: true,
  });
}

export class SmtpClient {
  socket: Socket;
  /** After `secure`. */
  tls: TLSSocket | null = null;
  /** Every line so far, taken or not. */
  readonly seen: string[] = [];
  #text = '';
  #taken = 0;
  #ended = false;
  #wake: (() => void)[] = [];

  constructor(address: Address | Socket) {
    this.socket = typeof address === 'string' ? dial(address) : address;
    this.#listen();
  }

  #listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('utf8');
      const lines = this.#text.split('\r\n');
      this.#text = lines.pop() ?? '';
      this.seen.push(...lines);
      this.#stir();
    });
    const over = (): void => {
      this.#ended = true;
      this.#stir();
    };
    this.socket.on('error', over).on('end', over).on('close', over);
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #until<T>(what: string, look: () => T | undefined, ms = 5000): Promise<T> {
    const until = performance.now() + ms;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = until - performance.now();
      if (left <= 0) throw new Error(`no ${what} within ${ms} ms; so far: ${JSON.stringify(this.seen.slice(-5))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  write(data: string | Buffer): void {
    if (this.socket.writable) this.socket.write(data);
  }

  /** The next line; null where the connection ended first. */
  line(ms?: number): Promise<string | null> {
    return this.#until(
      'line',
      () => {
        const line = this.seen[this.#taken];
        if (line === undefined) return this.#ended ? null : undefined;
        this.#taken += 1;
        return line;
      },
      ms,
    );
  }

  /** The last line of the next reply; '' where the connection ended first. */
  async reply(ms?: number): Promise<string> {
    for (;;) {
      const line = await this.line(ms);
      if (line === null) return '';
      if (line.charAt(3) !== '-') return line;
    }
  }

  async command(text: string): Promise<string> {
    this.write(`${text}\r\n`);
    return await this.reply();
  }

  /** Resolves when the server has ended the connection (FIN or RST). */
  async closed(ms?: number): Promise<void> {
    await this.#until('close', () => (this.#ended ? true : undefined), ms);
  }

  /** STARTTLS has been answered with 220. */
  async secure(options: Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'> = {}): Promise<string> {
    this.socket.removeAllListeners('data');
    const secure = connectTls({ socket: this.socket, rejectUnauthorized: false, ...options });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve).once('error', reject);
    });
    this.socket = secure;
    this.tls = secure;
    this.#listen();
    return secure.getProtocol() ?? '';
  }

  close(): void {
    this.socket.destroy();
  }
}
