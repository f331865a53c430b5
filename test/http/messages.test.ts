import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHandOver } from '../../src/app/hand-over.ts';
import { byAddress } from '../../src/app/providers.ts';
import type { Options } from '../../src/config/options.ts';
import { createKeyRing } from '../../src/core/verp/index.ts';
import { composeMessage, recipientsIn } from '../../src/sender/compose.ts';
import { authorization, testApi, type TestApi } from './parts.ts';
import { seedSuppression } from './rows.ts';

let made: TestApi;
let relays: Options['relay'] = [];
const relay = {
  url: 'smtp://127.0.0.1:25',
  sendingDomains: [],
  passwordFile: '',
  caFile: '',
  connections: 1,
  dkimDomain: '',
  dkimSelector: '',
  dkimKeyFile: '',
};
const domain = { name: 'bounce.test', prefix: 'b', sendingDomains: ['shop.test', 'nokey.test'], foreign: [] };
const ring = createKeyRing([
  { id: 1, sendingDomain: 'shop.test', secret: Buffer.alloc(32, 7), createdDay: 20_000, state: 'active' },
]);
let woken = 0;

beforeAll(async () => {
  made = await testApi({
    handOver: (request) =>
      createHandOver({
        providers: async (identities) => {
          const own = await byAddress(identities);
          return new Map(
            [...own].map(([identity, name]) => [identity, name === 'hosted.example' ? 'host.example' : name]),
          );
        },
        db: made.database.db,
        options: { ...made.parts.options, domain: [domain], relay: relays },
        ring: () => ring,
        now: () => new Date(),
        wake: () => {
          woken += 1;
        },
      })(request),
    compose: composeMessage,
    recipientsIn,
  });
  await seedSuppression(made.database.db, 'gone@example.org', new Date());
});
afterAll(() => made.close());
beforeEach(() => {
  relays = [relay];
  woken = 0;
});

