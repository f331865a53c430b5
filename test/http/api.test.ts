import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemCodes } from '../../src/http/problem.ts';
import { authorization, key, testApi, type TestApi } from './parts.ts';

let made: TestApi;
beforeAll(async () => {
  made = await testApi();
});
afterAll(() => made.close());

interface Operation {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  open: boolean;
  parameters: { name: string; in: string }[];
  /** Takes JSON. */
  hasBody: boolean;
}

/** Every operation of the OpenAPI document: a route that is added is tested here without another line. */
function operations(): Operation[] {
  const { paths } = made.api.swagger() as unknown as {
    paths: Record<
      string,
      Record<
        string,
        {
          security?: unknown[];
          parameters?: { name: string; in: string }[];
          requestBody?: { content: Record<string, unknown> };
        }
      >
    >;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      open: operation.security?.length === 0,
      parameters: operation.parameters ?? [],
      hasBody: operation.requestBody?.content['application/json'] !== undefined,
    })),
  );
}

/** A path with its parameters filled in. */
function filled(path: string, value: string): string {
  return path.replaceAll(/\{\w+\}/gu, encodeURIComponent(value));
}

const anyId = '01900000-0000-7000-8000-000000000001';

test('the document lists every route of the table', () => {
  expect(
    operations()
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual(
    [
      'DELETE /v1/suppressions/{address}',
      'GET /healthz',
      'GET /metrics',
      'GET /readyz',
      'GET /v1/alerts',
      'GET /v1/events',
      'GET /v1/events/{id}',
      'GET /v1/events/{id}/raw',
      'GET /v1/postmaster',
      'GET /v1/postmaster/{id}/raw',
      'GET /v1/recipients/{address}',
      'GET /v1/retries',
      'GET /v1/review',
      'GET /v1/senders/{domain}',
      'GET /v1/stuck',
      'GET /v1/suppressions/{address}',
      'POST /v1/classify',
      'POST /v1/inspect',
      'POST /v1/messages',
      'POST /v1/dispatches',
      'GET /v1/reclassify',
      'POST /v1/reclassify',
      'POST /v1/reclassify/preview',
      'POST /v1/reclassify/{id}/next',
      'POST /v1/requeue',
      'POST /v1/sent',
      'POST /v1/suppressions/check',
      'POST /v1/verp',
      'GET /v1/dispatches',
      'GET /v1/dispatches/{id}',
      'POST /v1/dispatches/{id}/cancel',
      'POST /v1/dispatches/{id}/resolve',
      'POST /v1/dispatches/{id}/retry',
      'GET /v1/messages/{id}',
      'GET /v1/providers',
      'GET /v1/providers/export',
      'GET /v1/queue',
    ].sort(),
  );
});

test('every route but health and metrics needs the key, and says so with one and the same 401', async () => {
  const wrong = [
    undefined,
    '',
    key,
    'Bearer',
    'Bearer ',
    `Basic ${Buffer.from(`admin:${key}`).toString('base64')}`,
    `Bearer ${key}x`,
    `Bearer ${key.slice(0, -1)}`,
    `Bearer ${key.toUpperCase()}`,
    `Bearer ${'x'.repeat(5000)}`,
    `Token ${key}`,
  ];
  const all = [
    ...operations(),
    { method: 'GET' as const, path: '/openapi.json', open: false },
    { method: 'GET' as const, path: '/nowhere', open: false },
  ];
  expect(
    all
      .filter(({ open }) => open)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['/healthz', '/metrics', '/readyz']);
  for (const { method, path, open } of all)
    for (const header of wrong) {
      const answer = await made.api.inject({
        method,
        url: filled(path, anyId),
        headers: header === undefined ? {} : { authorization: header },
      });
      if (open) expect(answer.statusCode).toBe(200);
      else {
        expect(answer.statusCode, `${method} ${path} ${header ?? ''}`).toBe(401);
        expect(answer.headers['www-authenticate']).toBe('Bearer realm="bouncemx"');
        expect(answer.json()).toEqual({
          type: 'about:blank',
          title: 'Unauthorized',
          status: 401,
          code: 'unauthorized',
          detail: problemCodes.unauthorized.meaning,
        });
      }
    }
});

test('the scheme of the key is read without regard to case', async () => {
  for (const scheme of ['bearer', 'BEARER'])
    expect(
      (await made.api.inject({ url: '/v1/stuck', headers: { authorization: `${scheme} ${key}` } })).statusCode,
    ).toBe(200);
});

test('every answer forbids sniffing, framing, running and keeping', async () => {
  for (const url of ['/v1/events', '/v1/nowhere', '/healthz', '/metrics', '/v1/events/x', '/v1/%zz']) {
    const answer = await made.api.inject({ url, headers: { authorization } });
    expect(answer.headers, url).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
  }
});

test('an unknown route and a path that can’t be decoded are problems', async () => {
  const unknown = await made.api.inject({ url: '/v2/events', headers: { authorization } });
  expect([unknown.statusCode, unknown.json<{ code: string }>().code]).toEqual([404, 'notFound']);
  const put = await made.api.inject({ method: 'PUT', url: '/v1/events', headers: { authorization } });
  expect(put.statusCode).toBe(404);
  const broken = await made.api.inject({ url: '/v1/recipients/%zz', headers: { authorization } });
  expect([broken.statusCode, broken.json<{ code: string }>().code]).toEqual([400, 'invalidRequest']);
  const endless = await made.api.inject({
    url: `/v1/suppressions/${'a'.repeat(1001)}@b.test`,
    headers: { authorization },
  });
  expect([endless.statusCode, endless.json<{ code: string }>().code]).toEqual([404, 'notFound']);
});

test('unknown fields are refused on every route: in the query, and in the body', async () => {
  for (const { method, path, hasBody, open } of operations()) {
    if (!open && !hasBody) {
      const answer = await made.api.inject({
        method,
        url: `${filled(path, anyId)}?evil=1`,
        headers: { authorization },
      });
      expect(answer.statusCode, path).toBe(400);
      const refusal = answer.json<{ code: string; problems: { path: string }[] }>();
      expect(refusal.code).toBe('invalidRequest');
      expect(refusal.problems.map(({ path: place }) => place)).toContain('/evil');
    }
    if (hasBody && !open) {
      const answer = await made.api.inject({
        method,
        url: filled(path, path.includes('{id}') ? anyId : 'a@b.test'),
        headers: { authorization },
        payload: { evil: 1 },
      });
      expect(answer.statusCode, path).toBe(400);
      expect(answer.json<{ problems: { path: string }[] }>().problems).toContainEqual({
        path: '/evil',
        message: 'is not a known field',
      });
    }
  }
});

test('a body that is no JSON, or none, or poisonous, is 400; another type or an encoding is 415', async () => {
  for (const { method, path, hasBody } of operations().filter((operation) => operation.hasBody)) {
    expect(hasBody).toBe(true);
    const url = filled(path, path.includes('{id}') ? anyId : 'a@b.test');
    const send = async (payload: string, headers: Record<string, string>) => {
      const answer = await made.api.inject({ method, url, headers: { authorization, ...headers }, payload });
      return [answer.statusCode, answer.json<{ code: string }>().code];
    };
    const json = { 'content-type': 'application/json' };
    expect(await send('{"a":', json)).toEqual([400, 'invalidJson']);
    expect(await send('', json)).toEqual([400, 'invalidJson']);
    expect(await send('{"__proto__":{"admin":true}}', json)).toEqual([400, 'invalidJson']);
    expect(await send('{"constructor":{"prototype":{"admin":true}}}', json)).toEqual([400, 'invalidJson']);
    expect(await send('null', json)).toEqual([400, 'invalidRequest']);
    expect(await send('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([
      415,
      'unsupportedMediaType',
    ]);
    expect(await send('{}', { 'content-type': 'text/plain' })).toEqual([415, 'unsupportedMediaType']);
    expect(await send('{}', { ...json, 'content-encoding': 'gzip' })).toEqual([415, 'unsupportedMediaType']);
  }
});

test('a body above the limit is 413: 1 MiB, four of them on the bulk routes, and 25 for a message', async () => {
  for (const { method, path } of operations().filter((operation) => operation.hasBody)) {
    const bulk = ['/v1/verp', '/v1/sent', '/v1/dispatches', '/v1/suppressions/check'].includes(path);
    const most = (path === '/v1/messages' ? 25 : bulk ? 4 : 1) * 1_048_576;
    const status = async (size: number) => {
      const answer = await made.api.inject({
        method,
        url: filled(path, path.includes('{id}') ? anyId : 'a@b.test'),
        headers: { authorization, 'content-type': 'application/json' },
        payload: `{"evil":"${'x'.repeat(size)}"}`,
      });
      return [answer.statusCode, answer.json<{ code: string }>().code];
    };
    expect(await status(most), path).toEqual([413, 'bodyTooLarge']);
    expect(await status(most - 100), path).toEqual([400, 'invalidRequest']);
  }
});

test('a peer that asks too often is 429 with the time to wait, and others are not', async () => {
  const other = await testApi({}, { requestsPerSecond: 1 });
  try {
    const ask = (remoteAddress: string) => other.api.inject({ url: '/healthz', remoteAddress });
    for (let count = 0; count < 10; count++) expect((await ask('192.0.2.1')).statusCode).toBe(200);
    const refused = await ask('192.0.2.1');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json()).toMatchObject({ code: 'tooManyRequests' });
    expect((await ask('192.0.2.2')).statusCode).toBe(200);
  } finally {
    await other.close();
  }
});

