/**
 * ASCII, which nearly every text is, as octets in one array that all who read unit by unit share: a unit of a string costs more,
 * since the engine has a dozen kinds of strings. Whoever asks uses the octets before anybody else asks.
 */

export const octets = new Uint8Array(64 * 1024);
const encoder = new TextEncoder();
const view = Buffer.from(octets.buffer);

/** Puts an ASCII text into `octets`: its length; -1 where it is none or too long. */
export function octetsOf(text: string): number {
  return text.length <= octets.length && encoder.encodeInto(text, octets).written === text.length ? text.length : -1;
}

/** The first octets, all ASCII, as text. */
export function textOf(length: number): string {
  return view.toString('latin1', 0, length);
}
