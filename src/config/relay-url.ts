/** The URL of a relay: `smtp://user@host:587`, `smtp://127.0.0.1:25`, `smtps://host`, with `?tls=none` where there is none. */
import { isIP } from 'node:net';
import { asciiDomain } from '../core/address.ts';

export interface RelayUrl {
  readonly host: string;
  readonly port: number;
  /** TLS from the first octet. */
  readonly implicitTls: boolean;
  /** STARTTLS or nothing: no mail and no password leaves in clear. */
  readonly requireTls: boolean;
  /** `''`: no AUTH. */
  readonly user: string;
}

export type ParsedRelayUrl =
  { readonly ok: true; readonly relay: RelayUrl } | { readonly ok: false; readonly expected: string };

const loopback = /^(?:127\.[\d.]+|localhost|::1)$/;

/** STARTTLS is required (RFC 3207 is a downgrade waiting to happen otherwise), except for loopback hosts and `?tls=none`. */
export function parseRelayUrl(text: string): ParsedRelayUrl {
  const no = (expected: string): ParsedRelayUrl => ({ ok: false, expected });
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:'))
    return no('expected smtp://host:port or smtps://host:port');
  if (url.password !== '') return no('the password stands in a file of its own: passwordFile');
  if (url.hash !== '' || (url.pathname !== '' && url.pathname !== '/'))
    return no('nothing but ?tls=none may follow the host');
  const name = decoded(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const host = name === null || isIP(name) !== 0 ? name : asciiDomain(name);
  if (host === null) return no(`'${url.hostname}' is no host name`);
  const port = url.port === '' ? (url.protocol === 'smtps:' ? 465 : 25) : Number(url.port);
  if (port === 0) return no('port 0 cannot be reached');
  const user = decoded(url.username);
  if (user === null) return no('what stands before the @ is no user name: % is written %25');
  const tls = url.searchParams.get('tls');
  if ([...url.searchParams.keys()].join() !== (tls === null ? '' : 'tls') || (tls !== null && tls !== 'none'))
    return no('the only parameter is ?tls=none');
  const implicitTls = url.protocol === 'smtps:';
  if (implicitTls && tls === 'none') return no('smtps:// is TLS; ?tls=none belongs to smtp://');
  return {
    ok: true,
    relay: {
      host,
      port,
      implicitTls,
      requireTls: !implicitTls && tls === null && !loopback.test(host),
      user,
    },
  };
}

/** Percent signs undone; null where they stand for nothing, or for what no name has. */
function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text);
    return /\p{Cc}/u.test(plain) ? null : plain;
  } catch {
    return null;
  }
}
