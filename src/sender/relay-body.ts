/**
 * A message on its way into a transaction. It knows what nodemailer does not tell: whether all of it was handed over, and
 * so whether the final dot may be out. Octets are given as fast as the relay takes them.
 */
import { Readable } from 'node:stream';

const slice = 64 * 1024;

export class RelayBody extends Readable {
  /** DATA was answered, octets are wanted. */
  begun = false;
  /** The last octet was given: what follows is the dot. */
  whole = false;
  readonly #raw: Buffer;
  readonly #deadline: number;
  #at = 0;

  /** @param deadline by performance.now(): a process that was frozen must not go on where it stood. */
  constructor(raw: Buffer, deadline: number) {
    super({ highWaterMark: slice });
    this.#raw = raw;
    this.#deadline = deadline;
  }

  override _read(): void {
    if (performance.now() > this.#deadline) {
      this.destroy(new Error('too late to begin'));
      return;
    }
    this.begun = true;
    const chunk = this.#raw.subarray(this.#at, this.#at + slice);
    this.#at += chunk.length;
    if (chunk.length > 0) this.push(chunk);
    if (this.#at < this.#raw.length) return;
    this.whole = true;
    this.push(null);
  }
}
