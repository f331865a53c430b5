/**
 * What hostile mail may cost and change, through both parsers: HTML bombs, floods of parts, headers and recipients, charsets, hostile
 * texts for every rule, prototype pollution, and mail of people that talks of bounces. How long each takes is measured by
 * `npm run bench -- linear`; here a quadratic reader shows by not ending within the test's time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify, classifyText } from '../../src/core/classify/classify.ts';
import type { ReadMessage } from '../../src/core/event.ts';
import { readArrival } from '../../src/pipeline/mime-fallback.ts';
import { processArrival } from '../../src/pipeline/process.ts';
import { attacks, textOf } from '../fuzz/attacks.ts';
import { arrival, bound } from '../helpers/mail-events.ts';

const rules = loadShippedRules();
const head = 'From: MAILER-DAEMON@mx.example.net\nReturn-Path: <>\nSubject: Undelivered Mail\nMIME-Version: 1.0\n';

async function read(text: string): Promise<ReadMessage> {
  const message = await readArrival(Buffer.from(text, 'latin1'), false);
  for (const report of message.reports) classify(report, rules);
  expect(message.reports.length).toBeGreaterThan(0);
  expect(message.reports.length).toBeLessThanOrEqual(100);
  return message;
}

describe('hostile mail', () => {
  it.each([
    ['nested quotations', '<blockquote>'.repeat(75_000)],
    ['a table of 200,000 rows', `<table>${'<tr><td>x</td></tr>'.repeat(200_000)}</table>`],
    ['ten million opening angles', '<'.repeat(10_000_000)],
    ['scripts that never end', '<script>'.repeat(50_000)],
    ['comments that never end', '<!--'.repeat(100_000)],
    ['entities', '&#x10ffff;&lt;&amp;'.repeat(50_000)],
    ['attributes', `<a ${'b="c" '.repeat(100_000)}>`],
  ])('of HTML is read as words, whether its structure is sound or odd: %s', async (_, html) => {
    await read(`${head}Content-Type: text/html\n\n${html}`);
    await read(`${head}Content-Type: multipart/alternative; boundary=never\n\n${html}`);
    await read(
      `${head}Content-Type: multipart/mixed; boundary*0="a"; boundary*1="b"\n\n--ab\nContent-Type: text/html\n\n${html}\n--ab--\n`,
    );
  });

  const levels = (count: number, type: (level: number) => string): string =>
    Array.from({ length: count }, (_, level) => `Content-Type: ${type(level)}\n\n--b${level}\n`).join('');
  const multipart = (level: number): string => `multipart/mixed; boundary=b${level}`;
  it.each([
    ['multiparts', levels(10_000, multipart)],
    ['messages', levels(10_000, () => 'message/rfc822')],
    ['both in turn', levels(10_000, (level) => (level % 2 === 0 ? multipart(level) : 'message/rfc822'))],
  ])('is read to a bounded depth of ten thousand %s', async (_, text) => {
    const { reports } = await read(`${head}${text}x`);
    expect(reports).toHaveLength(1);
  });

  it('is read to a bounded number of a hundred thousand parts', async () => {
    const { flags } = await read(
      `${head}Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(100_000)}--b--\n`,
    );
    expect(flags).toEqual(expect.arrayContaining(['parse_limit:parts']));
  });

  it.each([
    ['a million lines', 'X: y\n'.repeat(1_000_000)],
    ['one line of ten million', `X: ${'y'.repeat(10_000_000)}\n`],
    ['15,000 fields of one name', 'Received: from a by b\n'.repeat(15_000)],
    ['a hundred thousand addresses', `To: ${'a@example.com, '.repeat(100_000)}\n`],
    ['half a million parentheses', `To: ${'('.repeat(500_000)}\n`],
    ['80,000 parameters', `Content-Type: text/plain${'; a=b'.repeat(80_000)}\n`],
    ['encoded words without end', `Subject: ${'=?utf-8?B?'.repeat(60_000)}\n`],
  ])('has a header of bounded length: %s', async (_, fields) => {
    const { flags } = await read(`${head}${fields}\nbody`);
    expect(flags).toContain('parse_limit:header');
  });

  it('names no more than a hundred recipients of a hundred thousand, and counts those it saw', async () => {
    const fields = Array.from(
      { length: 100_000 },
      (_, at) => `Final-Recipient: rfc822; u${at}@example.com\nAction: failed\n\n`,
    );
    const type = 'Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n';
    const { reports, recipientCount, flags } = await read(
      `${head}${type}Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n${fields.join('')}\n--b--\n`,
    );
    expect(reports).toHaveLength(100);
    expect(recipientCount).toBeGreaterThan(10_000);
    expect(flags).toEqual(expect.arrayContaining(['truncated', 'parse_limit:recipients']));
  });

  const charsets =
    'utf-8 utf-16 utf-16be utf-7 us-ascii iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 ' +
    'iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh windows-874 windows-1250 windows-1251 ' +
    'windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258 gbk gb18030 big5 euc-jp iso-2022-jp ' +
    'shift_jis euc-kr iso-2022-kr iso-2022-cn hz-gb-2312 x-user-defined base64 hex binary nonsense';
  it.each(charsets.split(' '))('in the charset %s is text, whatever the octets', async (charset) => {
    for (const encoding of ['7bit', 'base64', 'quoted-printable'])
      for (let seed = 0; seed < 10; seed += 1) {
        const body = Array.from({ length: 400 }, (_, at) =>
          String.fromCharCode((at * (seed * 17 + 7) + seed) & 0xff),
        ).join('');
        const octets = encoding === 'base64' ? Buffer.from(body, 'latin1').toString('base64') : body;
        const { reports } = await read(
          `${head}Content-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: ${encoding}\n\n<ann@example.com>: 550 ${octets}`,
        );
        expect(reports[0]?.diagnosticCode?.isWellFormed() ?? true).toBe(true);
      }
  });

  it('adds nothing to the prototype of objects', async () => {
    const evil = '__proto__: x\nconstructor: x\nprototype: x\ntoString: x\n';
    const type = 'Content-Type: multipart/report; __proto__=x; constructor=y; boundary=b\n\n';
    await read(
      `${evil}${head}${type}--b\n${evil}Content-Type: message/delivery-status; __proto__=x\n\n${evil}\nFinal-Recipient: rfc822; __proto__@example.com\n${evil}\n--b\nContent-Type: message/rfc822\n\n${evil}From: __proto__@example.com\n\nx\n--b--\n`,
    );
    await read(
      `${evil}${head}Content-Type: multipart/mixed; boundary*0="a"; boundary*1="b"; __proto__*0=x\n\n--ab\n${evil}\nx\n--ab--\n`,
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(typeof {}.toString).toBe('function');
  });
});

describe('every rule', () => {
  it('gives a verdict with its words in the text, for hostile texts of every size', { timeout: 60_000 }, () => {
    for (const attack of attacks)
      for (const size of [1000, 4096, 1_000_000]) {
        const text = textOf(attack, size);
        const { evidence, confidence } = classifyText(text, rules);
        expect(confidence).toBeGreaterThan(0);
        if (evidence !== null) expect(text.slice(evidence.start, evidence.end)).toBe(evidence.text);
      }
  });

  it('is asked with its own words torn apart and repeated without end', { timeout: 60_000 }, () => {
    for (const { text } of rules.rules)
      for (const fragments of text?.slice(0, 3) ?? []) {
        const without = fragments.slice(0, -1).join(' ') || fragments.join('').slice(0, -1);
        for (const unit of [without, fragments.toReversed().join(' '), fragments.join('x')])
          expect(classifyText(`550 ${`${unit} `.repeat(4096 / (unit.length + 1))}`, rules).confidence).toBeGreaterThan(
            0,
          );
      }
  });
});

describe('mail of people', () => {
  const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.eml'))
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  const isNone = (file: string): boolean => /\/non-reports\/|\/none-/u.test(file);

  it(
    'moves nothing without a machine-readable part, and is no bounce where it only talks of one',
    { timeout: 60_000 },
    async () => {
      expect(files.filter(isNone).length).toBeGreaterThan(100);
      const acting: string[] = [];
      for (const file of files) {
        const raw = readFileSync(file);
        const from = arrival({
          reversePath: 'someone@example.net',
          raw,
          bound: { ...bound, recipient: 'ann@example.com' },
        });
        for (const { acts, report, verdict } of await processArrival(from, rules, new Map()))
          if (acts && verdict.type.endsWith('_bounce') && (isNone(file) || !report.machineReadable)) acting.push(file);
      }
      expect(acting).toEqual([]);
    },
  );
});
