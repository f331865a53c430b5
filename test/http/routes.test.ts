import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreError, type Db } from '../../src/store/db.ts';
import { authorization, testApi, type TestApi } from './parts.ts';
import { idAt, seedEvent, seedPostmaster, seedSuppression } from './rows.ts';

let made: TestApi;
const now = new Date();
const wire = { headers: { authorization } };

beforeAll(async () => {
  made = await testApi();
  const { db } = made.database;
  const eventId = await seedEvent(db, { recipient: 'ada@example.org', at: now, n: 1 });
  await seedSuppression(db, 'ada@example.org', now);
  await seedSuppression(db, 'expired@example.org', now, new Date(now.getTime() - 1000));
  await db.query(
    `insert into retries (recipient, message_key, message_id, category, attempt, due_at, state, event_id, created_at)
     values ('bob@example.org', 'k1', 'm1@test', 'mailbox_full', 1, now(), 'waiting', $1, $3),
            ('cyd@example.org', 'k2', null, 'server_error', 2, now(), 'cancelled', $2, $3)`,
    [idAt(now, 11), idAt(now, 12), now],
  );
  await db.query(
    `insert into review_items (id, created_at, event_id, arrival_id, received_at, recipient, priority, why, category)
     values ($1, $3, $2, $2, $3, 'ada@example.org', 80, 'a block', 'spam_filter'),
            ($4, $3, $2, $2, $3, null, 50, 'nothing matched', 'unknown')`,
    [idAt(now, 21), eventId, now, idAt(now, 22)],
  );
  await db.query(
    `insert into alerts (id, kind, severity, sending_domain, provider, category, day, first_at, last_at, recipients, event_id, text)
     values ($1, 'reputation', 'critical', 'sender.test', 'example.org', 'reputation_block', $2::timestamptz::date, $2, $2, 3, null, 'a list')`,
    [idAt(now, 31), now],
  );
  await db.query(
    `insert into sender_faults (sending_domain, day, category, recipient, provider, severity, points, event_id)
     values ('sender.test', now()::date, 'reputation_block', 'ada@example.org', 'example.org', 'critical', 10, $1)`,
    [eventId],
  );
  await db.query(
    `insert into queue (arrival_id, received_at, state, attempt, last_error) values ($1, $2, 'stuck', 5, 'a fault')`,
    [idAt(now, 0x100001), now],
  );
  await seedPostmaster(db, now, 'person@example.org', 'postmaster@bounce.test');
});
afterAll(() => made.close());

