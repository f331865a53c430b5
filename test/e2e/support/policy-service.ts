/**
 * A policy service for a real Postfix (its check_policy_service, as greylisting daemons speak it): answers by the local part
 * of the recipient. `grey…` is put off once, `policy…` is refused, all others go on.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface PolicyService {
  readonly port: number;
  /** Recipients that were put off, each once. */
  readonly greylisted: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startPolicyService(): Promise<PolicyService> {
  const greylisted = new Set<string>();
  const sockets = new Set<Socket>();
  const answer = (request: string): string => {
    const recipient = /^recipient=(.*)$/m.exec(request)?.[1] ?? '';
    if (recipient.startsWith('policy'))
      return '550 5.7.1 Message refused: this mail does not comply with the policy of our organisation';
    if (!recipient.startsWith('grey') || greylisted.has(recipient)) return 'DUNNO';
    greylisted.add(recipient);
    return '451 4.7.1 Greylisting in effect, please come back later';
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let buffer = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        const end = buffer.indexOf('\n\n');
        if (end < 0) return;
        socket.write(`action=${answer(buffer.slice(0, end))}\n\n`);
        buffer = buffer.slice(end + 2);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    greylisted,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
