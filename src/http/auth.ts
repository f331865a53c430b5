/**
 * Who may ask: whoever sends the admin key as `Authorization: Bearer …` (RFC 6750 §2.1). Compared by digest in constant
 * time, before the body is read; a route must say `public` to be open, so that a new one is closed by default.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from './problem.ts';

/** Longer than any key: what is longer is not hashed at all. */
const maxHeader = 1024;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * A check of the Authorization header for one key.
 *
 * @throws Problem `unauthorized`, the same for a missing, a malformed and a wrong key.
 */
export function keyCheck(adminKey: string): (authorization: string | undefined) => void {
  const expected = digest(adminKey);
  return (authorization) => {
    const given = authorization ?? '';
    const bearer = given.slice(0, 7).toLowerCase() === 'bearer ' && given.length <= maxHeader;
    const same = timingSafeEqual(digest(bearer ? given.slice(7).trim() : ''), expected);
    if (!bearer || !same || adminKey === '') throw new Problem('unauthorized');
  };
}
