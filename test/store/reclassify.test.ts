/** Deciding again against a real PostgreSQL: what changes, what does not, and that it can be taken back. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Category } from '../../src/core/classify/categories.ts';
import { compileRules, type RuleSet } from '../../src/core/classify/rule-set.ts';
import { derivedUuid } from '../../src/core/derived-id.ts';
import type { MailEvent } from '../../src/core/event.ts';
import type { Db } from '../../src/store/db.ts';
import { decisionsOfEvent } from '../../src/store/decisions.ts';
import { findEvent } from '../../src/store/events.ts';
import { liftSuppression } from '../../src/store/lift.ts';
import { findRecipient } from '../../src/store/recipients.ts';
import { listReviews } from '../../src/store/reviews.ts';
import { findRun, listRuns, nextBatch, previewBatch, startRun, type Run } from '../../src/store/reclassify.ts';
import { readMessages, type ReclassifyFilter } from '../../src/store/reclassify-events.ts';
import { settle } from '../../src/store/settle.ts';
import { suppressionOf } from '../../src/store/suppressions.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { arrival, mailEvent, policy, verdict, type EventFields, sending } from '../helpers/mail-events.ts';

let database: TestDatabase;
let db: Db;
const now = new Date();
/** Runs look at what was received before they begin. */
const later = new Date(now.getTime() + 60_000);

beforeAll(async () => {
  database = await testDatabase();
  db = database.db;
});
afterAll(() => database.close());

const someone = (): string => `r${randomBytes(6).toString('hex')}@example.com`;

/** What today's rules say: each category by its name in the text. */
const rules: RuleSet = (() => {
  const rule = (['spam_filter', 'user_not_found', 'mailbox_full', 'reputation_block'] as const).map((category) => ({
    id: `today/${category.replaceAll('_', '-')}`,
    category,
    text: [category],
    examples: [category],
  }));
  const compiled = compileRules([{ name: '50-today.toml', table: { family: 'today', rule }, lines: [] }]);
  if (!compiled.ok) throw new Error(compiled.problems.join('\n'));
  return compiled.rules;
})();

/** Settles events that were decided as `was` and will be as `will`; each of a message of its own unless it names one. */
async function settled(
  recipient: string,
  ...each: ({ was: Category; will: Category } & Omit<EventFields, 'verdict'>)[]
): Promise<MailEvent[]> {
  const id = derivedUuid(now, randomBytes(8));
  await db.query("insert into queue (arrival_id, received_at, state, attempt) values ($1, $2, 'taken', 1)", [id, now]);
  const events = each.map(({ was, will, report, ...fields }) =>
    mailEvent({
      receivedAt: now,
      eventKey: randomBytes(32),
      arrivalId: id,
      recipient,
      recipientOriginal: recipient,
      messageKey: randomBytes(8).toString('hex'),
      report: { diagnosticCode: `${will === 'mailbox_full' ? 450 : 550} ${will}`, ...report },
      verdict: verdict(was),
      ...fields,
    }),
  );
  const taken = { arrival: arrival({ id, receivedAt: now }), attempt: 1, committedAt: performance.now() };
  await settle(db, [{ taken, events }], { policy, tokenEventsPerDay: 20, rulesVersion: 'then', sending, now });
  return events;
}

async function started(filter: ReclassifyFilter, undoes: string | null = null): Promise<Run> {
  return startRun(db, { actor: 'cli:admin', reason: 'better rules', undoes, filter }, later);
}
async function finished({ id }: Run): Promise<Run> {
  for (;;) {
    const batch = await nextBatch(db, id, { rules, policy, now: later });
    if (batch === null) throw new Error('no run');
    if (batch.run.state === 'done') return batch.run;
  }
}
const reclassify = async (filter: ReclassifyFilter): Promise<Run> => finished(await started(filter));
const undo = async ({ id }: Run): Promise<Run> => finished(await started({}, id));
const levelOf = async (recipient: string): Promise<string> => (await suppressionOf(db, recipient, later)).level;

