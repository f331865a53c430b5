/** Ids of this process: UUIDv7, growing. Randomness is drawn in blocks, since a call for each id costs more than the id. */
import { randomFillSync } from 'node:crypto';
import { uuidv7, type UuidState } from '../core/uuid.ts';

const block = Buffer.alloc(4000);
let used = block.length;
let last: UuidState | null = null;

export function newId(): string {
  if (used + 10 > block.length) {
    randomFillSync(block);
    used = 0;
  }
  last = uuidv7(Date.now(), block.subarray(used, used + 10), last);
  used += 10;
  return last.id;
}