test('no string in any parameter makes a fault', async () => {
  const payloads = [
    "' or '1'='1",
    "'; drop table events; --",
    '1) union select body from raws --',
    '$1',
    '%',
    '_',
    '\\',
    '"',
    '`',
    '../../etc/passwd',
    '\0',
    '\ud800',
    '${7*7}',
    '{"$gt":""}',
    '-1',
    '1e9999',
    'NaN',
    '9'.repeat(400),
    'infinity',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-11-23T10:00:00+99:99',
    "a'b@example.org",
    'a@b.test; select pg_sleep(10)',
    Buffer.from(`1.${anyId}' or true --`).toString('base64url'),
  ];
  const answered = new Set<number>();
  for (const { method, path, parameters, open } of operations()) {
    if (open) continue;
    for (const payload of payloads) {
      const answer = await made.api.inject({
        method,
        url: filled(path, payload.toWellFormed()),
        headers: { authorization },
      });
      expect(answer.statusCode, `${method} ${path} ${payload}`).toBeLessThan(500);
      for (const { name } of parameters.filter((parameter) => parameter.in === 'query')) {
        const query = `${name}=${encodeURIComponent(payload.toWellFormed())}`;
        const asked = await made.api.inject({
          method,
          url: `${filled(path, anyId)}?${query}`,
          headers: { authorization },
        });
        expect(asked.statusCode, `${path}?${query}`).toBeLessThan(500);
        answered.add(asked.statusCode);
      }
    }
  }
  expect([...answered].sort()).toEqual([200, 400]);
  expect(made.lines.filter(({ event }) => event === 'bug')).toEqual([]);
});

