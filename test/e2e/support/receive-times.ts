/** How fast reports are taken, one after the other: what must not change while something else goes wrong. */
import type { Daemon } from './daemon.ts';
import { failureReport, SmtpPeer } from './smtp-peer.ts';

/** Milliseconds in which 99 of 100 of them are acknowledged. @param name makes them new ones. */
export async function slowestReceive(daemon: Daemon, name: string, count: number): Promise<number> {
  const recipients = Array.from({ length: count }, (_, i) => `${name}${i}@far.test`);
  const paths = await daemon.mint(recipients);
  const peer = new SmtpPeer(daemon.smtpPort);
  await peer.greet();
  const times: number[] = [];
  for (const [i, to] of paths.entries()) {
    const words = { diagnostic: '452 4.2.2 mailbox full', status: '4.2.2', unique: `${name}${i}` };
    const report = failureReport({ to, about: recipients[i] ?? '', ...words });
    const began = performance.now();
    const reply = await peer.deliver('', to, report);
    if (!reply.startsWith('250')) throw new Error(`a report was answered ${reply}`);
    times.push(performance.now() - began);
  }
  peer.close();
  return times.sort((a, b) => a - b)[Math.floor(count * 0.99)] ?? 0;
}
