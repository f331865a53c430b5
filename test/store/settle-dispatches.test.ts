/** What replies and reports do to dispatches, against a real PostgreSQL: once, in whatever order they come. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { derivedUuid } from '../../src/core/derived-id.ts';
import { ownEvent } from '../../src/core/sending/own-event.ts';
import type { Category } from '../../src/core/classify/categories.ts';
import type { Db } from '../../src/store/db.ts';
import { recordSent } from '../../src/store/dispatch-queue.ts';
import { sweepLeases } from '../../src/store/dispatch-sweep.ts';
import { listEvents } from '../../src/store/events.ts';
import { findRecipient } from '../../src/store/recipients.ts';
import { settle, settleReplies, type Settled } from '../../src/store/settle.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { arrival, mailEvent, policy, report, sending, verdict, type EventFields } from '../helpers/mail-events.ts';
import { begun, claim, handedOver, listProviders, rowOf, sent, someone, statesOf, taken } from './sending.ts';

type Attempt = Awaited<ReturnType<typeof begun>>[number];

let database: TestDatabase;
let db: Db;
let other: Db;
const now = new Date();
const terms = { policy, tokenEventsPerDay: 20, rulesVersion: 'test', sending, now };
const first = { limit: 50, cursor: null };

beforeAll(async () => {
  database = await testDatabase();
  db = database.db;
  other = await database.open();
});
afterAll(() => database.close());
beforeEach(async () => {
  for (const table of ['messages', 'providers', 'provider_faults', 'outbox']) await db.query(`delete from ${table}`);
});

const eventOf = (attempt: Attempt, category: Category, fields: Partial<Parameters<typeof report>[0]> = {}) =>
  ownEvent(
    {
      dispatchId: attempt.id,
      attempt: attempt.attempt,
      recipient: attempt.recipient,
      recipientOriginal: attempt.address,
      messageId: attempt.messageId,
      campaign: attempt.campaign,
      sendingDomain: attempt.sendingDomain,
      provider: attempt.provider,
      returnPath: 'b-x@bounce.example',
      startedAt: attempt.startedAt,
    },
    report({ format: 'reply', phase: 'rcpt', ...fields }),
    verdict(category),
  );

/** The relay refused it so. */
const replied = (attempt: Attempt, category: Category, owner = 'one', where = db) =>
  settleReplies(where, [{ event: eventOf(attempt, category), owner }], terms);

/** A report came about it. */
async function reported(attempt: Attempt, fields: EventFields): Promise<Settled> {
  const id = derivedUuid(now, randomBytes(8));
  await db.query("insert into queue (arrival_id, received_at, state, attempt) values ($1, $2, 'taken', 1)", [id, now]);
  const event = mailEvent({
    receivedAt: now,
    eventKey: randomBytes(32),
    arrivalId: id,
    recipient: attempt.recipient,
    messageId: attempt.messageId,
    messageKey: attempt.messageId,
    provider: attempt.provider,
    dispatch: { id: attempt.id, attempt: attempt.attempt },
    ...fields,
  });
  const work = { arrival: arrival({ id, receivedAt: now }), attempt: 1, committedAt: performance.now() };
  return settle(db, [{ taken: work, events: [event] }], terms);
}

/** One attempt of a new message to a new recipient that is on its way. */
async function onItsWay(recipient = someone()): Promise<Attempt> {
  await handedOver(db, [recipient]);
  const [attempt] = (await begun(db)).filter((each) => each.recipient === recipient);
  if (attempt === undefined) throw new Error('nothing was due');
  return attempt;
}
async function delivered(recipient = someone()): Promise<Attempt> {
  const attempt = await onItsWay(recipient);
  await recordSent(db, 'one', [taken(attempt.id, attempt.attempt)]);
  return attempt;
}
const again = (id: string) =>
  db.query(`update dispatches set due_at = now() where id = $1 and state = 'waiting'`, [id]);
const counted = async (recipient: string) => (await findRecipient(db, recipient, policy, now))?.history ?? [];
const leaseOver = () =>
  db.query(`update dispatches set lease_until = now() - interval '1 second' where lease_until is not null`);

