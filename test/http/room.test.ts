import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorization, testApi, type TestApi } from './parts.ts';

let made: TestApi;
let low = true;
beforeAll(async () => {
  made = await testApi({ diskLow: () => low });
});
afterAll(() => made.close());

const post = async (url: string, payload: object) => {
  const answer = await made.api.inject({ method: 'POST', url, headers: { authorization }, payload });
  return {
    status: answer.statusCode,
    code: answer.json<{ code?: string }>().code,
    after: answer.headers['retry-after'],
  };
};

test('while the disk is nearly full no mail is taken for sending, and all else is answered', async () => {
  const mail = { from: 'a@shop.test', to: 'b@example.org', text: 'x' };
  const told = { dispatches: [{ messageId: 'm@shop.test', recipient: 'b@example.org' }] };
  const refused = { status: 503, code: 'unavailable', after: '5' };
  expect(await post('/v1/messages', mail)).toEqual(refused);
  expect(await post('/v1/dispatches', told)).toEqual(refused);
  const queue = await made.api.inject({ url: '/v1/queue', headers: { authorization } });
  expect(queue.statusCode).toBe(200);
  low = false;
  expect(await post('/v1/messages', mail)).toMatchObject({ status: 409, code: 'noRelay' });
});

test('who has no key hears nothing of the disk', async () => {
  low = true;
  const answer = await made.api.inject({ method: 'POST', url: '/v1/messages', payload: {} });
  expect(answer.statusCode).toBe(401);
});
