import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorization, testApi, type TestApi } from './parts.ts';
import { idAt, seedEvent } from './rows.ts';

let made: TestApi;
const now = new Date();
beforeAll(async () => {
  made = await testApi({ now: () => new Date(now.getTime() + 1000) });
  await seedEvent(made.database.db, { recipient: 'ada@example.org', at: now, n: 1 });
});
afterAll(() => made.close());

async function post(url: string, payload: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await made.api.inject({ method: 'POST', url, headers: { authorization }, payload });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test('a preview goes on by its cursor to the end', async () => {
  const first = await post('/v1/reclassify/preview', { filter: { limit: 5 } });
  expect(first).toMatchObject({ status: 200, body: { looked: 1, lines: [] } });
  const rest = await post('/v1/reclassify/preview', { cursor: first.body['next'] });
  expect(rest).toMatchObject({ status: 200, body: { looked: 0, next: null } });
});

test('a run begins without a change, and ends where it is asked often enough', async () => {
  const begun = await post('/v1/reclassify', {
    reason: 'a test',
    filter: { provider: 'EXAMPLE.org', since: '2020-01-01T00:00:00Z' },
  });
  expect(begun).toMatchObject({
    status: 200,
    body: {
      state: 'running',
      looked: 0,
      actor: 'api:admin',
      filter: { provider: 'example.org', since: '2020-01-01T00:00:00.000Z' },
    },
  });
  const next = `/v1/reclassify/${String(begun.body['id'])}/next`;
  expect(await post(next, {})).toMatchObject({ status: 200, body: { run: { state: 'running' }, looked: 1 } });
  expect(await post(next, {})).toMatchObject({ status: 200, body: { run: { state: 'done' }, looked: 0 } });
  expect(await post(next, {})).toMatchObject({ status: 200, body: { run: { state: 'done', looked: 1 } } });
});

test('a run that is taken back before it was done is refused from then on', async () => {
  const begun = await post('/v1/reclassify', { reason: 'a mistake', filter: {} });
  const id = String(begun.body['id']);
  const undo = await post('/v1/reclassify', { reason: 'taken back', undo: id });
  expect(undo).toMatchObject({ status: 200, body: { undoes: id, state: 'running' } });
  expect(await post(`/v1/reclassify/${id}/next`, {})).toMatchObject({ status: 409, body: { code: 'stopped' } });
  const back = `/v1/reclassify/${String(undo.body['id'])}/next`;
  expect(await post(back, {})).toMatchObject({ status: 200, body: { changed: 0 } });
});

test.each([
  ['/v1/reclassify', {}, 400],
  ['/v1/reclassify', { reason: 'r', undo: idAt(now, 9) }, 404],
  ['/v1/reclassify', { reason: 'r', undo: idAt(now, 9), filter: {} }, 400],
  ['/v1/reclassify', { reason: 'r', filter: { categroy: 'unknown' } }, 400],
  ['/v1/reclassify/preview', { filter: { recipient: 'nobody' } }, 400],
  ['/v1/reclassify/preview', { filter: { limit: 0 } }, 400],
  ['/v1/reclassify/preview', { cursor: 'x' }, 400],
  [`/v1/reclassify/${idAt(now, 9)}/next`, {}, 404],
  ['/v1/reclassify/none/next', {}, 400],
])('%s with %j is refused with %d', async (url, payload, status) => {
  expect((await post(url, payload)).status).toBe(status);
});
