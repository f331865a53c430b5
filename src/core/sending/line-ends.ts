/**
 * Line ends as SMTP has them: CR LF and nothing else (RFC 5321 §2.3.8). A bare CR or LF is a line end to some and none to
 * others: what reads as one header field here must not be two behind the relay, nor a dot end the mail there (smuggling).
 */

const cr = 0x0d;
const lf = 0x0a;

/** The same octets with every bare CR or LF made a CR LF; the buffer itself where there is none. One pass, or two. */
export function withLineEnds(raw: Buffer): Buffer {
  const bare = countBare(raw);
  if (bare === 0) return raw;
  const out = Buffer.allocUnsafe(raw.length + bare);
  let to = 0;
  for (let at = 0; at < raw.length; at++) {
    const octet = raw[at] ?? 0;
    if (octet !== cr && octet !== lf) {
      out[to++] = octet;
      continue;
    }
    if (octet === cr && raw[at + 1] === lf) at++;
    out[to++] = cr;
    out[to++] = lf;
  }
  return out;
}

function countBare(raw: Buffer): number {
  let bare = 0;
  for (let at = 0; at < raw.length; at++) {
    const octet = raw[at];
    if (octet === cr) {
      if (raw[at + 1] === lf) at++;
      else bare++;
    } else if (octet === lf) bare++;
  }
  return bare;
}
