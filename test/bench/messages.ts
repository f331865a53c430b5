/** What parsing is measured over: the published bounces beside the project where they are, else the project's own fixtures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

export function hasCorpus(): boolean {
  return existsSync(`${corpus}mail`);
}

export function loadMessages(): readonly Buffer[] {
  const folder = hasCorpus() ? `${corpus}mail` : fixtures;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}

/** Diagnostics of the corpus; none where it is not there. */
export function loadDiagnostics(): readonly string[] {
  if (!existsSync(`${corpus}diagnostics.tsv`)) return [];
  const lines = readFileSync(`${corpus}diagnostics.tsv`, 'utf8').split('\n').slice(1);
  return lines.map((line) => line.split('\t', 1).join('')).filter((text) => text !== '');
}