describe('a reply', () => {
  test('a recipient that the relay refuses is bounced, suppressed and explained, as by a report', async () => {
    const attempt = await onItsWay();
    const settled = await replied(attempt, 'user_not_found');
    expect(settled).toMatchObject({ lost: 0, moved: [{ id: attempt.id, state: 'bounced' }] });
    const row = await rowOf(db, attempt.id);
    expect(row).toMatchObject({
      state: 'bounced',
      category: 'user_not_found',
      rule: 'test/user_not_found',
      owner: null,
    });
    expect(row.event_id).toBe(settled.decided[0]?.event.id);
    const { items } = await listEvents(db, { recipient: attempt.recipient }, first);
    expect(items).toMatchObject([{ source: 'reply', proof: 'own', type: 'hard_bounce', messageId: attempt.messageId }]);
    expect(await findRecipient(db, attempt.recipient, policy, now)).toMatchObject({
      events: 1,
      suppression: { level: 'hard_suppressed' },
      decisions: [{ action: 'remove_immediately' }],
    });
  });

  test('a passing refusal waits by the schedule, within the spread, and keeps the message', async () => {
    const attempt = await onItsWay();
    await replied(attempt, 'mailbox_full');
    const row = await rowOf(db, attempt.id);
    expect(row).toMatchObject({ state: 'waiting', attempt: 1, retries: 1, category: 'mailbox_full' });
    const wait = (row.due_at?.getTime() ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(0.79 * 1_800_000 - 60_000);
    expect(wait).toBeLessThan(1.2 * 1_800_000);
    expect(await db.query('select 1 from message_raws where message = $1', [attempt.message])).toHaveLength(1);
    expect(await db.query('select 1 from retries where recipient = $1', [attempt.recipient])).toEqual([]);
  });

  test('recording it again, or late by another process, writes nothing', async () => {
    const attempt = await onItsWay();
    await replied(attempt, 'user_not_found');
    expect(await replied(attempt, 'user_not_found')).toMatchObject({ lost: 1, decided: [], moved: [] });
    const next = await onItsWay();
    expect(await replied(next, 'user_not_found', 'two')).toMatchObject({ lost: 1, decided: [] });
    expect(await rowOf(db, next.id)).toMatchObject({ state: 'sending' });
    expect(await findRecipient(db, next.recipient, policy, now)).toBeNull();
    expect((await listEvents(db, { recipient: attempt.recipient }, first)).items).toHaveLength(1);
  });

  test('the same reply from two connections at once is recorded once', async () => {
    const attempt = await onItsWay();
    const both = await Promise.all([replied(attempt, 'mailbox_full'), replied(attempt, 'mailbox_full', 'one', other)]);
    expect(both.map(({ lost }) => lost).toSorted()).toEqual([0, 1]);
    expect(await rowOf(db, attempt.id)).toMatchObject({ retries: 1 });
  });

  test('a frozen process may still tell what the relay said while nobody else took the dispatch', async () => {
    const attempt = await onItsWay();
    await leaseOver();
    await sweepLeases(db, false);
    expect(await replied(attempt, 'mailbox_full')).toMatchObject({ lost: 0 });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'waiting' });
  });

  test('a flood of reports on its token does not silence it', async () => {
    const attempt = await onItsWay();
    const flood = { tokenEventsPerDay: 1 };
    await reported(attempt, { category: null });
    const event = eventOf(attempt, 'mailbox_full');
    const settled = await settleReplies(db, [{ event, owner: 'one' }], { ...terms, ...flood });
    expect(settled).toMatchObject({ countedOnly: 0, moved: [{ state: 'waiting' }] });
  });

  test('codes and words that no column takes do not fail it', async () => {
    const attempt = await onItsWay();
    const event = eventOf(attempt, 'mailbox_full', { replyCode: 70_000, diagnosticCode: 'nul \0 half \ud800' });
    await settleReplies(db, [{ event, owner: 'one' }], terms);
    expect(await rowOf(db, attempt.id)).toMatchObject({ reply_code: null, diagnostic: 'nul \ufffd half \ufffd' });
  });
});

