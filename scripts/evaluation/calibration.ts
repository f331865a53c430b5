/**
 * Fits config/reliability.toml: of verdicts on one ground, with the status code saying this or that, how many are right? Asked of
 * held-out verdicts (leave-out.ts), pulled towards what is known of the ground as a whole where there are few.
 */
import {
  consents,
  grounds,
  unfitted,
  type Consent,
  type Ground,
  type Reliability,
} from '../../src/core/classify/confidence.ts';
import { isRight, type Case } from './corpus.ts';
import { leaveOut, Switchboard } from './leave-out.ts';
import type { Verdicts } from './scorer.ts';
import type { Learned } from '../../src/core/classify/rule-set.ts';

/** What is assumed before weighs as much as so many verdicts. */
const prior = 10;
/** Files are dealt to so many parts; each is stated by a table fitted to the others. */
const folds = 10;
/** Nothing is surer than this: some thousand texts can't show more. */
const most = 0.99;

/** A table of row numbers instead of shares: the confidence of a verdict made with it tells which cell it would have been. */
const numbers = table((ground, consent) => 1 + grounds.indexOf(ground) * consents.length + consents.indexOf(consent));

/** Verdicts whose confidence is the number of their cell, held out family by family. */
export function heldOut(cases: readonly Case[], witnesses: readonly Case[], learned: Learned): Verdicts {
  return leaveOut(cases, witnesses, new Switchboard({ ...learned, reliability: numbers }), 'family', 'rule').verdicts;
}

/** The table of such verdicts. Those over a report's kind, and those that no label scores, are in no cell. */
export function fit(verdicts: Verdicts): Reliability {
  const scored = verdicts.flatMap(([{ accepted }, verdict]) => {
    const right = isRight(accepted, verdict);
    return right === null ? [] : [{ cell: verdict.confidence, right }];
  });
  const cells = Map.groupBy(scored, ({ cell }) => cell);
  const counts = (ground: Ground, consent: Consent) => {
    const inside = cells.get(numbers[ground][consent]) ?? [];
    return { count: inside.length, right: inside.filter(({ right }) => right).length };
  };
  return table((ground, consent) => {
    const all = consents.map((each) => counts(ground, each));
    const whole = smoothed(
      all.reduce((sum, { right }) => sum + right, 0),
      all.reduce((sum, { count }) => sum + count, 0),
      unfitted[ground].silent,
    );
    // A final word beside a transient code is worth less; the fifth is a guess that counts until verdicts say otherwise.
    const expected = consent === 'against' ? 0.8 * whole : whole;
    const { right, count } = counts(ground, consent);
    return Math.round(100 * Math.min(most, smoothed(right, count, expected))) / 100;
  });
}

function smoothed(right: number, count: number, expected: number): number {
  return (right + prior * expected) / (count + prior);
}

/** The same verdicts with the confidence that a table fitted without their part of the files states. */
export function crossValidated(verdicts: Verdicts): Verdicts {
  const origins = [...new Set(verdicts.map(([{ origin }]) => origin))].sort();
  const foldOf = new Map(origins.map((origin, index) => [origin, index % folds]));
  return Array.from({ length: folds }, (_, fold) => {
    const [inside, outside] = [true, false].map((wanted) =>
      verdicts.filter(([{ origin }]) => (foldOf.get(origin) === fold) === wanted),
    );
    const stated = fit(outside ?? []);
    return (inside ?? []).map(
      ([each, verdict]) => [each, { ...verdict, confidence: shareOf(stated, verdict.confidence) }] as const,
    );
  }).flat();
}

/** Confidence of a verdict over a kind is a share already, under 1, and no number of a cell. */
function shareOf(stated: Reliability, cell: number): number {
  const ground = grounds[Math.floor((cell - 1) / consents.length)];
  const consent = consents[(cell - 1) % consents.length];
  return ground === undefined || consent === undefined ? cell : stated[ground][consent];
}

function table(share: (ground: Ground, consent: Consent) => number): Reliability {
  return Object.fromEntries(
    grounds.map((ground) => [
      ground,
      Object.fromEntries(consents.map((consent) => [consent, share(ground, consent)])) as Record<Consent, number>,
    ]),
  ) as Record<Ground, Record<Consent, number>>;
}
