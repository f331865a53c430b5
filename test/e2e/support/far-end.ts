/** The receiving MTA of the tests: a scripted peer that refuses recipients by their local part, as real receivers word it. */
import { createServer, type AddressInfo, type Server } from 'node:net';

const refusals: Readonly<Record<string, string>> = {
  gone: '550 5.1.1 <gone@far.test>: Recipient address rejected: User unknown in virtual mailbox table',
  full: '552 5.2.2 <full@far.test>: Mailbox full, over quota',
  blocked: '554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using a block list',
};

export interface FarEnd {
  readonly port: number;
  close(): Promise<void>;
}

export async function startFarEnd(): Promise<FarEnd> {
  const server: Server = createServer((socket) => {
    let buffer = '';
    let inData = false;
    socket.on('error', () => undefined);
    socket.write('220 mx.far.test ESMTP\r\n');
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        const end = buffer.indexOf('\r\n');
        if (end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (inData) {
          if (line === '.') {
            inData = false;
            socket.write('250 2.0.0 taken\r\n');
          }
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'EHLO') socket.write('250-mx.far.test\r\n250 ENHANCEDSTATUSCODES\r\n');
        else if (verb === 'RCPT') socket.write(`${refusals[/<([^@>]*)@/.exec(line)?.[1] ?? ''] ?? '250 2.1.5 ok'}\r\n`);
        else if (verb === 'DATA') {
          inData = true;
          socket.write('354 go on\r\n');
        } else if (verb === 'QUIT') socket.end('221 2.0.0 bye\r\n');
        else socket.write('250 2.0.0 ok\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
