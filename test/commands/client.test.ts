import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as events } from '../../src/commands/events.ts';
import { command as postmaster } from '../../src/commands/postmaster.ts';
import { command as reclassify } from '../../src/commands/reclassify.ts';
import { command as recipient } from '../../src/commands/recipient.ts';
import { command as requeue } from '../../src/commands/requeue.ts';
import { command as stuck } from '../../src/commands/stuck.ts';
import { command as suppressions } from '../../src/commands/suppressions.ts';
import type { Command } from '../../src/commands/command.ts';
import { StoreError } from '../../src/store/db.ts';
import { startHttp, type RunningHttp } from '../../src/http/server.ts';
import { key, testParts, type TestApi } from '../http/parts.ts';
import { idAt, seedEvent, seedPostmaster, seedSuppression } from '../http/rows.ts';
import { run } from './run.ts';

let made: Omit<TestApi, 'api'>;
let http: RunningHttp;
let env: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'bmx-cli-'));
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
let eventId: string;
const ungentle = Buffer.from('Subject: \x1b[2Jr\xe9ponse\r\n\r\nbody\r\n', 'latin1');

beforeAll(async () => {
  made = await testParts({}, { listen: ['127.0.0.1:0'] });
  http = await startHttp(made.parts);
  const { db } = made.database;
  eventId = await seedEvent(db, { recipient: 'ada@example.org', at: now, n: 1, raw: ungentle });
  await seedEvent(db, { recipient: 'bob@example.org', at: now, n: 2, type: 'soft_bounce', category: 'mailbox_full' });
  await seedSuppression(db, 'ada@example.org', now);
  await db.query(
    `insert into queue (arrival_id, received_at, state, attempt, last_error) values ($1, $2, 'stuck', 5, E'bad \\x1b[31mwords')`,
    [idAt(now, 0x100001), now],
  );
  await seedPostmaster(db, now, '', 'abuse@bounce.test');
  writeFileSync(join(folder, 'admin.key'), `${key}\n`);
  env = { BOUNCEMX_DATA_DIR: folder, BOUNCEMX_HTTP_URL: `http://${http.addresses[0] ?? ''}` };
});
afterAll(async () => {
  await http.close();
  await made.close();
  rmSync(folder, { recursive: true });
});

test('events lists them newest first, aligned, under their heads', async () => {
  const { code, out } = await run(events, [], env);
  expect(code).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^received \(UTC\) +recipient +type +category +status +rule +id$/);
  expect(lines.map((line) => line.split(/ {2,}/)[1])).toEqual(['recipient', 'bob@example.org', 'ada@example.org']);
});

test('events filters, limits, and gives JSON to programs', async () => {
  const found = await run(events, ['--recipient', 'ADA@example.org', '--since', '1h', '--json'], env);
  expect(JSON.parse(found.out)).toMatchObject({ items: [{ id: eventId, recipient: 'ada@example.org' }], next: null });
  const limited = await run(events, ['--limit', '1', '--json'], env);
  expect((JSON.parse(limited.out) as { items: unknown[] }).items).toHaveLength(1);
  const none = await run(events, ['--type', 'auto_reply'], env);
  expect(none).toMatchObject({ code: 0, out: '' });
  const day = now.toISOString().slice(0, 10);
  expect((await run(events, ['--until', day], env)).out).toBe('');
});

test('events ID explains one, and --raw writes its octets as they came', async () => {
  const shown = await run(events, [eventId], env);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/^rule: +generic\/no-such-user \(confidence 0\.9\)$/m);
  expect(shown.out).toMatch(/^decided by: +diagnosticCode: no such person$/m);
  expect(shown.out).toMatch(/^decision: +\S+ \S+ remove_immediately: a hard bounce$/m);
  expect((await run(events, [eventId, '--raw'], env)).octets).toEqual(ungentle);
  expect(JSON.parse((await run(events, [eventId, '--json'], env)).out)).toMatchObject({ id: eventId });
  expect(await run(events, [idAt(now, 99)], env)).toMatchObject({ code: 1, err: 'no event has this id' });
});

