/** Listener and peer syntax: `host:port`, `[::1]:25`, a socket's path, an address, a CIDR block. */
import { isIP } from 'node:net';

/** sun_path holds 108 octets with the final NUL. */
export const longestSocketPath = 107;

/** Null where the text is no `host:port`. Port 0 lets the system choose (tests). */
export function parseHostPort(text: string): { host: string; port: number } | null {
  const match = /^(?:\[([0-9A-F:.%]{2,60})\]|([A-Z0-9.-]{1,253})):(\d{1,5})$/i.exec(text);
  if (match === null) return null;
  const host = match[1] ?? match[2] ?? '';
  const port = Number(match[3]);
  if (port > 65_535 || (match[1] !== undefined && isIP(host) !== 6)) return null;
  return { host, port };
}

/** A listener that is the path of a Unix socket: it has a slash or no colon. */
export function isSocketPath(text: string): boolean {
  return text.includes('/') || !text.includes(':');
}

/** `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. */
export function isPeer(text: string): boolean {
  const [address = '', bits, rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
