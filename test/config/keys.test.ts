/** The key file on a disk: who may read it, how it comes into being, and what two writers at once leave. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureKeys, readKeys, rotateKeyFile } from '../../src/config/keys.ts';
import { findSending, sendingsOf } from '../../src/config/sending-domains.ts';
import { signingKey } from '../../src/core/verp/key-ring.ts';

let directory = '';
let file = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bouncemx-keys-'));
  file = join(directory, 'verp.keys');
});
afterEach(() => rm(directory, { recursive: true }));

const line = `1 news.example 2026-01-01 active ${'ab'.repeat(32)}\n`;
const today = 20_485;
async function problemsOf(path = file): Promise<string> {
  const read = await readKeys(path);
  return read.ok ? '' : read.problems.join('\n');
}

describe('reading the key file', () => {
  it('gives its keys', async () => {
    await writeFile(file, line, { mode: 0o600 });
    const read = await readKeys(file);
    expect(read.ok && read.ring.byId.get(1)?.sendingDomain).toBe('news.example');
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o610])('is refused when its mode is %o', async (mode) => {
    await writeFile(file, line);
    await chmod(file, mode);
    expect(await problemsOf()).toContain(`mode 0${mode.toString(8)} lets others read the keys; chmod 0600 ${file}`);
  });

  it('is refused when what a link leads to is open to others', async () => {
    await writeFile(join(directory, 'open'), line);
    await chmod(join(directory, 'open'), 0o644);
    await symlink(join(directory, 'open'), file);
    expect(await problemsOf()).toContain('lets others read');
  });

  it('says that there is none', async () => {
    expect(await readKeys(file)).toEqual({
      ok: false,
      missing: true,
      problems: [`${file}: there is no such file`],
    });
  });

  it('says every fault in it with file and line', async () => {
    await writeFile(file, `1 x\n${line}nonsense\n`, { mode: 0o600 });
    expect(await problemsOf()).toMatch(/verp\.keys: line 1: .*\n.*verp\.keys: line 3: /u);
    expect(await readKeys(file)).toMatchObject({ missing: false });
  });

  it('takes no directory, no path through a file, nothing of more than 1 MiB', async () => {
    expect(await problemsOf(directory)).toContain('not a regular file');
    await writeFile(file, `${line}#${'x'.repeat(1 << 20)}`, { mode: 0o600 });
    expect(await problemsOf(join(file, 'x'))).toContain('cannot be read (ENOTDIR)');
    expect(await problemsOf()).toContain('larger than');
  });
});

describe('making keys', () => {
  it('makes file and folder with a key for each sending domain, for the owner alone', async () => {
    const path = join(directory, 'var', 'verp.keys');
    const made = await ensureKeys(path, ['news.example', 'shop.example', 'news.example'], today);
    expect(made.ok && made.made.map((key) => [key.id, key.sendingDomain, key.createdDay, key.state])).toEqual([
      [1, 'news.example', today, 'active'],
      [2, 'shop.example', today, 'active'],
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'var'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, 'var'))).toEqual(['verp.keys']);
    const read = await readKeys(path);
    expect(read.ok && made.ok && read.ring).toEqual(made.ok && made.ring);
  });

  it('gives each key a secret of its own', async () => {
    const made = await ensureKeys(file, ['a.example', 'b.example'], today);
    expect(made.ok && new Set(made.made.map((key) => key.secret.toString('hex'))).size).toBe(2);
  });

  it('changes nothing where each domain can sign', async () => {
    await ensureKeys(file, ['news.example'], today);
    const before = await readFile(file, 'utf8');
    const again = await ensureKeys(file, ['news.example'], today + 1);
    expect(again).toMatchObject({ ok: true, made: [] });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('adds a key for a domain that only has verifying ones', async () => {
    await writeFile(file, line.replace('active', 'verify'), { mode: 0o600 });
    const made = await ensureKeys(file, ['news.example'], today);
    expect(made.ok && made.ring.keys.map(({ id, state }) => `${id} ${state}`)).toEqual(['1 verify', '2 active']);
  });

  it('leaves a file with a fault as it is', async () => {
    await writeFile(file, 'nonsense\n', { mode: 0o600 });
    expect(await ensureKeys(file, ['news.example'], today)).toMatchObject({ ok: false });
    expect(await readFile(file, 'utf8')).toBe('nonsense\n');
    expect(await readdir(directory)).toEqual(['verp.keys']);
  });

  it('says when all ids are taken', async () => {
    const lines = Array.from({ length: 4095 }, (_, i) => line.replace('1 news', `${i + 1} news`));
    await writeFile(file, lines.join(''), { mode: 0o600 });
    const made = await ensureKeys(file, ['new.example'], today);
    expect(made.ok ? '' : made.problems[0]).toContain('all 4095 key ids are taken');
  });

  it('says when the folder cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const made = await ensureKeys(join(directory, 'file', 'verp.keys'), ['news.example'], today);
    expect(made.ok ? '' : made.problems[0]).toMatch(/cannot be written \((?:ENOTDIR|EEXIST)\)/u);
  });

  it('by several at once loses none and makes none twice', async () => {
    const domains = Array.from({ length: 12 }, (_, i) => `d${i % 6}.example`);
    const all = await Promise.all(domains.map((domain) => ensureKeys(file, [domain], today)));
    expect(all.every(({ ok }) => ok)).toBe(true);
    const read = await readKeys(file);
    expect(read.ok && read.ring.keys.map((key) => key.sendingDomain).sort()).toEqual(
      Array.from({ length: 6 }, (_, i) => `d${i}.example`),
    );
  });

  it('goes on where a process was killed half-way', async () => {
    await writeFile(`${file}.lock`, '');
    await utimes(`${file}.lock`, new Date(0), new Date(0));
    await writeFile(`${file}.new`, 'half a li');
    expect(await ensureKeys(file, ['news.example'], today)).toMatchObject({ ok: true });
    expect(await readdir(directory)).toEqual(['verp.keys']);
  });
});

describe('rotating keys', () => {
  it('lets a new key sign and keeps the old one for verifying until its last return-path has expired', async () => {
    await ensureKeys(file, ['news.example', 'shop.example'], today);
    const rotated = await rotateKeyFile(file, ['news.example'], today + 10, 45);
    expect(rotated.ok && rotated.made.map(({ id }) => id)).toEqual([3]);
    expect(rotated.ok && signingKey(rotated.ring, 'news.example')?.id).toBe(3);
    expect(rotated.ok && rotated.ring.byId.get(1)?.state).toBe('verify');
    const later = await rotateKeyFile(file, ['news.example'], today + 100, 45);
    expect(later.ok && later.ring.keys.map(({ id }) => id)).toEqual([2, 3, 4]);
    const read = await readKeys(file);
    expect(read.ok && read.ring.keys.map(({ id }) => id)).toEqual([2, 3, 4]);
  });
});

describe('the sending domains of the configuration', () => {
  const domains = [
    { name: 'bounce.example', prefix: 'b', sendingDomains: ['News.example', 'bücher.example'], foreign: [] },
    { name: 'rp.shop.example', prefix: 'r', sendingDomains: [], foreign: [] },
  ];

  it('are those listed, and the return-path domain itself where it lists none', () => {
    expect(sendingsOf(domains).map(({ sendingDomain }) => sendingDomain)).toEqual([
      'news.example',
      'xn--bcher-kva.example',
      'rp.shop.example',
    ]);
  });

  it('lead to the return-path domain that serves them', () => {
    expect(findSending(domains, 'NEWS.example')?.domain.name).toBe('bounce.example');
    expect(findSending(domains, 'Bücher.example')?.sendingDomain).toBe('xn--bcher-kva.example');
    expect(findSending(domains, 'rp.shop.example')?.domain.name).toBe('rp.shop.example');
    expect(findSending(domains, null)?.sendingDomain).toBe('news.example');
    expect(findSending(domains, 'other.example')).toBeNull();
    expect(findSending(domains, 'no domain')).toBeNull();
  });
});
