/**
 * What the model may decide, where no rule knows the words (docs/decisions/0011-learned-fallback.md). It outvotes a status code only
 * when it is sure of itself, and it never ends in a removal by itself: a hard bounce of the model is final only where the code is of
 * the same category and the words leave little doubt. Else a person is asked.
 */
import { categories, type Category } from './categories.ts';
import { guess, type Guess, type Weights } from './model.ts';
import { tooEarly, type Facts } from './rule-set.ts';
import { categoryOfStatus } from './status-table.ts';

/** Probabilities from which the model is asked: against a code or for a hard bounce, and else. */
const sureFrom = 0.5;
const heardFrom = 0.3;
/** From here a code of the same category makes a hard bounce of it that is final: softer words may as well be about a doubt. */
const finalFrom = 0.8;

interface Fallback {
  readonly category: Category;
  readonly span: Guess['span'];
  /** A hard bounce that the model is not sure of, or that no code confirms: nothing final may follow. */
  readonly unconfirmed: boolean;
}

/** The model's category for a folded text, or null where it knows too little. `reported`: a report of delivery says it. */
export function fallback(
  weights: Weights,
  text: string,
  { statuses, phase }: Facts,
  reported: boolean,
): Fallback | null {
  const said = guess(weights, text);
  if (said === null || said.category === 'unknown' || tooEarly(said.category, phase)) return null;
  // Every report calls itself automatic, and a failure is no absence: mail that answers by itself is known by its header.
  if (reported && said.category === 'vacation_reply') return null;
  const { category, probability, span } = said;
  const told = statuses.map(categoryOfStatus).find((each) => each !== null) ?? null;
  const hard = isHard(category);
  // That the mailbox is gone for good is said twice; in which way, the code says better than a guess.
  if (hard && told !== null && told !== category && isHard(told)) return null;
  const floor = told !== category && (hard || told !== null) ? sureFrom : heardFrom;
  return probability < floor
    ? null
    : { category, span, unconfirmed: hard && !(told === category && probability >= finalFrom) };
}

function isHard(category: Category): boolean {
  return categories[category].type === 'hard_bounce';
}