interface Answer {
  readonly status: number;
  readonly body: {
    id: string;
    messageId: string;
    outcome: string;
    code: string;
    detail: string;
    problems?: { path: string }[];
    recipients: { recipient: string; dispatchId: string | null; state: string | null; problem: string | null }[];
  };
}
async function post(payload: object | string, headers: Record<string, string> = {}, query = ''): Promise<Answer> {
  const answer = await made.api.inject({
    method: 'POST',
    url: `/v1/messages${query}`,
    headers: { authorization, ...headers },
    payload,
  });
  return { status: answer.statusCode, body: answer.json() };
}
const rfc822 = { 'content-type': 'message/rfc822' };
const fields = { from: 'Shop <news@shop.test>', to: 'ada@example.org', subject: 'Hello', text: 'Hi' };
const count = async (table: string): Promise<number> =>
  Number((await made.database.db.query<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);
async function rawOf(id: string): Promise<string> {
  const [row] = await made.database.db.query<{ body: Buffer }>('select body from message_raws where message = $1', [
    id,
  ]);
  return row?.body.toString() ?? '';
}

test('fields become one message and a queued dispatch for each recipient, and the sender is woken', async () => {
  const { status, body } = await post({
    ...fields,
    to: ['Ada <ada@example.org>', { name: 'Bob, the "other"', address: 'bob@example.org' }],
    cc: 'team: cyd@example.org, dan@example.org;',
    bcc: 'eve@example.org',
    replyTo: 'help@shop.test',
    html: '<p>Hi</p>',
    headers: { 'List-Unsubscribe': '<https://shop.test/u>' },
    attachments: [{ filename: 'a.txt', content: Buffer.from('inside').toString('base64') }],
    campaign: 'spring',
    stream: 'news',
  });
  expect(status).toBe(200);
  expect(body.outcome).toBe('stored');
  expect(body.recipients.map(({ recipient, state, problem }) => [recipient, state, problem])).toEqual(
    ['ada', 'bob', 'cyd', 'dan', 'eve'].map((name) => [`${name}@example.org`, 'queued', null]),
  );
  expect(woken).toBe(1);
  const raw = await rawOf(body.id);
  expect(raw).toContain(`Message-ID: <${body.messageId}>\r\n`);
  expect(raw).toContain('List-Unsubscribe: <https://shop.test/u>\r\n');
  expect(raw).toContain(Buffer.from('inside').toString('base64'));
  expect(raw).not.toContain('eve@');
  expect(
    await made.database.db.query(
      'select campaign, stream, origin, submitter, sending_domain from messages where id = $1',
      [body.id],
    ),
  ).toEqual([
    { campaign: 'spring', stream: 'news', origin: 'api', submitter: 'api:admin', sending_domain: 'shop.test' },
  ]);
});

test('a raw message is kept octet for octet but for Bcc, and goes to whom its header or the request names', async () => {
  const raw =
    'From: news@shop.test\r\nTo: ada@example.org\r\nBCC: hidden@example.org,\r\n more@example.org\r\nMessage-ID: <m1@shop.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nSubject: r\r\n\r\nbody\r\n';
  const kept = raw.replace(/BCC.*\r\n .*\r\n/u, '');
  const inBody = await post(raw, rfc822, '?campaign=c1');
  expect(inBody.body.recipients.map(({ recipient }) => recipient)).toEqual([
    'ada@example.org',
    'hidden@example.org',
    'more@example.org',
  ]);
  expect(await rawOf(inBody.body.id)).toBe(kept);
  const inJson = await post({ raw: Buffer.from(raw).toString('base64'), recipients: ['only@example.org'] });
  expect(inJson.body.recipients.map(({ recipient }) => recipient)).toEqual(['only@example.org']);
  expect(inJson.body.messageId).toBe('m1@shop.test');
  const inQuery = await post(raw, rfc822, '?recipient=one@example.org&recipient=two@example.org');
  expect(inQuery.body.recipients).toHaveLength(2);
  const single = await post(raw, rfc822, '?recipient=one@example.org');
  expect(single.body.recipients).toHaveLength(1);
});

test('each recipient has an answer of its own: no address, suppressed, named twice', async () => {
  const { status, body } = await post({
    ...fields,
    recipients: ['no address', 'Gone@Example.org', 'fay@example.org', 'FAY@example.org', 'a@b.test>,<c@d.test'],
  });
  expect(status).toBe(200);
  expect(body.recipients.map(({ state, problem }) => [state, problem])).toEqual([
    [null, 'invalidAddress'],
    ['suppressed', 'suppressed'],
    ['queued', null],
    ['queued', null],
    [null, 'invalidAddress'],
  ]);
  expect(body.recipients[2]?.dispatchId).toBe(body.recipients[3]?.dispatchId);
});

test('what can’t be sent is refused with its reason and leaves nothing behind', async () => {
  const before = [await count('messages'), await count('dispatches'), await count('message_raws')];
  const received = 'Received: from a by b\r\n'.repeat(51);
  const loop = 'Bouncemx-Dispatch: x; attempt=1; host=h\r\n'.repeat(4);
  const refusals: [unknown: object | string, status: number, code: string, headers?: Record<string, string>][] = [
    [{ ...fields, to: 'nobody' }, 422, 'noRecipient'],
    [{ ...fields, to: [] }, 422, 'noRecipient'],
    [{ ...fields, from: 'a@elsewhere.test' }, 422, 'unknownSendingDomain'],
    [{ ...fields, from: 'a@nokey.test' }, 422, 'unknownSendingDomain'],
    [{ ...fields, sendingDomain: 'elsewhere.test' }, 422, 'unknownSendingDomain'],
    [{ ...fields, from: 'a@shop.test, b@shop.test' }, 400, 'invalidRequest'],
    [{ ...fields, from: 'nobody' }, 400, 'invalidRequest'],
    [{ ...fields, raw: 'eA==' }, 400, 'invalidRequest'],
    [{ to: 'ada@example.org' }, 400, 'invalidRequest'],
    [{ raw: '!!!!' }, 400, 'invalidRequest'],
    // By its form a date, and no moment: the field would have said `Invalid Date`.
    [{ ...fields, date: '2026-06-30T23:59:60Z' }, 400, 'invalidRequest'],
    [{ ...fields, recipients: Array.from({ length: 1001 }, (_, i) => `u${i}@example.org`) }, 400, 'invalidRequest'],
    [
      {
        ...fields,
        to: Array.from({ length: 600 }, (_, i) => `u${i}@example.org`),
        cc: Array.from({ length: 600 }, (_, i) => `v${i}@example.org`),
      },
      400,
      'invalidRequest',
    ],
    ['no header at all', 422, 'unsendable', rfc822],
    [`${received}From: a@shop.test\r\nTo: ada@example.org\r\n\r\n`, 422, 'unsendable', rfc822],
    [`${loop}From: a@shop.test\r\nTo: ada@example.org\r\n\r\n`, 422, 'unsendable', rfc822],
    ['Subject: x\r\nTo: ada@example.org\r\n\r\n', 422, 'unsendable', rfc822],
    ['x', 415, 'unsupportedMediaType', { 'content-type': 'text/plain' }],
    ['{', 400, 'invalidJson', { 'content-type': 'application/json' }],
    ['{"__proto__":{}}', 400, 'invalidJson', { 'content-type': 'application/json' }],
  ];
  for (const [payload, status, code, headers] of refusals) {
    const got = await post(payload, headers);
    expect([got.status, got.body.code], JSON.stringify(payload).slice(0, 100)).toEqual([status, code]);
  }
  expect([await count('messages'), await count('dispatches'), await count('message_raws')]).toEqual(before);
  expect(woken).toBe(0);
});

test('where a field may have several forms, what is said is about the one that was meant', async () => {
  const said = async (changes: object): Promise<string> => (await post({ ...fields, ...changes })).body.detail;
  expect(await said({ bcc: Array<string>(1001).fill('a@example.org') })).toBe(
    '/bcc must not have more than 1000 items',
  );
  expect(await said({ to: { address: 'ada@example.org', nmae: 'Ada' } })).toBe('/to/nmae is not a known field');
  expect(await said({ to: [{ address: 7 }] })).toBe('/to/0/address must be string');
  expect(await said({ to: 7 })).toBe('/to must be string');
});

test('a body in another charset than UTF-8 is refused, not mailed to somebody else', async () => {
  const before = await count('messages');
  const latin = Buffer.from(JSON.stringify({ ...fields, to: 'jürgen@example.org' }), 'latin1');
  expect(await post(latin, { 'content-type': 'application/json' })).toMatchObject({
    status: 400,
    body: { code: 'invalidJson', detail: 'The body is not UTF-8.' },
  });
  expect(await count('messages')).toBe(before);
});

test('without a relay the answer is one clear line', async () => {
  relays = [];
  const { status, body } = await post(fields);
  expect([status, body.code, body.detail]).toEqual([409, 'noRelay', 'No relay is configured for the sending domain']);
  relays = [{ ...relay, sendingDomains: ['other.test'] }];
  expect((await post(fields)).body.code).toBe('noRelay');
});

test('files and URLs are no content: only what came with the request is', async () => {
  for (const attachment of [
    { path: '/etc/hostname' },
    { href: 'http://127.0.0.1/' },
    { raw: { path: '/etc/hostname' } },
    { content: { path: '/etc/hostname' } },
    { content: 'eA==', path: '/etc/hostname' },
    { content: 'eA==', encoding: 'x' },
    { content: 'eA==', headers: { Bcc: 'a@b.test' } },
  ])
    expect((await post({ ...fields, attachments: [attachment] })).status, JSON.stringify(attachment)).toBe(400);
  for (const text of [{ path: '/etc/hostname' }, { href: 'http://127.0.0.1/' }, ['a']])
    expect((await post({ ...fields, text })).status).toBe(400);
  for (const more of [
    { icalEvent: 'x' },
    { alternatives: [] },
    { envelope: { to: 'a@b.test' } },
    { dkim: {} },
    { disableFileAccess: false },
    { raw: { path: '/etc/hostname' } },
  ])
    expect((await post({ ...fields, ...more })).status, JSON.stringify(more)).toBe(400);
  const { body } = await post({
    ...fields,
    html: '<img src="file:///etc/hostname"><img src="data:image/png;base64,eA==">',
  });
  expect(await rawOf(body.id)).toContain('file:///etc/hostname');
});

test('the same idempotency key sends nothing twice, and another request under it is refused', async () => {
  const before = await count('dispatches');
  const key = { 'idempotency-key': 'order-17' };
  const first = await post(fields, key);
  const [again, byField] = [await post(fields, key), await post({ ...fields, idempotencyKey: 'order-17' })];
  expect([first.body.outcome, again.body.outcome]).toEqual(['stored', 'repeated']);
  expect(again.body.recipients).toEqual(first.body.recipients);
  expect([again.body.id, again.body.messageId]).toEqual([first.body.id, first.body.messageId]);
  // The field is part of the body: not the same request.
  expect([byField.status, byField.body.code]).toEqual([409, 'keyReused']);
  expect(await post({ ...fields, subject: 'Other' }, key)).toMatchObject({ status: 409, body: { code: 'keyReused' } });
  expect(await count('dispatches')).toBe(before + 1);
  expect(woken).toBe(1);
  const atOnce = await Promise.all(Array.from({ length: 8 }, () => post(fields, { 'idempotency-key': 'order-18' })));
  expect(atOnce.map(({ body }) => body.outcome).sort()).toEqual([
    ...Array.from({ length: 7 }, () => 'repeated'),
    'stored',
  ]);
  expect(new Set(atOnce.map(({ body }) => body.id)).size).toBe(1);
  expect((await post(fields, { 'idempotency-key': 'x'.repeat(201) })).status).toBe(400);
  expect((await post({ ...fields, idempotencyKey: 'a' }, { 'idempotency-key': 'b' })).status).toBe(400);
});

test('a dispatch belongs to the provider that was found for its recipient', async () => {
  const { body } = await post({ ...fields, to: ['x@hosted.example', 'y@own.example'] });
  const rows = await made.database.db.query<{ recipient: string; provider: string }>(
    'select recipient, provider from dispatches where message = $1 order by recipient',
    [body.id],
  );
  expect(rows).toEqual([
    { recipient: 'x@hosted.example', provider: 'host.example' },
    { recipient: 'y@own.example', provider: 'own.example' },
  ]);
});

test('what is no larger than the limit until its line ends are made whole is too large all the same', async () => {
  const { maxSize } = made.parts.options.submission;
  const header = 'From: a@shop.test\nTo: ann@example.org\n\n';
  const before = await made.database.db.query('select 1 from messages');
  const lines = await post(header.padEnd(Math.floor(maxSize / 2) + 5000, '\n'), rfc822);
  expect(lines).toMatchObject({ status: 413, body: { code: 'bodyTooLarge', detail: 'Message too large' } });
  expect(await made.database.db.query('select 1 from messages')).toHaveLength(before.length);
  const full = header.replaceAll('\n', '\r\n').padEnd(maxSize, 'line\r\n');
  expect(await post(full, rfc822)).toMatchObject({ status: 200 });
});