async function get(url: string): Promise<{ statusCode: number; body: Record<string, unknown> }> {
  const answer = await made.api.inject({ url, ...wire });
  return { statusCode: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}
async function post(url: string, payload: object): Promise<{ statusCode: number; body: Record<string, unknown> }> {
  const answer = await made.api.inject({ method: 'POST', url, ...wire, payload });
  return { statusCode: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test('a recipient has its history, its level and its decisions', async () => {
  const { statusCode, body } = await get('/v1/recipients/Ada@EXAMPLE.org');
  expect(statusCode).toBe(200);
  expect(body).toMatchObject({
    address: 'ada@example.org',
    events: 1,
    suppression: { suppressed: true, level: 'hard_suppressed' },
    counts: [{ type: 'hard_bounce', category: 'user_not_found', count: 1 }],
    history: [{ rule: 'generic/no-such-user', reports: 1 }],
    decisions: [{ action: 'remove_immediately' }],
  });
});

test('a recipient that no event proved is 404, and what is no address is 400', async () => {
  expect(await get('/v1/recipients/nobody@example.org')).toMatchObject({ statusCode: 404, body: { code: 'notFound' } });
  expect(await get('/v1/recipients/nobody')).toMatchObject({ statusCode: 400, body: { code: 'invalidAddress' } });
});

test('the suppression of an address is always 200', async () => {
  expect(await get('/v1/suppressions/ADA@example.org')).toMatchObject({
    statusCode: 200,
    body: {
      address: 'ada@example.org',
      suppressed: true,
      level: 'hard_suppressed',
      since: now.toISOString(),
      expiresAt: null,
      category: 'user_not_found',
      rule: 'generic/no-such-user',
      eventIds: [idAt(now, 1)],
    },
  });
  for (const address of ['nobody@example.org', 'expired@example.org'])
    expect(await get(`/v1/suppressions/${address}`)).toMatchObject({
      statusCode: 200,
      body: { address, suppressed: false, level: 'none', eventIds: [] },
    });
  expect(await get('/v1/suppressions/nonsense')).toMatchObject({
    statusCode: 200,
    body: { address: 'nonsense', suppressed: false, level: 'none', problem: 'invalidAddress' },
  });
});

test('an address of 320 octets, each percent-encoded, fits into the path', async () => {
  const address = `${'a'.repeat(64)}@${`${'d'.repeat(60)}.`.repeat(4)}example`;
  const encoded = Buffer.from(address).toString('hex').replaceAll(/../gu, '%$&');
  expect(await get(`/v1/suppressions/${encoded}`)).toMatchObject({ statusCode: 200, body: { address, level: 'none' } });
});

test('a check answers in order, with the addresses as they were given', async () => {
  const addresses = [
    'Nobody@example.org',
    'ADA@Example.org',
    'no address',
    '',
    'ada@example.org',
    'expired@example.org',
  ];
  const { statusCode, body } = await post('/v1/suppressions/check', { addresses });
  expect(statusCode).toBe(200);
  expect(body['results']).toEqual([
    { address: 'Nobody@example.org', suppressed: false, level: 'none' },
    { address: 'ADA@Example.org', suppressed: true, level: 'hard_suppressed' },
    { address: 'no address', suppressed: false, level: 'none', problem: 'invalidAddress' },
    { address: '', suppressed: false, level: 'none', problem: 'invalidAddress' },
    { address: 'ada@example.org', suppressed: true, level: 'hard_suppressed' },
    { address: 'expired@example.org', suppressed: false, level: 'none' },
  ]);
});

test('a check takes 10,000 addresses and not one more', async () => {
  const addresses = Array.from({ length: 10_000 }, (_, index) => `user${index}@example.org`);
  const { statusCode, body } = await post('/v1/suppressions/check', { addresses });
  expect(statusCode).toBe(200);
  expect(body['results']).toHaveLength(10_000);
  expect((await post('/v1/suppressions/check', { addresses: [] })).body).toEqual({ results: [] });
  const more = await post('/v1/suppressions/check', { addresses: [...addresses, 'one@more.example'] });
  expect(more).toMatchObject({ statusCode: 400, body: { code: 'invalidRequest', problems: [{ path: '/addresses' }] } });
});

test('a lift takes the suppression away and is a decision with its reason and its actor', async () => {
  await seedEvent(made.database.db, { recipient: 'lifted@example.org', at: now, n: 2 });
  await seedSuppression(made.database.db, 'lifted@example.org', now);
  const lift = (client: Record<string, string> = {}) =>
    made.api.inject({
      method: 'DELETE',
      url: '/v1/suppressions/Lifted@example.org',
      headers: { authorization, ...client },
      payload: { reason: 'the mailbox is back' },
    });
  const first = await lift({ 'x-bouncemx-client': 'cli' });
  expect(first.statusCode).toBe(200);
  expect(first.json()).toMatchObject({ address: 'lifted@example.org', prior: 'hard_suppressed' });
  const { body } = await get('/v1/recipients/lifted@example.org');
  expect(body).toMatchObject({ suppression: { level: 'none' } });
  expect(body['decisions']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: 'lift', actor: 'cli:admin', reason: 'the mailbox is back' }),
    ]),
  );
  expect(made.lines).toContainEqual(expect.objectContaining({ event: 'lifted', actor: 'cli:admin' }));
  const second = await lift();
  expect(second.statusCode).toBe(404);
  expect(second.json()).toMatchObject({ code: 'notSuppressed' });
});

test('a lift without a reason is refused', async () => {
  for (const payload of [{}, { reason: '' }, { reason: 'x', force: true }]) {
    const answer = await made.api.inject({ method: 'DELETE', url: '/v1/suppressions/a@b.test', ...wire, payload });
    expect(answer.statusCode).toBe(400);
  }
});

