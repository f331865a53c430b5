/**
 * Every configuration that a page shows is one that `bouncemx check` takes: by itself, or behind the configuration that the
 * page begins with. Files and hosts of the examples are not there; that the check says so is no fault of the example.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../src/commands/check.ts';
import { blocksOf, readPage, type Block } from './helpers/pages.ts';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const pages = ['README.md', ...readdirSync(docs, { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md') && path !== 'docs/rules.md')
  .map((path) => ({
    path,
    blocks: blocksOf(readPage(path)).filter(({ language }) => language === 'toml'),
  }))
  .filter(({ blocks }) => blocks.length > 0);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-pages-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What the check says of a configuration: nothing where it can be loaded. */
async function problemsOf(text: string): Promise<string> {
  const file = join(folder, 'bouncemx.toml');
  writeFileSync(file, text);
  let said = '';
  const out = (more: string): Promise<void> => {
    said += more;
    return Promise.resolve();
  };
  // Nobody elsewhere is asked: not the resolver, not the database of an example; its relay lacks its password file.
  const env = {
    BOUNCEMX_DATA_DIR: join(folder, 'var'),
    BOUNCEMX_DATABASE_URL: '',
    BOUNCEMX_DATABASE_PASSWORD_FILE: '',
  };
  const io = { stdin: Readable.from([]), out, err: () => undefined, env };
  const code = await command.run(['--config', file, '--no-dns'], io);
  return code === 78 ? said : '';
}

it('pages show configurations', () => {
  expect(pages.map(({ path }) => path)).toEqual(expect.arrayContaining(['docs/operations.md', 'docs/sending.md']));
});

describe.each(pages)('$path', ({ blocks }) => {
  it.each(blocks)('line $line is a configuration', async ({ text }: Block) => {
    const alone = await problemsOf(text);
    const [{ text: first } = { text: '' }] = blocks;
    if (alone !== '' && first !== text) expect(await problemsOf(`${first}\n${text}`)).toBe('');
    else expect(alone).toBe('');
  });
});
