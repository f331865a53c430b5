/**
 * What makes two deliveries the same report: the token and the message below its trace headers. Every hop and every attempt
 * puts trace of its own on top (RFC 5321 §4.4), so that block is left out; all below it was written once, by the reporter.
 */
import { hash } from 'node:crypto';

/** Header fields that relays put on top of a message. */
const traceFields = new Set([
  'received',
  'return-path',
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'delivery-date',
  'x-envelope-from',
  'x-envelope-to',
  'x-received',
  'received-spf',
  'authentication-results',
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
]);

/** How much of a message is looked at for trace; what is still trace beyond counts as message. */
export const traceWindow = 65_536;

const longestFieldName = 76;

/**
 * Where the message below its trace begins in `window` (its first 64 KiB, or all of it), and how many Received fields
 * stand above. Linear; line ends may be CRLF or LF.
 */
export function readTrace(window: Buffer): { readonly end: number; readonly hops: number } {
  let line = 0;
  let hops = 0;
  let inTrace = false;
  while (line < window.length) {
    const first = window[line];
    const folded = first === 0x20 || first === 0x09;
    if (!(folded && inTrace)) {
      const colon = window.subarray(line, line + longestFieldName).indexOf(0x3a);
      const name =
        colon < 1
          ? ''
          : window
              .toString('latin1', line, line + colon)
              .trimEnd()
              .toLowerCase();
      if (!traceFields.has(name)) break;
      inTrace = true;
      if (name === 'received') hops += 1;
    }
    const end = window.indexOf(0x0a, line);
    if (end < 0) break;
    line = end + 1;
  }
  return { end: line, hops };
}

/**
 * SHA-256 of (key text, NUL, SHA-256 of the message below its trace). The message goes in as its digest, so that a hundred
 * recipients of one large message cost one pass over it.
 */
export function arrivalKey(keyText: string, messageDigest: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${keyText}\0`), messageDigest]), 'buffer');
}
