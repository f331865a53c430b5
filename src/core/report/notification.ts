/**
 * The words of a report for people: the text parts before the returned message, without quoted lines and without the copy of
 * the returned message that many MTAs append to their own text.
 */
import { htmlWords } from '../html-words.ts';
import { hasHeader, headerEnd } from '../mime-headers.ts';
import type { MimeMessage } from '../mime.ts';
import { indexPhrases } from '../phrases.ts';
import { smallLetters } from '../small-letters.ts';
import { hearWords } from './heard.ts';
import type { Notification } from './letter.ts';
import { isReturnedPart, readReturned, returnedFrom, type Returned } from './returned.ts';

const maxText = 64 * 1024;
const maxLines = 1000;
const maxLine = 1000;

// What stands above a copy of the returned message: with hyphens, a colon or `follows` beside it.
const copyWords = [
  'original message',
  'original mail',
  'original e-mail',
  'original email',
  'unsent message',
  'message header',
  'header of the original',
  'headers of the original',
  'returned message',
  'returned mail',
  'undelivered message',
  'copy of the message',
  'copy of your message',
  'copy of the original',
  'copy of the headers',
  'copy of the mail',
  'message text follows',
  'message contents',
  'message follows',
  'start of the message',
  'beginning of original',
  'text of your message',
  'ursprüngliche nachricht',
  'original-nachricht',
  'originalnachricht',
  'message original',
  "message d'origine",
  'mensaje original',
  'mensagem original',
  'messaggio originale',
  'oorspronkelijk bericht',
  'исходное сообщение',
  'oryginalna wiadomo',
  '元のメッセージ',
  '原始邮件',
  '原邮件',
  'original headers',
  'rejected message',
  'failed message',
];
const copyIndex = indexPhrases(copyWords, []);
const copyStarts = [
  'received: ',
  'return-path: ',
  'received:',
  'x-received: ',
  'dkim-signature: ',
  'arc-seal: ',
  'x-google-smtp-source: ',
  'x-mozilla-status: ',
];

/** Where the colon stands in fields that begin with a letter. */
const copyColons = copyStarts.reduce<number[][]>((places, field) => {
  (places[field.charCodeAt(0)] ??= []).push(field.indexOf(':'));
  return places;
}, []);

/** Whether one of those fields may begin at `start`. */
function mayBeginCopy(text: string, start: number): boolean {
  const places = copyColons[text.charCodeAt(start) | 0x20];
  if (places !== undefined) for (const place of places) if (text.charCodeAt(start + place) === colon) return true;
  return false;
}

const ornaments = ['--', '==', '__', '**'];
const ornamental = '-=_*';

/** Finds the notification of a message. */
export function readNotification(message: MimeMessage): Notification {
  const pieces: string[] = [];
  const html: string[] = [];
  let size = 0;
  let returns = false;
  for (const part of message.parts) {
    // A message whose own header became the header of a part was returned without a word.
    if (isReturnedPart(part.type) || (part.headers !== message.headers && hasHeader(part.headers, 'received'))) {
      returns = true;
      break;
    }
    if (size > maxText) break;
    if (part.type === 'text/html') html.push(part.text());
    else if (part.type.startsWith('text/plain') || part.type === 'text' || part.type.startsWith('multipart/')) {
      const text = part.text().slice(0, maxText);
      size += text.length;
      pieces.push(text);
    }
  }
  if (pieces.every((piece) => piece.trim() === '')) pieces.push(...html.slice(0, 2).map(htmlWords));
  const whole = pieces.join('\n').slice(0, maxText);
  const { lines, cut, rewritten } = linesAbove(whole);
  const copy = cut < 0 ? null : copyBelow(whole, cut);
  const below = copy === null ? null : returnedFrom(unindented(copy));
  const text = rewritten ? lines.join('\n') : cut < 0 ? whole : whole.slice(0, Math.max(0, cut - 1));
  const lower = smallLetters(text);
  return {
    lines,
    text,
    lower,
    heard: hearWords(lower),
    returned: readReturned(message) ?? below ?? quotedCopy(whole),
    returns: returns || below !== null,
    below: copy,
  };
}

/**
 * The lines above the copy of the returned message, without quoted ones and without blanks at their ends. `cut`: where the line begins
 * that is the copy's first or stands above it, -1 without one. `rewritten`: the lines are not simply the text above it.
 */
