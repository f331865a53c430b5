import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as queue } from '../../src/commands/queue.ts';
import { startHttp, type RunningHttp } from '../../src/http/server.ts';
import { seedMessage, setState } from '../http/dispatch-rows.ts';
import { key, testParts, type TestApi } from '../http/parts.ts';
import { idAt } from '../http/rows.ts';
import { run } from './run.ts';

let made: Omit<TestApi, 'api'>;
let http: RunningHttp;
let env: Record<string, string>;
let ids: string[];
const folder = mkdtempSync(join(tmpdir(), 'bmx-queue-'));

beforeAll(async () => {
  made = await testParts({}, { listen: ['127.0.0.1:0'] });
  http = await startHttp(made.parts);
  const { db } = made.database;
  const recipients = ['ann@one.example', 'bob@two.example', 'cyd@two.example'];
  ids = (await seedMessage(db, recipients, { messageId: 'cli@shop.test', campaign: 'spring' })).dispatches;
  await setState(db, ids[1] ?? '', 'indeterminate');
  await setState(db, ids[2] ?? '', 'bounced');
  await db.query(`update dispatches set category = 'mailbox_full', diagnostic = E'552 \\x1b[31mfull' where id = $1`, [
    ids[2] ?? '',
  ]);
  await db.query(
    `insert into providers (provider, state, since, failures, probe_at, last_category)
     values ('two.example', 'open', now(), 0, now(), 'rate_limiting')`,
  );
  writeFileSync(join(folder, 'admin.key'), `${key}\n`);
  env = { BOUNCEMX_DATA_DIR: folder, BOUNCEMX_HTTP_URL: `http://${http.addresses[0] ?? ''}` };
});
afterAll(async () => {
  await http.close();
  await made.close();
  rmSync(folder, { recursive: true });
});

test('queue alone tells states, the oldest that is due, and who rests', async () => {
  const { code, out } = await run(queue, [], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^queued: +1$/m);
  expect(out).toMatch(/^indeterminate: +1$/m);
  expect(out).toMatch(/^oldest due \(UTC\): +\d{4}-/m);
  expect(out).toMatch(/^two\.example +open .* rate_limiting$/m);
  expect(JSON.parse((await run(queue, ['--json'], env)).out)).toMatchObject({ states: { queued: 1 } });
});

test('queue list filters, limits, and gives JSON to programs', async () => {
  const { code, out } = await run(queue, ['list'], env);
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toHaveLength(4);
  const filters = [
    '--provider',
    'two.example',
    '--campaign',
    'spring',
    '--message-id',
    'cli@shop.test',
    '--since',
    '1h',
  ];
  const found = await run(queue, ['list', ...filters, '--limit', '1', '--json'], env);
  const { items, next } = JSON.parse(found.out) as { items: { recipient: string }[]; next: string | null };
  expect(items.map(({ recipient }) => recipient)).toEqual(['cyd@two.example']);
  expect(next).not.toBeNull();
  expect(await run(queue, ['list', '--state', 'expired'], env)).toMatchObject({ code: 0, out: '' });
  expect(await run(queue, ['list', '--state', 'lost'], env)).toMatchObject({ code: 1 });
});

test('queue show has the last words, without their controls', async () => {
  const { code, out } = await run(queue, ['show', ids[2] ?? ''], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^state: +bounced since /m);
  expect(out).toMatch(/^last words: +552 +\[31mfull$/m);
  expect(out).not.toContain('\x1b');
  expect(JSON.parse((await run(queue, ['show', ids[2] ?? '', '--json'], env)).out)).toMatchObject({ id: ids[2] });
  expect(await run(queue, ['show', idAt(new Date(), 9)], env)).toMatchObject({
    code: 1,
    err: 'no dispatch has this id',
  });
});

test('resolve, retry and cancel say what became of each, do all that can be done, and are recorded', async () => {
  const [ann = '', bob = '', cyd = ''] = ids;
  const resolved = await run(queue, ['resolve', bob, '--as', 'resend', '--reason', 'not in their log'], env);
  expect(resolved).toMatchObject({ code: 0, out: `${bob}: indeterminate → queued\n` });
  expect((await run(queue, ['show', bob], env)).out).toMatch(/indeterminate → queued +cli:admin +not in their log$/m);
  const retried = await run(queue, ['retry', cyd, '--json'], env);
  expect(JSON.parse(retried.out)).toMatchObject({ prior: 'bounced', state: 'queued' });
  expect(await run(queue, ['cancel', ann], env)).toMatchObject({ code: 0, out: `${ann}: queued → cancelled\n` });
  const again = await run(queue, ['cancel', ann, bob], env);
  expect(again).toMatchObject({
    code: 1,
    out: `${bob}: queued → cancelled\n`,
    err: `${ann}: the dispatch is cancelled`,
  });
});

test.each<[string, string[]]>([
  ['an unknown verb', ['drop']],
  ['a list of ids', ['list', 'x']],
  ['a wrong limit', ['list', '--limit', '0']],
  ['an option of another verb', ['list', '--reason', 'x']],
  ['a filter without list', ['--state', 'queued']],
  ['show without an id', ['show']],
  ['show of two', ['show', idAt(new Date(), 1), idAt(new Date(), 2)]],
  ['retry of no id', ['retry', 'x']],
  ['resolve without --as', ['resolve', idAt(new Date(), 1)]],
  ['resolve as something else', ['resolve', idAt(new Date(), 1), '--as', 'lost']],
  ['cancel with --as', ['cancel', idAt(new Date(), 1), '--as', 'sent']],
])('%s is wrong use', async (_, args) => {
  expect((await run(queue, args, env)).code).toBe(64);
});
