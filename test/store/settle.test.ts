/** Settling against a real PostgreSQL: what is written, once, whoever comes when. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { derivedUuid } from '../../src/core/derived-id.ts';
import type { MailEvent } from '../../src/core/event.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import type { Db } from '../../src/store/db.ts';
import { decisionsOfRecipient } from '../../src/store/decisions.ts';
import { findEvent, listEvents } from '../../src/store/events.ts';
import { liftSuppression } from '../../src/store/lift.ts';
import { findRecipient } from '../../src/store/recipients.ts';
import { listReviews } from '../../src/store/reviews.ts';
import { addSent, senderScore } from '../../src/store/senders.ts';
import { settle, settleBatch, type Processed, type Settled } from '../../src/store/settle.ts';
import { suppressionLevels, suppressionOf } from '../../src/store/suppressions.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { arrival, mailEvent, policy, type EventFields, sending } from '../helpers/mail-events.ts';

let database: TestDatabase;
let db: Db;
/** Receive times of the tests lie in today's partitions, on whole milliseconds as the arrival log writes them. */
const now = new Date();
const terms = { policy, tokenEventsPerDay: 20, rulesVersion: 'test', sending, now };
const first = { limit: 50, cursor: null };

beforeAll(async () => {
  database = await testDatabase();
  db = database.db;
});
afterAll(() => database.close());

const someone = (): string => `r${randomBytes(6).toString('hex')}@example.com`;

/** An arrival that a worker has taken, with the events that it became. */
async function processed(...fields: EventFields[]): Promise<Processed> {
  const id = derivedUuid(now, randomBytes(8));
  await db.query("insert into queue (arrival_id, received_at, state, attempt) values ($1, $2, 'taken', 1)", [id, now]);
  const events = fields.map((each) =>
    mailEvent({ receivedAt: now, eventKey: randomBytes(32), arrivalId: id, ...each }),
  );
  return { taken: { arrival: arrival({ id, receivedAt: now }), attempt: 1, committedAt: performance.now() }, events };
}

const eventOf = ({ events }: Processed): MailEvent => {
  const [event] = events;
  if (event === undefined) throw new Error('no event');
  return event;
};

