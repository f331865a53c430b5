/** `npm run docs`: writes the generated pages; with --check it writes nothing and fails where one differs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { generatedPages } from './docs-pages.ts';

const root = new URL('../', import.meta.url);
const checkOnly = process.argv.includes('--check');

for (const [path, content] of Object.entries(await generatedPages())) {
  const file = new URL(path, root);
  let present: string | null = null;
  try {
    present = readFileSync(file, 'utf8');
  } catch {
    // Not there yet: written below, or reported.
  }
  if (present === content) continue;
  if (checkOnly) {
    console.error(`${path} differs from the code: run npm run docs`);
    process.exitCode = 1;
  } else {
    mkdirSync(new URL('./', file), { recursive: true });
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
}
