/** Pages of what grows without end: newest first, by (time, id), so that a page costs the same at any depth. */

/** The last item of the page before. */
export interface Cursor {
  readonly at: Date;
  readonly id: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null at the end. */
  readonly next: Cursor | null;
}

/** From `limit + 1` rows: the page, and a cursor only where there is more. */
export function pageOf<T>(rows: readonly T[], limit: number, cursor: (last: T) => Cursor): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursor(last) : null };
}
