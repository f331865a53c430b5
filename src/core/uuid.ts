/**
 * UUIDv7 (RFC 9562 §5.7, method 1 of §6.2: a counter behind the millisecond), growing within one process even when its clock
 * steps back. Pure: time, randomness and the state come from outside.
 */

export interface UuidState {
  readonly id: string;
  /** Milliseconds and counter of the id, for the next one. */
  readonly ms: number;
  readonly counter: number;
}

/**
 * @param now milliseconds since 1970.
 * @param random ten octets.
 * @param last what the call before returned; null for the first.
 */
export function uuidv7(now: number, random: Uint8Array, last: UuidState | null): UuidState {
  const bytes = Buffer.alloc(16);
  bytes.set(random, 6);
  // The top bit of a fresh counter is left free, so that it seldom overflows within its millisecond.
  const fresh = bytes.readUInt16BE(6) & 0x07ff;
  let ms = now;
  let counter = fresh;
  if (last !== null && now <= last.ms) {
    const overflow = last.counter >= 0x0fff;
    ms = overflow ? last.ms + 1 : last.ms;
    counter = overflow ? fresh : last.counter + 1;
  }
  bytes.writeUIntBE(ms, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { id, ms, counter };
}
