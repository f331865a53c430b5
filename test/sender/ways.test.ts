/** How many may be on their way by one relay, so that one that hangs leaves hands for the others. */
import { afterEach, expect, test } from 'vitest';
import { createRelayRest } from '../../src/sender/relay-rest.ts';
import { createWays, hasRoom, type Way } from '../../src/sender/ways.ts';
import { relayAt } from './setup.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

function waysOf(domains: readonly string[], concurrency = 20) {
  const relays = domains.map((domain) => relayAt(25, { sendingDomains: [domain], connections: 4 }));
  const ways = createWays({ relays, hostname: 'mx.test', deadline: 1000, random: () => 0.5, concurrency });
  open.push(...ways.all.map(({ relay }) => relay));
  return ways;
}
const way = (connected: boolean, inFlight: number, failures = 0): Way => {
  const rest = createRelayRest(
    () => 0,
    () => 0.5,
  );
  for (let i = 0; i < failures; i++) rest.failed('session');
  const [own] = waysOf(['a.test', 'b.test']).all;
  if (own === undefined) throw new Error('no way');
  return { ...own, rest, inFlight, relay: { ...own.relay, settings: own.relay.settings, connected } };
};

test('by a relay that nobody has reached yet, or that failed last, one goes alone', () => {
  for (const [connected, failures] of [
    [false, 0],
    [true, 1],
  ] as const)
    expect([0, 1].map((inFlight) => hasRoom(way(connected, inFlight, failures)))).toEqual([true, false]);
});

test('where there are several, each has as many as its connections carry and one more for each, and never all hands', () => {
  expect([7, 8].map((inFlight) => hasRoom(way(true, inFlight)))).toEqual([true, false]);
  const most = (domains: readonly string[], concurrency: number) =>
    waysOf(domains, concurrency).all.map((each) => each.most);
  expect(most(['a.test', 'b.test'], 8)).toEqual([6, 6]);
  expect(most(['a.test', 'b.test'], 1)).toEqual([1, 1]);
  expect(most(['a.test'], 100)).toEqual([100]);
});

test('a domain is closed while its relay rests or has no room, and open again when asked to reconsider', () => {
  const ways = waysOf(['a.test', 'b.test']);
  const domains = ['a.test', 'b.test', 'nowhere.test'];
  expect(ways.closed(domains)).toEqual([]);
  const [a, b] = ways.all;
  a?.rest.failed('session');
  expect(ways.closed(domains)).toEqual(['a.test']);
  if (b !== undefined) b.inFlight = 1;
  expect(ways.closed(domains)).toEqual(['a.test', 'b.test']);
  ways.renew([]);
  expect(ways.closed(domains)).toEqual(['a.test', 'b.test']);
  ways.renew(ways.all.map(({ relay }) => relay.settings));
  expect(ways.closed(domains)).toEqual(['b.test']);
});