describe('a recipient', () => {
  test('that was wrongly suppressed is released, on record, and suppressed again where that is undone', async () => {
    const recipient = someone();
    const [event] = await settled(recipient, { was: 'user_not_found', will: 'spam_filter' });
    const before = await suppressionOf(db, recipient, later);
    expect(before.level).toBe('hard_suppressed');

    const run = await reclassify({ recipient });
    expect(run).toMatchObject({ state: 'done', looked: 1, changed: 1, released: 1, suppressed: 0 });
    expect(await levelOf(recipient)).toBe('none');
    const view = await findRecipient(db, recipient, policy, later);
    expect(view).toMatchObject({ reputation: 100, history: [{ category: 'spam_filter', rule: 'today/spam-filter' }] });
    expect(view?.decisions.find(({ reason }) => reason === 'reclassified')).toMatchObject({
      eventId: event?.id,
      action: 'flag_for_review',
      actor: 'cli:admin',
      rule: 'today/spam-filter',
      rulesVersion: rules.version,
      evidence: { text: 'spam_filter' },
      inputs: { run: run.id, why: 'better rules', was: { category: 'user_not_found' } },
      prior: { level: 'hard_suppressed' },
      result: { level: 'none' },
    });
    // The event itself stays what was recorded.
    expect(await findEvent(db, event?.id ?? '')).toMatchObject({ category: 'user_not_found' });
    expect(await reclassify({ recipient })).toMatchObject({ looked: 1, changed: 0 });

    const back = await undo(run);
    expect(back).toMatchObject({ undoes: run.id, changed: 1, released: 0, suppressed: 1 });
    expect({ ...(await suppressionOf(db, recipient, later)) }).toEqual(before);
    expect(await undo(run)).toMatchObject({ looked: 0, changed: 0 });
    expect(await undo(back)).toMatchObject({ changed: 1, released: 1 });
    expect(await decisionsOfEvent(db, { id: event?.id ?? '', receivedAt: now })).toHaveLength(4);
  });

  test('that should have been suppressed is, and its waiting retries are cancelled', async () => {
    const recipient = someone();
    await settled(recipient, { was: 'server_error', will: 'user_not_found' });
    expect(await levelOf(recipient)).toBe('none');
    expect(await reclassify({ recipient })).toMatchObject({ changed: 1, suppressed: 1 });
    expect(await suppressionOf(db, recipient, later)).toMatchObject({
      level: 'hard_suppressed',
      rule: 'today/user-not-found',
    });
    expect((await findRecipient(db, recipient, policy, later))?.retries).toMatchObject([{ state: 'cancelled' }]);
  });

  test('is not suppressed by a redirected report, nor by one that proves nobody', async () => {
    const recipient = someone();
    await settled(
      recipient,
      { was: 'spam_filter', will: 'user_not_found', redirected: true },
      { was: 'spam_filter', will: 'user_not_found', acts: false, proof: 'verp' },
      { was: 'spam_filter', will: 'user_not_found', acts: false, proof: 'none' },
    );
    expect(await reclassify({ recipient })).toMatchObject({ changed: 3 });
    expect(await levelOf(recipient)).toBe('temporarily_suppressed');
  });

  test('stays suppressed where another message is a cause', async () => {
    const recipient = someone();
    const [, other] = await settled(
      recipient,
      { was: 'user_not_found', will: 'spam_filter' },
      { was: 'user_not_found', will: 'user_not_found' },
    );
    expect(await reclassify({ recipient })).toMatchObject({ changed: 1, released: 0 });
    expect(await suppressionOf(db, recipient, later)).toMatchObject({
      level: 'hard_suppressed',
      eventIds: [other?.id],
    });
  });

  test('stays as the hardest of several reports of one message says', async () => {
    const recipient = someone();
    await settled(
      recipient,
      { was: 'user_not_found', will: 'mailbox_full', messageKey: 'one' },
      {
        was: 'server_error',
        will: 'server_error',
        messageKey: 'one',
        report: { diagnosticCode: '450 4.3.0' },
      },
    );
    await reclassify({ recipient });
    const view = await findRecipient(db, recipient, policy, later);
    expect(view?.history).toMatchObject([{ messageKey: 'one', category: 'mailbox_full', reports: 2 }]);
    expect(view?.suppression.level).toBe('temporarily_suppressed');
  });

  test('whom a person released is not suppressed by mail from before, and the release is not taken back', async () => {
    const recipient = someone();
    const sentAt = new Date(now.getTime() - 86_400_000);
    await settled(recipient, { was: 'user_not_found', will: 'spam_filter', sentAt });
    await settled(recipient, { was: 'spam_filter', will: 'user_not_found', sentAt });
    await liftSuppression(db, recipient, 'they wrote to us', 'api:test');
    const run = await reclassify({ recipient });
    expect(run).toMatchObject({ changed: 2, released: 0, suppressed: 0 });
    expect(await levelOf(recipient)).toBe('none');
    await undo(run);
    expect(await levelOf(recipient)).toBe('none');
  });

  test('whom a person suppressed, or whose causes nobody knows any more, stays suppressed', async () => {
    for (const eventIds of [[], [derivedUuid(now, 'forgotten')]]) {
      const recipient = someone();
      await settled(recipient, { was: 'user_not_found', will: 'spam_filter' });
      await db.query('update suppressions set event_ids = $2 where address = $1', [recipient, eventIds]);
      expect(await reclassify({ recipient })).toMatchObject({ changed: 1, released: 0 });
      expect(await levelOf(recipient)).toBe('hard_suppressed');
    }
  });

  test('is released though the ledger has forgotten the message', async () => {
    const recipient = someone();
    await settled(recipient, { was: 'user_not_found', will: 'spam_filter' });
    await db.query('delete from counts where recipient = $1', [recipient]);
    expect(await reclassify({ recipient })).toMatchObject({ changed: 1, released: 1 });
    expect(await db.query('select 1 from counts where recipient = $1', [recipient])).toEqual([]);
  });
});

