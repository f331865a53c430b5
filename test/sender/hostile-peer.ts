/** A relay that misbehaves as a test wants: what it hears is kept, what it says is the test's own. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, createSecureContext } from 'node:tls';

export interface HostilePeer {
  readonly port: number;
  /** All octets that came, over all connections. */
  heard(): string;
  connections(): number;
  close(): Promise<void>;
}

/** What a connection hears and says: one line at a time, bodies whole (up to the dot) as one. */
export interface Session {
  readonly socket: Socket;
  say(text: string): void;
  /** The connection's next line; a body after `body()`. Empty where it ended. */
  line(): Promise<string>;
  body(): Promise<string>;
}

export interface PeerOptions {
  readonly cert?: { readonly cert: string; readonly key: string };
  /** TLS from the first octet. */
  readonly implicit?: boolean;
}

export async function hostilePeer(
  behave: (session: Session) => Promise<void> | void,
  options: PeerOptions = {},
): Promise<HostilePeer> {
  let heard = '';
  let connections = 0;
  const sockets = new Set<Socket>();
  const meet = (socket: Socket): void => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const session = sessionOn(socket, (text) => (heard += text));
    void Promise.resolve(behave(session)).catch(() => undefined);
  };
  const server =
    options.implicit === true
      ? createTlsServer({ ...options.cert }, meet)
      : createServer({ allowHalfOpen: false }, meet);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sessionOn(socket: Socket, hear: (text: string) => void): Session {
  let buffer = '';
  let ended = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    buffer += chunk.toString('latin1');
    hear(chunk.toString('latin1'));
    wake();
  });
  socket.on('close', () => {
    ended = true;
    wake();
  });
  const next = async (end: string): Promise<string> => {
    for (;;) {
      const at = buffer.indexOf(end);
      if (at >= 0) {
        const found = buffer.slice(0, at);
        buffer = buffer.slice(at + end.length);
        return found;
      }
      if (ended) return '';
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    socket,
    say: (text) => void socket.write(text),
    line: () => next('\r\n'),
    body: () => next('\r\n.\r\n'),
  };
}

/** A TLS server side over an open connection, after a 220 to STARTTLS. */
export function startTls({ socket }: Session, cert: { cert: string; key: string }): Session {
  socket.removeAllListeners('data');
  const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(cert) });
  secure.on('error', () => undefined);
  return sessionOn(secure, () => undefined);
}

const ehlo = '250-relay.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN\r\n';

/** Greets, answers EHLO, and then each command with what the script has for its verb; 250 otherwise. */
export function scripted(
  answers: Readonly<Record<string, string | ((session: Session) => string | null)>>,
  hello = ehlo,
): (session: Session) => Promise<void> {
  return async (session) => {
    session.say('220 relay.test ESMTP\r\n');
    for (;;) {
      const line = await session.line();
      if (line === '') return;
      const verb = line.slice(0, 4).toUpperCase();
      const own = answers[verb];
      const answer = typeof own === 'function' ? own(session) : own;
      if (answer === null) return;
      if (verb === 'EHLO') session.say(answer ?? hello);
      else if (verb === 'DATA' && (answer === undefined || answer.startsWith('354'))) {
        session.say(answer ?? '354 go on\r\n');
        await session.body();
        const dot = answers['.'];
        const said = typeof dot === 'function' ? dot(session) : dot;
        if (said === null) return;
        session.say(said ?? '250 2.0.0 taken\r\n');
      } else session.say(answer ?? '250 ok\r\n');
    }
  };
}
