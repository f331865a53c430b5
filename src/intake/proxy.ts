/**
 * The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt), from listed peers only. smtp-server reads version 1
 * alone and trusts a listed address list without networks, so the header is read here, in front of it: bounded in size and
 * time, and what follows the header goes back to the socket untouched.
 */
import { isIP, type Socket } from 'node:net';

/** The peer that the proxy speaks for; null where it speaks for itself (LOCAL, UNKNOWN: a health check). */
export type ProxySource = { readonly address: string; readonly port: number } | null;

export type ParsedProxy =
  | { readonly state: 'more' }
  | { readonly state: 'invalid' }
  | { readonly state: 'done'; readonly length: number; readonly source: ProxySource };

/** Version 1 has at most 107 octets; version 2 16, the addresses, and the TLVs, of which this is plenty. */
const longestV1 = 107;
const longestV2 = 16 + 2048;
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const headerTimeout = 10_000;
/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
const mapped = Buffer.from('00000000000000000000ffff', 'hex');

const more: ParsedProxy = { state: 'more' };
const invalid: ParsedProxy = { state: 'invalid' };

/** Reads a header at the start of `octets`. Total. */
export function parseProxyHeader(octets: Buffer): ParsedProxy {
  const start = octets.subarray(0, signature.length);
  if (start.equals(signature.subarray(0, start.length))) {
    return octets.length < 16 ? more : parseV2(octets);
  }
  const word = octets.toString('latin1', 0, 6);
  return 'PROXY '.startsWith(word) ? parseV1(octets) : invalid;
}

function parseV1(octets: Buffer): ParsedProxy {
  const end = octets.subarray(0, longestV1).indexOf(0x0a);
  if (end < 0) return octets.length < longestV1 ? more : invalid;
  if (octets[end - 1] !== 0x0d) return invalid;
  const length = end + 1;
  const words = octets.toString('latin1', 0, end - 1).split(' ');
  if (words[1] === 'UNKNOWN') return { state: 'done', length, source: null };
  const [, family, from = '', to = '', fromPort = '', toPort = ''] = words;
  const wanted = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  const sound =
    words.length === 6 &&
    wanted !== 0 &&
    isIP(from) === wanted &&
    isIP(to) === wanted &&
    isPort(fromPort) &&
    isPort(toPort);
  return sound ? { state: 'done', length, source: { address: from, port: Number(fromPort) } } : invalid;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseV2(octets: Buffer): ParsedProxy {
  const command = octets.readUInt8(12);
  const family = octets.readUInt8(13);
  const length = 16 + octets.readUInt16BE(14);
  if (length > longestV2 || (command !== 0x20 && command !== 0x21)) return invalid;
  if (octets.length < length) return more;
  if (command === 0x20 || family === 0x00) return { state: 'done', length, source: null };
  if (family === 0x11 && length >= 16 + 12) {
    const address = [...octets.subarray(16, 20)].join('.');
    return { state: 'done', length, source: { address, port: octets.readUInt16BE(24) } };
  }
  if (family === 0x21 && length >= 16 + 36) {
    // A dual-stack proxy writes IPv4 peers so: each must stay a peer of its own, and not all of them one network.
    if (octets.subarray(16, 28).equals(mapped))
      return {
        state: 'done',
        length,
        source: { address: [...octets.subarray(28, 32)].join('.'), port: octets.readUInt16BE(48) },
      };
    const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(16 + 2 * i).toString(16));
    return { state: 'done', length, source: { address: groups.join(':'), port: octets.readUInt16BE(48) } };
  }
  // Datagrams and Unix sockets carry no SMTP.
  return invalid;
}

/** Reads the header off a fresh socket. Null: none came that is valid, in time; the caller closes. Never rejects. */
export function readProxyHeader(socket: Socket, timeout = headerTimeout): Promise<{ source: ProxySource } | null> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0);
    const done = (result: { source: ProxySource } | null): void => {
      clearTimeout(timer);
      socket.off('readable', read).off('end', fail).off('close', fail).off('error', fail);
      resolve(result);
    };
    const fail = (): void => {
      done(null);
    };
    const read = (): void => {
      for (;;) {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) return;
        seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
        const parsed = parseProxyHeader(seen);
        if (parsed.state === 'more') continue;
        if (parsed.state === 'invalid') {
          fail();
          return;
        }
        if (seen.length > parsed.length) socket.unshift(seen.subarray(parsed.length));
        done({ source: parsed.source });
        return;
      }
    };
    const timer = setTimeout(fail, timeout).unref();
    socket.on('readable', read).once('end', fail).once('close', fail).once('error', fail);
  });
}
