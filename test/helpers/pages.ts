/** The pages of docs/, and the blocks of lines in them, for tests that try what a page says. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Block {
  /** What stands behind the back-ticks; '' for nothing. */
  readonly language: string;
  readonly text: string;
  /** Of the line behind the back-ticks. */
  readonly line: number;
}

/** @param path from the root of the project. */
export function readPage(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

/** What stands below a heading, up to the next of the same depth. */
export function sectionOf(page: string, heading: string): string {
  const begin = page.indexOf(`\n${heading}\n`);
  if (begin < 0) throw new Error(`the page has no '${heading}'`);
  const depth = heading.slice(0, heading.indexOf(' ') + 1);
  const end = page.indexOf(`\n${depth}`, begin + heading.length + 1);
  return page.slice(begin + 1, end < 0 ? undefined : end);
}

/** Fenced blocks in their order, without the indentation of a list that they stand in. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = page.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, indent = '', language] = /^( *)```(\w*)$/.exec(lines[i] ?? '') ?? [];
    if (language === undefined) continue;
    const first = i + 1;
    const length = lines.slice(first).indexOf(`${indent}\`\`\``);
    if (length < 0) throw new Error(`the block of line ${first} has no end`);
    const text = lines
      .slice(first, first + length)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
    blocks.push({ language, text: `${text}\n`, line: first + 1 });
    i = first + length;
  }
  return blocks;
}

/** Cells of the rows below the head that begins with `head`, without back-ticks. */
export function rowsOf(page: string, head: string): string[][] {
  const lines = page
    .slice(page.indexOf(`| ${head} |`))
    .split('\n')
    .slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}
