import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { startHttp, type RunningHttp } from '../../src/http/server.ts';
import { collectingLog } from '../helpers/database.ts';
import { authorization, testParts } from './parts.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function started(
  listen: readonly string[],
  changes: { headersTimeout?: number; ready?: () => Promise<readonly string[]> } = {},
): Promise<RunningHttp> {
  const { headersTimeout, ...parts } = changes;
  const made = await testParts(parts, { listen });
  closers.push(made.close);
  const http = await startHttp({ ...made.parts, ...(headersTimeout === undefined ? {} : { headersTimeout }) });
  closers.push(() => http.close());
  return http;
}

function open(address: string): Socket {
  const url = new URL(`http://${address}`);
  return connect(Number(url.port), url.hostname.replace(/^\[|\]$/gu, ''));
}

test('the API answers on each of its listeners and tells where they are', async () => {
  const { addresses } = await started(['127.0.0.1:0', '127.0.0.2:0']);
  expect(addresses).toHaveLength(2);
  for (const address of addresses) {
    const answer = await fetch(`http://${address}/v1/events`, { headers: { authorization } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ items: [], next: null });
  }
});

test('no listener at all is no fault', async () => {
  expect((await started([])).addresses).toEqual([]);
});

test('a port that is taken is EADDRINUSE, and the listeners before it are closed again', async () => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const made = await testParts({}, { listen: ['127.0.0.1:0', `127.0.0.1:${port}`] });
  await expect(startHttp(made.parts)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  taken.close();
  await made.close();
});

test('a peer that does not finish its headers is cut with 408', async () => {
  const { addresses } = await started(['127.0.0.1:0'], { headersTimeout: 200 });
  const socket = open(addresses[0] ?? '');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 408 /);
});

test('headers above 16 KiB are 431', async () => {
  const { addresses } = await started(['127.0.0.1:0']);
  const socket = open(addresses[0] ?? '');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 431 /);
});

test('closing lets a running request end and drops idle connections', async () => {
  let release: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (release = resolve));
  let arrived: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (arrived = resolve));
  const http = await started(['127.0.0.1:0'], {
    ready: async () => {
      arrived();
      await asked;
      return [];
    },
  });
  const idle = open(http.addresses[0] ?? '');
  await once(idle, 'connect');
  const answer = fetch(`http://${http.addresses[0] ?? ''}/readyz`);
  await running;
  const closed = http.close();
  release();
  expect((await answer).status).toBe(200);
  idle.end();
  await closed;
  await expect(fetch(`http://${http.addresses[0] ?? ''}/healthz`)).rejects.toThrow();
});

test('a peer that goes away in the middle of its body is no fault of ours', async () => {
  const made = await testParts({}, { listen: ['127.0.0.1:0'] });
  closers.push(made.close);
  const { log, lines } = collectingLog();
  const http = await startHttp({ ...made.parts, log });
  closers.push(() => http.close());
  const socket = open(http.addresses[0] ?? '');
  socket.write(
    `POST /v1/verp HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{`,
  );
  await sleep(100);
  socket.destroy();
  await sleep(100);
  expect(lines.filter(({ event }) => event !== 'request')).toEqual([]);
});