describe('replies and reports of one dispatch', () => {
  test('a reply and a later report of the same attempt count once, and wait once', async () => {
    const attempt = await onItsWay();
    await replied(attempt, 'mailbox_full');
    const { due_at } = await rowOf(db, attempt.id);
    expect(await reported(attempt, { category: 'mailbox_full' })).toMatchObject({ moved: [] });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'waiting', retries: 1, due_at });
    expect(await counted(attempt.recipient)).toMatchObject([{ category: 'mailbox_full', reports: 2 }]);
  });

  test('a report that is faster than the record of the sending stands, and the record finds nothing', async () => {
    const attempt = await onItsWay();
    await reported(attempt, { category: 'user_not_found' });
    expect(await recordSent(db, 'one', [taken(attempt.id)])).toEqual([]);
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'bounced', sent_at: null });
  });

  test('a report of a passing failure makes a sent one wait, and its next attempt is heard by itself', async () => {
    const attempt = await delivered();
    await reported(attempt, { category: 'server_error' });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'waiting', retries: 1 });
    await again(attempt.id);
    const [second] = await sent(db);
    expect(second).toMatchObject({ id: attempt.id, attempt: 2 });
    // The old token speaks again: counted, and nothing else.
    await reported(attempt, { category: 'server_error' });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'sent', attempt: 2 });
    await reported({ ...attempt, attempt: 2 }, { category: 'server_error' });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'waiting', retries: 2 });
    expect(await counted(attempt.recipient)).toHaveLength(1);
  });

  test('a report on an old token that says that nobody is there ends what waits', async () => {
    const attempt = await delivered();
    await reported(attempt, { category: 'server_error' });
    await reported(attempt, { category: 'user_not_found' });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'bounced', due_at: null });
    expect(await db.query('select 1 from message_raws where message = $1', [attempt.message])).toEqual([]);
  });

  test('a report of a delivery makes it delivered', async () => {
    const attempt = await delivered();
    await reported(attempt, { category: null, type: 'delivery', report: { reportAction: 'delivered' } });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'delivered' });
  });

  test('several reports about one dispatch in a batch are taken one after another', async () => {
    const attempt = await delivered();
    const id = derivedUuid(now, randomBytes(8));
    await db.query("insert into queue (arrival_id, received_at, state, attempt) values ($1, $2, 'taken', 1)", [
      id,
      now,
    ]);
    const one = (category: Category) =>
      mailEvent({
        receivedAt: now,
        arrivalId: id,
        recipient: attempt.recipient,
        messageId: attempt.messageId,
        messageKey: attempt.messageId,
        dispatch: { id: attempt.id, attempt: 1 },
        category,
      });
    const taken = { arrival: arrival({ id, receivedAt: now }), attempt: 1, committedAt: performance.now() };
    await settle(db, [{ taken, events: [one('server_error'), one('user_not_found')] }], terms);
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'bounced', retries: 1 });
  });

  test('what may not act, or speaks of a dispatch that is gone, moves nothing', async () => {
    const attempt = await delivered();
    expect(await reported(attempt, { acts: false })).toMatchObject({ moved: [] });
    expect(await reported(attempt, { dispatch: { id: derivedUuid(now, 'gone'), attempt: 1 } })).toMatchObject({
      moved: [],
    });
    expect(await rowOf(db, attempt.id)).toMatchObject({ state: 'sent' });
  });

  test('mail that is sent elsewhere and worth another try is told of once, with its time', async () => {
    const recipient = someone();
    const { id, dispatches } = await handedOver(db, [recipient], { raw: null, origin: 'elsewhere' }, { first: 'sent' });
    const dispatch = { id: dispatches[0]?.id ?? '', attempt: 1 };
    const [message] = await db.query<{ messageId: string }>(
      'select message_id as "messageId" from messages where id = $1',
      [id],
    );
    const attempt = { ...dispatch, recipient, messageId: message?.messageId ?? '', provider: 'example.com' } as Attempt;
    await reported(attempt, { category: 'mailbox_full' });
    await reported(attempt, { category: 'mailbox_full' });
    expect(await rowOf(db, dispatch.id)).toMatchObject({ state: 'bounced' });
    const outbox = await db.query<{ kind: string; payload: Record<string, unknown> }>(
      'select kind, payload from outbox',
    );
    expect(outbox).toMatchObject([
      { kind: 'retry.due', payload: { dispatchId: dispatch.id, recipient, category: 'mailbox_full' } },
    ]);
    expect(new Date(String(outbox[0]?.payload['dueAt'])).getTime()).toBeGreaterThan(Date.now());
  });
});

describe('a new suppression', () => {
  test('takes back all that still waits for the recipient, and nobody else’s', async () => {
    const [ann, bob] = [someone(), someone()];
    const bounced = await delivered(ann);
    const waits = await delivered(ann);
    await reported(waits, { category: 'server_error' });
    const queued = await handedOver(db, [ann, bob]);
    await db.query(`update dispatches set due_at = now() + interval '1 hour' where message = $1`, [queued.id]);
    const settled = await reported(bounced, { category: 'user_not_found' });
    expect(settled.moved.map(({ state }) => state).toSorted()).toEqual(['bounced', 'suppressed', 'suppressed']);
    expect(await rowOf(db, waits.id)).toMatchObject({ state: 'suppressed', category: 'user_not_found', due_at: null });
    expect(await statesOf(db, queued.id)).toEqual({ [ann]: 'suppressed', [bob]: 'queued' });
    expect(await db.query('select 1 from message_raws where message = $1', [waits.message])).toEqual([]);
    expect(await db.query('select 1 from message_raws where message = $1', [queued.id])).toHaveLength(1);
  });

  test('by a report about mail of others too', async () => {
    const recipient = someone();
    const queued = await handedOver(db, [recipient]);
    await reported({ recipient, messageId: 'not ours', provider: null } as unknown as Attempt, { dispatch: null });
    expect(await statesOf(db, queued.id)).toEqual({ [recipient]: 'suppressed' });
  });

  test('is found by an attempt that was claimed before it', async () => {
    const recipient = someone();
    const bounced = await delivered(recipient);
    const queued = await handedOver(db, [recipient]);
    await claim(db);
    await reported(bounced, { category: 'user_not_found' });
    expect(await statesOf(db, queued.id)).toEqual({ [recipient]: 'claimed' });
    await leaseOver();
    await sweepLeases(db, false);
    expect(await begun(db)).toEqual([]);
    expect(await statesOf(db, queued.id)).toEqual({ [recipient]: 'suppressed' });
  });

  test('a temporary one leaves what waits', async () => {
    const recipient = someone();
    const full = await delivered(recipient);
    await reported(full, { category: 'mailbox_full' });
    expect(await rowOf(db, full.id)).toMatchObject({ state: 'waiting' });
  });
});

