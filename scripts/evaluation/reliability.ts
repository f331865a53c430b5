/** Does the stated confidence come true? Verdicts in bins by what they state, against how many of each bin were right. */
import { isRight } from './corpus.ts';
import type { Verdicts } from './scorer.ts';

interface Bin {
  readonly label: string;
  readonly count: number;
  /** Mean of what was stated. */
  readonly stated: number;
  readonly right: number;
  /** 95 % Wilson interval of the observed rate. */
  readonly low: number;
  readonly high: number;
}

/** Upper edges: finer where verdicts are many. */
const edges = [0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 1];
/** Bins with fewer verdicts say nothing: their intervals are too wide to be missed. */
const enough = 50;

export function bins(verdicts: Verdicts): Bin[] {
  const scored = verdicts.flatMap(([each, { type, category, permanence, rule, confidence, evidence }]) => {
    const right = isRight(each.accepted, { type, category, permanence, rule, confidence, evidence });
    return right === null ? [] : [{ confidence, right }];
  });
  return edges.flatMap((edge, index) => {
    const from = edges[index - 1] ?? 0;
    const inside = scored.filter(({ confidence }) => confidence > from && confidence <= edge);
    if (inside.length === 0) return [];
    const right = inside.filter((each) => each.right).length;
    const stated = inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length;
    return [{ label: `${from}–${edge}`, count: inside.length, stated, right, ...wilson(right, inside.length) }];
  });
}

/** The interval of Wilson (1927) at 95 %. */
function wilson(right: number, count: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const rate = right / count;
  const middle = (rate + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half = (z * Math.sqrt((rate * (1 - rate)) / count + (z * z) / (4 * count * count))) / (1 + (z * z) / count);
  return { low: middle - half, high: middle + half };
}

/** The reliability table; the last column judges bins of 50 verdicts and more. */
export function reliabilityTable(verdicts: Verdicts): string {
  const rows = bins(verdicts).map(({ label, count, stated, right, low, high }) => {
    const judged = count < enough ? '' : stated >= low && stated <= high ? 'in' : 'OUT';
    const cells = [label.padEnd(13), String(count).padStart(6), percent(stated), percent(right / count)];
    return [...cells, `[${percent(low)},${percent(high)}]`, judged].join('  ');
  });
  return ['stated             n  stated  observed  95 % interval', ...rows].join('\n');
}

function percent(share: number): string {
  return (100 * share).toFixed(1).padStart(6);
}
