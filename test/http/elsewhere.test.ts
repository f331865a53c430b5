import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegister } from '../../src/app/register.ts';
import type { Options } from '../../src/config/options.ts';
import { byAddress } from '../../src/app/providers.ts';
import { createKeyRing, dayOf, decodeReturnPath } from '../../src/core/verp/index.ts';
import type { HttpParts } from '../../src/http/parts.ts';
import { findReturnPaths } from '../../src/store/return-paths.ts';
import { suppress } from '../store/sending.ts';
import { authorization, testApi, type TestApi } from './parts.ts';

const domain = { name: 'bounce.test', prefix: 'b', sendingDomains: ['shop.test', 'nokey.test'], foreign: [] };
const today = dayOf(new Date());
const ring = createKeyRing([
  { id: 1, sendingDomain: 'shop.test', secret: Buffer.alloc(32, 7), createdDay: today, state: 'active' },
]);
let relay: Options['relay'] = [
  {
    url: 'smtp://127.0.0.1:25',
    sendingDomains: [],
    passwordFile: '',
    caFile: '',
    connections: 1,
    dkimDomain: '',
    dkimSelector: '',
    dkimKeyFile: '',
  },
];
let made: TestApi;

beforeAll(async () => {
  const register: HttpParts['register'] = (requests, submitter) =>
    createRegister({
      providers: byAddress,
      db: made.database.db,
      options: { ...made.parts.options, domain: [domain], relay },
      ring: () => ring,
      now: () => new Date(),
    })(requests, submitter);
  made = await testApi({ register });
});
afterAll(() => made.close());

