import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dispatchStates, steer, type Steering } from '../../src/core/sending/dispatch.ts';
import { beginAttempts, claimDispatches } from '../../src/store/dispatch-queue.ts';
import { removeRaws } from '../../src/store/messages.ts';
import { seedMessage, setState } from './dispatch-rows.ts';
import { authorization, testApi, type TestApi } from './parts.ts';
import { idAt } from './rows.ts';

let made: TestApi;
const now = new Date();
type Body = Record<string, unknown> & { items: Record<string, unknown>[]; next: string | null };

beforeAll(async () => {
  made = await testApi();
});
afterAll(() => made.close());

async function get(url: string): Promise<{ statusCode: number; body: Body }> {
  const answer = await made.api.inject({ url, headers: { authorization } });
  return { statusCode: answer.statusCode, body: answer.json<Body>() };
}
async function post(url: string, payload: object, client: Record<string, string> = {}) {
  const answer = await made.api.inject({ method: 'POST', url, headers: { authorization, ...client }, payload });
  return { statusCode: answer.statusCode, body: answer.json<Body>() };
}

test('a message is shown with its dispatches in the order of the hand-over', async () => {
  const { db } = made.database;
  const { id, dispatches } = await seedMessage(db, ['b@example.org', 'a@example.net'], {
    messageId: 'shown@shop.test',
    campaign: 'spring',
    stream: 'news',
    envelopeSender: 'app@shop.test',
  });
  const { statusCode, body } = await get(`/v1/messages/${id}`);
  expect(statusCode).toBe(200);
  expect(body).toMatchObject({
    id,
    messageId: 'shown@shop.test',
    sendingDomain: 'shop.test',
    campaign: 'spring',
    stream: 'news',
    origin: 'api',
    submitter: 'api:admin',
    envelopeSender: 'app@shop.test',
    size: 57,
    stored: true,
    dispatches: [
      { id: dispatches[0], recipient: 'b@example.org', state: 'queued', attempt: 0, messageId: 'shown@shop.test' },
      { id: dispatches[1], recipient: 'a@example.net', provider: 'example.net', campaign: 'spring' },
    ],
  });
  await db.query('delete from message_raws where message = $1', [id]);
  expect((await get(`/v1/messages/${id}`)).body).toMatchObject({ stored: false });
  expect((await get(`/v1/messages/${idAt(now, 1)}`)).body).toMatchObject({ status: 404, code: 'notFound' });
});

test('dispatches are listed by every filter, and their pages join without a gap', async () => {
  const { db } = made.database;
  const first = await seedMessage(db, ['cyd@one.example', 'dan@two.example'], {
    messageId: 'list1@shop.test',
    campaign: 'autumn',
    sendingDomain: 'listed.test',
  });
  const second = await seedMessage(db, ['cyd@one.example'], { sendingDomain: 'listed.test' });
  await setState(db, first.dispatches[0] ?? '', 'bounced');
  const ids = async (query: string): Promise<unknown[]> =>
    (await get(`/v1/dispatches?sendingDomain=Listed.test&${query}`)).body.items.map(({ id }) => id);
  const [cyd, dan] = first.dispatches;
  const [later] = second.dispatches;
  expect(await ids('')).toEqual([later, dan, cyd]);
  expect(await ids('state=bounced')).toEqual([cyd]);
  expect(await ids('recipient=CYD@one.example')).toEqual([later, cyd]);
  expect(await ids('provider=two.example')).toEqual([dan]);
  expect(await ids('campaign=autumn')).toEqual([dan, cyd]);
  expect(await ids(`message=${second.id}`)).toEqual([later]);
  expect(await ids('messageId=list1@shop.test&recipient=dan@two.example')).toEqual([dan]);
  expect(await ids(`since=${new Date(now.getTime() + 3_600_000).toISOString()}`)).toEqual([]);
  expect(await ids(`until=${new Date(now.getTime() - 3_600_000).toISOString()}`)).toEqual([]);
  const pages: unknown[] = [];
  for (let next: string | null = ''; next !== null;) {
    const { body } = await get(
      `/v1/dispatches?sendingDomain=listed.test&limit=1${next === '' ? '' : `&cursor=${next}`}`,
    );
    pages.push(...body.items.map(({ id }) => id));
    next = body.next;
  }
  expect(pages).toEqual([later, dan, cyd]);
});

