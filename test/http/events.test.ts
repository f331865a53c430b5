import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorization, testApi, type TestApi } from './parts.ts';
import { idAt, seedEvent } from './rows.ts';

let made: TestApi;
const start = new Date(Math.floor(Date.now() / 1000) * 1000);
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const ids: string[] = [];

beforeAll(async () => {
  made = await testApi();
  const { db } = made.database;
  // Five events, two of them within one millisecond.
  ids.push(await seedEvent(db, { recipient: 'ada@example.org', at: at(0), n: 1, campaign: 'spring' }));
  ids.push(
    await seedEvent(db, {
      recipient: 'bob@example.org',
      at: at(1),
      n: 1,
      type: 'soft_bounce',
      category: 'mailbox_full',
    }),
  );
  ids.push(await seedEvent(db, { recipient: 'bob@example.org', at: at(1), n: 2, provider: 'other.example' }));
  ids.push(await seedEvent(db, { recipient: 'ada@example.org', at: at(2), n: 1, sendingDomain: 'second.test' }));
  ids.push(await seedEvent(db, { recipient: 'cyd@example.org', at: at(3), n: 1 }));
});
afterAll(() => made.close());

interface Listed {
  items: { id: string; recipient: string }[];
  next: string | null;
}

async function list(query: Record<string, string> = {}): Promise<Listed> {
  const answer = await made.api.inject({ url: '/v1/events', query, headers: { authorization } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Listed>();
}

test('events come newest first, and pages join without a gap or an overlap', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Listed = await list({ limit: '2', ...(cursor === null ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual([...ids].reverse());
});

test.each([
  [{ recipient: 'ADA@Example.ORG' }, [3, 0]],
  [{ type: 'soft_bounce' }, [1]],
  [{ category: 'mailbox_full' }, [1]],
  [{ provider: 'Other.Example' }, [2]],
  [{ sendingDomain: 'second.test' }, [3]],
  [{ campaign: 'spring' }, [0]],
  [{ since: at(2).toISOString() }, [4, 3]],
  [{ until: at(1).toISOString() }, [0]],
  [{ recipient: 'nobody@example.org' }, []],
])('the filter %o finds exactly its events', async (query, expected) => {
  const { items } = await list(query);
  expect(items.map(({ id }) => ids.indexOf(id))).toEqual(expected);
});

test('one event has its evidence, its report and its decisions', async () => {
  const answer = await made.api.inject({ url: `/v1/events/${ids[0] ?? ''}`, headers: { authorization } });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    id: ids[0],
    recipient: 'ada@example.org',
    confidence: 0.9,
    evidence: { text: 'no such person', start: 0, end: 14 },
    report: { format: 'rfc3464', machineReadable: true },
    decisions: [{ action: 'remove_immediately', actor: 'policy' }],
  });
});

test('the raw report is an attachment with a generated name and its exact octets', async () => {
  const answer = await made.api.inject({ url: `/v1/events/${ids[0] ?? ''}/raw`, headers: { authorization } });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="bouncemx-${ids[0] ?? ''}.eml"`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-message-truncated': 'false',
  });
  expect(answer.rawPayload.toString()).toBe('Subject: made for a test\r\n\r\nno such person\r\n');
});

test.each([idAt(at(9), 9), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
  'an id that no event has is 404: %s',
  async (id) => {
    for (const url of [`/v1/events/${id}`, `/v1/events/${id}/raw`]) {
      const answer = await made.api.inject({ url, headers: { authorization } });
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ code: 'notFound' });
    }
  },
);

test.each([
  '1',
  'x',
  '1.zz',
  Buffer.from('1').toString('base64url'),
  `${Buffer.from(`1.${idAt(start, 1)}`).toString('base64url')}=`,
])('the cursor %s, which nobody gave out, is refused', async (cursor) => {
  const answer = await made.api.inject({ url: '/v1/events', query: { cursor }, headers: { authorization } });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'invalidCursor' });
});

test('a cursor with one character changed is refused or another place in the list, never a fault', async () => {
  const { next } = await list({ limit: '1' });
  const cursor = next ?? '';
  for (let index = 0; index < cursor.length; index++) {
    const changed = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`;
    const answer = await made.api.inject({ url: '/v1/events', query: { cursor: changed }, headers: { authorization } });
    expect([200, 400]).toContain(answer.statusCode);
  }
});

test.each([
  [{ limit: '0' }, '/limit'],
  [{ limit: '501' }, '/limit'],
  [{ limit: 'ten' }, '/limit'],
  [{ since: 'yesterday' }, '/since'],
  [{ type: 'bounce' }, '/type'],
  [{ provider: 'no domain' }, '/provider'],
  [{ sort: 'id' }, '/sort'],
])('the query %o is refused with its place', async (query, path) => {
  const answer = await made.api.inject({
    url: '/v1/events',
    query,
    headers: { authorization },
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json<{ code: string; problems: { path: string }[] }>()).toMatchObject({
    status: 400,
    code: 'invalidRequest',
    problems: [{ path }],
  });
});

test('a parameter that is given twice is refused', async () => {
  const answer = await made.api.inject({
    url: '/v1/events?recipient=a@b.test&recipient=c@d.test',
    headers: { authorization },
  });
  expect(answer.statusCode).toBe(400);
});
