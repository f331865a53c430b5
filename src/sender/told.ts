/** What a relay said of an attempt, as what is to be recorded of it. */
import { classify } from '../core/classify/classify.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import { providerOf } from '../core/provider.ts';
import { ownEvent } from '../core/sending/own-event.ts';
import { cleanReply, tell } from '../core/sending/relay-reply.ts';
import type { Claimed } from '../store/dispatch-queue.ts';
import type { Recorded } from './recorder.ts';
import type { Outcome } from './transaction.ts';

export interface Attempt {
  /** As it was before the attempt began. */
  readonly claimed: Claimed;
  /** 1 is the first. */
  readonly attempt: number;
  readonly returnPath: string;
  readonly startedAt: Date;
  /** The relay's name. */
  readonly relay: string;
  /** Its lease may run out before an answer could be recorded. */
  readonly late: () => boolean;
}

/** Null where the outcome says nothing of the recipient or the mail: it is the relay's or the way's. */
export function tellRecord(outcome: Outcome, facts: Attempt, rules: RuleSet): Recorded | null {
  const { claimed, attempt } = facts;
  const fence = { id: claimed.id, attempt };
  // As a report of the same would name it: by the address.
  const provider = providerOf(claimed.recipient);
  if (outcome.outcome === 'sent')
    return { ...fence, what: 'sent', replyCode: outcome.replyCode, text: cleanReply(outcome.text), provider };
  if (outcome.outcome === 'trouble') return null;
  const told = tell(outcome, claimed.address, facts.relay);
  if (told.about === 'relay') return null;
  const event = ownEvent(
    {
      dispatchId: claimed.id,
      attempt,
      recipient: claimed.recipient,
      recipientOriginal: claimed.address,
      messageId: claimed.messageId,
      campaign: claimed.campaign,
      sendingDomain: claimed.sendingDomain,
      provider,
      returnPath: facts.returnPath,
      startedAt: facts.startedAt,
    },
    told.report,
    classify(told.report, rules),
  );
  return { ...fence, what: 'refused', event };
}
