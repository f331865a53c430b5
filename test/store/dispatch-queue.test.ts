/** The way of a dispatch through the sender against a real PostgreSQL: who may touch it when, whoever comes at once or late. */
import { afterAll, beforeEach, beforeAll, describe, expect, test } from 'vitest';
import type { Db, Queryable } from '../../src/store/db.ts';
import { beginAttempts, giveBackDispatches, recordIndeterminate, recordSent } from '../../src/store/dispatch-queue.ts';
import { sweepLeases } from '../../src/store/dispatch-sweep.ts';
import { findReturnPaths } from '../../src/store/return-paths.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { begun, claim, handedOver, rowId, rowOf, sent, someone, suppress, taken } from './sending.ts';

let database: TestDatabase;
let db: Db;
let other: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = database.db;
  other = await database.open();
});
afterAll(() => database.close());
beforeEach(async () => {
  await db.query('delete from messages');
  await db.query('delete from suppressions');
});

/** The id of one dispatch that is due. */
async function one(recipient = someone()): Promise<string> {
  const { dispatches } = await handedOver(db, [recipient]);
  return dispatches[0]?.id ?? '';
}
const many = (count: number, domain: string): string[] => Array.from({ length: count }, () => someone(domain));
const leaseOver = () =>
  db.query(`update dispatches set lease_until = now() - interval '1 second' where lease_until is not null`);
const accepted = (id: string, attempt = 1) => [taken(id, attempt)];

interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}
/** Rows that the busiest step of a plan looked at. */
function mostRead({ Plans = [], ...plan }: Plan): number {
  const own = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
  return Math.max(own, ...Plans.map(mostRead));
}

describe('claiming', () => {
  test('what is due is given with all that sending needs, oldest first', async () => {
    const first = await handedOver(db, ['Ann@example.com'], { campaign: 'spring', smtputf8: true, size: 5_000_000 });
    const second = await one();
    const claimed = await claim(db);
    expect(claimed.map(({ id }) => id)).toEqual([first.dispatches[0]?.id, second]);
    expect(claimed[0]).toMatchObject({
      message: first.id,
      recipient: 'Ann@example.com',
      address: 'Ann@example.com',
      provider: 'example.com',
      sendingDomain: 'sender.example',
      campaign: 'spring',
      attempt: 0,
      smtputf8: true,
      eightBit: false,
      size: 5_000_000,
    });
    expect(await claim(db)).toEqual([]);
  });

  test('what is not due yet, expired, or of a provider or a sending domain that rests, stays', async () => {
    const ids = [await one(), await one(), await one('x@rests.example'), await one()];
    await db.query(`update dispatches set due_at = now() + interval '1 minute' where id = $1`, [ids[0] ?? null]);
    await db.query(`update dispatches set expires_at = now() where id = $1`, [ids[1] ?? null]);
    await db.query(`update dispatches set sending_domain = 'down.example' where id = $1`, [ids[3] ?? null]);
    const rest = { notProviders: ['rests.example'], notSendingDomains: ['down.example'] };
    expect(await claim(db, rest)).toEqual([]);
    expect((await claim(db)).map(({ id }) => id)).toEqual([ids[2], ids[3]]);
  });

  test('several processes at once share what is due, and nobody gets what another has', async () => {
    await handedOver(db, many(200, 'example.com'));
    const processes = await Promise.all([db, other, await database.open()].map((each) => Promise.resolve(each)));
    const shares: string[][] = [];
    for (let round = 0; round < 20; round++) {
      const claimed = await Promise.all(
        processes.map((each, index) => claim(each, { owner: `p${index}`, limit: 10, perProvider: 10 })),
      );
      shares.push(...claimed.map((share) => share.map(({ id }) => id)));
    }
    expect(shares.flat()).toHaveLength(200);
    expect(new Set(shares.flat()).size).toBe(200);
  });

  test('one provider does not fill all hands', async () => {
    await handedOver(db, many(50, 'big.example'));
    await handedOver(db, many(5, 'small.example'));
    const claimed = await claim(db, { limit: 10, perProvider: 6 });
    const of = (provider: string) => claimed.filter((each) => each.provider === provider).length;
    expect([of('big.example'), of('small.example')]).toEqual([6, 4]);
  });

  test('behind a long queue of one provider that has its share, or rests, the others are found', async () => {
    await handedOver(db, many(300, 'big.example'));
    await handedOver(db, ['a@alpha.example', 'z@zeta.example', 'nobody']);
    const found = new Set<string | null>();
    for (let round = 0; round < 60 && found.size < 3; round++)
      for (const each of await claim(db, { limit: 10, perProvider: 2, notProviders: ['big.example'] }))
        found.add(each.recipient);
    expect([...found].toSorted()).toEqual(['a@alpha.example', 'nobody', 'z@zeta.example']);
    expect(await claim(db, { limit: 10, perProvider: 2 })).toHaveLength(2);
  });

  test('what waits for a relay that rests, however much, costs the look at the others nothing', async () => {
    await handedOver(db, many(10_000, 'big.example'));
    await db.query(`update dispatches set sending_domain = 'down.example', due_at = now() - interval '1 hour'`);
    await handedOver(db, many(5, 'big.example'));
    await handedOver(db, many(5, 'small.example'));
    await db.query('analyze dispatches');
    const rest = { limit: 10, perProvider: 6, notSendingDomains: ['down.example'] };
    // The plan instead of the rows: what each step of it looked at.
    const plans: Plan[] = [];
    const explaining: Queryable = {
      async query(text, values) {
        const [row] = await db.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
          `explain (analyze, format json) ${text}`,
          values,
        );
        plans.push(...(row?.['QUERY PLAN'] ?? []).map((each) => each.Plan));
        return [];
      },
    };
    await claim(explaining, rest);
    expect(plans).toHaveLength(1);
    for (const plan of plans) expect(mostRead(plan)).toBeLessThan(500);
  });

  test('an empty queue gives nothing', async () => {
    expect(await claim(db)).toEqual([]);
  });
});