interface Result {
  readonly recipient: string;
  readonly dispatchId: string | null;
  readonly state: string | null;
  readonly returnPath: string | null;
  readonly problem: string | null;
}
async function post(payload: object | string | Buffer, type = 'application/json') {
  const answer = await made.api.inject({
    method: 'POST',
    url: '/v1/dispatches',
    headers: { authorization, 'content-type': type },
    payload,
  });
  return { status: answer.statusCode, body: answer.json<{ results: Result[]; code?: string; detail?: string }>() };
}
const count = async (table: string): Promise<number> =>
  Number((await made.database.db.query<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);

test('each recipient gets a dispatch that is sent, and a return-path that leads to it', async () => {
  const { status, body } = await post({
    dispatches: [
      { messageId: '<m1@shop.test>', recipient: 'Ada@Example.org', campaign: 'spring', sendingDomain: 'Shop.test' },
      { messageId: 'm1@shop.test', recipient: 'bob@example.org' },
      { messageId: 'm2@shop.test', recipient: 'bob@example.org' },
    ],
  });
  expect(status).toBe(200);
  expect(body.results.map(({ state, problem }) => [state, problem])).toEqual(
    Array.from({ length: 3 }, () => ['sent', null]),
  );
  expect(await count('messages')).toBe(2);
  const [first] = body.results;
  const local = first?.returnPath?.split('@')[0] ?? '';
  const decoded = decodeReturnPath(local, domain, ring, today, 45);
  const rowId = decoded.ok ? (decoded.bound.rowId ?? '') : '';
  expect((await findReturnPaths(made.database.db, [rowId])).get(rowId)).toEqual({
    rowId,
    recipient: 'ada@example.org',
    recipientOriginal: 'Ada@example.org',
    messageId: 'm1@shop.test',
    campaign: 'spring',
    sendingDomain: 'shop.test',
    dispatch: { id: first?.dispatchId, attempt: 1 },
  });
});

test('telling it again gives the same dispatch, and another return-path', async () => {
  const one = { dispatches: [{ messageId: 'again@shop.test', recipient: 'cyd@example.org' }] };
  const [first, second] = [await post(one), await post(one)];
  expect(second.body.results[0]?.dispatchId).toBe(first.body.results[0]?.dispatchId);
  expect(second.body.results[0]?.returnPath).not.toBe(first.body.results[0]?.returnPath);
  const twice = await post({
    dispatches: [...one.dispatches, { messageId: 'again@shop.test', recipient: 'CYD@example.org' }],
  });
  expect(new Set(twice.body.results.map(({ dispatchId }) => dispatchId)).size).toBe(1);
});

test('lines are as good as a list, and a broken one is named', async () => {
  const lines = ['dan', 'eve'].map((name) =>
    JSON.stringify({ messageId: 'n1@shop.test', recipient: `${name}@example.org` }),
  );
  const { status, body } = await post(`${lines.join('\n')}\n\n`, 'application/x-ndjson');
  expect([status, body.results.map(({ recipient }) => recipient)]).toEqual([
    200,
    ['dan@example.org', 'eve@example.org'],
  ]);
  expect(await post(`${lines[0] ?? ''}\n{"a"\n`, 'application/x-ndjson')).toMatchObject({
    status: 400,
    body: { code: 'invalidJson', detail: 'line 2 is no JSON' },
  });
  const latin = Buffer.from('{"messageId":"n2@shop.test","recipient":"jürgen@example.org"}', 'latin1');
  expect(await post(latin, 'application/x-ndjson')).toMatchObject({ status: 400, body: { code: 'invalidJson' } });
  for (const line of [
    '{"__proto__":{}}',
    '7',
    '{"messageId":"a b","recipient":"x@y.test"}',
    '{"recipient":"x@y.test"}',
  ])
    expect(await post(line, 'application/x-ndjson'), line).toMatchObject({
      status: 400,
      body: { code: 'invalidRequest' },
    });
});

test('what can’t be registered has its problem, and the others are registered', async () => {
  const raw = (text: string): string => Buffer.from(text).toString('base64');
  const [messages, raws] = [await count('messages'), await count('message_raws')];
  const { body } = await post({
    dispatches: [
      { messageId: 'p1@shop.test', recipient: 'nobody' },
      { messageId: 'p2@shop.test', recipient: 'fay@example.org', sendingDomain: 'elsewhere.test' },
      { messageId: 'p3@shop.test', recipient: 'fay@example.org', sendingDomain: 'nokey.test' },
      { messageId: 'p4@shop.test', recipient: 'fay@example.org', raw: raw('no header') },
      {
        messageId: 'p5@shop.test',
        recipient: 'fay@example.org',
        raw: raw('From: a@shop.test\r\nMessage-ID: <other@shop.test>\r\n\r\n'),
      },
      {
        messageId: 'p6@shop.test',
        recipient: 'fay@example.org',
        raw: raw('From: a@shop.test\r\nMessage-ID: <p6@shop.test>\r\n\r\nbody\r\n'),
      },
    ],
  });
  expect(body.results.map(({ problem }) => problem)).toEqual([
    'invalidAddress',
    'unknownSendingDomain',
    'noKey',
    'unsendable',
    'unsendable',
    null,
  ]);
  expect([await count('messages'), await count('message_raws')]).toEqual([messages + 1, raws + 1]);
  expect((await post({ dispatches: [] })).body.results).toEqual([]);
});

test('who is suppressed has no return-path, but for a retry while that is for a time', async () => {
  const { db } = made.database;
  const tell = async (id: string, ...recipients: string[]) =>
    (await post({ dispatches: recipients.map((recipient) => ({ messageId: `${id}@shop.test`, recipient })) })).body
      .results;
  const before = await tell('s1', 'gone@example.org', 'full@example.org', 'fine@example.org');
  await suppress(db, 'gone@example.org');
  await suppress(db, 'full@example.org', 'temporarily_suppressed', '7 days');
  await suppress(db, 'over@example.org', 'hard_suppressed', '-1 second');
  const messages = await count('messages');
  expect(await tell('s2', 'gone@example.org', 'Full@example.org')).toEqual(
    ['gone@example.org', 'Full@example.org'].map((recipient) => ({
      recipient,
      dispatchId: null,
      state: null,
      returnPath: null,
      problem: 'suppressed',
    })),
  );
  expect(await count('messages')).toBe(messages);
  const again = await tell('s1', 'gone@example.org', 'full@example.org', 'over@example.org', 'fine@example.org');
  expect(again.map(({ problem }) => problem)).toEqual(['suppressed', null, null, null]);
  expect([again[1]?.dispatchId, again[3]?.dispatchId]).toEqual([before[1]?.dispatchId, before[2]?.dispatchId]);
  expect(again.map(({ returnPath }) => returnPath !== null)).toEqual([false, true, true, true]);
});

test('the message of one line serves all lines of its Message-ID, whichever has it and whenever it comes', async () => {
  const { db } = made.database;
  const mail = (id: string): string =>
    Buffer.from(`From: Ä <a@shop.test>\r\nMessage-ID: <${id}@shop.test>\r\n\r\ngrüße\r\n`).toString('base64');
  const kept = async (id: string) =>
    db.query(
      `select smtputf8, eight_bit, m.size = length(r.body) as size from messages m join message_raws r on r.message = m.id
       where message_id = $1`,
      [`${id}@shop.test`],
    );
  await post({
    dispatches: [
      { messageId: 'w1@shop.test', recipient: 'fay@example.org', raw: mail('w1') },
      { messageId: 'w1@shop.test', recipient: 'guy@example.org' },
    ],
  });
  expect(await kept('w1')).toEqual([{ smtputf8: true, eight_bit: true, size: true }]);
  await post({ dispatches: [{ messageId: 'w2@shop.test', recipient: 'fay@example.org' }] });
  expect(await kept('w2')).toEqual([]);
  await post({ dispatches: [{ messageId: 'w2@shop.test', recipient: 'guy@example.org', raw: mail('w2') }] });
  expect(await kept('w2')).toEqual([{ smtputf8: true, eight_bit: true, size: true }]);
});

test('where no relay carries the domain no octets are kept: a retry is told to whom sends', async () => {
  const raw = Buffer.from('From: a@shop.test\r\nMessage-ID: <r1@shop.test>\r\n\r\nbody\r\n').toString('base64');
  const before = relay;
  relay = before.map((each) => ({ ...each, sendingDomains: ['other.test'] }));
  const raws = await count('message_raws');
  const { body } = await post({ dispatches: [{ messageId: 'r1@shop.test', recipient: 'fay@example.org', raw }] });
  relay = before;
  expect(body.results[0]).toMatchObject({ state: 'sent', problem: null });
  expect(await count('message_raws')).toBe(raws);
});

test('ten thousand are registered by one request', async () => {
  const before = await count('dispatches');
  const lines = Array.from({ length: 10_000 }, (_, i) =>
    JSON.stringify({
      messageId: `bulk${i % 2500}@shop.test`,
      recipient: `u${i}@example${i % 7}.org`,
      campaign: 'bulk',
    }),
  );
  const { status, body } = await post(lines.join('\n'), 'application/x-ndjson');
  expect([status, body.results.length]).toEqual([200, 10_000]);
  expect(await count('dispatches')).toBe(before + 10_000);
  expect(new Set(body.results.map(({ returnPath }) => returnPath)).size).toBe(10_000);
  expect((await post([...lines, lines[0]].join('\n'), 'application/x-ndjson')).status).toBe(400);
});
