/** One relay by script, and a message for it. */
import { afterEach } from 'vitest';
import type { RelaySettings } from '../../src/config/relays.ts';
import { createRelay, type Relay } from '../../src/sender/relay.ts';
import type { Outcome, Transaction } from '../../src/sender/transaction.ts';
import { hostilePeer, type HostilePeer, type PeerOptions, type Session } from './hostile-peer.ts';
import { relayAt } from './setup.ts';

export const deadline = 1500;
/** Closed after each test, the last one first. */
export const open: { close(): unknown }[] = [];
afterEach(async () => {
  while (open.length > 0) await open.pop()?.close();
});

export const mail: Transaction = {
  from: 'b-token@bounce.example',
  to: 'ann@one.example',
  raw: Buffer.from('Subject: hello\r\n\r\nHello.\r\n'),
  envid: '0193d0a0-0000-7000-8000-000000000001',
  smtputf8: false,
  eightBit: false,
};

export async function relayTo(
  behave: (session: Session) => Promise<void> | void,
  changes: Partial<RelaySettings> = {},
  options: PeerOptions = {},
): Promise<{ peer: HostilePeer; relay: Relay }> {
  const peer = await hostilePeer(behave, options);
  const relay = createRelay({ settings: relayAt(peer.port, changes), hostname: 'mx.bounce.example', deadline });
  open.push(peer, relay);
  return { peer, relay };
}

/** Within the deadline and five seconds, whatever happens. */
export async function sendInTime(relay: Relay, transaction: Partial<Transaction> = {}): Promise<Outcome> {
  const late = AbortSignal.timeout(deadline + 5000);
  return await Promise.race([
    relay.send({ ...mail, ...transaction }),
    new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => {
        reject(new Error('not in time'));
      });
    }),
  ]);
}
