import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { command } from '../../src/commands/submission.ts';
import { matches, readUsers } from '../../src/config/submission-users.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'bmx-users-'));
const file = join(folder, 'users');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a password from stdin becomes a line of the users file, each time with another salt', async () => {
  const [one, two] = [
    await run(command, ['hash', 'shop'], {}, 'pass word\r\nmore\n'),
    await run(command, ['hash', 'shop2'], {}, 'pass word'),
  ];
  expect([one.code, one.err]).toEqual([0, '']);
  expect(one.out).toMatch(/^shop:scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}\n$/);
  writeFileSync(file, `# who\n\n${one.out}${two.out}`, { mode: 0o600 });
  const read = await readUsers(file);
  if (!read.ok) throw new Error(read.problems.join());
  const [a, b] = [read.users.get('shop'), read.users.get('shop2')];
  if (a === undefined || b === undefined) throw new Error('a line is missing');
  expect([await matches('pass word', a), await matches('pass word', b), await matches('Pass word', a)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(a.salt.equals(b.salt)).toBe(false);
});

test('wrong use says how it is done', async () => {
  for (const args of [[], ['hash'], ['hash', 'a', 'b'], ['show', 'a'], ['hash', 'a:b'], ['hash', 'a b'], ['hash', '']])
    expect((await run(command, args, {}, 'x')).code, args.join(' ')).toBe(64);
  for (const password of ['', '\n', 'x'.repeat(1025)])
    expect((await run(command, ['hash', 'a'], {}, password)).code).toBe(64);
});

test('a users file names the line that is wrong, never what stands in it', async () => {
  const salt = 'A'.repeat(22);
  const hash = 'B'.repeat(43);
  const good = `good:scrypt$1024$8$1$${salt}$${hash}`;
  const lines = [
    'shop:secret',
    'shop',
    `shop:scrypt$1000$8$1$${salt}$${hash}`,
    `shop:scrypt$1048576$8$1$${salt}$${hash}`,
    `shop:scrypt$1024$0$1$${salt}$${hash}`,
    `shop:scrypt$1024$8$5$${salt}$${hash}`,
    `shop:scrypt$1$8$1$${salt}$${hash}`,
    `shop:scrypt$1024$8$1$short$${hash}`,
    `a b:scrypt$1024$8$1$${salt}$${hash}`,
    good,
  ];
  writeFileSync(file, `${good}\n${lines.join('\n')}\n`, { mode: 0o600 });
  const read = await readUsers(file);
  expect(read.ok ? [] : read.problems).toEqual([
    ...Array.from({ length: 9 }, (_, i) => `${file}:${i + 2}: is no line of 'bouncemx submission hash'`),
    `${file}:11: this name has a line already`,
  ]);
  expect(await readUsers(join(folder, 'nowhere'))).toMatchObject({ ok: false });
  writeFileSync(join(folder, 'open'), good, { mode: 0o644 });
  expect(await readUsers(join(folder, 'open'))).toMatchObject({
    ok: false,
    problems: [expect.stringContaining('chmod 0600')],
  });
});
