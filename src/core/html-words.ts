/** HTML parts to words for the readers of prose. No tree, no library: general HTML conversion is what brought other parsers down. */

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
const tagName = /^\/?([a-z][a-z0-9]{0,15})/u;

/**
 * The words of an HTML part, a line for each block: one pass with indexOf, no tree, first 64 Ki characters. It shows nothing
 * to anybody, it only feeds the readers.
 */
export function htmlWords(html: string): string {
  const text = html.slice(0, 65_536);
  const lower = text.toLowerCase();
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length) {
    const open = text.indexOf('<', from);
    if (open < 0) break;
    pieces.push(text.slice(from, open));
    const name = tagName.exec(lower.slice(open + 1, open + 18))?.[1] ?? '';
    const ending = lower.startsWith('<!--', open)
      ? '-->'
      : hidden.has(name) && lower[open + 1] !== '/'
        ? `</${name}`
        : '>';
    const close = lower.indexOf(ending, open);
    if (close < 0) {
      // An unclosed tag is text; an unclosed script or comment hides the rest.
      from = ending === '>' ? open : text.length;
      break;
    }
    pieces.push(breaking.has(name) ? '\n' : name === 'td' || name === 'th' ? ' ' : '');
    from = ending.startsWith('</') ? close : close + ending.length;
  }
  pieces.push(text.slice(from));
  return pieces.join('').replaceAll(/&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,6});/giu, (whole, entity: string) => {
    if (!entity.startsWith('#')) return entities[entity.toLowerCase()] ?? whole;
    const code = /^#x/iu.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  });
}