test('return-paths are minted in order, each with its own success or problem', async () => {
  const { statusCode, body } = await post('/v1/verp', {
    requests: [
      { recipient: 'a@b.test', campaign: 'spring' },
      { recipient: 'nonsense' },
      { recipient: 'c@d.test', form: 'opaque' },
    ],
  });
  expect(statusCode).toBe(200);
  expect(body['results']).toEqual([
    { recipient: 'a@b.test', address: 'b-a-b.test@bounce.test', form: 'selfContained', problem: null },
    { recipient: 'nonsense', address: null, form: null, problem: 'invalidAddress' },
    { recipient: 'c@d.test', address: 'b-c-d.test@bounce.test', form: 'opaque', problem: null },
  ]);
});

test('counts of mail sent are added up and weigh on the score of their sending domain', async () => {
  const counts = [
    { sendingDomain: 'Sender.test', count: 400, provider: 'example.org' },
    { sendingDomain: 'sender.test', count: 600, campaign: 'spring', at: now.toISOString() },
  ];
  expect(await post('/v1/sent', { counts })).toEqual({ statusCode: 200, body: { accepted: 2 } });
  expect(await get('/v1/senders/SENDER.test')).toMatchObject({
    statusCode: 200,
    body: {
      sendingDomain: 'sender.test',
      sent: 1000,
      recipients: 1,
      points: 10,
      faults: [{ category: 'reputation_block' }],
    },
  });
  const metrics = await made.parts.metrics.registry.metrics();
  expect(metrics).toContain('bouncemx_sent_total{provider="example.org"} 400');
});

test.each([
  [{ sendingDomain: 'no domain', count: 1 }, '/counts/0/sendingDomain'],
  [{ sendingDomain: 'a.test', count: 1, provider: '*' }, '/counts/0/provider'],
  [{ sendingDomain: 'a.test', count: 1, at: '2026-06-30T23:59:60Z' }, '/counts/0/at'],
  [{ sendingDomain: 'a.test', count: 0 }, '/counts/0/count'],
  [{ sendingDomain: 'a.test', count: '5' }, '/counts/0/count'],
  [{ sendingDomain: 'a.test', count: 1, campaign: 'a\0b' }, '/counts/0/campaign'],
])('the count %o is refused with its place', async (count, path) => {
  expect(await post('/v1/sent', { counts: [count] })).toMatchObject({
    statusCode: 400,
    body: { problems: [{ path }] },
  });
});

test('review items, alerts, retries and postmaster mail are pages', async () => {
  expect((await get('/v1/review')).body['items']).toHaveLength(2);
  expect((await get('/v1/review?minPriority=60')).body).toMatchObject({ items: [{ priority: 80 }], next: null });
  expect((await get('/v1/alerts')).body).toMatchObject({
    items: [{ severity: 'critical', recipients: 3 }],
    next: null,
  });
  expect((await get('/v1/alerts?sendingDomain=other.test')).body).toEqual({ items: [], next: null });
  expect((await get('/v1/retries')).body['items']).toHaveLength(2);
  expect((await get('/v1/retries?state=waiting')).body).toMatchObject({ items: [{ recipient: 'bob@example.org' }] });
  expect((await get('/v1/retries?recipient=Cyd@example.org')).body).toMatchObject({ items: [{ state: 'cancelled' }] });
  expect((await get('/v1/postmaster')).body).toMatchObject({ items: [{ subject: 'a question' }], next: null });
});

test.each(['/v1/review', '/v1/retries'])('the pages of %s join without a gap', async (url) => {
  const all = (await get(url)).body['items'] as unknown[];
  const first = await get(`${url}?limit=1`);
  const second = await get(`${url}?limit=1&cursor=${String(first.body['next'])}`);
  expect([...(first.body['items'] as unknown[]), ...(second.body['items'] as unknown[])]).toEqual(all);
  expect(second.body['next']).toBeNull();
});

test('postmaster mail comes raw as an attachment', async () => {
  const { items } = (await get('/v1/postmaster')).body as { items: { id: string }[] };
  const id = items[0]?.id ?? '';
  const answer = await made.api.inject({ url: `/v1/postmaster/${id}/raw`, ...wire });
  expect(answer.headers['content-disposition']).toBe(`attachment; filename="bouncemx-${id}.eml"`);
  expect(answer.body).toBe('Subject: a question\r\n\r\nhello\r\n');
  expect((await get(`/v1/postmaster/${idAt(now, 99)}/raw`)).statusCode).toBe(404);
});

