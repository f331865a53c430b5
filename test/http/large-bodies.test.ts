import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHttp, type RunningHttp } from '../../src/http/server.ts';
import { authorization, testParts, type TestApi } from './parts.ts';

let made: Omit<TestApi, 'api'>;
let http: RunningHttp;
const sizes: number[] = [];
/** Requests whose hand-over waits until it is let go. */
const waiting: (() => void)[] = [];
let hold = false;

beforeAll(async () => {
  made = await testParts(
    {
      handOver: async ({ raw }) => {
        sizes.push(raw.length);
        if (hold)
          await new Promise<void>((resolve) => {
            waiting.push(resolve);
          });
        return { ok: false, why: 'noRelay' };
      },
    },
    { listen: ['127.0.0.1:0'] },
  );
  http = await startHttp(made.parts);
});
afterAll(async () => {
  await http.close();
  await made.close();
});

const mebibytes = 1024 * 1024;
const json = { authorization, 'content-type': 'application/json' };
const body = (octets: number): string =>
  JSON.stringify({ raw: Buffer.alloc(octets, 'x').toString('base64'), recipients: ['a@b.test'] });
async function post(payload: string, signal?: AbortSignal): Promise<number> {
  const answer = await fetch(`http://${http.addresses[0] ?? ''}/v1/messages`, {
    method: 'POST',
    headers: json,
    body: payload,
    ...(signal && { signal }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

test('a body of 25 MiB is read, and costs no more memory than a few times its size; one octet more is 413', async () => {
  const most = Math.floor((25 * mebibytes * 3) / 4) - 100;
  const payload = body(most);
  expect(await post(payload)).toBe(409);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 6; i += 1) expect(await post(payload)).toBe(409);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * mebibytes);
  expect(sizes).toEqual(Array.from({ length: 7 }, () => most));
  expect(await post(`${payload}${' '.repeat(25 * mebibytes + 1 - payload.length)}`)).toBe(413);
});

test('of many large bodies at once some are asked to come again, and all room is given back', async () => {
  const payload = body(12 * mebibytes);
  hold = true;
  const first = [post(payload), post(payload), post(payload)];
  while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  expect([await post(payload), await post(payload)]).toEqual([429, 429]);
  // A peer that gives up gives its room back, too.
  hold = false;
  for (const release of waiting.splice(0)) release();
  expect(await Promise.all(first)).toEqual([409, 409, 409]);
  hold = true;
  const gone = new AbortController();
  const aborted = [post(payload, gone.signal), post(payload, gone.signal), post(payload, gone.signal)];
  while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  gone.abort();
  await Promise.allSettled(aborted);
  hold = false;
  for (const release of waiting.splice(0)) release();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await Promise.all([post(payload), post(payload), post(payload)])).toEqual([409, 409, 409]);
});
