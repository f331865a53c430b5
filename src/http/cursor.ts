/** Cursors of pages: opaque to the caller, and nothing but a time and an id to us, checked before they meet the database. */
import type { Cursor, Page } from '../store/page.ts';
import { Problem } from './problem.ts';
import { usualPage } from './shapes.ts';

const form = /^(\d{1,13})\.([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})$/u;

export function encodeCursor({ at, id }: Cursor): string {
  return Buffer.from(`${at.getTime()}.${id}`).toString('base64url');
}

/**
 * The cursor of a query, or null where there is none.
 *
 * @throws Problem `invalidCursor` for anything that encodeCursor does not write.
 */
export function decodeCursor(text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const match = form.exec(plain);
  // Buffer.from skips what is no base64url: only the canonical spelling passes.
  if (match === null || Buffer.from(plain, 'latin1').toString('base64url') !== text) throw new Problem('invalidCursor');
  return { at: new Date(Number(match[1])), id: match[2] ?? '' };
}

/** The page that a query asks for. */
export function pageWanted(
  limit: number | undefined,
  cursor: string | undefined,
): { limit: number; cursor: Cursor | null } {
  return { limit: limit ?? usualPage, cursor: decodeCursor(cursor) };
}

/** A page as it is sent. */
export function sentPage<T>({ items, next }: Page<T>): { items: readonly T[]; next: string | null } {
  return { items, next: next === null ? null : encodeCursor(next) };
}
