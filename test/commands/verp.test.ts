/** `bouncemx verp`: what it prints, where, and with which exit code. The daemon is an HTTP server of the test's own. */
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandFailure, UsageError } from '../../src/commands/command.ts';
import { command } from '../../src/commands/verp.ts';

let directory = '';
let daemon: Server | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bouncemx-verp-'));
  await writeFile(
    join(directory, 'bouncemx.toml'),
    `[data]
dir = '${directory}'
[[domain]]
name = 'bounce.example'
sendingDomains = ['news.example', 'shop.example']
foreign = ['postfix']
[[domain]]
name = 'rp.example'
prefix = 'r2'
`,
  );
});
afterEach(async () => {
  daemon?.close();
  daemon = null;
  await rm(directory, { recursive: true });
});

interface Ended {
  readonly code: number | 'usage';
  readonly out: string;
  readonly err: string;
}

/** As main.ts runs it: failures are messages with an exit code. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const io = {
    stdin: Readable.from([]),
    out: (text: string) => {
      out += text;
      return Promise.resolve();
    },
    err: (text: string) => void (err += text),
    env: { BOUNCEMX_CONFIG: join(directory, 'bouncemx.toml'), ...env },
  };
  try {
    const code = await command.run(args, io);
    return { code, out, err };
  } catch (error) {
    if (error instanceof CommandFailure) return { code: error.exitCode, out, err: err + error.message };
    if (error instanceof UsageError || error instanceof TypeError) return { code: 'usage', out, err: error.message };
    throw error;
  }
}

/** Answers every request with `body` and keeps what was asked. */
async function startDaemon(status: number, body: unknown): Promise<{ asked: unknown[]; env: Record<string, string> }> {
  const asked: unknown[] = [];
  daemon = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push([request.method, request.url, JSON.parse(Buffer.concat(chunks).toString())]);
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(daemon, 'listening');
  await writeFile(join(directory, 'admin.key'), 'secret-of-the-test-000000000000000000000000\n', { mode: 0o600 });
  return { asked, env: { BOUNCEMX_HTTP_URL: `http://127.0.0.1:${(daemon.address() as AddressInfo).port}` } };
}

const long = 'a.rather.long.local.part@a-rather-long-domain.example';

describe('bouncemx verp keygen', () => {
  it('makes a key for each sending domain and prints nothing on stdout', async () => {
    const made = await run(['keygen']);
    expect(made).toMatchObject({ code: 0, out: '' });
    expect(made.err).toContain('made key 1 for news.example');
    expect(made.err).toContain('made key 3 for rp.example');
    const again = await run(['keygen']);
    expect(again.err).toContain('nothing to make');
  });

  it('exports the line of one sending domain alone', async () => {
    await run(['keygen']);
    const { out } = await run(['keygen', '--domain', 'shop.example', '--export']);
    expect(out).toMatch(
      /^# return-paths: b-<token>@bounce\.example\n2 shop\.example \d{4}-\d\d-\d\d active [\da-f]{64}\n$/u,
    );
    const file = await readFile(join(directory, 'verp.keys'), 'utf8');
    expect(file).toContain(out.split('\n')[1]);
  });

  it('rotates: the new key signs, what the old one signed still verifies', async () => {
    await run(['keygen']);
    const old = (await run(['encode', '--recipient', 'ada@example.org'])).out.trim();
    expect((await run(['keygen', '--rotate', '--domain', 'news.example'])).err).toContain(
      'made key 4 for news.example',
    );
    const fresh = (await run(['encode', '--recipient', 'ada@example.org'])).out.trim();
    const keyIds = await Promise.all(
      [old, fresh].map(async (address) => /keyId\s+(\d+)/u.exec((await run(['decode', address])).out)?.[1]),
    );
    expect(keyIds).toEqual(['1', '4']);
  });

  it('refuses a sending domain that is not configured, and a key file with a fault', async () => {
    expect(await run(['keygen', '--domain', 'other.example'])).toMatchObject({ code: 'usage' });
    await writeFile(join(directory, 'verp.keys'), 'nonsense\n', { mode: 0o600 });
    const refused = await run(['keygen']);
    expect(refused).toMatchObject({ code: 78, out: '' });
    expect(refused.err).toContain('line 1');
  });
});

