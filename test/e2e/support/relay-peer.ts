/**
 * A relay by script: answers MAIL, RCPT and the final dot as it is told, and keeps what it took. It can go away and come back
 * on the same port.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
  readonly at: number;
}
interface Script {
  /** A greeting that turns away; null or absent for 220. */
  readonly greeting?: () => string | null;
  /** A reply instead of 250; null or absent for 250. */
  readonly onRecipient?: (to: string, from: string) => string | null;
  /** After the final dot; '' leaves the client waiting, 'RST' ends the connection without a word. Only what is taken is kept. */
  readonly onMessage?: (mail: Taken) => string | null;
}

export interface RelayPeer {
  readonly port: number;
  readonly taken: readonly Taken[];
  /** Every RCPT, with the reply to it. */
  readonly asked: readonly {
    readonly to: string;
    readonly from: string;
    readonly reply: string;
    readonly at: number;
  }[];
  /** When each connection came. */
  readonly connections: readonly number[];
  /** The most connections that were open together, those that were turned away aside. */
  readonly mostAtOnce: number;
  /** Ends all connections and refuses new ones. */
  close(): Promise<void>;
  open(): Promise<void>;
}

export async function startRelayPeer(script: Script = {}): Promise<RelayPeer> {
  const taken: Taken[] = [];
  const asked: { to: string; from: string; reply: string; at: number }[] = [];
  const connections: number[] = [];
  const sockets = new Set<Socket>();
  let mostAtOnce = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    connections.push(Date.now());
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const away = script.greeting?.() ?? null;
    if (away !== null) {
      socket.end(`${away}\r\n`);
      return;
    }
    mostAtOnce = Math.max(mostAtOnce, sockets.size);
    socket.write('220 relay.test ESMTP\r\n');
    converse(socket);
  });

  function converse(socket: Socket): void {
    let buffer = '';
    let body: string[] | null = null;
    let from = '';
    let to: string[] = [];
    const path = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? '';
    const command = (line: string): string => {
      switch (line.slice(0, 4).toUpperCase()) {
        case 'EHLO':
          return '250-relay.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES';
        case 'MAIL':
          [from, to] = [path(line), []];
          return '250 2.1.0 ok';
        case 'RCPT': {
          const reply = script.onRecipient?.(path(line), from) ?? '250 2.1.5 ok';
          asked.push({ to: path(line), from, reply, at: Date.now() });
          if (reply.startsWith('2')) to.push(path(line));
          return reply;
        }
        case 'DATA':
          if (to.length === 0) return '503 5.5.1 no recipient';
          body = [];
          return '354 go on';
        case 'QUIT':
          socket.end('221 2.0.0 bye\r\n');
          return '';
        default:
          return '250 2.0.0 ok';
      }
    };
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      const lines = buffer.split('\r\n');
      buffer = lines.pop() ?? '';
      for (const line of lines) {
        let reply: string;
        if (body === null) reply = command(line);
        else if (line === '.') {
          const mail: Taken = { from, to, message: body.join('\r\n'), at: Date.now() };
          body = null;
          reply = script.onMessage?.(mail) ?? '250 2.0.0 taken';
          if (reply.startsWith('2')) taken.push(mail);
          if (reply === 'RST') {
            socket.resetAndDestroy();
            return;
          }
        } else {
          body.push(line.startsWith('.') ? line.slice(1) : line);
          continue;
        }
        if (reply !== '') socket.write(`${reply}\r\n`);
        if (reply.startsWith('421')) socket.end();
      }
    });
  }

  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    taken,
    asked,
    connections,
    get mostAtOnce() {
      return mostAtOnce;
    },
    async close() {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    open: () => listen(port),
  };
}
