/** A text by its lines: what stands on which, and where that line is in the whole mail. At most 64 Ki characters, 2,000 lines. */

export interface LineDocument {
  /**
   * The field of one of these names (lower case) with the value in it, in the block that names the recipient, else in any.
   * Null where there is none; `line` counts from 0.
   */
  field(names: readonly string[], recipient: string | null, value: string): { name: string; line: number } | null;
  /** The line on which the value begins, whatever white space is folded in it; null where it does not stand there. */
  line(value: string): number | null;
  inMail(line: number): { readonly mailLine: number | null; readonly offset: number | null };
}

/** Where the text begins in the mail. */
interface Start {
  readonly text: string;
  readonly start: number;
  /** True where offsets in `text` are those of the mail as it came. */
  readonly exact: boolean;
}

interface Field {
  readonly name: string;
  readonly lower: string;
  readonly line: number;
  readonly block: number;
  /** In lower case. */
  value: string;
}

const maxText = 65_536;
const maxLines = 2000;
/** So much of a value is looked for: its end may come from elsewhere. */
const maxNeedle = 60;

/** @param start null where the text is decoded, so that it stands nowhere in the mail as it is. */
export function lineDocument(content: string, start: Start | null): LineDocument {
  const lines = content.slice(0, maxText).split('\n', maxLines);
  let fields: readonly Field[] | null = null;
  let placed: { readonly first: number; readonly offsets: readonly number[] } | null = null;
  let folded: { readonly text: string; readonly begins: readonly number[] } | null = null;

  return {
    field(names, recipient, value) {
      fields ??= fieldsOf(lines);
      const wanted = recipient?.toLowerCase() ?? '';
      const told = value.toLowerCase();
      const matching = fields.filter(({ lower, value: own }) => names.includes(lower) && own.includes(told));
      const block = fields.find((each) => each.lower.endsWith('-recipient') && each.value.includes(wanted))?.block;
      const found = matching.find((each) => each.block === block) ?? matching[0];
      return found === undefined ? null : { name: found.name, line: found.line };
    },
    line(value) {
      const needle = foldedText(value).slice(0, maxNeedle).trimEnd();
      folded ??= foldLines(lines);
      const at = folded.text.indexOf(needle);
      return at < 0 ? null : folded.begins.findLastIndex((begin) => begin <= at);
    },
    inMail(line) {
      if (start === null) return { mailLine: null, offset: null };
      placed ??= placeLines(start, lines.length);
      const offset = start.exact ? placed.offsets[line] : undefined;
      return { mailLine: placed.first + line, offset: offset ?? null };
    },
  };
}

/** Fields with their further lines. A block ends at an empty line. */
function fieldsOf(lines: readonly string[]): Field[] {
  const found: Field[] = [];
  let block = 0;
  for (const [line, text] of lines.entries()) {
    const colon = text.indexOf(':');
    const last = found.at(-1);
    if (text.trim() === '') block += 1;
    else if (/^\s/u.test(text)) {
      if (last !== undefined) last.value = `${last.value} ${text.trim().toLowerCase()}`;
    } else if (colon > 0 && colon < 80) {
      const name = text.slice(0, colon).trimEnd();
      const value = text
        .slice(colon + 1)
        .trim()
        .toLowerCase();
      found.push({ name, lower: name.toLowerCase(), line, block, value });
    }
  }
  return found;
}

function foldLines(lines: readonly string[]): { readonly text: string; readonly begins: readonly number[] } {
  const begins: number[] = [];
  const pieces: string[] = [];
  let length = 0;
  for (const line of lines) {
    const piece = foldedText(line);
    begins.push(length);
    // An empty line adds nothing, so that a sentence over two paragraphs is one.
    if (piece === '') continue;
    pieces.push(piece, ' ');
    length += piece.length + 1;
  }
  return { text: pieces.join(''), begins };
}

function foldedText(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim().toLowerCase();
}

/** Once for a document, so that a hundred values cost no more than one. `first` counts from 1. */
function placeLines({ text, start }: Start, count: number): { first: number; offsets: number[] } {
  let first = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) first += 1;
  const offsets = [start];
  for (let at = text.indexOf('\n', start); at >= 0 && offsets.length < count; at = text.indexOf('\n', at + 1))
    offsets.push(at + 1);
  return { first, offsets };
}