test('stuck arrivals are listed, requeued by id or all, and the worker is woken', async () => {
  expect((await get('/v1/stuck')).body).toMatchObject({
    items: [{ arrivalId: idAt(now, 0x100001), attempts: 5, lastError: 'a fault', forwardPath: 'b-token@bounce.test' }],
    next: null,
  });
  expect(await post('/v1/requeue', { ids: [idAt(now, 77)] })).toMatchObject({ body: { requeued: 0 } });
  expect(made.woken.count).toBe(0);
  expect(await post('/v1/requeue', { all: true })).toMatchObject({ statusCode: 200, body: { requeued: 1 } });
  expect(made.woken.count).toBe(1);
  for (const payload of [{}, { all: false }, { ids: [] }, { ids: ['x'] }, { ids: [idAt(now, 1)], all: true }])
    expect(await post('/v1/requeue', payload)).toMatchObject({ statusCode: 400 });
});

test('health says that the process lives, readiness what is missing; neither tells a version', async () => {
  const missing: string[] = [];
  const other = await testApi({ ready: () => Promise.resolve(missing) });
  try {
    const live = await other.api.inject('/healthz');
    expect([live.statusCode, live.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await other.api.inject('/readyz');
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ready' }]);
    missing.push('database');
    const unready = await other.api.inject('/readyz');
    expect([unready.statusCode, unready.json()]).toEqual([503, { status: 'unready', missing: ['database'] }]);
  } finally {
    await other.close();
  }
});

test('metrics are ours and the process’s in one text', async () => {
  const answer = await made.api.inject('/metrics');
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(answer.body).toContain('\nbouncemx_queue_depth ');
  expect(answer.body).toContain('\nprocess_cpu_user_seconds_total ');
  const types = answer.body.split('\n').filter((line) => line.startsWith('# TYPE '));
  expect(new Set(types).size).toBe(types.length);
});

test.each([
  ['unavailable', 503, 'unavailable'],
  ['full', 503, 'unavailable'],
  ['conflict', 503, 'unavailable'],
  ['data', 400, 'invalidRequest'],
  ['bug', 500, 'internal'],
] as const)('a store that fails with %s is %i, and the reason stays in the log', async (failure, status, code) => {
  const db: Db = {
    ...made.database.db,
    query: () => Promise.reject(new StoreError(failure, '57P01', 'secret words of the server')),
  };
  const other = await testApi({ db });
  try {
    const answer = await other.api.inject({ url: '/v1/events', ...wire });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.body).not.toContain('secret');
    if (status === 503) expect(answer.headers['retry-after']).toBe('5');
    expect(other.lines.some(({ event }) => event === 'bug')).toBe(status === 500);
  } finally {
    await other.close();
  }
});

test('every answer has the shape that its schema promises', async () => {
  const document = made.api.swagger() as unknown as Document;
  const event = idAt(now, 1);
  const asked: [string, string][] = [
    ['/v1/events', '/v1/events'],
    ['/v1/events/{id}', `/v1/events/${event}`],
    ['/v1/recipients/{address}', '/v1/recipients/ada@example.org'],
    ['/v1/suppressions/{address}', '/v1/suppressions/ada@example.org'],
    ['/v1/suppressions/{address}', '/v1/suppressions/nonsense'],
    ['/v1/review', '/v1/review'],
    ['/v1/alerts', '/v1/alerts'],
    ['/v1/retries', '/v1/retries'],
    ['/v1/senders/{domain}', '/v1/senders/sender.test'],
    ['/v1/stuck', '/v1/stuck'],
    ['/v1/postmaster', '/v1/postmaster'],
    ['/v1/reclassify', '/v1/reclassify'],
  ];
  for (const [pattern, url] of asked) {
    const schema = document.paths[pattern]?.['get']?.responses['200']?.content?.['application/json']?.schema;
    expect(schema, url).toBeDefined();
    const { body } = await get(url);
    const check = Compile(closed(schema) as Parameters<typeof Compile>[0]);
    expect(check.Errors(body), url).toEqual([]);
  }
});

interface Document {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: unknown }> }> }>
  >;
}

/** The schema with every listed object closed, so that an undocumented field is a fault too. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy;
}
