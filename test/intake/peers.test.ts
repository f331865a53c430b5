import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimits } from '../../src/intake/limits.ts';
import { createPeerList, peerKey, plainAddress } from '../../src/intake/peers.ts';
import { refusals } from '../../src/intake/smtp-replies.ts';

describe('a peer', () => {
  it('is one IPv4 address or one IPv6 /64, in one spelling', () => {
    expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(plainAddress('FE80::1%eth0')).toBe('fe80::1');
    expect(peerKey('192.0.2.1')).toBe('192.0.2.1');
    expect(peerKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2/64');
    expect(peerKey('2001:db8:1:2::1')).toBe('2001:db8:1:2/64');
    expect(peerKey('2001:0db8::1')).toBe('2001:db8:0:0/64');
    expect(peerKey('::1')).toBe('0:0:0:0/64');
    expect(peerKey('1::')).toBe('1:0:0:0/64');
    expect(peerKey('1:2:3:4:5:6:7::')).toBe('1:2:3:4/64');
  });

  it('is listed by address or by network', () => {
    const list = createPeerList(['192.0.2.1', '198.51.100.0/24', '2001:db8::/32']);
    for (const address of ['192.0.2.1', '198.51.100.77', '2001:db8:5::1']) expect(list.has(address)).toBe(true);
    for (const address of ['192.0.2.2', '198.51.101.1', '2001:db9::1', 'local', ''])
      expect(list.has(address)).toBe(false);
    expect(createPeerList([]).has('192.0.2.1')).toBe(false);
  });
});

describe('the count of connections', () => {
  const options = { maxConnections: 20, maxConnectionsPerPeer: 3, inFlightBytes: 100 };

  it('never lets in more than it should, however peers come and go, and forgets who is gone', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', null), leave: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const limits = createLimits(options, () => undefined);
        const inside: (string | null)[] = [];
        for (const { key, leave } of steps) {
          const at = inside.indexOf(key);
          if (leave && at >= 0) {
            inside.splice(at, 1);
            limits.leave(key);
          } else if (!leave) {
            const own = inside.filter((other) => other === key).length;
            const refusal = limits.admit(key, false);
            if (refusal === null) inside.push(key);
            const newcomer = key !== null && own === 0;
            const expected =
              inside.length - Number(refusal === null) >= (newcomer ? 20 : 18) || (key !== null && own >= 3);
            expect(refusal !== null).toBe(expected);
          }
        }
        for (const key of inside) limits.leave(key);
        for (let i = 0; i < 3; i += 1) expect(limits.admit('z', false)).toBeNull();
      }),
    );
  });

  it('has no limit for one relay but the limit of all', () => {
    const limits = createLimits(options, () => undefined);
    for (let i = 0; i < 20; i += 1) expect(limits.admit('relay', true)).toBeNull();
    expect(limits.admit('relay', true)).toBe(refusals.tooManyConnections);
  });

  it('keeps the octets in memory under their budget', () => {
    const seen: number[] = [];
    const limits = createLimits(options, (octets) => seen.push(octets));
    expect([limits.takeBytes(60), limits.takeBytes(41), limits.takeBytes(40), limits.full()]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    limits.giveBytes(100);
    expect(limits.full()).toBe(false);
    expect(seen).toEqual([60, 40, -100]);
  });
});
