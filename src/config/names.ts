/** Names of options: their place in the environment, and what a misspelt one probably meant. */
import { sections, tables, type Option } from './options.ts';

export type SectionName = keyof typeof sections;
export type TableName = keyof typeof tables;
export type AnyOption = Option<unknown>;

export const sectionNames = Object.keys(sections) as SectionName[];

export const tableNames = Object.keys(tables) as TableName[];

export function optionsOf(section: SectionName): Readonly<Record<string, AnyOption>> {
  return sections[section];
}

/** ('smtp', 'maxSize') → 'BOUNCEMX_SMTP_MAX_SIZE'. */
export function variableOf(section: string, option: string): string {
  return `BOUNCEMX_${section}_${option.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase();
}

/** Every 'section.option' by its variable. */
export function variables(): ReadonlyMap<string, { section: SectionName; name: string; option: AnyOption }> {
  const all = new Map<string, { section: SectionName; name: string; option: AnyOption }>();
  for (const section of sectionNames)
    for (const [name, option] of Object.entries(optionsOf(section)))
      all.set(variableOf(section, name), { section, name, option });
  return all;
}

/** "; did you mean smtp.maxSize?" or ''. `scope` is the section that the name stood in, or '' for the top level. */
export function didYouMean(scope: string, name: string): string {
  const here =
    scope === ''
      ? [...sectionNames, ...tableNames]
      : tableNames.includes(scope as TableName)
        ? Object.keys(tables[scope as TableName].options).map((option) => `${scope}.${option}`)
        : sectionNames.includes(scope as SectionName)
          ? Object.keys(optionsOf(scope as SectionName)).map((option) => `${scope}.${option}`)
          : [];
  const near = nearest(scope === '' ? name : `${scope}.${name}`, here);
  if (near !== null) return `; did you mean ${near}?`;
  // Right name, wrong section: or a section that was forgotten.
  const elsewhere = sectionNames
    .flatMap((section) => Object.keys(optionsOf(section)).map((option) => ({ section, option })))
    .find(({ option }) => option.toLowerCase() === name.toLowerCase());
  return elsewhere === undefined ? '' : `; did you mean ${elsewhere.section}.${elsewhere.option}?`;
}

/** "; did you mean BOUNCEMX_SMTP_LISTEN?" or ''. */
export function didYouMeanVariable(name: string): string {
  const near = nearest(name, [...variables().keys(), 'BOUNCEMX_CONFIG', 'BOUNCEMX_DOMAIN', 'BOUNCEMX_RELAY_URL']);
  return near === null ? '' : `; did you mean ${near}?`;
}

/** The candidate within a third of its length in edits, the closest first. */
function nearest(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const candidate of candidates) {
    const distance = edits(name.toLowerCase().slice(0, 80), candidate.toLowerCase());
    if (distance < least && distance <= Math.max(2, Math.floor(candidate.length / 4))) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Levenshtein distance; both texts are short. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