test('recipient shows level, history and decisions', async () => {
  const { code, out } = await run(recipient, ['Ada@example.org'], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^level: +hard_suppressed$/m);
  expect(out).toMatch(/^expires: +never$/m);
  expect(out).toMatch(/remove_immediately +policy +a hard bounce$/m);
  const json = await run(recipient, ['ada@example.org', '--json'], env);
  expect(JSON.parse(json.out)).toMatchObject({ address: 'ada@example.org' });
  expect((await run(recipient, ['nobody@example.org'], env)).code).toBe(1);
});

test('suppressions check answers for each address, and 67 where one is none', async () => {
  const { code, out } = await run(suppressions, ['check', 'ada@example.org', 'new@example.org'], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^ada@example\.org +hard_suppressed +\S+ \S+ +never +user_not_found \(generic\/no-such-user\)$/m);
  expect(out).toMatch(/^new@example\.org +none/m);
  const wrong = await run(suppressions, ['check', 'nonsense', '--json'], env);
  expect(wrong.code).toBe(67);
  expect(JSON.parse(wrong.out)).toEqual({
    results: [{ address: 'nonsense', suppressed: false, level: 'none', problem: 'invalidAddress' }],
  });
  expect((await run(suppressions, ['check', 'nonsense'], env)).out).toContain('no mail address');
});

test('suppressions lift ends one, records the CLI as its actor, and says when there is none', async () => {
  await seedEvent(made.database.db, { recipient: 'back@example.org', at: now, n: 3 });
  await seedSuppression(made.database.db, 'back@example.org', now);
  const lifted = await run(suppressions, ['lift', 'back@example.org', '--reason', 'asked on the phone'], env);
  expect(lifted).toMatchObject({ code: 0, out: 'back@example.org: hard_suppressed is lifted\n' });
  expect((await run(recipient, ['back@example.org'], env)).out).toMatch(/lift +cli:admin +asked on the phone$/m);
  expect((await run(suppressions, ['lift', 'back@example.org', '--reason', 'again'], env)).code).toBe(1);
  expect((await run(suppressions, ['lift', 'back', '--reason', 'x'], env)).code).toBe(67);
});

test('stuck lists, without the controls of an error’s words, and requeue tries again', async () => {
  const { code, out } = await run(stuck, [], env);
  expect(code).toBe(0);
  expect(out).toContain(idAt(now, 0x100001));
  expect(out).not.toContain('\x1b');
  expect((await run(requeue, [idAt(now, 5)], env)).code).toBe(1);
  expect(await run(requeue, [idAt(now, 0x100001)], env)).toMatchObject({ code: 0, out: 'requeued: 1\n' });
  expect(await run(requeue, ['--all', '--json'], env)).toMatchObject({ code: 0, out: '{"requeued":0}\n' });
  expect(await run(stuck, ['--json'], env)).toMatchObject({ code: 0, out: '{"items":[],"next":null}\n' });
});

test('postmaster lists and shows', async () => {
  const listed = await run(postmaster, [], env);
  expect(listed.out).toMatch(/ <> +abuse@bounce\.test +30 +a question +\S+$/m);
  const { items } = JSON.parse((await run(postmaster, ['list', '--json'], env)).out) as { items: { id: string }[] };
  expect((await run(postmaster, ['show', items[0]?.id ?? ''], env)).out).toBe('Subject: a question\r\n\r\nhello\r\n');
  expect((await run(postmaster, ['show', idAt(now, 99)], env)).code).toBe(1);
});

