import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../scripts/docs-pages.ts';
import { loadOptions } from '../src/config/load.ts';

const root = new URL('../', import.meta.url);
const pages = await generatedPages();

describe('generated pages', () => {
  it.each(Object.keys(pages))('%s is what the code makes of it (npm run docs)', (path) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(pages[path]);
  });

  it('config/bouncemx.toml with every option uncommented is the default configuration', () => {
    // Relays, schedules and providers have no default: without a section of theirs there are none.
    const [common = ''] = (pages['config/bouncemx.toml'] ?? '').split('#[[relay]]');
    const text = common.replace(/^#(\w+ = |\[)/gm, '$1');
    const folder = mkdtempSync(join(tmpdir(), 'bmx-docs-'));
    try {
      const file = join(folder, 'all.toml');
      writeFileSync(file, text);
      const env = { BOUNCEMX_DATA_DIR: join(folder, 'data') };
      expect(loadOptions({ file, env })).toEqual({ ...loadOptions({ file: emptyFile(folder), env }), file });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function emptyFile(folder: string): string {
  const file = join(folder, 'empty.toml');
  writeFileSync(file, '');
  return file;
}