test('a dispatch is shown with its attempts, what was heard of it and what people decided', async () => {
  const { db } = made.database;
  const { dispatches } = await seedMessage(db, ['eve@shown.example']);
  const [id = ''] = dispatches;
  const terms = {
    owner: 'o',
    limit: 1000,
    perProvider: 1000,
    leaseMs: 60_000,
    notProviders: [],
    sendingDomains: [],
    notSendingDomains: [],
  };
  await claimDispatches(db, terms);
  await beginAttempts(db, 'o', [{ id, attempt: 0, rowId: '00112233445566ff' }], 60_000);
  await db.query(
    `insert into events (id, received_at, arrival_id, proof, acts, recipient, source, reverse_path, type, category, permanence, rule,
       confidence, report, redirected, flags, dispatch_id)
     values ($1, now(), $1, 'own', true, 'eve@shown.example', 'reply', '', 'soft_bounce', 'mailbox_full', 'transient', 'x', 1, '{}', false, '{}', $2)`,
    [idAt(now, 5), id],
  );
  await setState(db, id, 'indeterminate');
  const resolved = await post(`/v1/dispatches/${id}/resolve`, { as: 'sent', reason: 'it is in their log' });
  expect(resolved).toMatchObject({ statusCode: 200, body: { id, prior: 'indeterminate', state: 'sent' } });
  const { body } = await get(`/v1/dispatches/${id}`);
  expect(body).toMatchObject({
    id,
    state: 'sent',
    attempt: 1,
    attempts: [{ attempt: 1 }],
    events: [{ source: 'reply', category: 'mailbox_full', dispatchId: id }],
    decisions: [
      {
        id: resolved.body['decisionId'],
        action: 'resolve_dispatch',
        actor: 'api:admin',
        reason: 'it is in their log',
        prior: { state: 'indeterminate' },
        result: { state: 'sent' },
        inputs: { dispatchId: id, attempt: 1, wish: 'resolveSent' },
      },
    ],
  });
  expect(body['sentAt']).not.toBeNull();
  expect(made.lines).toContainEqual(expect.objectContaining({ event: 'steered', dispatchId: id, state: 'sent' }));
  expect((await get(`/v1/dispatches/${idAt(now, 1)}`)).statusCode).toBe(404);
  expect((await get('/v1/dispatches/nonsense')).statusCode).toBe(400);
});

const asked: Readonly<Record<Steering, readonly [path: string, body: object]>> = {
  retry: ['retry', {}],
  cancel: ['cancel', { reason: 'the campaign was a mistake' }],
  resolveSent: ['resolve', { as: 'sent' }],
  resolveResend: ['resolve', { as: 'resend' }],
};

test.each(Object.keys(asked) as Steering[])(
  '%s moves a dispatch from every state as the table of states says',
  async (wish) => {
    const { db } = made.database;
    const [path, body] = asked[wish];
    for (const state of dispatchStates) {
      const { dispatches } = await seedMessage(db, ['fay@steered.example']);
      const [id = ''] = dispatches;
      await setState(db, id, state);
      const before = made.wokenSender.count;
      const answer = await post(`/v1/dispatches/${id}/${path}`, body);
      const next = steer(state, wish);
      const row = (await get(`/v1/dispatches/${id}`)).body;
      if (next === null) {
        expect(answer).toMatchObject({
          statusCode: 409,
          body: { code: 'notPossible', detail: `the dispatch is ${state}` },
        });
        expect(row).toMatchObject({ state, decisions: [] });
      } else {
        expect(answer).toMatchObject({ statusCode: 200, body: { prior: state, state: next } });
        expect(row).toMatchObject({ state: next, decisions: [{ prior: { state }, result: { state: next } }] });
      }
      expect(made.wokenSender.count - before).toBe(next === 'queued' ? 1 : 0);
    }
  },
);

test('what was cancelled after it was claimed is not begun', async () => {
  const { db } = made.database;
  const { dispatches } = await seedMessage(db, ['gil@claimed.example']);
  const [id = ''] = dispatches;
  const terms = {
    owner: 'p',
    limit: 1000,
    perProvider: 1000,
    leaseMs: 60_000,
    notProviders: [],
    sendingDomains: [],
    notSendingDomains: [],
  };
  expect((await claimDispatches(db, terms)).map((claimed) => claimed.id)).toContain(id);
  const cancelled = await post(`/v1/dispatches/${id}/cancel`, {}, { 'x-bouncemx-client': 'cli' });
  expect(cancelled).toMatchObject({ statusCode: 200, body: { state: 'cancelled' } });
  expect((await beginAttempts(db, 'p', [{ id, attempt: 0, rowId: '00112233445566fe' }], 60_000)).begun).toEqual([]);
  expect((await get(`/v1/dispatches/${id}`)).body).toMatchObject({ decisions: [{ actor: 'cli:admin' }] });
  expect(await made.parts.metrics.registry.metrics()).toMatch(
    /bouncemx_dispatch_final_seconds_count\{state="cancelled"\} [1-9]/,
  );
});