test.each<[string, Command, string[], number]>([
  ['events with a wrong limit', events, ['--limit', '0'], 64],
  ['events with a wrong time', events, ['--since', 'yesterday'], 64],
  ['events with a time that is none', events, ['--since', '2026-13-45'], 64],
  ['events with an unknown option', events, ['--sort', 'x'], 64],
  ['events with two ids', events, ['a', 'b'], 64],
  ['events --raw without an id', events, ['--raw'], 64],
  ['recipient without an address', recipient, [], 64],
  ['recipient of no address', recipient, ['nonsense'], 67],
  ['suppressions without a verb', suppressions, [], 64],
  ['suppressions check without an address', suppressions, ['check'], 64],
  ['suppressions check with a reason', suppressions, ['check', 'a@b.test', '--reason', 'x'], 64],
  ['suppressions lift without a reason', suppressions, ['lift', 'a@b.test'], 64],
  ['suppressions lift of two', suppressions, ['lift', 'a@b.test', 'c@d.test', '--reason', 'x'], 64],
  ['requeue of nothing', requeue, [], 64],
  ['requeue of ids and all', requeue, ['--all', 'x'], 64],
  ['requeue of no id', requeue, ['x'], 64],
  ['postmaster show without an id', postmaster, ['show'], 64],
  ['postmaster with an unknown verb', postmaster, ['read', 'x'], 64],
  ['postmaster with too much', postmaster, ['show', 'x', 'y'], 64],
])('%s is wrong use', async (_, command, args, code) => {
  expect((await run(command, args, env)).code).toBe(code);
});

test('a refusal of the API is exit 1 with its words', async () => {
  expect(await run(events, ['--type', 'bounce'], env)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^\/type must be one of hard_bounce/) as string,
  });
});

test('a daemon that can’t answer now is exit 75 with its words', async () => {
  const down = await testParts(
    { db: { ...made.database.db, query: () => Promise.reject(new StoreError('unavailable', '57P01', 'gone')) } },
    { listen: ['127.0.0.1:0'] },
  );
  const other = await startHttp(down.parts);
  try {
    const url = `http://${other.addresses[0] ?? ''}`;
    expect(await run(stuck, [], { ...env, BOUNCEMX_HTTP_URL: url })).toMatchObject({
      code: 75,
      err: `${url}: The database can’t be asked just now; try again.`,
    });
  } finally {
    await other.close();
    await down.close();
  }
});

test('no daemon is exit 75 and says where it was looked for', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const url = `http://127.0.0.1:${port}`;
  expect(await run(stuck, [], { ...env, BOUNCEMX_HTTP_URL: url })).toMatchObject({
    code: 75,
    err: `no daemon answers at ${url} (ECONNREFUSED)`,
  });
  const listening = { BOUNCEMX_DATA_DIR: folder, BOUNCEMX_HTTP_LISTEN: `0.0.0.0:${port}` };
  expect(await run(stuck, [], listening)).toMatchObject({
    code: 75,
    err: `no daemon answers at ${url} (ECONNREFUSED)`,
  });
});

test('a key that is not accepted, not there or not readable is exit 78', async () => {
  expect(await run(stuck, [], { ...env, BOUNCEMX_API_KEY: 'wrong' })).toMatchObject({ code: 78 });
  const missing = await run(stuck, [], { ...env, BOUNCEMX_API_KEY_FILE: join(folder, 'none') });
  expect(missing).toMatchObject({
    code: 78,
    err: expect.stringContaining('the first `bouncemx serve` makes it') as string,
  });
  expect(await run(stuck, [], { ...env, BOUNCEMX_API_KEY_FILE: folder })).toMatchObject({ code: 78 });
  writeFileSync(join(folder, 'empty.key'), '\n');
  expect(await run(stuck, [], { ...env, BOUNCEMX_API_KEY_FILE: join(folder, 'empty.key') })).toMatchObject({
    code: 78,
  });
});

test('a wrong configuration, no listener or no URL is exit 78', async () => {
  expect((await run(stuck, [], { ...env, BOUNCEMX_SMTP_LISTEN: 'nonsense' })).code).toBe(78);
  expect((await run(stuck, [], { ...env, BOUNCEMX_HTTP_URL: 'ftp://x' })).code).toBe(78);
  expect((await run(stuck, [], { BOUNCEMX_DATA_DIR: folder, BOUNCEMX_HTTP_LISTEN: '' })).code).toBe(78);
  expect((await run(stuck, ['--config', join(folder, 'none.toml')], env)).code).toBe(78);
});

test('every command has a help page with its exit codes', () => {
  for (const { help, summary } of [events, recipient, suppressions, stuck, reclassify, requeue, postmaster]) {
    expect(help).toMatch(/^Usage: bouncemx \w+/);
    expect(help).toContain('Exit: 0 ');
    expect(summary.length).toBeLessThan(70);
  }
});
