/**
 * Who a peer is: its address as one spelling, the key that limits go by (one IPv4 address, one IPv6 /64: less than a /64
 * is nobody's own), and the lists of the configuration (`smtp.relays`, `smtp.proxyFrom`).
 */
import { BlockList, isIP, isIPv4 } from 'node:net';

export interface PeerList {
  has(address: string): boolean;
}

/** An address as one spelling: IPv4 without the `::ffff:` of a dual-stack listener, lower case, no zone. */
export function plainAddress(address: string): string {
  const bare = (address.split('%', 1)[0] ?? '').toLowerCase();
  return bare.startsWith('::ffff:') && isIPv4(bare.slice(7)) ? bare.slice(7) : bare;
}

/** What connections are counted by. `address` is plain. */
export function peerKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}/64`;
}

/** Reads `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`; throws on what is neither (the configuration was checked before). */
export function createPeerList(entries: readonly string[]): PeerList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return {
    has(address) {
      const family = isIP(address);
      return entries.length > 0 && family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
    },
  };
}