describe('one transaction', () => {
  test('a hard bounce is an event, a ledger row, a suppression and a decision, and its arrival is done', async () => {
    const recipient = someone();
    const one = await processed({ recipient, recipientOriginal: recipient.toUpperCase(), campaign: 'spring' });
    const settled = await settle(db, [one], terms);
    expect(settled).toMatchObject({ lost: 0, countedOnly: 0 });
    expect(settled.decided).toHaveLength(1);
    expect(await db.query('select 1 from queue where arrival_id = $1', [one.taken.arrival.id])).toEqual([]);
    expect(await suppressionOf(db, recipient, now)).toMatchObject({
      suppressed: true,
      level: 'hard_suppressed',
      expiresAt: null,
      since: now,
      category: 'user_not_found',
      rule: 'test/user_not_found',
      eventIds: [eventOf(one).id],
    });
    const view = await findRecipient(db, recipient, policy, now);
    expect(view).toMatchObject({
      original: recipient.toUpperCase(),
      events: 1,
      reputation: 92,
      consecutiveHard: 1,
      counts: [{ type: 'hard_bounce', category: 'user_not_found', count: 1 }],
    });
    expect(view?.decisions).toMatchObject([
      {
        action: 'remove_immediately',
        actor: 'policy',
        reason: 'category',
        rulesVersion: 'test',
        prior: { level: 'none' },
        result: { level: 'hard_suppressed', expiresAt: null },
      },
    ]);
    const detail = await findEvent(db, eventOf(one).id);
    expect(detail).toMatchObject({
      recipient,
      campaign: 'spring',
      receivedAt: now,
      report: { kind: 'delivery_status' },
    });
    expect(detail?.decisions).toHaveLength(1);
  });

  test('who lost the lease writes nothing', async () => {
    const recipient = someone();
    const one = await processed({ recipient });
    await db.query('update queue set attempt = 2 where arrival_id = $1', [one.taken.arrival.id]);
    expect(await settle(db, [one], terms)).toMatchObject({ lost: 1, done: [], decided: [] });
    expect(await findRecipient(db, recipient, policy, now)).toBeNull();
    expect(await db.query('select 1 from event_keys where key = $1', [eventOf(one).eventKey])).toEqual([]);
  });

  test('an event that was written before is not written again', async () => {
    const eventKey = randomBytes(32);
    const recipient = someone();
    await settle(db, [await processed({ recipient, eventKey })], terms);
    const again = await settle(db, [await processed({ recipient, eventKey })], terms);
    expect(again.done).toHaveLength(1);
    expect(again.decided).toEqual([]);
    expect((await listEvents(db, { recipient }, first)).items).toHaveLength(1);
  });

  test('several events of one recipient in a batch see each other', async () => {
    const recipient = someone();
    const batch = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => processed({ recipient, messageKey: `m${n}`, category: 'mailbox_full' })),
    );
    const { decided } = await settle(db, batch, terms);
    expect(decided.map(({ outcome }) => outcome.suppression?.level)).toEqual([
      ...Array.from({ length: 4 }, () => 'temporarily_suppressed'),
      'soft_suppressed',
    ]);
    // The fifth stopped what the four before had planned.
    const view = await findRecipient(db, recipient, policy, now);
    expect(view?.retries.map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    expect(view?.events).toBe(5);
  });

  test('what one batch left is what the next one finds', async () => {
    const recipient = someone();
    for (const n of [1, 2, 3, 4, 5])
      await settle(db, [await processed({ recipient, messageKey: `m${n}`, category: 'mailbox_full' })], terms);
    expect(await suppressionOf(db, recipient, now)).toMatchObject({ level: 'soft_suppressed' });
    expect(await findRecipient(db, recipient, policy, now)).toMatchObject({ events: 5, reputation: 95 });
  });

  test('two workers on the same recipients neither deadlock nor lose a count', async () => {
    const people = Array.from({ length: 5 }, someone);
    const batches = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        Promise.all(
          people
            .toSorted(() => (n % 2) - 0.5)
            .map((recipient) => processed({ recipient, messageKey: `m${n}`, category: 'mailbox_full' })),
        ),
      ),
    );
    await Promise.all(batches.map((batch) => settle(db, batch, terms)));
    for (const recipient of people)
      expect(await findRecipient(db, recipient, policy, now)).toMatchObject({ events: 8, reputation: 92 });
  });

  test('evidence is kept with the event that acts, for nobody, and nothing is decided on it', async () => {
    const recipient = someone();
    const one = await processed(
      { recipient },
      { recipient: null, messageKey: null, proof: 'none', acts: false, flags: ['evidence'] },
    );
    const { decided } = await settle(db, [one], terms);
    expect(decided).toHaveLength(2);
    const [, evidence] = one.events;
    expect(await findEvent(db, evidence?.id ?? '')).toMatchObject({ proof: 'none', recipient: null, decisions: [] });
  });

  test('text that PostgreSQL can not hold is stored without it', async () => {
    const recipient = someone();
    const report = { diagnosticCode: 'a\0b \ud800 c', replyCode: 99_999, arrivalDate: new Date(NaN) };
    const one = await processed({ recipient, report });
    await settle(db, [one], terms);
    expect(await findEvent(db, eventOf(one).id)).toMatchObject({
      diagnosticCode: 'a\ufffdb \ufffd c',
      replyCode: null,
      report: { arrivalDate: null },
    });
  });
});

