import { describe, expect, it } from 'vitest';
import { createVisit, overdue, sweepInterval } from '../../src/intake/limits.ts';
import { refusals } from '../../src/intake/smtp-replies.ts';
import { greeted, mint, send, testIntake } from './setup.ts';

const limits = { sessionTimeout: 600_000, transactionTimeout: 300_000, minDataRate: 100 };
const visit = () => createVisit({ listener: 'smtp', address: '192.0.2.1', trusted: false }, 1000);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a session', () => {
  it('ends ten minutes after its beginning or its last accepted message', () => {
    const one = visit();
    expect(overdue(one, 601_000, limits)).toBeNull();
    expect(overdue(one, 601_001, limits)).toBe(refusals.timeout);
    one.lastGoodAt = 500_000;
    expect(overdue(one, 601_001, limits)).toBeNull();
  });

  it('ends five minutes after MAIL and half a minute after STARTTLS', () => {
    const one = visit();
    one.transactionAt = 2000;
    expect(overdue(one, 302_001, limits)).toBe(refusals.timeout);
    one.transactionAt = null;
    one.handshakeAt = 2000;
    expect(overdue(one, 32_000, limits)).toBeNull();
    expect(overdue(one, 32_001, limits)).toBe(refusals.timeout);
  });

  it('is never ended while its message waits for the commit', () => {
    const one = visit();
    one.committing = true;
    expect(overdue(one, 10_000_000, limits)).toBeNull();
  });

  it('must send DATA at the minimum rate over each minute', () => {
    const one = visit();
    one.data = { octets: 0, windowAt: 2000, windowOctets: 0 };
    one.data.octets = 5000;
    expect(overdue(one, 61_999, limits)).toBeNull();
    one.data.octets = 6000;
    expect(overdue(one, 62_000, limits)).toBeNull();
    one.data.octets = 11_999;
    expect(overdue(one, 122_000, limits)).toBe(refusals.tooSlow);
  });

  it('is looked at each second, more often where a deadline is short', () => {
    expect(sweepInterval(limits)).toBe(1000);
    expect(sweepInterval({ ...limits, transactionTimeout: 400 })).toBe(100);
    expect(sweepInterval({ ...limits, transactionTimeout: 1 })).toBe(10);
  });
});

describe('a slow peer', () => {
  /** Writes one octet every 20 ms until the server ends it. */
  async function drip(client: Awaited<ReturnType<typeof greeted>>, octet: string): Promise<void> {
    while (client.socket.writable && !client.seen.some((line) => line.startsWith('421'))) {
      client.write(octet);
      await sleep(20);
    }
  }

  it('that sends a command octet by octet is gone by the deadline of the session, with 421 4.4.2', async () => {
    const on = await testIntake({ sessionTimeout: 300, idleTimeout: 10_000 });
    const client = await greeted(on);
    const since = performance.now();
    await drip(client, 'x');
    expect(client.seen.at(-1)).toBe('421 4.4.2 Timeout, closing');
    expect(performance.now() - since).toBeLessThan(5000);
  });

  it('that sends DATA octet by octet is gone by the deadline of the transaction, and nothing is kept', async () => {
    const on = await testIntake({ transactionTimeout: 300, idleTimeout: 10_000 });
    const client = await greeted(on);
    for (const command of ['MAIL FROM:<>', `RCPT TO:<${mint()}>`, 'DATA']) await client.command(command);
    await drip(client, 'x');
    expect(client.seen.at(-1)).toBe('421 4.4.2 Timeout, closing');
    expect(on.groups).toHaveLength(0);
    await expect.poll(async () => (await on.metrics.inFlightBytes.get()).values[0]?.value ?? 0).toBe(0);
  });

  it('that goes on after QUIT is closed', async () => {
    const on = await testIntake({ idleTimeout: 300 });
    const client = await greeted(on);
    await client.command('QUIT');
    while (!client.socket.destroyed) {
      client.write('x');
      await sleep(20);
    }
    await expect.poll(async () => (await on.metrics.connectionsOpen.get()).values[0]?.value).toBe(0);
  });

  it('that says nothing at all is dropped after the idle time', async () => {
    const on = await testIntake({ idleTimeout: 200 });
    const client = await greeted(on);
    expect(await client.line()).toBe('421 4.4.2 Timeout, closing');
    await client.closed();
  });

  it('does not hinder others, three hundred at once', async () => {
    const on = await testIntake({ sessionTimeout: 1500, maxConnectionsPerPeer: 1000 });
    const slow = Array.from({ length: 300 }, () => on.client());
    await Promise.all(slow.map((client) => client.reply()));
    for (const client of slow) client.write('EH');
    expect(await send(await greeted(on), mint())).toMatch(/^250/);
    await Promise.all(slow.map((client) => client.closed(6000)));
    expect(await on.refusals('timeout')).toBeGreaterThanOrEqual(300);
  });
});
