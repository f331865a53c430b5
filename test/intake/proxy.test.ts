import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProxyHeader } from '../../src/intake/proxy.ts';
import { mint, send, testIntake } from './setup.ts';

const v1 = 'PROXY TCP4 192.0.2.9 198.51.100.1 40000 25\r\n';
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function v2(command: number, family: number, addresses: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(addresses.length);
  return Buffer.concat([signature, Buffer.from([command, family]), length, addresses]);
}
const v2tcp4 = v2(0x21, 0x11, Buffer.from([192, 0, 2, 9, 198, 51, 100, 1, 0x9c, 0x40, 0, 25]));
const v2tcp6 = v2(
  0x21,
  0x21,
  Buffer.concat([
    Buffer.from('20010db8000000000000000000000009', 'hex'),
    Buffer.alloc(16),
    Buffer.from([0x9c, 0x40, 0, 25]),
  ]),
);

const parse = (header: string | Buffer) =>
  parseProxyHeader(typeof header === 'string' ? Buffer.from(header, 'latin1') : header);

describe('a PROXY header', () => {
  it('names the source in both versions and both families', () => {
    const source = { address: '192.0.2.9', port: 40_000 };
    expect(parse(v1)).toEqual({ state: 'done', length: v1.length, source });
    expect(parse(v2tcp4)).toEqual({ state: 'done', length: 28, source });
    expect(parse('PROXY TCP6 2001:db8::9 2001:db8::1 40000 25\r\n')).toMatchObject({
      source: { address: '2001:db8::9' },
    });
    const mapped = Buffer.from('00000000000000000000ffffc0000209000000000000000000000000000000019c400019', 'hex');
    expect(parse(v2(0x21, 0x21, mapped))).toEqual({ state: 'done', length: 52, source });
    expect(parse(v2tcp6)).toMatchObject({ length: 52, source: { address: '2001:db8:0:0:0:0:0:9', port: 40_000 } });
  });

  it('may come from the proxy itself', () => {
    expect(parse('PROXY UNKNOWN\r\n')).toMatchObject({ state: 'done', source: null });
    expect(parse('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n')).toMatchObject({ state: 'done', source: null });
    expect(parse(v2(0x20, 0x00, Buffer.alloc(0)))).toMatchObject({ state: 'done', length: 16, source: null });
    expect(parse(v2(0x21, 0x00, Buffer.alloc(40)))).toMatchObject({ state: 'done', length: 56, source: null });
  });

  it.each([
    'GET / HTTP/1.1\r\n',
    'proxy TCP4 192.0.2.9 198.51.100.1 40000 25\r\n',
    'PROXY TCP4 192.0.2.9 198.51.100.1 40000 25\n',
    'PROXY TCP4 192.0.2.256 198.51.100.1 40000 25\r\n',
    'PROXY TCP4 2001:db8::9 2001:db8::1 40000 25\r\n',
    'PROXY TCP4 192.0.2.9 198.51.100.1 65536 25\r\n',
    'PROXY TCP4 192.0.2.9 198.51.100.1 040 25\r\n',
    'PROXY TCP4 192.0.2.9 198.51.100.1 40000 25 x\r\n',
    'PROXY TCP4  192.0.2.9 198.51.100.1 40000 25\r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
    v2(0x22, 0x11, Buffer.alloc(12)),
    v2(0x11, 0x11, Buffer.alloc(12)),
    v2(0x21, 0x12, Buffer.alloc(12)),
    v2(0x21, 0x31, Buffer.alloc(216)),
    v2(0x21, 0x11, Buffer.alloc(11)),
    v2(0x21, 0x21, Buffer.alloc(35)),
    v2(0x21, 0x11, Buffer.alloc(2049)),
  ])('is refused where it is wrong (%#)', (header) => {
    expect(parse(header)).toEqual({ state: 'invalid' });
  });

  it('waits for all of itself and reads no further, whatever follows', () => {
    for (const header of [Buffer.from(v1), v2tcp4, v2tcp6]) {
      for (let cut = 0; cut < header.length; cut += 1)
        expect(parseProxyHeader(header.subarray(0, cut))).toEqual({ state: 'more' });
      expect(parseProxyHeader(Buffer.concat([header, Buffer.from('EHLO x\r\n')]))).toMatchObject({
        length: header.length,
      });
    }
  });

  it('is never more than waited for in vain: any octets are judged, and a long wait ends', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(Buffer.alloc(0), Buffer.from('PROXY '), signature),
        fc.uint8Array(),
        (start, rest) => {
          const octets = Buffer.concat([start, rest]);
          const parsed = parseProxyHeader(octets);
          if (parsed.state === 'done') expect(parsed.length).toBeLessThanOrEqual(octets.length);
          expect(parseProxyHeader(Buffer.concat([octets, Buffer.alloc(3000)])).state).not.toBe('more');
        },
      ),
    );
  });
});

describe('a listed proxy', () => {
  it.each([v1, v2tcp4])('speaks for the source, which all limits and the arrival go by (%#)', async (header) => {
    const on = await testIntake({ proxyFrom: ['127.0.0.1'], maxConnectionsPerPeer: 1, relays: ['127.0.0.1'] });
    const client = on.client();
    client.write(header);
    expect(await client.line()).toMatch(/^220/);
    await client.command('EHLO x');
    expect(await send(client, mint())).toMatch(/^250/);
    expect(on.arrivals()[0]?.peer).toMatchObject({ address: '192.0.2.9', trusted: false });
    const second = on.client();
    second.write(header);
    expect(await second.line()).toBe('421 4.7.0 Too many connections from your address');
  });

  it('is itself the peer where it says so', async () => {
    const on = await testIntake({ proxyFrom: ['127.0.0.1'] });
    const client = on.client();
    client.write('PROXY UNKNOWN\r\n');
    expect(await client.line()).toMatch(/^220/);
    await client.command('EHLO x');
    await send(client, mint());
    expect(on.arrivals()[0]?.peer.address).toBe('127.0.0.1');
  });

  it('may cut the header anywhere, and whoever talks behind it before the greeting is refused', async () => {
    const on = await testIntake({ proxyFrom: ['127.0.0.0/8'] });
    const client = on.client();
    for (const octet of v2tcp4) {
      client.write(Buffer.from([octet]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.line()).toMatch(/^220/);
    const early = on.client();
    early.write(`${v1}EHLO x\r\n`);
    expect(await early.line()).toBe('421 4.7.0 You talk before the greeting');
  });

  it('must send a header that is right', async () => {
    const on = await testIntake({ proxyFrom: ['127.0.0.1'] });
    for (const wrong of ['EHLO x\r\n', 'PROXY TCP4 x y 1 2\r\n', 'x'.repeat(1000)]) {
      const client = on.client();
      client.write(wrong);
      expect(await client.line()).toBe('421 4.7.0 A valid PROXY protocol header is needed');
      await client.closed();
    }
    const gone = on.client();
    gone.write('PROXY TC');
    gone.socket.end();
    await gone.closed();
    await expect.poll(() => on.refusals('proxy')).toBe(4);
  });
});

describe('a peer that is not listed', () => {
  it.each([v1, v2tcp4])('is refused with its forged header, and nothing is stored (%#)', async (header) => {
    const on = await testIntake({ proxyFrom: ['192.0.2.1'] });
    const client = on.client();
    client.write(header);
    expect(await client.line()).toMatch(/^421 4\.7\.0/);
    await client.closed();
    const later = on.client();
    await later.line();
    later.write(header);
    await later.closed();
    expect(later.seen.at(-1)).toMatch(/^(421|221)/);
  });
});