describe('bouncemx verp encode', () => {
  it('prints the address alone, which decode reads', async () => {
    await run(['keygen']);
    const args = ['encode', '--recipient', 'Ada@Example.org', '--domain', 'shop.example', '--message-id', '<1@x>'];
    const { code, out, err } = await run(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^b-[a-z2-7]+@bounce\.example\n$/u);
    expect((await run(args)).out).toBe(out);
    const read = await run(['decode', '--json', `<${out.trim().toUpperCase()}>`]);
    expect(read.code).toBe(0);
    expect(JSON.parse(read.out)).toMatchObject({
      proof: 'verp',
      recipient: 'ada@example.org',
      sendingDomain: 'shop.example',
      keyId: 2,
    });
  });

  it('without a Message-ID makes another address each time', async () => {
    await run(['keygen']);
    const both = await Promise.all([1, 2].map(() => run(['encode', '--recipient', 'ada@example.org'])));
    expect(both[0]?.out).not.toBe(both[1]?.out);
  });

  it('makes no key: without a key file it says who does, exit 78', async () => {
    const { code, out, err } = await run(['encode', '--recipient', 'ada@example.org']);
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toContain('bouncemx serve or bouncemx verp keygen makes it');
  });

  it('does not use a key file that others can read, exit 78', async () => {
    await run(['keygen']);
    await chmod(join(directory, 'verp.keys'), 0o644);
    expect(await run(['encode', '--recipient', 'ada@example.org'])).toMatchObject({ code: 78, out: '' });
  });

  it('says that a sending domain has no key, or is none of ours, exit 78', async () => {
    await run(['keygen', '--domain', 'news.example']);
    expect((await run(['encode', '--recipient', 'a@x.org', '--domain', 'shop.example'])).err).toContain(
      'no active key',
    );
    expect(await run(['encode', '--recipient', 'a@x.org', '--domain', 'other.example'])).toMatchObject({ code: 78 });
  });

  it.each(['ada', 'a b@example.org', 'ada@192.0.2.1', 'ada@example.org,eve@example.org'])(
    'refuses %j as recipient, exit 67',
    async (recipient) => {
      expect(await run(['encode', '--recipient', recipient])).toMatchObject({ code: 67, out: '' });
    },
  );

  it('of what does not fit says so with --form self-contained, exit 1', async () => {
    await run(['keygen']);
    const { code, err } = await run(['encode', '--recipient', long, '--form', 'self-contained']);
    expect(code).toBe(1);
    expect(err).toContain('does not fit');
  });

  it('needs the daemon for an opaque one: exit 75 where none has ever run, and where it is down', async () => {
    await run(['keygen']);
    for (const args of [[long], ['a@x.org', '--form', 'opaque'], ['a@x.org', '--campaign', 'may']]) {
      const { code, out, err } = await run(['encode', '--recipient', ...args]);
      expect({ code, out }).toEqual({ code: 75, out: '' });
      expect(err).toContain('start bouncemx serve');
    }
    const { env } = await startDaemon(200, {});
    daemon?.close();
    const down = await run(['encode', '--recipient', long], env);
    expect(down).toMatchObject({ code: 75, out: '' });
    expect(down.err).toContain('no daemon answers');
  });

  it('asks the daemon for an opaque one and prints what it made', async () => {
    await run(['keygen']);
    const { asked, env } = await startDaemon(200, { results: [{ recipient: long, address: 'b-xyz@bounce.example' }] });
    const made = await run(['encode', '--recipient', long, '--campaign', 'may', '--message-id', '1@x'], env);
    expect(made).toEqual({ code: 0, out: 'b-xyz@bounce.example\n', err: '' });
    expect(asked).toEqual([
      [
        'POST',
        '/v1/verp',
        {
          requests: [
            { recipient: long, messageId: '1@x', campaign: 'may', sendingDomain: 'news.example', form: 'opaque' },
          ],
        },
      ],
    ]);
  });

  it.each([
    [200, { results: [{ recipient: long, address: null, problem: 'noKey' }] }, 1, 'noKey'],
    [200, { results: [null] }, 1, 'answered 200'],
    [200, [], 1, 'answered 200'],
    [400, { detail: 'not like this' }, 1, 'not like this'],
    [401, {}, 78, 'does not accept the key'],
    [503, { detail: 'the database is away' }, 75, 'the database is away'],
  ])('when the daemon answers %i %j, exits %i', async (status, body, code, words) => {
    await run(['keygen']);
    const { env } = await startDaemon(status, body);
    const ended = await run(['encode', '--recipient', long], env);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toContain(words);
  });

  it.each([
    [[]],
    [['--recipient', 'a@x.org', '--form', 'short']],
    [['--recipient', 'a@x.org', '--form', 'self-contained', '--campaign', 'may']],
    [['--recipeint', 'a@x.org']],
  ])('is used wrongly with %j', async (args) => {
    expect(await run(['encode', ...args])).toMatchObject({ code: 'usage', out: '' });
  });
});

