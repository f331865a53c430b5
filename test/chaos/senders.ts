/**
 * Senders that behave as MTAs do: a report is theirs until a 250 to its final dot, and until then they send it again, the
 * same octets, to whichever process answers. What was acknowledged is remembered here, outside of anything that is killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { failureReport, SmtpPeer } from '../e2e/support/smtp-peer.ts';

export interface Report {
  readonly recipient: string;
  readonly returnPath: string;
}

export interface Senders {
  /** Recipients of reports that were acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** 250s, repeated ones included. */
  readonly replies: () => number;
  /** Lets every report in hand reach its 250, then ends. */
  finish(): Promise<void>;
}

export function startSenders(
  count: number,
  reports: readonly Report[],
  ports: readonly number[],
  pauseMs: number,
): Senders {
  const acknowledged = new Set<string>();
  const done: Report[] = [];
  let next = 0;
  let replies = 0;
  let finishing = false;

  const textOf = (report: Report): string =>
    failureReport({
      to: report.returnPath,
      about: report.recipient,
      diagnostic: `550 5.1.1 <${report.recipient}>: Recipient address rejected: User unknown`,
      status: '5.1.1',
      unique: report.recipient.replace('@', '.'),
    });

  const sender = async (): Promise<void> => {
    let peer: SmtpPeer | null = null;
    while (!finishing || next < reports.length) {
      // One in twenty is sent again although it was acknowledged: MTAs whose 250 got lost do just that.
      const again = done.length > 0 && (next >= reports.length || Math.random() < 0.05);
      const report = again ? done[Math.floor(Math.random() * done.length)] : reports[next++];
      if (report === undefined) continue;
      for (;;) {
        let reply = '';
        try {
          if (peer === null || peer.closed) {
            peer = new SmtpPeer(ports[Math.floor(Math.random() * ports.length)] ?? 0);
            reply = await peer.greet();
          }
          if (!peer.closed) reply = await peer.deliver('', report.returnPath, textOf(report));
        } catch {
          peer?.close();
          peer = null;
        }
        if (reply.startsWith('250')) break;
        if (reply.startsWith('5')) throw new Error(`a good report was refused for good: ${reply}`);
        peer?.close();
        peer = null;
        await sleep(20 + Math.random() * 80);
      }
      replies++;
      if (!acknowledged.has(report.recipient)) {
        acknowledged.add(report.recipient);
        done.push(report);
      }
      if (!finishing) await sleep(Math.random() * 2 * pauseMs);
    }
    peer?.close();
  };

  const all = Promise.all(Array.from({ length: count }, sender));
  // A refusal must end the run at once, not at the end.
  all.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
  return {
    acknowledged,
    replies: () => replies,
    async finish() {
      finishing = true;
      await all;
    },
  };
}
