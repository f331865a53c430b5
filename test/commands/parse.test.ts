import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { mailFiles, type MailFile } from '../../src/commands/mail-files.ts';
import { command } from '../../src/commands/parse.ts';
import { run } from './run.ts';

const fixtures = fileURLToPath(new URL('../fixtures/mail/', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bouncemx-parse-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function all(paths: readonly string[], stdin = ''): Promise<MailFile[]> {
  const found: MailFile[] = [];
  for await (const one of mailFiles(paths, Readable.from([Buffer.from(stdin)]))) found.push(one);
  return found;
}

const message = (subject: string) => `From: a@example.com\nSubject: ${subject}\n\nhello\n`;

describe('bouncemx parse', () => {
  it('prints a line for each recipient of a report', async () => {
    const ran = await run(command, [join(fixtures, 'rfc3464-several.eml')]);
    expect(ran.code).toBe(0);
    expect(lines(ran.out).map(({ recipient, action, type }) => [recipient, action, type])).toEqual([
      ['one@example.com', 'failed', 'soft_bounce'],
      ['two@example.com', 'delayed', 'soft_bounce'],
      ['three@example.com', 'delivered', 'delivery'],
      ['four@example.com', 'relayed', 'none'],
      ['list-five@example.com', 'expanded', 'none'],
    ]);
  });

  it('prints what decided, the words and the codes', async () => {
    const [line] = lines((await run(command, [join(fixtures, 'rfc3464-postfix.eml')])).out);
    expect(line).toMatchObject({
      recipient: 'ann@example.com',
      type: 'hard_bounce',
      category: 'user_not_found',
      status: '5.1.1',
      replyCode: 550,
      action: 'failed',
      diagnosticCode: '550 5.1.1 no mailbox of that name',
      format: 'rfc3464',
      originalMessageId: 'order-77@shop.example.org',
    });
    expect(line?.['rule']).toEqual(expect.any(String));
  });

  it('prints one line with null and none for mail that is no report', async () => {
    const source = join(fixtures, 'none-personal.eml');
    expect(lines((await run(command, [source])).out)).toEqual([{ source, recipient: null, type: 'none' }]);
  });

  it('reads a message from stdin', async () => {
    const ran = await run(command, ['-'], {}, message('x'));
    expect(lines(ran.out)).toEqual([{ source: '-', recipient: null, type: 'none' }]);
  });

  it('says what cannot be read, goes on, and fails at the end', async () => {
    const missing = join(folder, 'missing');
    const ran = await run(command, [missing, join(fixtures, 'none-personal.eml')]);
    expect(ran.code).toBe(1);
    expect(lines(ran.out)).toMatchObject([{ source: missing, error: 'cannot be read: ENOENT' }, { type: 'none' }]);
  });

  it('counts on stderr where it is asked to', async () => {
    expect((await run(command, ['--progress', fixtures])).err).toMatch(/\d+ messages in [\d.]+ s\n$/u);
  });

  it('wants a path', async () => {
    await expect(
      command.run([], { stdin: Readable.from([]), out: () => Promise.resolve(), err: () => undefined, env: {} }),
    ).rejects.toThrow(UsageError);
  });
});

describe('mail on disk', () => {
  it('reads new and cur of a Maildir and its folders, not tmp', async () => {
    const maildir = join(folder, 'Maildir');
    for (const name of ['new', 'cur', 'tmp', '.Bounces/new', '.Bounces/cur', 'other']) {
      await mkdir(join(maildir, name), { recursive: true });
      await writeFile(join(maildir, name, '1.host'), message(name));
    }
    await writeFile(join(maildir, 'dovecot.index'), 'x');
    expect((await all([maildir])).map(({ source }) => source.slice(maildir.length))).toEqual([
      '/.Bounces/cur/1.host',
      '/.Bounces/new/1.host',
      '/cur/1.host',
      '/new/1.host',
    ]);
  });

  it('reads folders within folders, in order, without hidden files', async () => {
    const tree = join(folder, 'tree');
    await mkdir(join(tree, 'b'), { recursive: true });
    await writeFile(join(tree, 'b', 'x.eml'), message('x'));
    await writeFile(join(tree, 'a.eml'), message('a'));
    await writeFile(join(tree, '.hidden'), message('h'));
    expect((await all([tree])).map(({ source }) => source)).toEqual([join(tree, 'a.eml'), join(tree, 'b', 'x.eml')]);
  });

  it('splits a mailbox at its separators alone', async () => {
    const from = 'From a@example.com  Tue Mar  3 10:00:00 2026\n';
    const path = join(folder, 'mail.mbox');
    await writeFile(
      path,
      `${from}${message('one')}From here on it is text\n\n${from}${message('two')}\nFrom now it is text too\n\n${from}${message('three')}`,
    );
    const found = await all([path]);
    expect(found.map(({ source }) => source)).toEqual([path, `${path}#2`, `${path}#3`]);
    expect(found.map((one) => ('raw' in one ? /Subject: (\w+)/u.exec(one.raw.toString())?.[1] : null))).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  it('keeps a single message whole that quotes a separator', async () => {
    const path = join(folder, 'one.eml');
    await writeFile(
      path,
      `From a@example.com  Tue Mar  3 10:00:00 2026\n${message('one')}\n\nFrom b@example.com  Tue Mar  3 10:00:00 2026\nx\n`,
    );
    expect(await all([path])).toHaveLength(1);
  });

  it('reads an empty stdin as one empty message, and a long line in pieces', async () => {
    expect(await all(['-'])).toEqual([{ source: '-', raw: Buffer.alloc(0), truncated: false }]);
    const [long] = await all(['-'], `Subject: ${'x'.repeat(3_000_000)}`);
    expect(long).toMatchObject({ truncated: true });
    expect(long !== undefined && 'raw' in long ? long.raw.length : 0).toBe(1024 * 1024);
  });

  it('keeps the first MiB and refuses what is larger than the daemon takes', async () => {
    const large = join(folder, 'large');
    await mkdir(large);
    await writeFile(join(large, 'a.eml'), Buffer.alloc(2_000_000, 97));
    await writeFile(join(large, 'b.eml'), Buffer.alloc(26 * 1024 * 1024));
    const found = await all([large]);
    expect(found[0]).toMatchObject({ truncated: true });
    expect(found[1]).toMatchObject({ error: expect.stringContaining('larger than') as string });
    expect((await all(['-'], 'x\n'.repeat(14_000_000)))[0]).toMatchObject({
      error: expect.stringContaining('larger') as string,
    });
  });

  it('says that devices are no mail, and that folders are nested too deep', async () => {
    expect(await all(['/dev/null'])).toEqual([{ source: '/dev/null', error: 'not a regular file' }]);
    const deep = join(folder, 'deep', ...Array.from({ length: 22 }, () => 'd'));
    await mkdir(deep, { recursive: true });
    expect((await all([join(folder, 'deep')]))[0]).toMatchObject({
      error: expect.stringContaining('deeper') as string,
    });
  });

  it('reads a stream of text, and a message that ends without a line end', async () => {
    const found: MailFile[] = [];
    for await (const one of mailFiles(['-'], Readable.from(['Subject: x\r\n\r\n', 'no end']))) found.push(one);
    expect(found).toMatchObject([{ raw: Buffer.from('Subject: x\r\n\r\nno end') }]);
  });

  it('says that stdin failed', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('gone'));
      },
    });
    const found: MailFile[] = [];
    for await (const one of mailFiles(['-'], broken)) found.push(one);
    expect(found).toEqual([{ source: '-', error: 'cannot be read' }]);
  });

  it('reads every fixture from a copy of the folder', async () => {
    const copy = join(folder, 'copy');
    await cp(fixtures, copy, { recursive: true });
    expect((await all([copy])).every((one) => 'raw' in one)).toBe(true);
  });
});
