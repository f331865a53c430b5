/**
 * Line ends as SMTP has them: CR LF and nothing else (RFC 5321 §2.3.8). A bare CR or LF is a line end to some and none to
 * others: what reads as one header field here must not be two behind the relay, nor a dot end the mail there (smuggling).
 */

const cr = 0x0d;
const lf = 0x0a;
const bare = /\r(?!\n)|(?<!\r)\n/;

/** The same octets with every bare CR or LF made a CR LF; the buffer itself where there is none. */
export function withLineEnds(raw: Buffer): Buffer {
  // Latin-1 has a character for every octet, and no loop over octets finds as fast.
  if (!bare.test(raw.toString('latin1'))) return raw;
  const out = Buffer.allocUnsafe(raw.length * 2);
  let to = 0;
  let previous = 0;
  for (const octet of raw) {
    if (previous === cr && octet !== lf) out[to++] = lf;
    if (octet === lf && previous !== cr) out[to++] = cr;
    out[to++] = octet;
    previous = octet;
  }
  if (previous === cr) out[to++] = lf;
  return out.subarray(0, to);
}
