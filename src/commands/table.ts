/** Plain aligned text for people. Cells may hold words of a mail: controls never reach the terminal, nor does endless text. */

const longestCell = 120;
const pageWidth = 100;

/** Lines of aligned columns under their heads; '' where there are no rows. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  if (rows.length === 0) return '';
  const lines = [heads, ...rows.map((row) => row.map(cell))];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `name: value` lines, aligned; what is null is left out. */
export function facts(pairs: readonly (readonly [string, string | number | null])[]): string {
  const shown = pairs.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 1;
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width)} ${printable(String(value))}\n`).join('');
}

function cell(value: string | number | null): string {
  const text = value === null || value === '' ? '-' : printable(String(value));
  return text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
}

/** Controls, C1, bidi marks, separators and what nobody sees, as spaces. */
export function printable(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu, ' ');
}

/** A word up to this long stands alone on its line, so that an address of a page can be followed. */
const longestWord = 160;

/** Text in lines of `width` columns, the further ones indented. */
export function wrapped(text: string, indent: number, width = pageWidth): string {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    for (; rest.length > longestWord; rest = rest.slice(width)) lines.push(rest.slice(0, width));
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/** `label   value` lines below a head, values wrapped; what is null or empty is left out. */
export function labelled(
  rows: readonly (readonly [label: string, value: string | number | null])[],
  width = 20,
): string {
  return rows
    .filter(([, value]) => value !== null && value !== '')
    .map(([label, value]) => `${label.padEnd(width)}${wrapped(String(value), width, pageWidth - width)}\n`)
    .join('');
}

/** `2026-11-23 18:36:18` in UTC from what the API sends. */
export function moment(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 19).replace('T', ' ');
}