describe('beginning', () => {
  test('an attempt has a return-path of its own that leads back to it, before anything is sent', async () => {
    const id = await one('Ann@example.com');
    const [attempt] = await begun(db);
    expect(await rowOf(db, id)).toMatchObject({ state: 'sending', attempt: 1, owner: 'one', due_at: null });
    expect((await findReturnPaths(db, [attempt?.rowId ?? ''])).get(attempt?.rowId ?? '')).toMatchObject({
      recipient: 'Ann@example.com',
      messageId: attempt?.messageId,
      dispatch: { id, attempt: 1 },
    });
  });

  test('who lost the lease, is not the owner, or speaks of another attempt, begins nothing', async () => {
    const id = await one();
    await claim(db);
    expect((await beginAttempts(db, 'two', [{ id, attempt: 0, rowId: rowId() }], 60_000)).begun).toEqual([]);
    expect((await beginAttempts(db, 'one', [{ id, attempt: 1, rowId: rowId() }], 60_000)).begun).toEqual([]);
    await leaseOver();
    expect((await beginAttempts(db, 'one', [{ id, attempt: 0, rowId: rowId() }], 60_000)).begun).toEqual([]);
    expect(await rowOf(db, id)).toMatchObject({ state: 'claimed', attempt: 0 });
    expect(await db.query('select 1 from return_paths where dispatch_id = $1', [id])).toEqual([]);
  });

  test('an attempt that was begun is not begun again', async () => {
    const id = await one();
    await claim(db);
    const given = [{ id, attempt: 0, rowId: rowId() }];
    expect((await beginAttempts(db, 'one', given, 60_000)).begun).toHaveLength(1);
    expect((await beginAttempts(db, 'one', given, 60_000)).begun).toEqual([]);
  });

  test('who was suppressed since the hand-over is not mailed, and the others of the batch are', async () => {
    const recipient = someone();
    const [id, fine] = [await one(recipient), await one()];
    await suppress(db, recipient, 'temporarily_suppressed', '1 day');
    expect((await begun(db)).map((each) => each.id)).toEqual([fine]);
    expect(await rowOf(db, id)).toMatchObject({
      state: 'suppressed',
      attempt: 0,
      owner: null,
      due_at: null,
      category: 'user_not_found',
    });
  });

  test('retries go on at temporarily suppressed, and at no other level', async () => {
    const [patient, hard] = [someone(), someone()];
    const ids = [await one(patient), await one(hard)];
    const first = await begun(db);
    await giveBackDispatches(
      db,
      'one',
      first.map(({ id, attempt }) => ({ id, attempt, delayMs: 0, why: null })),
    );
    await suppress(db, patient, 'temporarily_suppressed', '1 day');
    await suppress(db, hard, 'soft_suppressed', '1 day');
    expect((await begun(db)).map(({ id, attempt }) => [id, attempt])).toEqual([[ids[0], 2]]);
    expect(await rowOf(db, ids[1] ?? '')).toMatchObject({ state: 'suppressed' });
  });
});