function linesAbove(whole: string): { lines: string[]; cut: number; rewritten: boolean } {
  const lines: string[] = [];
  const { length } = whole;
  let rewritten = false;
  let start = 0;
  let following = nextFollow(whole, 0);
  const follows = following < length;
  for (let index = 0; index < maxLines; index += 1) {
    const newline = whole.indexOf('\n', start);
    const end = newline < 0 ? length : newline;
    if (following < start) following = nextFollow(whole, start);
    if (
      end - start >= 8 &&
      (following < end || mayMark(whole, start, end)) &&
      isCopyMark(whole.slice(start, end).toLowerCase(), index, nextLine(whole, newline), follows)
    )
      return { lines, cut: start, rewritten };
    if (whole.charCodeAt(start) === quoted && !whole.startsWith('>>>', start)) rewritten = true;
    else {
      const line = whole.slice(start, Math.min(end, start + maxLine));
      const last = line.charCodeAt(line.length - 1);
      const kept = last > 0x20 && last < 0x80 ? line : line.trimEnd();
      rewritten ||= kept.length < end - start;
      lines.push(kept);
    }
    if (newline < 0) return { lines, cut: -1, rewritten };
    start = newline + 1;
  }
  return { lines, cut: -1, rewritten: true };
}

const follow = /follow/giu;

/** Where `follow` stands next; the end of the text where it does not. */
function nextFollow(text: string, from: number): number {
  follow.lastIndex = from;
  return follow.test(text) ? follow.lastIndex - 1 : text.length;
}

function nextLine(text: string, newline: number): string {
  if (newline < 0) return '';
  const end = text.indexOf('\n', newline + 1);
  return text.slice(newline + 1, end < 0 ? text.length : end);
}

const quoted = 0x3e;
const hyphen = 0x2d;
const colon = 0x3a;

/** Asked of every line: whether it begins or ends as marks do, or its first letter is that of a field above a copy. */
function mayMark(text: string, start: number, end: number): boolean {
  if (mayBeginCopy(text, start)) return true;
  let last = end - 1;
  while (last > start && text.charCodeAt(last) <= 0x20) last -= 1;
  const ending = text.charCodeAt(last);
  if (ending === hyphen || ending === colon || ending > 0x7f) return true;
  let first = start;
  while (first < last && text.charCodeAt(first) <= 0x20) first += 1;
  const beginning = text.charCodeAt(first);
  return beginning > 0x7f || (text.charCodeAt(first + 1) === beginning && ornamental.includes(text.charAt(first)));
}

/** `line` is in lower case, `next` the one below it; `follows`: some line says `follow`. */
function isCopyMark(line: string, index: number, next: string, follows: boolean): boolean {
  if (line.length > 300) return false;
  // The header itself, unindented, with no mark above it.
  if (index > 0 && mayBeginCopy(line, 0) && copyStarts.some((start) => line.startsWith(start))) return true;
  // What follows a transcript's heading is the transcript, even one of `the attempts to send the message`.
  if (line.length > 110 || line.includes('transcript')) return false;
  const lower = line.trim();
  const marked =
    ornaments.some((two) => lower.startsWith(two)) || line.endsWith('--') || (follows && lower.includes('follow'));
  if (!marked && !lower.endsWith(':')) return false;
  if (!copyIndex.any(lower)) return false;
  return marked || /^[A-Za-z-]{2,30}:|^$/u.test(next.trim());
}

/** The copy below a mark, from its header on; ornaments and empty lines between are passed over. */
function copyBelow(whole: string, cut: number): string | null {
  let start = cut;
  for (let index = 0; index < 12; index += 1) {
    const newline = whole.indexOf('\n', start);
    const line = whole.slice(start, newline < 0 ? whole.length : newline).trim();
    if (/^[A-Za-z][A-Za-z0-9-]{1,40}:/u.test(line) && !isMarkOnly(line)) return whole.slice(start);
    if (newline < 0) return null;
    start = newline + 1;
  }
  return null;
}

/** The beginning of a copy with its fields at the beginnings of lines, where the reader reads them. */
function unindented(copy: string): string {
  const head = copy.slice(0, headerEnd(copy));
  if (!head.startsWith('   ') && !head.includes('\n   ')) return head;
  return head
    .split('\n', 300)
    .map((field) => (/^ {3,20}[A-Z][\w-]{1,30}:\s/u.test(field) ? field.trim() : field))
    .join('\n');
}

/** The header of a copy that is quoted with `>`, as some systems return it. */
function quotedCopy(whole: string): Returned | null {
  if (!whole.startsWith('>') && !whole.includes('\n>')) return null;
  const quoted = whole
    .split('\n', maxLines)
    .filter((line) => line.startsWith('>') && /^>\s?[A-Z][\w-]{1,30}: /u.test(line));
  const found = quoted.length < 2 ? null : returnedFrom(quoted.map((line) => line.slice(1).trim()).join('\n'));
  return found?.headers['to'] === undefined ? null : found;
}

function isMarkOnly(line: string): boolean {
  return line.endsWith(':') && copyIndex.any(line.toLowerCase());
}
