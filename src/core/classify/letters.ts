/**
 * Letters as rules compare them: small, without accents and other marks, in one width, with plain quotes, hyphens and spaces, and
 * nothing that cannot be seen. Mail systems drop accents, write `ß` as `ss`, send digits in full width and letters in two pieces; a
 * rule should not have to list them all. What was encoded in UTF-8 twice is read once more.
 */

export interface Plain {
  readonly text: string;
  /** For each unit of `text`, and for its end, the offset that it came from; null where nothing moved. */
  readonly origins: readonly number[] | null;
}

const ascii = /^[\0-\x7f]*$/u;
const known = new Map<string, string>();
/** Letters that Unicode does not take apart, and signs that mean the same. */
const replaced: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  '‘': "'",
  '’': "'",
  '‛': "'",
  ʼ: "'",
  '´': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‐': '-',
  '–': '-',
  '—': '-',
  '−': '-',
};
const asciiLower = String.fromCharCode(...Array.from({ length: 0x80 }, (_, unit) => unit)).toLowerCase();
// Marks that stand on a letter, and what has no width: soft hyphens, joiners, bidi marks, variation selectors.
const dropped = /[\p{M}\p{Cf}]/gu;

/** What consists of letters and low lines alone, from blank to blank: names of codes, as programs print them. */
const joined = /(?<![^\s"'([:,])[a-z]+(?:_[a-z]+)+(?![^\s"')\]:,;.])/g;

/** `USER_UNKNOWN` in small letters as words with blanks between them; the length stays. Linear: a match begins where a word does. */
export function wordsApart(text: string): string {
  return text.includes('_') ? text.replace(joined, (name) => name.replaceAll('_', ' ')) : text;
}

/** The plain form of a text. Linear. */
export function plainLetters(text: string): Plain {
  if (ascii.test(text)) return { text: text.toLowerCase(), origins: null };
  const pieces: string[] = [];
  const origins: number[] = [];
  const put = (letter: string, from: number) => {
    for (let left = letter.length; left > 0; left--) origins.push(from);
    pieces.push(letter);
  };
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    // Most letters of most scripts' mail are these; nothing joins one but a mark, which is dropped by itself.
    if (unit < 0x80) {
      pieces.push(asciiLower.charAt(unit));
      origins.push(at);
      at += 1;
      continue;
    }
    if (!joinsOthers(unit)) {
      put((byUnit[unit] ??= plain(text.charAt(at))), at);
      at += 1;
      continue;
    }
    const once = decodedAgain(text, at);
    const letter = once ?? letterAt(text, at);
    put(plain(letter), at);
    at += once === null ? letter.length : 2;
  }
  origins.push(text.length);
  return { text: pieces.join(''), origins };
}

/** Plain forms of the letters that are one unit and stand for themselves. */
const byUnit: (string | undefined)[] = [];

/** Whether the letter that begins so may have more units: octets taken for letters, parts of Hangul syllables, surrogates. */
function joinsOthers(unit: number): boolean {
  return (
    (unit >= 0xc3 && unit <= 0xd1 && leads.includes(String.fromCharCode(unit))) ||
    (unit >= 0x1100 && unit <= 0x1112) ||
    (unit >= 0xd800 && unit <= 0xdbff)
  );
}

/** One letter; the two or three Hangul letters that make one syllable, where a system sent them apart. */
const letter = /[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|./suy;

function letterAt(text: string, at: number): string {
  letter.lastIndex = at;
  return (letter.exec(text) as unknown as readonly [string])[0];
}

function plain(letter: string): string {
  const found = known.get(letter);
  if (found !== undefined) return found;
  const bare = letter.normalize('NFKD').replaceAll(dropped, '').normalize('NFC').toLowerCase();
  const made = replaced[letter] ?? replaced[bare] ?? bare;
  // All living scripts together have fewer; a mail that goes through the whole of Unicode fills no more.
  if (known.size < 20_000) known.set(letter, made);
  return made;
}

/** First octets of the letters that are met in this state: Latin with accents, Cyrillic. */
const leads = 'ÃÄÅÐÑ';
/** What windows-1252 shows for the octets 0x80 to 0x9f. */
const windows1252 = new Map(
  Array.from('€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ', (letter, index) => [letter, 0x80 + index] as const),
);

/** `Ã¶` is an ö whose two octets were taken for two letters. */
function decodedAgain(text: string, at: number): string | null {
  if (!leads.includes(text.charAt(at))) return null;
  const next = windows1252.get(text.charAt(at + 1)) ?? text.charCodeAt(at + 1);
  if (!(next >= 0x80 && next <= 0xbf)) return null;
  return String.fromCharCode(((text.charCodeAt(at) & 0x1f) << 6) | (next & 0x3f));
}