describe('floods', () => {
  test('a thousand reports on one leaked token are one suppression, twenty events, and one recipient’s weight', async () => {
    const recipient = someone();
    const sendingDomain = `${randomBytes(4).toString('hex')}.example`;
    const words = ['reputation_block', 'user_not_found', 'spam_filter', 'domain_not_found'] as const;
    let countedOnly = 0;
    for (let n = 0; n < 10; n++) {
      const batch = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          processed({ recipient, sendingDomain, category: words[(n + index) % 4] ?? null }),
        ),
      );
      countedOnly += (await settle(db, batch, terms)).countedOnly;
    }
    expect(countedOnly).toBe(980);
    expect((await listEvents(db, { recipient }, first)).items).toHaveLength(20);
    const rows = await db.query('select count(*)::int as n from suppressions where address = $1', [recipient]);
    expect(rows).toEqual([{ n: 1 }]);
    const score = await senderScore(db, sendingDomain, 30 * 86_400_000, now);
    expect(score).toMatchObject({ recipients: 1, points: 10, score: 90 });
    expect((await listAlerts(db, { sendingDomain }, first)).items).toMatchObject([{ recipients: 1 }]);
  });

  test('unproved reports leave no trace of those they name', async () => {
    const recipient = someone();
    await settle(db, [await processed({ recipient, proof: 'unsigned', acts: false })], terms);
    expect(await findRecipient(db, recipient, policy, now)).toBeNull();
    expect(await suppressionOf(db, recipient, now)).toMatchObject({ suppressed: false, level: 'none' });
    const { items } = await listReviews(db, {}, first);
    expect(items[0]).toMatchObject({ recipient, why: 'unproved', priority: 50 });
  });

  test('a late report of a message that a hundred newer ones came after still joins what is known of it', async () => {
    const recipient = someone();
    const at = (ms: number): Date => new Date(now.getTime() + ms);
    await settle(db, [await processed({ recipient, messageKey: 'old' })], terms);
    const others = Array.from({ length: 100 }, (_, i) => ({ recipient, messageKey: `m${i}`, receivedAt: at(i + 1) }));
    await settle(db, [await processed(...others)], terms);
    const late = { recipient, messageKey: 'old', receivedAt: at(200), category: null, type: 'delivery' } as const;
    await settle(db, [await processed(late)], terms);
    expect(
      await db.query('select type, reports from counts where recipient = $1 and message_key = $2', [recipient, 'old']),
    ).toEqual([{ type: 'hard_bounce', reports: 2 }]);
  });
});

describe('sending domains', () => {
  test('an alert counts distinct recipients and is raised once', async () => {
    const sendingDomain = `${randomBytes(4).toString('hex')}.example`;
    const block = (): EventFields => ({ recipient: someone(), sendingDomain, category: 'reputation_block' });
    const one = await settle(db, [await processed(block()), await processed(block())], terms);
    expect(one.alerts).toMatchObject([{ kind: 'senderFault', severity: 'critical', sendingDomain }]);
    const two = await settle(db, [await processed(block())], terms);
    expect(two.alerts).toEqual([]);
    const { items } = await listAlerts(db, { sendingDomain }, first);
    expect(items).toMatchObject([{ recipients: 3, category: 'reputation_block', provider: 'example.com' }]);
    await addSent(db, [
      { sendingDomain, campaign: null, provider: null, at: now, count: 600 },
      { sendingDomain, campaign: null, provider: null, at: now, count: 400 },
    ]);
    await addSent(db, []);
    expect(await senderScore(db, sendingDomain, 30 * 86_400_000, now)).toMatchObject({
      sent: 1000,
      points: 30,
      score: 97,
      faults: [{ category: 'reputation_block', recipients: 3 }],
    });
  });
});

describe('a batch with something poisonous in it', () => {
  test('the poisonous arrival fails alone', async () => {
    const good = await Promise.all(Array.from({ length: 6 }, () => processed({ recipient: someone() })));
    // JSON has no NaN: the column gets null, which the server refuses.
    const poison = await processed({ recipient: someone(), verdict: { confidence: NaN } });
    const batch = [...good.slice(0, 3), poison, ...good.slice(3)];
    const settled: Settled[] = [];
    const failed = await settleBatch(db, batch, terms, (each) => settled.push(each));
    expect(failed.map(({ processed: each }) => each)).toEqual([poison]);
    expect(settled.flatMap((each) => each.done)).toEqual(good);
    expect(await db.query('select state from queue where arrival_id = $1', [poison.taken.arrival.id])).toEqual([
      { state: 'taken' },
    ]);
  });

  test('an empty batch is settled', async () => {
    expect(await settleBatch(db, [], terms, () => undefined)).toEqual([]);
  });

  test('a database that is away is told to the caller, who still has the whole batch', async () => {
    const one = await processed({ recipient: someone() });
    const away = await database.open();
    await away.close();
    await expect(settleBatch(away, [one], terms, () => undefined)).rejects.toThrow();
    expect((await settle(db, [one], terms)).done).toHaveLength(1);
  });
});

