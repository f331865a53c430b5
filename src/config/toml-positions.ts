/**
 * Where the keys of a TOML file stand: smol-toml gives values without positions, and a problem without its line sends the
 * operator searching. Reads only text that smol-toml has already accepted, so it needs no error handling of its own;
 * what it does not see (keys inside inline tables) falls back to the key that holds them.
 */

/** 1-based, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Path ('smtp.maxSize', 'domain[0].name', 'smtp', 'domain[0]') → where its key or header stands. */
export function findPositions(text: string): ReadonlyMap<string, Position> {
  const found = new Map<string, Position>();
  const counts = new Map<string, number>();
  let table = '';
  let line = 1;
  let start = 0;
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    if (character === '\n') {
      line += 1;
      start = at + 1;
      at += 1;
      continue;
    }
    if (character === ' ' || character === '\t' || character === '\r') {
      at += 1;
      continue;
    }
    if (character === '#') {
      at = endOfLine(text, at);
      continue;
    }
    const position = { line, column: at - start + 1 };
    if (character === '[') {
      const isList = text.charAt(at + 1) === '[';
      const name = keyPath(text.slice(at + (isList ? 2 : 1), endOfLine(text, at)), ']');
      const count = counts.get(name) ?? 0;
      if (isList) counts.set(name, count + 1);
      table = isList ? `${name}[${count}]` : name;
      if (!found.has(table)) found.set(table, position);
      at = endOfLine(text, at);
      continue;
    }
    const name = keyPath(text.slice(at, endOfLine(text, at)), '=');
    const path = table === '' ? name : `${table}.${name}`;
    if (!found.has(path)) found.set(path, position);
    const after = text.indexOf('=', at);
    const end = endOfValue(text, after < 0 ? at : after + 1);
    for (
      let newline = text.indexOf('\n', at);
      newline >= 0 && newline < end;
      newline = text.indexOf('\n', newline + 1)
    ) {
      line += 1;
      start = newline + 1;
    }
    at = end;
  }
  return found;
}

/** The position of a path, or of the nearest thing that holds it. */
export function positionOf(positions: ReadonlyMap<string, Position>, path: string): Position | null {
  for (let rest = path; rest !== '';) {
    const position = positions.get(rest);
    if (position !== undefined) return position;
    const cut = Math.max(rest.lastIndexOf('.'), rest.lastIndexOf('['));
    rest = cut < 0 ? '' : rest.slice(0, cut);
  }
  return null;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** `a . "b"` before `stop` → 'a.b'. Quoted keys are the user's affair: no option needs them. */
function keyPath(text: string, stop: ']' | '='): string {
  const end = text.indexOf(stop);
  return (end < 0 ? text : text.slice(0, end))
    .split('.')
    .map((part) => part.trim().replace(/^["']|["']$/g, ''))
    .join('.');
}

/** The end of the line on which the value that begins at `at` ends. */
function endOfValue(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (character === '"' || character === "'") i = endOfString(text, i);
    else if (character === '#') i = endOfLine(text, i) - 1;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    else if (character === '\n' && depth <= 0) return i;
  }
  return text.length;
}

/** The offset of the last quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  const quote = text.charAt(at);
  const long = text.startsWith(quote.repeat(3), at);
  const close = long ? quote.repeat(3) : quote;
  for (let i = at + close.length; i < text.length; i += 1) {
    if (quote === '"' && text.charAt(i) === '\\') i += 1;
    else if (text.startsWith(close, i)) return i + close.length - 1;
  }
  return text.length;
}
