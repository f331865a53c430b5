import { readdirSync, readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Explanation } from '../../src/core/explain/explain.ts';
import { explanation } from '../../src/http/explanation.ts';
import { authorization, testApi, type TestApi } from './parts.ts';

let made: TestApi;
beforeAll(async () => {
  made = await testApi();
});
afterAll(() => made.close());

const mails = new URL('../fixtures/mail/', import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(name, mails));

async function inspect(payload: Buffer | string, headers: Record<string, string> = {}) {
  const answer = await made.api.inject({
    method: 'POST',
    url: '/v1/inspect',
    headers: { authorization, 'content-type': 'message/rfc822', ...headers },
    payload,
  });
  return { status: answer.statusCode, body: answer.json<Explanation & { code: string; detail: string }>() };
}

async function classify(requests: unknown) {
  const answer = await made.api.inject({
    method: 'POST',
    url: '/v1/classify',
    headers: { authorization },
    payload: { requests },
  });
  return { status: answer.statusCode, body: answer.json<{ results: unknown[]; rulesVersion: string; code: string }>() };
}

test('every mail is explained as the document says', async () => {
  const schema = Compile(explanation);
  for (const name of readdirSync(mails).filter((file) => file.endsWith('.eml'))) {
    const { status, body } = await inspect(fixture(name));
    expect(status, name).toBe(200);
    expect([...schema.Errors(body)], name).toEqual([]);
  }
});

test('a bounce is explained: who, why, where it stands, what would follow', async () => {
  const { body } = await inspect(fixture('rfc3464-postfix.eml'));
  expect(body).toMatchObject({
    rulesVersion: made.parts.rules().version,
    parts: [{ number: '0' }, { role: 'notification' }, { role: 'statusFields' }, { role: 'returnedMail' }],
    reports: [
      {
        recipient: 'ann@example.com',
        verdict: { type: 'hard_bounce', evidence: { field: 'diagnosticCode' } },
        wouldFollow: { action: 'remove_immediately' },
      },
    ],
  });
});

test('a mail whose structure is odd is read as the pipeline reads it', async () => {
  const body = 'Content-Type: multipart/report; boundary="a\n\n--a\nContent-Type: text/plain\n\nhello\n';
  const { body: explained } = await inspect(body);
  expect(explained.message.flags).toEqual((await made.parts.readMail(Buffer.from(body), false)).flags);
});

test('only a mail is a mail: JSON is 415, nothing is 400, more than 1 MiB is 413, a parameter is 400', async () => {
  expect(await inspect('{}', { 'content-type': 'application/json' })).toMatchObject({
    status: 415,
    body: { code: 'unsupportedMediaType' },
  });
  expect(await inspect('')).toMatchObject({
    status: 400,
    body: { code: 'invalidRequest', detail: 'the body is no mail' },
  });
  expect(await inspect('x'.repeat(1_048_577))).toMatchObject({ status: 413, body: { code: 'bodyTooLarge' } });
  expect((await inspect('x'.repeat(1_048_576))).status).toBe(200);
  const asked = await made.api.inject({ method: 'POST', url: '/v1/inspect?evil=1', headers: { authorization } });
  expect(asked.json()).toMatchObject({ code: 'invalidRequest', problems: [{ path: '/evil' }] });
  const elsewhere = await made.api.inject({
    method: 'POST',
    url: '/v1/classify',
    headers: { authorization, 'content-type': 'message/rfc822' },
    payload: 'x',
  });
  expect(elsewhere.statusCode).toBe(415);
});

test('texts are classified in their order, with what is known beside them', async () => {
  const { status, body } = await classify([
    { text: '550 5.1.1 User unknown' },
    { text: 'qqq', status: '5.2.2' },
    { text: '', replyCode: 452 },
    { text: '550 5.1.1 user unknown', phase: 'mail' },
    { text: '550 qqq', remoteMta: 'mx.example.com' },
  ]);
  expect(status).toBe(200);
  expect(body.rulesVersion).toBe(made.parts.rules().version);
  expect(body.results).toMatchObject([
    { category: 'user_not_found', evidence: { text: 'User unknown', start: 10, end: 22 } },
    { rule: 'status/5.2.2', evidence: { field: 'status' } },
    { rule: 'reply/452', evidence: { field: 'replyCode' } },
    { rule: 'phase/mail' },
    { rule: 'reply/5xx' },
  ]);
});

test('others have their turn between the texts of one request, which are at most 1 MiB', async () => {
  let turns = 0;
  let answered = false;
  const count = () => {
    turns++;
    if (!answered) setImmediate(count);
  };
  const few = await classify([{ text: '550 x' }]);
  expect(few.status).toBe(200);
  setImmediate(count);
  const many = await classify(Array.from({ length: 1000 }, (_, i) => ({ text: `550 x${i}` })));
  answered = true;
  expect(many.body.results).toHaveLength(1000);
  expect(turns).toBeGreaterThanOrEqual(19);
  expect(await classify(Array.from({ length: 1000 }, () => ({ text: 'x'.repeat(1100) })))).toMatchObject({
    status: 413,
    body: { code: 'bodyTooLarge' },
  });
});

test.each([
  ['none at all', []],
  ['more than a thousand', Array.from({ length: 1001 }, () => ({ text: 'x' }))],
  ['no list', { text: 'x' }],
  ['no text', [{}]],
  ['an endless text', [{ text: 'x'.repeat(16_385) }]],
  ['a code that is none', [{ text: 'x', status: '9.1.1' }]],
  ['a phase that is none', [{ text: 'x', phase: 'dinner' }]],
  ['an unknown field', [{ text: 'x', evil: 1 }]],
])('%s is 400', async (_, requests) => {
  expect(await classify(requests)).toMatchObject({ status: 400, body: { code: 'invalidRequest' } });
});
