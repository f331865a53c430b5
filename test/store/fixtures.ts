/** Arrivals for the store's tests: made up, each with a key of its own unless one is given. */
import { randomBytes } from 'node:crypto';
import type { NewArrival } from '../../src/store/arrivals.ts';

export function newArrival(changes: Partial<NewArrival> = {}): NewArrival {
  const raw = changes.raw ?? Buffer.from('Subject: Undelivered\r\n\r\nNo such person here.\r\n');
  return {
    source: 'smtp',
    reversePath: '',
    forwardPath: 'b-token@bounce.example',
    bound: {
      proof: 'verp',
      form: 'selfContained',
      keyId: 1,
      sendingDomain: 'news.example',
      recipient: 'ann@example.org',
      messageTag: '00000000ff',
      rowId: null,
      day: 20_000,
    },
    peer: { address: '192.0.2.7', helo: 'mx.example.org', tls: false, trusted: false },
    arrivalKey: randomBytes(32),
    raw,
    size: raw.length,
    truncated: false,
    ...changes,
  };
}