describe('lifting', () => {
  test('a person lifts with a reason; mail sent before does not suppress again, later mail does', async () => {
    const recipient = someone();
    const day = 86_400_000;
    await settle(db, [await processed({ recipient, sentAt: new Date(now.getTime() - 2 * day) })], terms);
    const lifted = await liftSuppression(db, recipient, 'the person called', 'api:admin');
    expect(lifted).toMatchObject({ ok: true, prior: 'hard_suppressed' });
    expect(await suppressionOf(db, recipient, now)).toMatchObject({ suppressed: false });
    const old = await processed({ recipient, messageKey: 'm2', sentAt: new Date(now.getTime() - day) });
    const { decided } = await settle(db, [old], terms);
    expect(decided[0]?.outcome).toMatchObject({ action: 'no_action', reason: 'sentBeforeLift', suppression: null });
    await settle(db, [await processed({ recipient, messageKey: 'm3', sentAt: new Date(now.getTime() + day) })], terms);
    expect(await suppressionOf(db, recipient, now)).toMatchObject({ level: 'hard_suppressed' });
    const decisions = await decisionsOfRecipient(db, recipient);
    expect(decisions.find(({ action }) => action === 'lift')).toMatchObject({
      actor: 'api:admin',
      reason: 'the person called',
      prior: { level: 'hard_suppressed' },
      result: { level: 'none' },
    });
  });

  test('who is not suppressed can not be lifted', async () => {
    expect(await liftSuppression(db, someone(), 'why', 'api:admin')).toEqual({ ok: false, why: 'notSuppressed' });
  });
});

describe('lists', () => {
  test('pages of events follow each other without gap or repetition, by any filter', async () => {
    const campaign = randomBytes(4).toString('hex');
    const batch = await Promise.all(Array.from({ length: 7 }, () => processed({ recipient: someone(), campaign })));
    await settle(db, batch, terms);
    const seen: string[] = [];
    let cursor: Parameters<typeof listEvents>[2]['cursor'] = null;
    for (let pages = 0; pages < 4; pages++) {
      const page = await listEvents(db, { campaign, since: now, type: 'hard_bounce' }, { limit: 3, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
      if (cursor === null) break;
    }
    expect(cursor).toBeNull();
    expect(seen.toSorted()).toEqual(batch.map((each) => eventOf(each).id).toSorted());
    expect((await listEvents(db, { campaign, until: now }, first)).items).toEqual([]);
  });

  test('alerts and review items come in pages too, newest first', async () => {
    const sendingDomain = `${randomBytes(4).toString('hex')}.example`;
    const fields = (n: number): EventFields => ({
      recipient: someone(),
      sendingDomain,
      provider: `p${n}.example`,
      category: 'reputation_block',
    });
    await settle(db, await Promise.all([1, 2, 3].map((n) => processed(fields(n)))), terms);
    const page = await listAlerts(db, { sendingDomain }, { limit: 2, cursor: null });
    const rest = await listAlerts(db, { sendingDomain }, { limit: 2, cursor: page.next });
    expect([...page.items, ...rest.items].map(({ provider }) => provider).toSorted()).toEqual([
      'p1.example',
      'p2.example',
      'p3.example',
    ]);
    expect(rest.next).toBeNull();

    const recipients = [someone(), someone(), someone()];
    const spam = await Promise.all(recipients.map((recipient) => processed({ recipient, category: 'spam_filter' })));
    await settle(db, spam, { ...terms, now: new Date(now.getTime() + 60_000) });
    const one = await listReviews(db, { minPriority: 80 }, { limit: 2, cursor: null });
    const two = await listReviews(db, { minPriority: 80 }, { limit: 1, cursor: one.next });
    expect([...one.items, ...two.items].map(({ recipient }) => recipient).toSorted()).toEqual(recipients.toSorted());
  });

  test('ten thousand addresses are checked at once, and expired levels count as none', async () => {
    const recipient = someone();
    const other = someone();
    await settle(
      db,
      [await processed({ recipient }), await processed({ recipient: other, category: 'mailbox_full' })],
      terms,
    );
    const many = [...Array.from({ length: 9998 }, someone), recipient, other];
    const levels = await suppressionLevels(db, many, now);
    expect(Object.fromEntries(levels)).toEqual({ [recipient]: 'hard_suppressed', [other]: 'temporarily_suppressed' });
    const later = new Date(now.getTime() + 8 * 86_400_000);
    expect(Object.fromEntries(await suppressionLevels(db, many, later))).toEqual({ [recipient]: 'hard_suppressed' });
  });

  test('an unknown id is no event', async () => {
    expect(await findEvent(db, '00000000-0000-7000-8000-000000000000')).toBeNull();
    expect(await findEvent(db, 'ffffffff-ffff-7fff-bfff-ffffffffffff')).toBeNull();
  });
});