test('no query string at all makes a fault', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations().filter(({ method, open }) => method === 'GET' && !open)),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ maxLength: 60 }),
      async ({ path }, value, query) => {
        const url = `${filled(path, value.toWellFormed() || 'x')}?${query.replaceAll(/[#\s]/gu, '')}`;
        const answer = await made.api.inject({ url: encodeURI(url.toWellFormed()), headers: { authorization } });
        expect(answer.statusCode).toBeLessThan(500);
      },
    ),
    { numRuns: 300 },
  );
});

test('a request is logged by its pattern, never by its path', async () => {
  await made.api.inject({ url: '/v1/suppressions/canary@example.org?recipient=canary', headers: { authorization } });
  await made.api.inject({ url: '/v1/canary@example.org', headers: { authorization } });
  expect(JSON.stringify(made.lines)).not.toContain('canary');
  expect(JSON.stringify(made.lines)).not.toContain(key);
  expect(made.lines).toContainEqual(
    expect.objectContaining({ event: 'request', method: 'GET', route: '/v1/suppressions/:address' }),
  );
  expect(await made.parts.metrics.registry.metrics()).toContain('route="none",status="404"');
});

test('the document is OpenAPI 3.1 and asks for the key', async () => {
  const answer = await made.api.inject({ url: '/openapi.json', headers: { authorization } });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'bouncemx', version: '0.0.0-test' },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  });
});
