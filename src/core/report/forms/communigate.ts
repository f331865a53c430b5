/** CommuniGate: `Failed to deliver to 'address'` for each recipient, and below it which module says why. */
import { findAddresses } from '../claim.ts';
import type { Notification } from '../letter.ts';
import type { Finding } from './form.ts';

const head = /^\s{0,4}failed to deliver to\b/iu;

/** The failed addresses with the lines up to the next one; empty where one alone is named, which the common reader does. */
export function findBelowHeads({ lines }: Notification): readonly Finding[] {
  const found: { address: string; lines: string[] }[] = [];
  for (const line of lines) {
    const address = head.test(line) ? findAddresses(line, 1)[0] : undefined;
    if (address !== undefined) found.push({ address, lines: [] });
    else found.at(-1)?.lines.push(line);
  }
  return found.length < 2 ? [] : found.map((one) => ({ address: one.address, text: one.lines.join('\n').trim() }));
}