describe('recording', () => {
  test('what the relay took is sent, once', async () => {
    const id = await one();
    await begun(db);
    expect(await recordSent(db, 'one', accepted(id))).toEqual([{ id, first: true }]);
    expect(await recordSent(db, 'one', accepted(id))).toEqual([]);
    const row = await rowOf(db, id);
    expect(row).toMatchObject({ state: 'sent', owner: null, lease_until: null, reply_code: 250, diagnostic: '250 ok' });
    expect(row.sent_at).not.toBeNull();
  });

  test('what the relay took is counted as mail of its sending domain, a retry is not, and nobody waits for anybody', async () => {
    const counts = () =>
      db.query(
        `select sending_domain as domain, campaign, provider, count::int as n from sent_counts order by 1, 2, 3`,
      );
    await db.query('delete from sent_counts');
    await handedOver(db, ['a@one.example', 'b@one.example', 'c@two.example'], { campaign: 'spring' });
    const batch = await sent(db);
    await handedOver(db, ['d@one.example'], { sendingDomain: 'other.example' });
    await sent(db);
    const expected = [
      { domain: 'other.example', campaign: '', provider: 'one.example', n: 1 },
      { domain: 'sender.example', campaign: 'spring', provider: 'one.example', n: 2 },
      { domain: 'sender.example', campaign: 'spring', provider: 'two.example', n: 1 },
    ];
    expect(await counts()).toEqual(expected);
    await db.query(`update dispatches set state = 'waiting', due_at = now() where id = $1`, [batch[0]?.id ?? '']);
    expect(await sent(db)).toHaveLength(1);
    expect(await counts()).toEqual(expected);
    const names = Array.from({ length: 30 }, (_, i) => `z@p${i}.example`);
    await handedOver(db, names);
    await handedOver(db, names.toReversed());
    const all = await begun(db);
    const acceptances = all.map(({ id, attempt, provider }) => taken(id, attempt, { provider }));
    await Promise.all([
      recordSent(db, 'one', acceptances.slice(0, 30)),
      recordSent(other, 'one', acceptances.slice(30).toReversed()),
    ]);
    expect((await counts()).filter(({ n }) => n === 2)).toHaveLength(31);
  });

  test('words and codes that no column takes do not fail their batch', async () => {
    const ids = [await one(), await one()];
    await begun(db);
    await recordSent(db, 'one', [
      taken(ids[0] ?? '', 1, { replyCode: 99_999, text: 'nul \0, half \ud800' }),
      taken(ids[1] ?? ''),
    ]);
    expect(await rowOf(db, ids[0] ?? '')).toMatchObject({ reply_code: null, diagnostic: 'nul \ufffd, half \ufffd' });
    expect(await rowOf(db, ids[1] ?? '')).toMatchObject({ state: 'sent' });
  });

  test('what was given back waits for its time, with its attempt and why', async () => {
    const [fresh, tried] = [await one(), await one()];
    await begun(db);
    await giveBackDispatches(db, 'one', [{ id: tried, attempt: 1, delayMs: 3_600_000, why: 'connect: refused' }]);
    expect(await rowOf(db, tried)).toMatchObject({ state: 'waiting', attempt: 1, diagnostic: 'connect: refused' });
    await leaseOver();
    await sweepLeases(db, true);
    await claim(db);
    expect(await rowOf(db, fresh)).toMatchObject({ state: 'claimed', attempt: 1 });
    expect(await rowOf(db, tried)).toMatchObject({ state: 'waiting' });
  });

  test('what was claimed and never begun goes back to the queue', async () => {
    const id = await one();
    await claim(db);
    await giveBackDispatches(db, 'one', [{ id, attempt: 0, delayMs: 0, why: null }]);
    expect(await rowOf(db, id)).toMatchObject({ state: 'queued', owner: null, lease_until: null });
  });

  test('a connection that ended behind the final dot is nobody’s to send again', async () => {
    const id = await one();
    await begun(db);
    await recordIndeterminate(db, 'one', [{ id, attempt: 1, why: 'ECONNRESET' }]);
    await leaseOver();
    expect(await sweepLeases(db, false)).toEqual({ released: 0, indeterminate: 0, resent: 0 });
    expect(await rowOf(db, id)).toMatchObject({ state: 'indeterminate', diagnostic: 'ECONNRESET', lease_until: null });
    expect(await claim(db)).toEqual([]);
    // A policy that comes later does not reach back.
    expect(await sweepLeases(db, true)).toEqual({ released: 0, indeterminate: 0, resent: 0 });
  });
});

