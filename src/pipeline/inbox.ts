/**
 * Arrivals that the arrival log hands over in memory, right after their commit: room is reserved before the commit, so that
 * memory stays bounded; what finds no room waits in the queue table for anybody.
 */
import type { Taken } from '../store/queue.ts';

export interface InboxLimits {
  readonly rows: number;
  readonly bytes: number;
}

export class Inbox {
  readonly #limits: InboxLimits;
  #waiting: Taken[] = [];
  #rows = 0;
  #bytes = 0;
  #open = true;

  constructor(limits: InboxLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.length;
  }

  reserve(bytes: number): boolean {
    if (!this.#open || this.#rows >= this.#limits.rows) return false;
    // One arrival always fits: a limit below its size would shut the inbox for ever.
    if (this.#rows > 0 && this.#bytes + bytes > this.#limits.bytes) return false;
    this.#rows++;
    this.#bytes += bytes;
    return true;
  }

  /** Reserved, but not coming. */
  cancel(bytes: number): void {
    this.#rows--;
    this.#bytes -= bytes;
  }

  put(taken: readonly Taken[]): void {
    for (const each of taken) this.#waiting.push(each);
  }

  /** The next batch, oldest first; its room is free from now on. */
  take(limit: InboxLimits): Taken[] {
    let rows = 0;
    let bytes = 0;
    for (const { arrival } of this.#waiting) {
      if (rows > 0 && (rows >= limit.rows || bytes + arrival.raw.length > limit.bytes)) break;
      rows++;
      bytes += arrival.raw.length;
    }
    const batch = this.#waiting.slice(0, rows);
    this.#waiting = this.#waiting.slice(rows);
    this.#rows -= rows;
    this.#bytes -= bytes;
    return batch;
  }

  /** Takes no more; what is reserved may still come. */
  close(): void {
    this.#open = false;
  }
}