describe('what else follows', () => {
  test('people are asked about what needs them now, and the sending domain answers for what is its fault', async () => {
    const recipient = someone();
    const [first, second] = await settled(
      recipient,
      { was: 'spam_filter', will: 'mailbox_full', sendingDomain: 'again.example' },
      { was: 'mailbox_full', will: 'spam_filter', sendingDomain: 'again.example' },
    );
    const open = async (): Promise<(string | null)[]> =>
      (await listReviews(db, {}, { limit: 500, cursor: null })).items
        .filter((item) => item.recipient === recipient)
        .map(({ eventId }) => eventId);
    const faults = (): Promise<unknown[]> =>
      db.query("select category, event_id as id from sender_faults where sending_domain = 'again.example'");
    expect([await open(), await faults()]).toEqual([[first?.id], [{ category: 'spam_filter', id: first?.id }]]);
    const run = await reclassify({ recipient });
    expect([await open(), await faults()]).toEqual([[second?.id], [{ category: 'spam_filter', id: second?.id }]]);
    await undo(run);
    expect([await open(), await faults()]).toEqual([[first?.id], [{ category: 'spam_filter', id: first?.id }]]);
  });

  test('the sending domain answers on where another mail of that day to the recipient had the same fault', async () => {
    const recipient = someone();
    const sendingDomain = 'twice.example';
    const [first, second] = await settled(
      recipient,
      { was: 'spam_filter', will: 'mailbox_full', sendingDomain },
      { was: 'spam_filter', will: 'spam_filter', sendingDomain },
      { was: 'spam_filter', will: 'spam_filter', sendingDomain, acts: false, proof: 'none' },
    );
    const faults = (): Promise<unknown[]> =>
      db.query('select category, event_id as id, points from sender_faults where sending_domain = $1', [sendingDomain]);
    const [before] = (await faults()) as { points: number }[];
    expect(before).toMatchObject({ id: first?.id });
    await reclassify({ recipient });
    expect(await faults()).toEqual([{ category: 'spam_filter', id: second?.id, points: before?.points }]);
    await db.query("update events set diagnostic_code = '450 mailbox_full' where id = $1", [second?.id ?? '']);
    await reclassify({ recipient });
    expect(await faults()).toEqual([]);
  });
});

