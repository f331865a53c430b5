/**
 * UUIDv7 (RFC 9562 §5.7) whose random part is a hash of what it names: doing the same work twice gives the same id, and
 * the id tells the time without a look-up.
 */
import { hash } from 'node:crypto';

/** The id of `seed` at `time`. */
export function derivedUuid(time: Date, seed: string | Buffer): string {
  const bytes = hash('sha256', seed, 'buffer');
  bytes.writeUIntBE(Math.max(0, time.getTime()), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