test('an expired dispatch that is tried again has its whole time before it', async () => {
  const { db } = made.database;
  const { dispatches } = await seedMessage(db, ['hal@again.example']);
  const [id = ''] = dispatches;
  await setState(db, id, 'expired', 4);
  await db.query(
    `update dispatches set expires_at = now() - interval '1 hour', retries = 3, late_retry = true where id = $1`,
    [id],
  );
  expect((await post(`/v1/dispatches/${id}/retry`, {})).statusCode).toBe(200);
  const [row] = await db.query(
    `select expires_at > now() + interval '6 days' as time, retries, late_retry as late, attempt, due_at <= now() as due from dispatches where id = $1`,
    [id],
  );
  expect(row).toEqual({ time: true, retries: 0, late: false, attempt: 4, due: true });
});

test('what is not stored here can be cancelled but not sent again', async () => {
  const { db } = made.database;
  const { dispatches } = await seedMessage(db, ['ian@elsewhere.example'], { origin: 'elsewhere', raw: null });
  const [id = ''] = dispatches;
  expect(await post(`/v1/dispatches/${id}/retry`, {})).toMatchObject({ statusCode: 409, body: { code: 'notKept' } });
  expect((await post(`/v1/dispatches/${id}/cancel`, {})).statusCode).toBe(200);
  expect((await post(`/v1/dispatches/${idAt(now, 1)}/cancel`, {})).statusCode).toBe(404);
  for (const body of [{}, { as: 'lost' }, { as: 'sent', force: true }])
    expect((await post(`/v1/dispatches/${id}/resolve`, body)).statusCode).toBe(400);
});

test('who asks for it while its octets are being removed hears that they are gone: nothing is queued that can’t be sent', async () => {
  const { db } = made.database;
  const { id: message, dispatches } = await seedMessage(db, ['kim@race.example']);
  const [id = ''] = dispatches;
  await setState(db, id, 'cancelled');
  let answer: ReturnType<typeof post> | undefined;
  await db.transaction(async (tx) => {
    await removeRaws(tx, [message]);
    answer = post(`/v1/dispatches/${id}/retry`, {});
    // Until it waits for the row, or has answered.
    await Promise.race([answer, sleep(300)]);
  });
  expect(await answer).toMatchObject({ statusCode: 409, body: { code: 'notKept' } });
  expect((await get(`/v1/dispatches/${id}`)).body).toMatchObject({ state: 'cancelled' });
});

test('what a person decided of a dispatch stands with its recipient', async () => {
  const { db } = made.database;
  await db.query(
    `insert into recipients (address, original, provider, first_at, last_at, events) values ('joy@told.example', 'joy@told.example', null, now(), now(), 0)`,
  );
  const { dispatches } = await seedMessage(db, ['joy@told.example']);
  await post(`/v1/dispatches/${dispatches[0] ?? ''}/cancel`, { reason: 'she asked for it' });
  expect((await get('/v1/recipients/joy@told.example')).body).toMatchObject({
    decisions: [{ action: 'cancel_dispatch', reason: 'she asked for it', prior: { state: 'queued' } }],
  });
});

test('the queue tells states, the oldest that may go, and who rests', async () => {
  const own = await testApi();
  try {
    const { db } = own.database;
    const read = async (): Promise<Body> =>
      (await own.api.inject({ url: '/v1/queue', headers: { authorization } })).json<Body>();
    expect(await read()).toEqual({
      states: { queued: 0, waiting: 0, claimed: 0, sending: 0, sent: 0, indeterminate: 0 },
      oldestDueAt: null,
      oldestDueSeconds: 0,
      resting: [],
    });
    const { dispatches } = await seedMessage(db, [
      'a@rests.example',
      'b@open.example',
      'c@open.example',
      'd@open.example',
    ]);
    await db.query(`update dispatches set due_at = now() - interval '1 hour' where provider = 'rests.example'`);
    await db.query(`update dispatches set due_at = now() - interval '1 minute' where id = $1`, [dispatches[1] ?? '']);
    await setState(db, dispatches[2] ?? '', 'indeterminate');
    await setState(db, dispatches[3] ?? '', 'bounced');
    expect((await read())['oldestDueSeconds']).toBeGreaterThan(3590);
    await db.query(
      `insert into providers (provider, state, since, failures, probe_at, last_category) values ('rests.example', 'open', now(), 0, now(), 'rate_limiting')`,
    );
    const body = await read();
    expect(body).toMatchObject({
      states: { queued: 2, waiting: 0, indeterminate: 1 },
      resting: [{ provider: 'rests.example', state: 'open', lastCategory: 'rate_limiting' }],
    });
    expect(body['oldestDueSeconds']).toBeGreaterThan(59);
    expect(body['oldestDueSeconds']).toBeLessThan(3000);
  } finally {
    await own.close();
  }
});