describe('processes that end or freeze', () => {
  test('what was only claimed may be taken over when the lease is over, and the first owner begins nothing', async () => {
    const id = await one();
    await claim(db);
    expect(await sweepLeases(db, false)).toEqual({ released: 0, indeterminate: 0, resent: 0 });
    await leaseOver();
    expect(await sweepLeases(db, false)).toEqual({ released: 1, indeterminate: 0, resent: 0 });
    expect((await begun(other, 'two')).map((each) => each.id)).toEqual([id]);
    expect((await beginAttempts(db, 'one', [{ id, attempt: 0, rowId: rowId() }], 60_000)).begun).toEqual([]);
    expect(await recordSent(db, 'one', accepted(id))).toEqual([]);
    expect(await rowOf(db, id)).toMatchObject({ state: 'sending', owner: 'two', attempt: 1 });
  });

  test('what was being sent is indeterminate when the lease is over, and not in the queue', async () => {
    const id = await one();
    await begun(db);
    await leaseOver();
    expect(await sweepLeases(db, false)).toEqual({ released: 0, indeterminate: 1, resent: 0 });
    expect(await rowOf(db, id)).toMatchObject({ state: 'indeterminate', attempt: 1, due_at: null });
    expect(await claim(other, { owner: 'two' })).toEqual([]);
  });

  test('a process that was frozen while it sent may still tell how that ended, as long as nobody else took it', async () => {
    const ids = [await one(), await one()];
    await begun(db);
    await leaseOver();
    await sweepLeases(db, false);
    expect(await recordSent(db, 'one', accepted(ids[0] ?? ''))).toMatchObject([{ id: ids[0] }]);
    expect(await recordSent(db, 'two', accepted(ids[1] ?? ''))).toEqual([]);
    expect(await rowOf(db, ids[1] ?? '')).toMatchObject({ state: 'indeterminate' });
  });

  test('with the policy `resend` it is sent again with the same Message-ID and a new return-path, and the late process is not heard', async () => {
    const id = await one();
    const [before] = await begun(db);
    await leaseOver();
    expect(await sweepLeases(db, true)).toEqual({ released: 0, indeterminate: 1, resent: 1 });
    expect(await recordSent(db, 'one', accepted(id))).toEqual([]);
    const [again] = await begun(other, 'two');
    expect(again).toMatchObject({ id, attempt: 2, messageId: before?.messageId });
    expect(again?.rowId).not.toBe(before?.rowId);
    expect(await recordSent(db, 'one', accepted(id))).toEqual([]);
    await giveBackDispatches(db, 'one', [{ id, attempt: 1, delayMs: 0, why: null }]);
    expect(await rowOf(db, id)).toMatchObject({ state: 'sending', owner: 'two', attempt: 2 });
  });

  test('a broken connection too is sent again with that policy, when its lease is over', async () => {
    const id = await one();
    await begun(db);
    await recordIndeterminate(db, 'one', [{ id, attempt: 1, why: 'ECONNRESET' }]);
    expect(await claim(db)).toEqual([]);
    await leaseOver();
    expect(await sweepLeases(db, true)).toEqual({ released: 0, indeterminate: 0, resent: 1 });
    expect(await rowOf(db, id)).toMatchObject({ state: 'waiting', owner: null });
  });

  test('a retry whose process ended before it began waits as before', async () => {
    const id = await one();
    const [first] = await begun(db);
    await giveBackDispatches(db, 'one', [{ id, attempt: first?.attempt ?? 0, delayMs: 0, why: null }]);
    await claim(db);
    await leaseOver();
    expect(await sweepLeases(db, true)).toEqual({ released: 1, indeterminate: 0, resent: 0 });
    expect(await rowOf(db, id)).toMatchObject({ state: 'waiting', attempt: 1 });
  });

  test('two who sweep at once do it once', async () => {
    await handedOver(db, many(20, 'example.com'));
    await sent(db);
    await handedOver(db, many(20, 'example.com'));
    await begun(db);
    await leaseOver();
    const swept = await Promise.all([sweepLeases(db, false), sweepLeases(other, false)]);
    expect(swept.reduce((sum, { indeterminate }) => sum + indeterminate, 0)).toBe(20);
  });
});
