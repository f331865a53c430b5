/**
 * Deciding again with other verdicts: the ledger's row of a message is folded anew from its events, and the level follows from the
 * ledger. Only what the new verdicts change is changed: a level that the ledger does not explain (its cause is older than the
 * ledger, a person set it, the policy was another) is never lowered, and mail sent before a lift suppresses as little as ever.
 */
import { sameSuppression } from './decide.ts';
import type { Counted, History, Suppression } from './history.ts';
import { countedOf, joinCounted, type Countable } from './ledger.ts';
import type { PolicyOptions } from './options.ts';
import { live, merge, rankOf, suppressionFrom } from './suppression.ts';

/**
 * The row of a message from its recorded events.
 * @param row as it is in the ledger: it numbers also reports that were not recorded, and knows when the mail was sent. Null where
 *   the ledger has forgotten the message.
 */
export function foldAgain(row: Counted | null, events: readonly [Countable, ...Countable[]]): Counted {
  const joined = events.map(countedOf).reduce(joinCounted);
  return row === null ? joined : { ...joined, sentAt: row.sentAt, reports: row.reports, windowAt: row.windowAt };
}

export interface LevelAgain {
  readonly prior: Suppression | null;
  readonly suppression: Suppression | null;
  readonly changed: boolean;
}

/**
 * The level after some verdicts changed.
 * @param history `counted` is the ledger with the old verdicts.
 * @param after the ledger with the new ones.
 * @param explained whether every event that the standing suppression names is known.
 */
export function levelAgain(
  history: History,
  after: readonly Counted[],
  explained: boolean,
  policy: PolicyOptions,
  now: Date,
): LevelAgain {
  const prior = live(history.suppression, now);
  const before = suppressionFrom(history.counted, history.liftedAt, policy, now);
  const asked = suppressionFrom(after, history.liftedAt, policy, now);
  if (sameSuppression(before, asked)) return { prior, suppression: prior, changed: false };
  const ours = prior === null || (explained && before !== null && rankOf(before.level) >= rankOf(prior.level));
  const suppression = ours ? asked : merge(prior, asked);
  return { prior, suppression, changed: !sameSuppression(prior, suppression) };
}
