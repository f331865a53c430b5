/**
 * What a sender asks before it mails: is this address suppressed? The table holds a row only where a level was set;
 * an expired row counts as none from that moment on, whether or not it was swept.
 */
import type { Category, EventType } from '../core/classify/categories.ts';
import type { SuppressionLevel } from '../core/event.ts';
import type { Queryable } from './db.ts';

/** The state of one address; there is always one. */
export interface SuppressionState {
  readonly address: string;
  /** True for every level but `none`. */
  readonly suppressed: boolean;
  readonly level: SuppressionLevel;
  readonly since: Date | null;
  /** Null: never, or not suppressed. */
  readonly expiresAt: Date | null;
  readonly type: EventType | null;
  readonly category: Category | null;
  readonly rule: string | null;
  readonly eventIds: readonly string[];
}

type Row = Omit<SuppressionState, 'suppressed'>;

const columns = `address, level, since, expires_at as "expiresAt", type, category, rule, event_ids as "eventIds"`;

/** State of one address (identity form). */
export async function suppressionOf(db: Queryable, address: string, now: Date): Promise<SuppressionState> {
  const [row] = await db.query<Row>(
    `select ${columns} from suppressions where address = $1 and (expires_at is null or expires_at > $2)`,
    [address, now],
    'suppressionOf',
  );
  if (row !== undefined) return { ...row, suppressed: true };
  return {
    address,
    suppressed: false,
    level: 'none',
    since: null,
    expiresAt: null,
    type: null,
    category: null,
    rule: null,
    eventIds: [],
  };
}

/** Levels of many addresses (identity form, up to 10,000) in one query; what is not in the map is not suppressed. */
export async function suppressionLevels(
  db: Queryable,
  addresses: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, SuppressionLevel>> {
  const rows = await db.query<{ address: string; level: SuppressionLevel }>(
    'select address, level from suppressions where address = any($1::text[]) and (expires_at is null or expires_at > $2)',
    [addresses, now],
    'suppressionLevels',
  );
  return new Map(rows.map((row) => [row.address, row.level]));
}
