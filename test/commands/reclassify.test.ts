import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as reclassify } from '../../src/commands/reclassify.ts';
import { command as recipient } from '../../src/commands/recipient.ts';
import { startHttp, type RunningHttp } from '../../src/http/server.ts';
import { key, testParts, type TestApi } from '../http/parts.ts';
import { seedEvent } from '../http/rows.ts';
import { run, type Ran } from './run.ts';

let made: Omit<TestApi, 'api'>;
let http: RunningHttp;
let env: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'bmx-reclassify-'));
const past = new Date(Date.now() - 60_000);

beforeAll(async () => {
  made = await testParts({}, { listen: ['127.0.0.1:0'] });
  http = await startHttp(made.parts);
  const { db } = made.database;
  for (const [n, name] of ['ada', 'bob', 'cyd'].entries())
    await seedEvent(db, { recipient: `${name}@example.org`, at: past, n: n + 1 });
  // Two of them were no unknown users at all.
  await db.query(
    "update events set status = '5.7.1', diagnostic_code = '550 5.7.1 Message rejected as spam' where recipient <> 'cyd@example.org'",
  );
  // As settling writes them: the event and the ledger name the message, the suppression its cause.
  await db.query('update events e set message_key = c.message_key from counts c where c.recipient = e.recipient');
  await db.query(
    'update counts c set event_id = e.id, conclusive = true from events e where e.recipient = c.recipient',
  );
  await db.query(
    `insert into suppressions (address, level, since, type, category, rule, event_ids, decision_id)
     select recipient, 'hard_suppressed', received_at, type, category, rule, array[id], id from events`,
  );
  writeFileSync(join(folder, 'admin.key'), `${key}\n`);
  env = { BOUNCEMX_DATA_DIR: folder, BOUNCEMX_HTTP_URL: `http://${http.addresses[0] ?? ''}` };
});
afterAll(async () => {
  await http.close();
  await made.close();
  rmSync(folder, { recursive: true });
});

const cli = (...args: string[]): Promise<Ran> => run(reclassify, args, env);
const suppressed = async (): Promise<string[]> => {
  const rows = await made.database.db.query<{ address: string }>('select address from suppressions order by address');
  return rows.map(({ address }) => address.slice(0, 3));
};

test('--dry-run shows what would be decided otherwise, by category and rule, and writes nothing', async () => {
  const { code, out } = await cli('--dry-run');
  expect(code).toBe(0);
  expect(out).toMatch(/^events +from +by +to +by +such as$/m);
  expect(out).toMatch(
    /^2 +user_not_found +generic\/no-such-user +spam_filter +\S+ +550 5\.7\.1 Message rejected as spam$/m,
  );
  expect(out).toMatch(/^events looked at: +3$/m);
  expect(out).toMatch(/^recipients released: +2$/m);
  expect(await suppressed()).toEqual(['ada', 'bob', 'cyd']);
  const limited = await cli('--dry-run', '--json', '--limit', '1', '--category', 'user_not_found', '--since', '1h');
  expect(JSON.parse(limited.out)).toMatchObject({ run: null, looked: 1, changed: 1, lines: [{ count: 1 }] });
  expect(await cli('--dry-run', '--recipient', 'nobody@example.org', '--until', '1d')).toMatchObject({ code: 0 });
});

test('a run writes, tells its id, is listed, and is undone by it', async () => {
  const { code, out, err } = await cli('--reason', 'new rules', '--recipient', 'ada@example.org');
  expect(code).toBe(0);
  const id = /^run (\S+)\n$/.exec(err)?.[1] ?? '';
  expect(out).toContain(id);
  expect(await suppressed()).toEqual(['bob', 'cyd']);
  const shown = await run(recipient, ['ada@example.org'], env);
  expect(shown.out).toMatch(/hard_suppressed → none +flag_for_review +cli:admin +reclassified$/m);
  expect((await cli('--list')).out).toMatch(new RegExp(`${id} +done +1 +1 +1 +0 +cli:admin +new rules`));
  expect(JSON.parse((await cli('--list', '--json')).out)).toMatchObject({ items: [{ id, state: 'done' }] });
  expect(await cli('--resume', id, '--json')).toMatchObject({ code: 0, err: '' });
  expect((await cli('--undo', id, '--reason', 'a mistake')).out).toMatch(/^recipients suppressed: +1$/m);
  expect(await suppressed()).toEqual(['ada', 'bob', 'cyd']);
  expect((await cli('--list')).out).toContain(`undoes ${id}`);
  expect(made.lines.filter(({ event }) => event === 'reclassified')).toHaveLength(2);
});

test('--resume goes on with a run that was interrupted, and not with one that was taken back', async () => {
  const begin = async (body: object): Promise<string> => {
    const answer = await fetch(`${env['BOUNCEMX_HTTP_URL'] ?? ''}/v1/reclassify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const left = await begin({ reason: 'interrupted', filter: { recipient: 'bob@example.org' } });
  expect(await suppressed()).toContain('bob');
  expect(await cli('--resume', left)).toMatchObject({ code: 0, err: `run ${left}\n` });
  expect(await suppressed()).not.toContain('bob');
  expect((await cli('--undo', left, '--reason', 'a mistake')).code).toBe(0);
  expect(await suppressed()).toContain('bob');

  const stopped = await begin({ reason: 'interrupted', filter: { recipient: 'bob@example.org' } });
  expect((await cli('--undo', stopped, '--reason', 'taken back')).code).toBe(0);
  expect(await cli('--resume', stopped)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('The run was stopped') as string,
  });
  expect(await suppressed()).toContain('bob');
  expect((await cli('--list')).out).toMatch(new RegExp(`${stopped} +stopped +0 +0`));
});

test.each([
  [[]],
  [['--dry-run', '--list']],
  [['--undo', 'x', '--category', 'unknown', '--reason', 'r']],
  [['--undo', 'x']],
  [['--reason', ' ']],
  [['--dry-run', '--limit', '0']],
  [['--dry-run', '--since', 'yesterday']],
])('%j is wrong use', async (args) => {
  expect((await cli(...args)).code).toBe(64);
});

test('what the API refuses is told', async () => {
  const none = '01900000-0000-7000-8000-000000000000';
  expect(await cli('--resume', none)).toMatchObject({
    code: 1,
    err: expect.stringContaining('no run has this id') as string,
  });
  expect((await cli('--undo', none, '--reason', 'r')).code).toBe(1);
  expect((await cli('--dry-run', '--category', 'nothing')).code).toBe(1);
  expect((await cli('--dry-run', '--recipient', 'nobody')).code).toBe(1);
  expect((await cli('--dry-run', '--provider', 'a b')).code).toBe(1);
});
