/** The URL of a relay: `smtp://user@host:587`, `smtp://127.0.0.1:25`, `smtps://host`, with `?tls=none` where there is none. */
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

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|::1)$/;

/** STARTTLS is required (RFC 3207 is a downgrade waiting to happen otherwise), except for loopback hosts and `?tls=none`. */
export function parseRelayUrl(text: string): ParsedRelayUrl {
  const no = (expected: string): ParsedRelayUrl => ({ ok: false, expected });
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:'))
    return no('expected smtp://host:port or smtps://host:port');
  if (url.password !== '') return no('the password stands in a file of its own: passwordFile');
  if (url.hash !== '' || (url.pathname !== '' && url.pathname !== '/'))
    return no('nothing but ?tls=none may follow the host');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (!loopback.test(host) && !/^[\da-f:.]+$/.test(host) && asciiDomain(host) === null)
    return no(`'${host}' is no host name`);
  const tls = url.searchParams.get('tls');
  if ([...url.searchParams.keys()].some((key) => key !== 'tls') || (tls !== null && tls !== 'none'))
    return no('the only parameter is ?tls=none');
  const implicitTls = url.protocol === 'smtps:';
  if (implicitTls && tls === 'none') return no('smtps:// is TLS; ?tls=none belongs to smtp://');
  return {
    ok: true,
    relay: {
      host,
      port: url.port === '' ? (implicitTls ? 465 : 25) : Number(url.port),
      implicitTls,
      requireTls: !implicitTls && tls === null && !loopback.test(host),
      user: decodeURIComponent(url.username),
    },
  };
}
