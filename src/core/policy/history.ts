/**
 * What the policy looks at: the ledger of counted outcomes of one recipient, and what people decided about it.
 * State is a fold over this ledger, never a running total: the order in which reports arrive then does not matter, and a
 * harder outcome that replaces an earlier one needs no correction anywhere else.
 */
import type { Category, EventType } from '../classify/categories.ts';
import type { SuppressionLevel } from '../event.ts';

/** One message to one recipient, with the hardest outcome known of it (the row behind a count key). */
export interface Counted {
  readonly messageKey: string;
  readonly type: EventType;
  readonly category: Category | null;
  readonly redirected: boolean;
  /** A hard bounce that may remove at once: at least one report of it was neither redirected nor transient. */
  readonly conclusive: boolean;
  /** When the first report that counts at this weight was received (database time): order of history. */
  readonly at: Date;
  /** When the newest of them was received: what expiry is counted from. */
  readonly lastAt: Date;
  /** Classification rule of the outcome. */
  readonly rule: string;
  /** When the message was sent, as far as known (day of the token), for lifts. */
  readonly sentAt: Date | null;
  readonly eventId: string;
  /** Events seen on this token within its current 24 h window. */
  readonly reports: number;
  readonly windowAt: Date;
}

export interface Suppression {
  readonly level: SuppressionLevel;
  readonly since: Date;
  readonly expiresAt: Date | null;
  readonly category: Category | null;
  readonly type: EventType | null;
  readonly rule: string | null;
  readonly eventIds: readonly string[];
}

export interface History {
  readonly recipient: string;
  /** Newest first, at most 100, all within the ledger's life. */
  readonly counted: readonly Counted[];
  readonly suppression: Suppression | null;
  /** A human lifted a suppression at this time: mail sent before it does not suppress again. */
  readonly liftedAt: Date | null;
}
