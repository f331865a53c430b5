/**
 * READ THIS FIRST. One arrival through every stage:
 *
 *   read       bytes → reports: what the mail claims                         core/report/, mime-fallback.ts
 *   classify   each report → verdict: why, by which rule and words           core/classify/
 *   correlate  return-path + reports + verdicts → events: who is proved      core/correlate.ts
 *
 * What follows of the events is decided while they are written (store/settle.ts, core/policy/decide.ts), because it depends
 * on what is written already. Bad mail is no failure: it becomes an event of type `none` with a flag. A throw is a bug of
 * ours; worker.ts counts it as a failed attempt.
 */
import { setImmediate } from 'node:timers/promises';
import { classify } from '../core/classify/classify.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import { correlate, type Minted } from '../core/correlate.ts';
import type { Arrival, MailEvent, Verdict } from '../core/event.ts';
import { readArrival } from './mime-fallback.ts';

/** Reports of one mail that are judged before others have their turn: with operators' expressions each takes its time. */
const atOnce = 10;

/** @param minted rows of opaque tokens, by row id (store/return-paths.ts). */
export async function processArrival(
  arrival: Arrival,
  rules: RuleSet,
  minted: ReadonlyMap<string, Minted>,
): Promise<readonly MailEvent[]> {
  const message = await readArrival(arrival.raw, arrival.truncated);
  const verdicts: Verdict[] = [];
  for (const report of message.reports) {
    if (verdicts.length > 0 && verdicts.length % atOnce === 0) await setImmediate();
    verdicts.push(classify(report, rules));
  }
  const rowId = arrival.bound?.rowId ?? null;
  return correlate(arrival, rowId === null ? null : (minted.get(rowId) ?? null), message, verdicts);
}
