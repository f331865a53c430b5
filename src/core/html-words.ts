/** HTML parts to words for the readers of prose. No tree, no library: general HTML conversion is what brought other parsers down. */
import { smallLetters } from './small-letters.ts';

const breaking = new Set([
  'br',
  'p',
  'div',
  'tr',
  'li',
  'h1',
  'h2',
  'h3',
  'h4',
  'table',
  'hr',
  'pre',
  'ul',
  'blockquote',
]);
const hidden = new Set(['script', 'style', 'head', 'title']);
const entities: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' },
  ...{
    ndash: '–',
    mdash: '—',
    bull: '•',
    middot: '·',
    lsquo: '‘',
    rsquo: '’',
    ldquo: '“',
    rdquo: '”',
    laquo: '«',
    raquo: '»',
  },
  ...{
    agrave: 'à',
    aacute: 'á',
    acirc: 'â',
    atilde: 'ã',
    auml: 'ä',
    ccedil: 'ç',
    egrave: 'è',
    eacute: 'é',
    ecirc: 'ê',
  },
  ...{
    iacute: 'í',
    icirc: 'î',
    ntilde: 'ñ',
    ograve: 'ò',
    oacute: 'ó',
    ocirc: 'ô',
    otilde: 'õ',
    ouml: 'ö',
    oslash: 'ø',
  },
  ...{ ugrave: 'ù', uacute: 'ú', ucirc: 'û', uuml: 'ü', szlig: 'ß', aring: 'å' },
};

/** What looks like a tag to a browser, where a program forgot what `<` means. */
const address = /^<[^\s<>"'=/@]{1,128}@[^\s<>"'=/@]{1,190}>$/u;

const slash = 0x2f;
const maxName = 16;

/** The name of the tag that begins there, behind its slash if it has one, in small letters; empty where none does. */
function tagAt(text: string, at: number): string {
  const start = text.charCodeAt(at) === slash ? at + 1 : at;
  let end = start;
  while (end - start < maxName && isNameUnit(text.charCodeAt(end), end === start)) end += 1;
  return text.slice(start, end).toLowerCase();
}

/** Letters, and behind the first one digits. */
function isNameUnit(unit: number, first: boolean): boolean {
  const small = unit | 0x20;
  return (small >= 0x61 && small <= 0x7a) || (!first && unit >= 0x30 && unit <= 0x39);
}

/**
 * The words of an HTML part, a line for each block: one pass with indexOf, no tree, first 64 Ki characters. It shows nothing
 * to anybody, it only feeds the readers.
 */
export function htmlWords(html: string): string {
  const text = html.slice(0, 65_536);
  const { length } = text;
  let lower: string | null = null;
  const pieces: string[] = [];
  let from = 0;
  let at = text.indexOf('@');
  while (from < length) {
    const open = text.indexOf('<', from);
    if (open < 0) break;
    if (open > from) pieces.push(text.slice(from, open));
    const name = tagAt(text, open + 1);
    const ending = text.startsWith('<!--', open)
      ? '-->'
      : hidden.has(name) && text.charCodeAt(open + 1) !== slash
        ? `</${name}`
        : '>';
    // Only the ends of what is hidden are looked for in whatever case.
    const close = ending.length === 1 ? text.indexOf('>', open) : (lower ??= smallLetters(text)).indexOf(ending, open);
    if (close < 0) {
      // An unclosed tag is text; an unclosed script or comment hides the rest.
      from = ending === '>' ? open : length;
      break;
    }
    if (at >= 0 && at < open) at = text.indexOf('@', open);
    if (ending === '>' && at > open && at < close && address.test(text.slice(open, Math.min(close + 1, open + 322)))) {
      pieces.push(text.slice(open, close + 1));
      from = close + 1;
      continue;
    }
    if (breaking.has(name)) pieces.push('\n');
    else if (name === 'td' || name === 'th') pieces.push(' ');
    from = ending.startsWith('</') ? close : close + ending.length;
  }
  pieces.push(text.slice(from));
  return pieces.join('').replaceAll(/&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,6});/giu, (whole, entity: string) => {
    if (!entity.startsWith('#')) return entities[entity.toLowerCase()] ?? whole;
    const code = /^#x/iu.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  });
}