describe('a run', () => {
  test('looks at what its filter names, by the verdicts that stand', async () => {
    const recipient = someone();
    await settled(
      recipient,
      { was: 'server_error', will: 'mailbox_full', campaign: 'spring', provider: 'p.example' },
      { was: 'mailbox_full', will: 'mailbox_full', campaign: 'autumn' },
    );
    const looked = async (filter: ReclassifyFilter): Promise<number> => {
      const preview = await previewBatch(db, { recipient, ...filter }, null, { rules, policy, now: later });
      return preview.diff.looked;
    };
    expect(await looked({})).toBe(2);
    expect(await looked({ category: 'server_error' })).toBe(1);
    expect(await looked({ rule: 'test/mailbox_full' })).toBe(1);
    expect(await looked({ campaign: 'spring' })).toBe(1);
    expect(await looked({ provider: 'p.example' })).toBe(1);
    expect(await looked({ since: later.toISOString() })).toBe(0);
    expect(await looked({ until: now.toISOString() })).toBe(0);
    expect(await looked({ limit: 1 })).toBe(1);
    await reclassify({ recipient });
    expect(await looked({ category: 'server_error' })).toBe(0);
    expect(await looked({ category: 'mailbox_full' })).toBe(2);
    expect(await looked({ rule: 'today/mailbox-full' })).toBe(1);
  });

  test('is shown beforehand as a diff with examples, and nothing is written', async () => {
    const recipient = someone();
    const [event] = await settled(
      recipient,
      { was: 'user_not_found', will: 'spam_filter' },
      { was: 'mailbox_full', will: 'mailbox_full' },
    );
    const { diff, next } = await previewBatch(db, { recipient }, null, { rules, policy, now: later });
    expect(diff).toMatchObject({ looked: 2, changed: 1, renamed: 1, released: 0, suppressed: 0, adjusted: 1 });
    expect(diff.lines()).toEqual([
      {
        from: { type: 'hard_bounce', category: 'user_not_found', rule: 'test/user_not_found' },
        to: { type: 'block_bounce', category: 'spam_filter', rule: 'today/spam-filter' },
        count: 1,
        examples: [{ eventId: event?.id, text: '550 spam_filter' }],
      },
    ]);
    expect(next === null || next.at <= later).toBe(true);
    expect(await levelOf(recipient)).toBe('hard_suppressed');
  });

  test('goes on where it stopped, batch after batch, and a later run keeps what it changed when an earlier one is undone', async () => {
    const recipient = someone();
    const many = Array.from({ length: 1200 }, () => ({ was: 'server_error' as const, will: 'spam_filter' as const }));
    await settled(recipient, ...many);
    const run = await started({ recipient });
    const step = async (): Promise<Run | undefined> =>
      (await nextBatch(db, run.id, { rules, policy, now: later }))?.run;
    const first = await step();
    expect(first?.state).toBe('running');
    expect(first?.looked).toBeLessThanOrEqual(500);
    expect((await findRun(db, run.id))?.changed).toBe(first?.changed);
    expect(await finished(run)).toMatchObject({ looked: 1200, changed: 1200 });
    expect(await step()).toMatchObject({ state: 'done', looked: 1200 });
    expect((await listRuns(db)).map(({ id }) => id)).toContain(run.id);

    const [one] = await db.query<{ id: string }>('select id from events where recipient = $1 limit 1', [recipient]);
    await db.query('update events set diagnostic_code = $2 where id = $1', [one?.id ?? '', '550 reputation_block']);
    expect(await reclassify({ recipient, rule: 'today/spam-filter' })).toMatchObject({ looked: 1200, changed: 1 });
    expect(await undo(run)).toMatchObject({ looked: 1199, changed: 1199 });
  });

  test('beside settling and another run leaves nothing half done', async () => {
    const people = Array.from({ length: 20 }, someone);
    for (const recipient of people)
      await settled(recipient, { was: 'user_not_found', will: 'spam_filter', campaign: 'both' });
    const [a, b] = [await started({ campaign: 'both' }), await started({ campaign: 'both' })];
    const more = people.map((recipient) => settled(recipient, { was: 'spam_filter', will: 'spam_filter' }));
    const [one, two] = await Promise.all([finished(a), finished(b), ...more]);
    expect([one.changed + two.changed, one.released + two.released]).toEqual([20, 20]);
    for (const recipient of people) expect(await levelOf(recipient)).toBe('none');
  });

  test('that is taken back before it is done is stopped, and changes nothing any more', async () => {
    const recipient = someone();
    const [event] = await settled(recipient, { was: 'user_not_found', will: 'spam_filter' });
    const run = await started({ recipient });
    let reached: Run | undefined = run;
    while (reached?.state === 'running' && reached.changed === 0)
      reached = (await nextBatch(db, run.id, { rules, policy, now: later }))?.run;
    expect(reached).toMatchObject({ state: 'running', changed: 1 });
    const back = await started({}, run.id);
    expect(await findRun(db, run.id)).toMatchObject({ state: 'stopped', changed: 1, finishedAt: later });
    expect(await finished(back)).toMatchObject({ changed: 1, suppressed: 1 });

    const [other] = await settled(recipient, { was: 'user_not_found', will: 'spam_filter' });
    const refused = await nextBatch(db, run.id, { rules, policy, now: later });
    expect(refused).toMatchObject({ run: { state: 'stopped', looked: 1 }, diff: { looked: 0 } });
    expect(await levelOf(recipient)).toBe('hard_suppressed');
    for (const [each, decisions] of [
      [event, 3],
      [other, 1],
    ] as const)
      expect(await decisionsOfEvent(db, { id: each?.id ?? '', receivedAt: now })).toHaveLength(decisions);
  });

  test('reads the newest of very many events of one message', async () => {
    const recipient = someone();
    const [event] = await settled(recipient, { was: 'server_error', will: 'spam_filter', messageKey: 'much' });
    await db.query(
      `insert into events select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(),
         'received_at', e.received_at + n * interval '1 ms'))).* from events e, generate_series(1, 500) n where e.id = $1`,
      [event?.id ?? ''],
    );
    const times = (await readMessages(db, [[recipient, 'much']])).map(({ receivedAt }) => receivedAt.getTime());
    expect(times).toEqual(Array.from({ length: 500 }, (_, n) => now.getTime() + n + 1));
  });

  test('that does not exist has no next batch', async () => {
    expect(await nextBatch(db, derivedUuid(now, 'none'), { rules, policy, now })).toBeNull();
  });
});
