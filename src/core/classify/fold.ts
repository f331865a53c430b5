/**
 * The form of a diagnostic in which rules are looked for: plain letters (letters.ts), single spaces, addresses reduced to `<>` or `@` (a local
 * part such as `over.quota@` must not decide anything), marks of continued reply lines removed ("550-5.7.26 … 550-5.7.26 …"
 * would tear sentences apart), one space at both ends. Offsets lead back to the text as it came. Linear in the text.
 */
import { plainLetters, wordsApart } from './letters.ts';

/** Texts are cut here before anything looks at them (UTF-16 units). */
export const maxText = 4096;

export interface Folded {
  readonly text: string;
  /** Offset in the original for an offset in `text`. */
  original(offset: number): number;
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

const space = /\s{2,}|[\t\n\v\f\r]/g;
const anySpace = /\s{2}|[\t\n\v\f\r]/;
const irregular = /@|\s{2}|[\t\n\v\f\r]|[245]\d\d-|unknown address error|delivery attempts: /;
/** A reply line that says that more follow, with its enhanced code where there is one. */
const continued = /(?<![^\s:;"'(])([245]\d\d)-(?:#?([245]\.\d{1,3}\.\d{1,3})(?=\s))?/;

/** Characters that end an address on either side. */
function endsAddress(code: number): boolean {
  // space and controls, " ' ( ) , : ; < > [ ], and everything East Asian: it stands beside an address without a space
  return (
    code <= 0x20 ||
    code >= 0x2e80 ||
    code === 0x22 ||
    (code >= 0x27 && code <= 0x29) ||
    code === 0x2c ||
    code === 0x3a ||
    code === 0x3b ||
    code === 0x3c ||
    code === 0x3e ||
    code === 0x5b ||
    code === 0x5d
  );
}

function behindDots(text: string, at: number): boolean {
  return text.charCodeAt(at - 1) === 0x2e && text.startsWith('...', at - 3);
}

function addressCuts(text: string, cuts: Cut[]): void {
  let floor = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', floor)) {
    let start = at;
    // Sendmail's "words...local@domain": the address begins after the dots.
    while (start > floor && !endsAddress(text.charCodeAt(start - 1)) && !behindDots(text, start)) start--;
    let end = at + 1;
    while (end < text.length && !endsAddress(text.charCodeAt(end))) end++;
    const bracketed = text.charCodeAt(start - 1) === 0x3c && text.charCodeAt(end) === 0x3e;
    // A full stop after an address ends the sentence.
    if (!bracketed) while (end > at + 1 && text.charCodeAt(end - 1) === 0x2e) end--;
    cuts.push({ start, end, put: bracketed ? '' : '@' });
    floor = Math.max(end, at + 1);
  }
}

function spaceCuts(text: string, cuts: Cut[]): void {
  // Mostly there are none.
  if (!anySpace.test(text)) return;
  for (const found of text.matchAll(space))
    cuts.push({ start: found.index, end: found.index + found[0].length, put: ' ' });
}

/** The first code stays, its repetitions at the heads of later lines go. */
function continuationCuts(text: string, cuts: Cut[]): void {
  const first = continued.exec(text);
  if (first === null) return;
  const [mark, code, status] = first as unknown as readonly [string, string, string | undefined];
  const needles = status === undefined ? [` ${code}-`, ` ${code} `] : [` ${code}-${status} `, ` ${code} ${status} `];
  const from = first.index + mark.length;
  for (const needle of needles)
    for (let at = text.indexOf(needle, from); at >= 0; at = text.indexOf(needle, at + needle.length - 1))
      cuts.push({ start: at, end: at + needle.length, put: ' ' });
}

/**
 * What Cisco's mail system writes around the words of another in any case: "5.1.0 - Unknown address error 550-'…' (delivery attempts: 0)" says
 * that some error has to do with an address, and not that the address is unknown.
 */
const frames: readonly RegExp[] = [/(?<=5\.1\.0 - )unknown address error(?= )/, /(?<=') ?\(delivery attempts: \d+\)/];

function frameCuts(text: string, cuts: Cut[]): void {
  for (const frame of frames) {
    const found = frame.exec(text);
    if (found !== null) cuts.push({ start: found.index, end: found.index + found[0].length, put: '' });
  }
}

export function fold(given: string): Folded {
  const cut = given.length > maxText ? given.slice(0, maxText) : given;
  const { text: lower, origins: letters } = plainLetters(cut);
  const original = (offset: number): number => (letters === null ? offset : item(letters, offset));
  if (!irregular.test(lower)) {
    const end = lower.length;
    // join makes one flat string; what + makes is a tree, and reading it unit by unit takes twice as long.
    return {
      text: wordsApart([' ', lower, ' '].join('')),
      original: (offset) => original(Math.min(Math.max(offset - 1, 0), end)),
    };
  }
  const cuts: Cut[] = [];
  addressCuts(lower, cuts);
  continuationCuts(lower, cuts);
  spaceCuts(lower, cuts);
  frameCuts(lower, cuts);
  cuts.sort((a, b) => a.start - b.start);

  // Segments of the folded text: where each begins there, and where in the original.
  const begins: number[] = [0, 1];
  const origins: number[] = [0, 0];
  const pieces = [' '];
  let length = 1;
  let done = 0;
  for (const { start, end, put } of cuts) {
    // Cuts overlap where a continued line ends in two spaces: the first one has said it.
    if (start < done) continue;
    length += start - done;
    begins.push(length, length + put.length);
    origins.push(start, end);
    pieces.push(lower.slice(done, start), put);
    length += put.length;
    done = end;
  }
  pieces.push(lower.slice(done), ' ');
  return {
    text: wordsApart(pieces.join('')),
    original(offset) {
      let low = 0;
      let high = begins.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (item(begins, middle) <= offset) low = middle;
        else high = middle - 1;
      }
      return original(Math.min(item(origins, low) + offset - item(begins, low), lower.length));
    },
  };
}

/** `list[index]` within bounds, which the type system cannot know. */
function item<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
