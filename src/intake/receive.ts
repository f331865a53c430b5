/**
 * One message on its way in: the first octets are kept, all are counted and hashed. Memory is bounded by `keepSize` and
 * by the budget of the process, however the peer cuts its writes: chunks are copied into one buffer, since a message that
 * comes one octet at a time would else hold a Buffer object for each.
 */
import { createHash, hash, type Hash } from 'node:crypto';
import { readTrace, traceWindow } from './arrival-key.ts';
import type { Limits } from './limits.ts';
import { refusals, type Refusal } from './smtp-replies.ts';

export interface ReceiveLimits {
  readonly maxSize: number;
  readonly keepSize: number;
  readonly rejectBareNewline: boolean;
}

/** A message that is in. */
export interface Received {
  readonly raw: Buffer;
  readonly size: number;
  readonly truncated: boolean;
  /** SHA-256 of the message below its trace headers. */
  readonly digest: Buffer;
}

/** RFC 5321 §6.3 asks for at least 100, counted over the whole message; ours are those of the leading block alone. */
const maxHops = 50;
const CR = 0x0d;
const LF = 0x0a;

export class Receiver {
  readonly #limits: ReceiveLimits;
  readonly #budget: Pick<Limits, 'takeBytes' | 'giveBytes'>;
  #kept: Buffer = Buffer.alloc(0);
  #length = 0;
  #hash: Hash | null = null;
  #last = 0;
  #refusal: Refusal | null = null;
  /** Octets so far, kept or not. */
  octets = 0;
  /** For the sweep (limits.ts). */
  windowAt: number;
  windowOctets = 0;

  constructor(limits: ReceiveLimits, budget: Pick<Limits, 'takeBytes' | 'giveBytes'>, at: number) {
    this.#limits = limits;
    this.#budget = budget;
    this.windowAt = at;
  }

  /** False: far too large, stop reading. */
  write(chunk: Buffer): boolean {
    this.octets += chunk.length;
    if (this.octets > 2 * this.#limits.maxSize) return false;
    if (this.#limits.rejectBareNewline) this.#lookForBareNewlines(chunk);
    if (this.octets > this.#limits.maxSize) this.#refuse(refusals.tooLarge);
    if (this.#refusal !== null) return true;
    const room = this.#limits.keepSize - this.#length;
    const keep = chunk.length <= room ? chunk : chunk.subarray(0, room);
    if (keep.length > 0 && !this.#keep(keep)) this.#refuse(refusals.overloaded);
    else if (keep.length < chunk.length) this.#overflow(chunk.subarray(keep.length));
    return true;
  }

  /** The message, or why it is refused; what it holds of the budget stays held until `release`. */
  end(): Received | Refusal {
    // A CR at the very end is bare: nothing follows it.
    if (this.#limits.rejectBareNewline && this.#last === CR) this.#refuse(refusals.bareNewline);
    const raw = this.#kept.subarray(0, this.#length);
    const trace = readTrace(raw.subarray(0, traceWindow));
    if (trace.hops > maxHops) this.#refuse(refusals.loop);
    if (this.#refusal !== null) return this.#refusal;
    return {
      raw,
      size: this.octets,
      truncated: this.octets > this.#length,
      digest: this.#hash?.digest() ?? hash('sha256', raw.subarray(trace.end), 'buffer'),
    };
  }

  /** Gives back the memory; any number of times. */
  release(): void {
    if (this.#kept.length > 0) this.#budget.giveBytes(this.#kept.length);
    this.#kept = Buffer.alloc(0);
    this.#length = 0;
  }

  #refuse(refusal: Refusal): void {
    this.#refusal ??= refusal;
    this.release();
  }

  /** Copies into the one buffer, which doubles up to keepSize; false where the budget has no room for that. */
  #keep(chunk: Buffer): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#kept.length) {
      const capacity = Math.min(this.#limits.keepSize, Math.max(4096, 2 * this.#kept.length, length));
      if (!this.#budget.takeBytes(capacity)) return false;
      const larger = Buffer.allocUnsafeSlow(capacity);
      this.#kept.copy(larger, 0, 0, this.#length);
      if (this.#kept.length > 0) this.#budget.giveBytes(this.#kept.length);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#length);
    this.#length = length;
    return true;
  }

  /** What is not kept is hashed as it passes; all before it comes first. */
  #overflow(rest: Buffer): void {
    if (this.#hash === null) {
      const raw = this.#kept.subarray(0, this.#length);
      this.#hash = createHash('sha256').update(raw.subarray(readTrace(raw.subarray(0, traceWindow)).end));
    }
    this.#hash.update(rest);
  }

  #lookForBareNewlines(chunk: Buffer): void {
    let previous = this.#last;
    for (const octet of chunk) {
      if ((octet === LF) !== (previous === CR)) {
        this.#refuse(refusals.bareNewline);
        break;
      }
      previous = octet;
    }
    this.#last = chunk[chunk.length - 1] ?? this.#last;
  }
}
