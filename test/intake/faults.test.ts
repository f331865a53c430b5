import { describe, expect, it } from 'vitest';
import { greeted, mint, send, testIntake } from './setup.ts';
import type { Commit } from '../../src/intake/store-message.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ways in which the store may fail a message; each must cost exactly one reply, 451. */
const failures: Record<string, Commit> = {
  throws: () => {
    throw new Error('password=secret');
  },
  rejects: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432')),
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is no error is the point
  'rejects with what is no error': () => Promise.reject(null),
  'never answers': () => new Promise(() => undefined),
  'answers too late': async (group) => {
    await sleep(400);
    return group.map(() => ({ outcome: 'stored', arrivalId: 'late' }));
  },
  'gives too few outcomes': () => Promise.resolve([]),
};

describe('a store that', () => {
  for (const [name, commit] of Object.entries(failures))
    it(`${name} makes it 451 4.3.0 in our words, once, and the session goes on`, async () => {
      const on = await testIntake({ commitDeadline: 200 }, { commit });
      const client = await greeted(on);
      for (let i = 0; i < 2; i += 1) expect(await send(client, mint())).toBe('451 4.3.0 Not stored, try again later');
      await sleep(300);
      expect(await client.command('NOOP')).toBe('250 2.0.0 Ok');
      expect(await client.command('QUIT')).toBe('221 2.0.0 Bye');
      await client.closed();
      // greeting, EHLO's five lines, two transactions of four replies, NOOP, QUIT
      expect(client.seen).toHaveLength(1 + 5 + 8 + 2);
      expect(await on.refusals('notStored')).toBe(2);
      expect(on.logged.filter((line) => line.includes('"event":"notStored"'))).toHaveLength(2);
    });

  it('resolves twice is heard once', async () => {
    const commit: Commit = (group) => {
      const answer = group.map(() => ({ outcome: 'stored' as const, arrivalId: 'x' }));
      const twice = {
        then(resolve: (value: typeof answer) => void) {
          resolve(answer);
          resolve(answer);
        },
      };
      return twice as unknown as ReturnType<Commit>;
    };
    const on = await testIntake({}, { commit });
    const client = await greeted(on);
    expect(await send(client, mint())).toBe('250 2.0.0 Stored x');
    expect(await client.command('NOOP')).toBe('250 2.0.0 Ok');
    expect(client.seen).toHaveLength(1 + 5 + 4 + 1);
  });

  it('fails for postmaster alone is 451 for that recipient in LMTP and for the message in SMTP', async () => {
    const storePostmaster = (): Promise<'stored'> => Promise.reject(new Error('no'));
    for (const [lmtp, expected] of [
      [true, ['250 2.0.0 Stored a1-0', '451 4.3.0 Not stored, try again later']],
      [false, ['451 4.3.0 Not stored, try again later']],
    ] as const) {
      const listeners = lmtp ? { listen: [], lmtpListen: ['127.0.0.1:0'] } : {};
      const on = await testIntake(listeners, { storePostmaster });
      const client = await greeted(on, lmtp ? 'LHLO x' : 'EHLO x');
      await client.command('MAIL FROM:<a@b.test>');
      await client.command(`RCPT TO:<${mint()}>`);
      await client.command('RCPT TO:<postmaster>');
      await client.command('DATA');
      client.write('x\r\n.\r\n');
      for (const line of expected) expect(await client.line()).toBe(line);
      expect(await client.command('NOOP')).toBe('250 2.0.0 Ok');
    }
  });
});

describe('a fault of ours at RCPT', () => {
  it('is 451 for that command and logged as a bug', async () => {
    const on = await testIntake(
      {},
      {
        ring: () => {
          throw new Error('no keys');
        },
      },
    );
    const client = await greeted(on);
    await client.command('MAIL FROM:<>');
    for (let i = 0; i < 3; i += 1)
      expect(await client.command(`RCPT TO:<${mint()}>`)).toBe('451 4.3.0 Not stored, try again later');
    expect(on.logged.filter((line) => line.includes('"bug"'))).toHaveLength(3);
  });
});

describe('a message under way', () => {
  it('gets its reply when the daemon closes, the idle get 421, and nobody new is let in', async () => {
    let finish = (): void => undefined;
    const on = await testIntake(
      {},
      {
        commit: (group) =>
          new Promise((resolve) => {
            finish = () => {
              resolve(group.map(() => ({ outcome: 'stored', arrivalId: 'x' })));
            };
          }),
      },
    );
    const idle = await greeted(on);
    const busy = await greeted(on);
    const reply = send(busy, mint());
    await sleep(50);
    const closed = on.intake.close();
    expect(await idle.line()).toBe('421 4.3.2 Shutting down');
    idle.socket.end();
    finish();
    expect(await reply).toBe('250 2.0.0 Stored x');
    expect(await busy.line()).toBe('421 4.3.2 Shutting down');
    busy.socket.end();
    await closed;
    expect(await on.client().line()).toBeNull();
  });

  it('is what a closing daemon waits for, and not a peer that says MAIL and no more', async () => {
    const on = await testIntake();
    const waiting = await greeted(on);
    expect(await waiting.command('MAIL FROM:<>')).toBe('250 2.1.0 Ok');
    const closed = on.intake.close();
    expect(await waiting.line()).toBe('421 4.3.2 Shutting down');
    waiting.socket.end();
    await closed;
  });

  it('is kept when its peer goes away before the reply, and comes again as a duplicate', async () => {
    let release = (): void => undefined;
    const seen = new Set<string>();
    const on = await testIntake(
      {},
      {
        commit: async (group) => {
          if (seen.size === 0) await new Promise<void>((resolve) => (release = resolve));
          return group.map(({ arrivalKey }) => {
            const key = arrivalKey.toString('hex');
            const outcome = seen.has(key) ? ('duplicate' as const) : ('stored' as const);
            seen.add(key);
            return { outcome, arrivalId: 'x' };
          });
        },
      },
    );
    const client = await greeted(on);
    void send(client, mint()).catch(() => undefined);
    await sleep(50);
    client.socket.resetAndDestroy();
    await sleep(50);
    release();
    await expect.poll(() => seen.size).toBe(1);
    expect(await send(await greeted(on), mint())).toBe('250 2.0.0 Stored x');
    expect((await on.metrics.duplicates.get()).values[0]?.value).toBe(1);
    expect((await on.metrics.inFlightBytes.get()).values[0]?.value).toBe(0);
  });
});
