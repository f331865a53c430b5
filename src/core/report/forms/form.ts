/** What distinguishes one family of prose reports: the words by which it is known and how it frames the receiver's words. */
import type { Notification } from '../letter.ts';

/** One failed address and the words about it. */
export interface Finding {
  readonly address: string;
  readonly text: string;
}

export interface Form {
  readonly format: string;
  /** Lower-case fragments, any of which in the notification tells the family. */
  readonly signs: readonly string[];
  /** How much a sign says that this is a bounce at all; three is enough alone. */
  readonly weight: number;
  /** Lower-case fragments after which the receiver's own words begin. */
  readonly quotes: readonly string[];
  /** Lower-case beginnings of lines at which the words about an address end. */
  readonly trailers: readonly string[];
  /** Whether all that is said of an address stands with it, above the next empty line: where nothing stands, nothing was said. */
  readonly blocks: boolean;
  /** Lower-case fragments by which it says that it gave up, whatever action the mail names. */
  readonly givesUp: readonly string[];
  /** A reader of its own, where the common one would not do. Empty: the common one is asked. */
  readonly find: ((notification: Notification) => readonly Finding[]) | null;
  /** What was said, without the marks that stand around it; empty where nothing was. */
  readonly said: ((text: string) => string) | null;
}

/** A form with what is not given left empty. */
export function form(facts: Partial<Form> & Pick<Form, 'format' | 'signs'>): Form {
  return { weight: 2, quotes: [], trailers: [], blocks: false, givesUp: [], find: null, said: null, ...facts };
}