describe('settling and sending at once', () => {
  test('reports, replies and beginnings of the same dispatches never block each other for good', async () => {
    const recipients = Array.from({ length: 40 }, () => someone());
    await handedOver(db, recipients);
    await handedOver(db, recipients.toReversed());
    const attempts = await begun(db);
    const words = attempts.toSorted(() => Math.random() - 0.5);
    await Promise.all([
      settleReplies(
        db,
        words.slice(0, 40).map((each) => ({ event: eventOf(each, 'mailbox_full'), owner: 'one' })),
        terms,
      ),
      settleReplies(
        other,
        words
          .slice(40)
          .toReversed()
          .map((each) => ({ event: eventOf(each, 'user_not_found'), owner: 'one' })),
        terms,
      ),
      recordSent(
        db,
        'one',
        words.toReversed().map(({ id, attempt }) => taken(id, attempt)),
      ),
    ]);
    const open = await db.query(`select 1 from dispatches where state in ('claimed', 'sending')`);
    expect(open).toEqual([]);
  });
});

describe('providers', () => {
  test('replies and reports of distinct dispatches open the breaker, repetition does not', async () => {
    const attempts = [await onItsWay(someone('big.example')), await onItsWay(someone('big.example'))];
    for (const attempt of attempts) await replied(attempt, 'rate_limiting');
    for (const attempt of attempts) await reported(attempt, { category: 'reputation_block' });
    expect(await listProviders(db)).toMatchObject([{ provider: 'big.example', state: 'closed' }]);
    const third = await delivered(someone('big.example'));
    await reported(third, { category: 'connection_timeout', report: { diagnosticCode: 'timed \0 out' } });
    expect(await listProviders(db)).toMatchObject([
      {
        provider: 'big.example',
        state: 'open',
        lastCategory: 'connection_timeout',
        lastDiagnostic: 'timed \ufffd out',
      },
    ]);
  });

  test('who holds return-paths of ours cannot keep it open: a report counts once for each mail that went out', async () => {
    const [fresh, ...held] = [
      await delivered(someone('big.example')),
      await delivered(someone('big.example')),
      await delivered(someone('big.example')),
    ];
    for (const each of held) await reported(each, { category: 'rate_limiting' });
    // Longer ago than the window; and now the same ones, in other words.
    await db.query(`update provider_faults set at = now() - interval '1 day'`);
    for (const each of held) await reported(each, { category: 'reputation_block' });
    await reported(fresh, { category: 'rate_limiting' });
    expect(await listProviders(db)).toMatchObject([{ state: 'closed' }]);
    expect(await db.query(`select 1 from provider_faults where at > now() - interval '1 hour'`)).toHaveLength(1);
  });

  test('it is not fed by what is heard of somebody to whom mail is sent on, or a week later', async () => {
    for (let i = 0; i < 3; i++) {
      await reported(await delivered(someone('big.example')), { category: 'rate_limiting', redirected: true });
      const old = await delivered(someone('big.example'));
      await db.query(`update dispatches set state = 'assumed_delivered' where id = $1`, [old.id]);
      await reported(old, { category: 'rate_limiting' });
    }
    expect(await listProviders(db)).toEqual([]);
  });

  test('other failures, reports that an MTA still tries, and mail of others do not feed it', async () => {
    for (const category of ['mailbox_full', 'user_not_found', 'server_error'] as const)
      await replied(await onItsWay(someone('big.example')), category);
    const attempt = await delivered(someone('big.example'));
    await reported(attempt, { category: 'rate_limiting', report: { reportAction: 'delayed' } });
    await reported(attempt, { category: 'rate_limiting', dispatch: null });
    expect(await listProviders(db)).toEqual([]);
  });
});
