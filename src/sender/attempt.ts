/** What one attempt takes along: a return-path of its own, and the field by which we know the mail should it come back. */
import { randomBytes } from 'node:crypto';
import { findSending } from '../config/sending-domains.ts';
import type { DomainOptions } from '../config/options.ts';
import { checkRecipient } from '../core/sending/envelope.ts';
import { stampAttempt } from '../core/sending/preparation.ts';
import { dayOf, encodeOpaqueReturnPath, messageTagOf, signingKey, type KeyRing } from '../core/verp/index.ts';
import type { Claimed } from '../store/dispatch-queue.ts';
import type { Transaction } from './transaction.ts';

/** The return-path of an attempt to come; its row is written when the attempt begins. */
export type MintedAttempt =
  | { readonly ok: true; readonly rowId: string; readonly returnPath: string }
  | { readonly ok: false; readonly why: string };

export interface MintTerms {
  readonly domains: readonly DomainOptions[];
  readonly ring: KeyRing;
  readonly now: Date;
}

export function mintAttempt({ sendingDomain, messageId }: Claimed, { domains, ring, now }: MintTerms): MintedAttempt {
  const sending = findSending(domains, sendingDomain);
  const key = signingKey(ring, sendingDomain);
  if (sending === null) return { ok: false, why: `no [[domain]] has the sending domain ${sendingDomain}` };
  if (key === null) return { ok: false, why: `no key signs for ${sendingDomain}` };
  const rowId = randomBytes(8).toString('hex');
  const messageTag = messageTagOf(messageId);
  return {
    ok: true,
    rowId,
    returnPath: encodeOpaqueReturnPath({ domain: sending.domain, key, day: dayOf(now), messageTag, rowId }),
  };
}

/** Null where the address is none that could be said to a relay: it was checked when it was taken, and is again. */
export function transactionOf(
  { id, attempt, address, smtputf8, eightBit }: Claimed,
  returnPath: string,
  raw: Buffer,
  hostname: string,
): Transaction | null {
  const checked = checkRecipient(address);
  if (!checked.ok) return null;
  return {
    from: returnPath,
    to: checked.address,
    raw: stampAttempt(raw, { dispatchId: id, attempt: attempt + 1, hostname }),
    envid: id,
    smtputf8,
    eightBit,
  };
}
