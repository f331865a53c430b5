/** What a batch changes, by category and rule, with some examples; small however many events there are. */
import type { EventType, Category } from '../core/classify/categories.ts';
import type { Verdict } from '../core/event.ts';
import type { RecipientAgain } from './reclassify-decide.ts';
import type { StoredEvent } from './reclassify-events.ts';

interface Side {
  readonly type: EventType;
  readonly category: Category | null;
  readonly rule: string;
}

interface DiffLine {
  readonly from: Side;
  readonly to: Side;
  count: number;
  readonly examples: { readonly eventId: string; readonly text: string }[];
}

export interface Diff {
  looked: number;
  /** Events that are decided otherwise; `renamed` get the same decision by another rule. */
  changed: number;
  renamed: number;
  released: number;
  suppressed: number;
  /** Levels that change otherwise: milder, harder, longer. */
  adjusted: number;
  /** The most frequent first. */
  readonly lines: () => readonly DiffLine[];
  /** Whether it is decided otherwise: another rule for the same decision is no other decision. */
  look(event: StoredEvent, to: Verdict): boolean;
  count(recipients: readonly RecipientAgain[]): void;
}

const examplesEach = 3;
const longestExample = 300;

export function createDiff(): Diff {
  const lines = new Map<string, DiffLine>();
  const diff: Diff = {
    looked: 0,
    changed: 0,
    renamed: 0,
    released: 0,
    suppressed: 0,
    adjusted: 0,
    lines: () => [...lines.values()].sort((a, b) => b.count - a.count),
    look({ id, verdict: from, report }, to) {
      diff.looked++;
      const same = from.type === to.type && from.category === to.category && from.permanence === to.permanence;
      if (same) {
        if (from.rule !== to.rule) diff.renamed++;
        return false;
      }
      diff.changed++;
      const key = JSON.stringify([from.type, from.category, from.rule, to.type, to.category, to.rule]);
      let line = lines.get(key);
      if (line === undefined) lines.set(key, (line = { from: side(from), to: side(to), count: 0, examples: [] }));
      line.count++;
      if (line.examples.length < examplesEach)
        line.examples.push({ eventId: id, text: (report.diagnosticCode ?? '').slice(0, longestExample) });
      return true;
    },
    count(recipients) {
      for (const { changed, prior, suppression } of recipients) {
        if (!changed) continue;
        if (suppression === null) diff.released++;
        else if (prior === null) diff.suppressed++;
        else diff.adjusted++;
      }
    },
  };
  return diff;
}

const side = ({ type, category, rule }: Verdict): Side => ({ type, category, rule });
