/**
 * A relay that remembers every message that it took, by dispatch: what was sent is judged by what arrived, not by what the
 * senders say of themselves. It is slow enough that a kill always finds transactions in every phase.
 */
import { createServer, type AddressInfo } from 'node:net';

export interface CountingSink {
  readonly port: number;
  /** How often each dispatch was taken, by id. */
  readonly taken: ReadonlyMap<string, number>;
  /** The return-paths by which it came. */
  readonly paths: ReadonlyMap<string, ReadonlySet<string>>;
  close(): Promise<void>;
}

/** @param pauseMs before the answer to the final dot. */
export async function startCountingSink(pauseMs: number): Promise<CountingSink> {
  const taken = new Map<string, number>();
  const paths = new Map<string, Set<string>>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 sink.test ESMTP\r\n');
    let buffer = '';
    let body: string[] | null = null;
    let from = '';
    const answer = (line: string): string => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') return '250-sink.test\r\n250-8BITMIME\r\n250 DSN';
      if (verb === 'MAIL') from = /<([^>]*)>/.exec(line)?.[1] ?? '';
      if (verb === 'DATA') body = [];
      return verb === 'DATA' ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 ok';
    };
    const take = (lines: readonly string[]): void => {
      const id = /^Bouncemx-Dispatch: ([\da-f-]{36});/.exec(lines[0] ?? '')?.[1];
      if (id === undefined) throw new Error(`a message without its dispatch: ${lines[0] ?? ''}`);
      taken.set(id, (taken.get(id) ?? 0) + 1);
      paths.set(id, (paths.get(id) ?? new Set()).add(from));
    };
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      const lines = buffer.split('\r\n');
      buffer = lines.pop() ?? '';
      for (const line of lines) {
        if (body === null) socket.write(`${answer(line)}\r\n`);
        else if (line !== '.') body.push(line);
        else {
          // It is the relay's from here on, whether or not its answer reaches anybody.
          take(body);
          body = null;
          setTimeout(() => socket.write('250 2.0.0 taken\r\n'), pauseMs);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    paths,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
