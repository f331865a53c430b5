/**
 * Messages made from messages: what transport, broken software and attackers do to them. Octets are latin1 strings. Seeds are all own
 * fixtures and some made here; the same seed number gives the same messages in the same order.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { random } from './random.ts';

type Pick = (below: number) => number;

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const maxOctets = 200_000;

/** All own fixtures, in the order of their names, and what no fixture shows. */
export function seedMessages(): readonly string[] {
  const files = readdirSync(fixtures, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.eml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return [...files.map((file) => readFileSync(file, 'latin1')), ...madeMessages()];
}

const head =
  'From: MAILER-DAEMON@mx.example.net\r\nTo: bounce@example.org\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n';
const statusPart = (count: number): string =>
  `Reporting-MTA: dns; mx.example.net\r\n\r\n${Array.from(
    { length: count },
    (_, at) =>
      `Final-Recipient: rfc822; u${at}@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <u${at}@example.com>: user unknown\r\n\r\n`,
  ).join('')}`;

/** Every transfer encoding and charset around a report, in prose and as fields. */
function madeMessages(): string[] {
  const made: string[] = [];
  const charsets = [
    'us-ascii',
    'utf-8',
    'iso-8859-1',
    'iso-2022-jp',
    'shift_jis',
    'gb18030',
    'koi8-r',
    'utf-16',
    'utf-7',
  ];
  const words = 'The following address failed:\r\n\r\n<ann@example.com>: 550 5.2.2 mailbox full\r\n';
  const quoted = (text: string): string => text.replaceAll(/[=:<>]/g, (one) => `=${one.charCodeAt(0).toString(16)}`);
  const encodings: readonly (readonly [string, (text: string) => string])[] = [
    ['7bit', (text) => text],
    ['quoted-printable', quoted],
    ['base64', (text) => Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\r\n')],
  ];
  for (const charset of charsets)
    for (const [encoding, encode] of encodings) {
      const type = `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
      made.push(`${head}${type}${encode(words)}`);
      made.push(
        `${head}Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n\r\n--=_b\r\n${type}${encode(words)}\r\n--=_b\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${encode(statusPart(made.length))}\r\n--=_b\r\nContent-Type: message/rfc822\r\n\r\nFrom: shop@example.org\r\nTo: ann@example.com\r\nSubject: hello\r\n\r\nwords\r\n--=_b--\r\n`,
      );
    }
  return made;
}

const inserts = [
  '\0',
  '\r',
  '\n',
  '\r\n\r\n',
  '\n\n',
  '\r\n.\r\n',
  '\xff\xfe',
  '\x1b$B',
  '\x1b(B',
  '<',
  '>',
  '@',
  ':',
  ';',
  '=',
  '"',
  "'",
  '(',
  ' ',
  '\t',
  '=?utf-8?B?',
  '?=',
  '=?iso-2022-jp?Q?=1B$B?=',
  '550 5.1.1 ',
  '5.0.0',
  '4.2.2',
  '<ann@example.com>',
  'Final-Recipient: rfc822; ',
  'Diagnostic-Code: smtp; ',
  'Status: ',
  'Action: failed\r\n',
  '__proto__: x\r\n',
  'constructor: x\r\n',
  '----- Original message -----\r\n',
  '>>> RCPT To:<',
  '<<< 550 ',
  '<br>',
  '<!--',
  '<script',
  '&#x1f4a9;',
  '\xc4\xb0',
  '</script>',
  '\xe2\x80\xae',
  '\xef\xbf\xbf',
  '\xed\xa0\x80',
  'Content-Type: ',
  'boundary=',
  'Content-Transfer-Encoding: base64\r\n',
  '--',
  '--=_b\r\n',
  '--=_b--\r\n',
  'Received: ',
  'X-Failed-Recipients: ',
] as const;
const charsets = [
  'utf-8',
  'utf-16',
  'utf-7',
  'iso-2022-jp',
  'iso-2022-kr',
  'shift_jis',
  'gb18030',
  'big5',
  'euc-kr',
  'koi8-r',
  'x-user-defined',
  'nonsense',
  '"',
];
const types = [
  'text/plain',
  'text/html',
  'message/delivery-status',
  'message/rfc822',
  'multipart/mixed',
  'multipart/report',
  'message/feedback-report',
  'text',
  '/',
];
const encodings = ['base64', 'quoted-printable', '7bit', 'binary', 'x-uuencode', ''];

type Mutation = (text: string, pick: Pick, seeds: readonly string[]) => string;

function span(text: string, pick: Pick, longest: number): readonly [number, number] {
  const start = pick(text.length + 1);
  return [start, Math.min(text.length, start + pick(longest))];
}

/** One of the matches of a short pattern, replaced. */
function swap(text: string, pattern: RegExp, pick: Pick, put: string): string {
  const matches = [...text.matchAll(pattern)];
  const one = matches[pick(matches.length || 1)];
  return one === undefined ? text : text.slice(0, one.index) + put + text.slice(one.index + one[0].length);
}

function any<T>(list: readonly T[], pick: Pick): T {
  return list[pick(list.length)] as T;
}

const mutations: readonly Mutation[] = [
  // Flipped octets.
  (text, pick) => {
    const at = pick(text.length + 1);
    return text.slice(0, at) + String.fromCharCode(pick(256)) + text.slice(at + 1);
  },
  // Dropped and doubled pieces.
  (text, pick) => {
    const [start, end] = span(text, pick, 200);
    return text.slice(0, start) + text.slice(end);
  },
  (text, pick) => {
    const [start, end] = span(text, pick, 400);
    return text.slice(0, end) + text.slice(start, end).repeat(1 + pick(4)) + text.slice(end);
  },
  (text, pick) => {
    const at = pick(text.length + 1);
    return text.slice(0, at) + any(inserts, pick).repeat(1 + (pick(10) === 0 ? pick(300) : 0)) + text.slice(at);
  },
  // Cut off, and joined to the end of another message.
  (text, pick) => text.slice(0, pick(text.length + 1)),
  (text, pick, seeds) => {
    const other = any(seeds, pick);
    return text.slice(0, pick(text.length + 1)) + other.slice(pick(other.length + 1));
  },
  // Header fields twice, or many times.
  (text, pick) => {
    const lines = text.split('\n', 60);
    const line = `${any(lines, pick)}\n`;
    return line.repeat(1 + (pick(10) === 0 ? pick(1200) : pick(3))) + text;
  },
  // Boundaries that nearly are some.
  (text, pick) => swap(text, /^--[^\r\n]{1,70}/gm, pick, any(['--', '', '-', '--=_b', '--=_b--', '--x y'], pick)),
  (text, pick) => {
    const lines = text.match(/^--[^\r\n]{1,70}/gm) ?? ['--'];
    const at = text.indexOf('\n', pick(text.length + 1)) + 1;
    return text.slice(0, at) + any(lines, pick) + any(['\r\n', '--\r\n', ' \r\n', 'x\r\n', ''], pick) + text.slice(at);
  },
  (text, pick) =>
    swap(text, /boundary="?[^"\r\n;]{1,70}/gi, pick, any(['boundary=', 'boundary="', 'boundary=a'], pick)),
  // Lines without an end.
  (text, pick) => {
    const at = pick(text.length + 1);
    return text.slice(0, at) + any(inserts, pick).repeat(pick(3000)) + text.slice(at);
  },
  // Other charsets, types and encodings than what is in the parts.
  (text, pick) => swap(text, /charset="?[\w-]{1,30}/gi, pick, `charset=${any(charsets, pick)}`),
  (text, pick) => swap(text, /content-type:[^\r\n;]{1,60}/gi, pick, `Content-Type: ${any(types, pick)}`),
  (text, pick) =>
    swap(text, /content-transfer-encoding:[^\r\n]{1,40}/gi, pick, `Content-Transfer-Encoding: ${any(encodings, pick)}`),
  // Line ends of other systems.
  (text, pick) => text.replaceAll('\r\n', '\n').replaceAll('\n', any(['\r\n', '\n', '\r', '\r\r\n'], pick)),
  // Nested in parts and messages.
  (text, pick) => {
    const type = any(['message/rfc822', 'message/delivery-status', 'text/plain'], pick);
    let inner = `Content-Type: ${type}\r\n\r\n${text}`;
    for (let level = 1 + pick(pick(10) === 0 ? 200 : 3); level > 0 && inner.length < maxOctets; level -= 1)
      inner = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${inner}\r\n--b${level}--\r\n`;
    return head + inner;
  },
];

/** Endless: a mutated message each time, with the number of the seed message it came from. */
export function* mutated(
  seeds: readonly string[],
  seed: number,
): Generator<{ readonly from: number; readonly octets: Buffer }> {
  const pick = random(seed);
  for (;;) {
    const from = pick(seeds.length);
    let text = seeds[from] ?? '';
    for (let turn = 1 + pick(5); turn > 0; turn -= 1)
      text = any(mutations, pick)(text, pick, seeds).slice(0, maxOctets);
    yield { from, octets: Buffer.from(text, 'latin1') };
  }
}
