/** Providers by MX, asked of DNS servers on loopback: one that knows, one that is silent, one that lies. */
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMxProviders, type LookUpMx } from '../../src/app/providers.ts';
import { mx, startDns } from '../commands/dns-server.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
let asked: string[];
beforeEach(() => {
  asked = [];
});

/** As the daemon's own, with another server. */
function lookUpAt(address: string): LookUpMx {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([address]);
  return (domain) => {
    asked.push(domain);
    return resolver.resolveMx(domain);
  };
}
async function dns(zone: Parameters<typeof startDns>[0]): Promise<LookUpMx> {
  const server = await startDns(zone);
  open.push(server);
  return lookUpAt(server.address);
}
/** Answers with what is given, or never. */
async function oddDns(answer: ((query: Buffer) => Buffer) | null): Promise<LookUpMx> {
  const socket: Socket = createSocket('udp4');
  open.push(socket);
  socket.on('message', (query, peer) => {
    if (answer !== null) socket.send(answer(query), peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return lookUpAt(`127.0.0.1:${socket.address().port}`);
}
const failing = (code: number) => (query: Buffer) =>
  Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80 | code, 0, 1, 0, 0, 0, 0, 0, 0]), query.subarray(12)]);

test('a hosted domain is its host’s, all others their own, each domain is asked for once', async () => {
  const find = createMxProviders(
    await dns({
      'MX shop.example': [mx(5, 'alt.mail.host.example'), mx(1, 'mx1.mail.host.example')],
      'MX big.example': [mx(10, 'mx.big.example')],
      'MX null.example': [mx(0, '')],
    }),
  );
  const found = await find([
    'a@shop.example',
    'b@shop.example',
    'c@big.example',
    'd@null.example',
    'e@mail.none.example',
  ]);
  expect(Object.fromEntries(found)).toEqual({
    'a@shop.example': 'host.example',
    'b@shop.example': 'host.example',
    'c@big.example': 'big.example',
    'd@null.example': 'null.example',
    'e@mail.none.example': 'none.example',
  });
  expect(asked.sort()).toEqual(['big.example', 'mail.none.example', 'null.example', 'shop.example']);
  expect(await find(['z@shop.example', 'y@mail.none.example'])).toEqual(
    new Map([
      ['z@shop.example', 'host.example'],
      ['y@mail.none.example', 'none.example'],
    ]),
  );
  expect(asked).toHaveLength(4);
});

test('an answer is kept for an hour; when it is asked for again and nobody answers, the old one stands', async () => {
  let ms = 0;
  let away = false;
  const know = await dns({ 'MX shop.example': [mx(1, 'mx.host.example')] });
  const find = createMxProviders(
    (domain) => (away ? Promise.reject(new Error('SERVFAIL')) : know(domain)),
    () => ms,
  );
  await find(['a@shop.example']);
  ms = 3_599_000;
  await find(['a@shop.example']);
  expect(asked).toHaveLength(1);
  away = true;
  ms = 3_601_000;
  expect((await find(['a@shop.example'])).get('a@shop.example')).toBe('host.example');
  ms += 61_000;
  away = false;
  await find(['a@shop.example']);
  expect(asked).toHaveLength(2);
});

test('a resolver that never answers costs the time limit, for all recipients together, and then nothing', async () => {
  const find = createMxProviders(await oddDns(null));
  const many = Array.from({ length: 200 }, (_, i) => `r@d${i}.example`);
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const began = performance.now();
    const found = await find(i === 0 ? many : [`x@other${i}.example`, ...many]);
    times.push(performance.now() - began);
    expect(found.get('r@d7.example')).toBe('d7.example');
    expect(found.size).toBeGreaterThanOrEqual(200);
    if (i === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  // Until the last of them is given up, eight seconds pass.
  expect(times[0]).toBeLessThan(4000);
  expect(times[0]).toBeGreaterThan(900);
  // Ten of them came to nothing by now: nobody waits for such a resolver.
  for (const ms of times.slice(1)) expect(ms).toBeLessThan(900);
});

test('several hand-overs at once wait together, and one whose domains are known waits for nobody', async () => {
  const know = await dns({ 'MX shop.example': [mx(1, 'mx.host.example')] });
  const silent = await oddDns(null);
  const find = createMxProviders((domain) => (domain === 'shop.example' ? know(domain) : silent(domain)));
  await find(['a@shop.example']);
  const began = performance.now();
  const slow = Promise.all(['a', 'b', 'c'].map((name) => find([`x@${name}.slow.example`])));
  const quick = await Promise.race([find(['b@shop.example']), slow]);
  expect(quick).toEqual(new Map([['b@shop.example', 'host.example']]));
  await slow;
  expect(performance.now() - began).toBeLessThan(2000);
});

test.each([
  ['a server that fails', failing(2)],
  ['one that refuses', failing(5)],
  ['one that says that the domain is none', failing(3)],
  ['one that answers with noise', (query: Buffer) => Buffer.concat([query.subarray(0, 2), Buffer.alloc(200, 0xc0)])],
])('%s leaves a recipient with the own domain', async (_, answer) => {
  const find = createMxProviders(await oddDns(answer));
  expect((await find(['a@mail.shop.example'])).get('a@mail.shop.example')).toBe('shop.example');
});

test('no more are asked at once than it is fit for, what is over is asked later, and few are kept', async () => {
  let running = 0;
  let most = 0;
  const find = createMxProviders(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return [{ exchange: 'mx.host.example', priority: 1 }];
  });
  const found = await find(Array.from({ length: 1000 }, (_, i) => `r@d${i}.example`));
  expect(new Set(found.values())).toEqual(new Set(['host.example']));
  expect(most).toBe(50);
});

test('an address without a domain has no provider, a literal is its own, and neither is asked for', async () => {
  const find = createMxProviders(await dns({}));
  expect(await find(['user@', 'user@[192.0.2.1]'])).toEqual(
    new Map([
      ['user@', null],
      ['user@[192.0.2.1]', '[192.0.2.1]'],
    ]),
  );
  expect(asked).toEqual([]);
});