describe('bouncemx verp decode', () => {
  it('tells what a return-path says, for people', async () => {
    await run(['keygen']);
    const { out } = await run(['encode', '--recipient', 'ada@example.org', '--message-id', '1@x']);
    const read = await run(['decode', out.trim().split('@')[0] ?? '']);
    expect(read.code).toBe(0);
    expect(read.out).toMatch(/^recipient {6}ada@example\.org$/mu);
    expect(read.out).toMatch(/^expires {8}\d{4}-\d\d-\d\d$/mu);
    expect(read.out).not.toContain('rowId');
  });

  it('reads a foreign form where the domain lists it, as unsigned', async () => {
    await run(['keygen']);
    const { code, out } = await run(['decode', 'list+ada=example.org@bounce.example']);
    expect(code).toBe(0);
    expect(out).toMatch(/^proof {10}unsigned$/mu);
    expect(await run(['decode', 'list+ada=example.org@rp.example'])).toMatchObject({ code: 67, out: '' });
  });

  it('names the row of an opaque one', async () => {
    await run(['keygen', '--domain', 'rp.example']);
    const line = (await readFile(join(directory, 'verp.keys'), 'utf8'))
      .split('\n')
      .find((text) => text.startsWith('1 '));
    const { createKeyRing, dayOf, encodeOpaqueReturnPath, parseKeyRing } = await import('../../src/core/verp/index.ts');
    const parsed = parseKeyRing(line ?? '');
    const key = (parsed.ok ? parsed.ring : createKeyRing([])).byId.get(1);
    if (key === undefined) throw new Error('no key');
    const address = encodeOpaqueReturnPath({
      domain: { name: 'rp.example', prefix: 'r2' },
      key,
      day: dayOf(new Date()),
      messageTag: '0123456789',
      rowId: '00000000000000ff',
    });
    expect((await run(['decode', address])).out).toMatch(/^recipient {6}in row 00000000000000ff of the database$/mu);
    expect(JSON.parse((await run(['decode', address, '--json'])).out)).toMatchObject({ recipient: null });
  });

  it.each([
    ['b-aaaa@bounce.example', 'damaged'],
    [`b-d77va${'a'.repeat(35)}@bounce.example`, 'no key'],
    ['ada@bounce.example', 'prefix'],
    ['ada@other.example', 'none of our return-path domains (bounce.example, rp.example)'],
    ['b-aaaa@', 'none of our'],
  ])('says why %s does not verify, exit 67', async (address, words) => {
    await run(['keygen']);
    const ended = await run(['decode', address]);
    expect(ended).toMatchObject({ code: 67, out: '' });
    expect(ended.err).toContain(words);
  });

  it('wants one return-path and a key file', async () => {
    expect(await run(['decode'])).toMatchObject({ code: 'usage' });
    expect(await run(['decode', 'a@b', 'c@d'])).toMatchObject({ code: 'usage' });
    expect(await run(['decode', 'a@bounce.example'])).toMatchObject({ code: 78 });
  });
});

describe('bouncemx verp', () => {
  it('knows no other word, and names its three', async () => {
    expect((await run(['mint'])).err).toContain('encode, decode or keygen');
    expect(await run([])).toMatchObject({ code: 'usage' });
  });

  it('says every problem of a faulty configuration, exit 78', async () => {
    await writeFile(join(directory, 'bouncemx.toml'), "[verp]\nvalidty = '45d'\nkeyFile = 7\n");
    for (const args of [['encode', '--recipient', 'a@x.org'], ['decode', 'x@y'], ['keygen']]) {
      const { code, err } = await run(args);
      expect(code).toBe(78);
      expect(err).toContain('validty');
      expect(err).toContain('keyFile');
    }
  });
});
