/** Hostile and broken mail (SECURITY, parsing): bounded results, no exception, whatever the octets are. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ReadMessage } from '../../../src/core/event.ts';
import { readMessage } from '../../../src/core/report/read.ts';

const folder = fileURLToPath(new URL('../../fixtures/mail/', import.meta.url));
const fixtures = readdirSync(folder).map((file) => readFileSync(folder + file));
const read = (text: string | Buffer): ReadMessage =>
  readMessage(Buffer.from(text as string, 'latin1'), { truncated: false });

const unstorable = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u;

function expectBounded(message: ReadMessage): void {
  expect(message.reports.length).toBeGreaterThan(0);
  expect(message.reports.length).toBeLessThanOrEqual(100);
  expect(message.recipientCount).toBeGreaterThanOrEqual(message.reports.length);
  const texts = [
    ...message.reports.flatMap((one) => [
      one.diagnosticCode,
      one.finalRecipient,
      one.originalRecipient,
      one.reportingMta,
      one.remoteMta,
    ]),
    ...Object.values(message.originalHeaders ?? {}),
    message.originalMessageId,
    message.subject,
    message.from,
  ];
  for (const text of texts) {
    if (text === null) continue;
    expect(text.isWellFormed()).toBe(true);
    expect(unstorable.test(text)).toBe(false);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  }
  for (const report of message.reports) {
    if (report.status !== null) expect(report.status).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/u);
    if (report.replyCode !== null) expect(report.replyCode).toBeGreaterThanOrEqual(400);
  }
}

const head = 'From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered Mail Returned to Sender\nReturn-Path: <>\n';

describe('hostile mail', () => {
  it('gives a bounded result for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (octets) =>
        expectBounded(readMessage(Buffer.from(octets), { truncated: false })),
      ),
    );
  });

  it('gives a bounded result for any headers around any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.string({ unit: 'binary', maxLength: 1000 }),
        (type, body) =>
          expectBounded(readMessage(Buffer.from(`${head}Content-Type: ${type}\n\n${body}`), { truncated: false })),
      ),
    );
  });

  it('gives a bounded result for mutated reports', () => {
    const mutation = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.integer({ min: 0, max: 200 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc
          .constantFrom('\n\n', '\0', '@', '<', '--=_b1\n', '\u202e', '=?utf-8?B?AAAA?=', '550 5.1.1 ')
          .map((text) => Buffer.from(text)),
      ),
    });
    fc.assert(
      fc.property(
        fc.nat(fixtures.length - 1),
        fc.array(mutation, { minLength: 1, maxLength: 5 }),
        (index, mutations) => {
          let raw: Buffer = fixtures[index] ?? Buffer.alloc(0);
          for (const { at, drop, put } of mutations) {
            const from = Math.floor(at * raw.length);
            raw = Buffer.concat([raw.subarray(0, from), put, raw.subarray(from + drop)]);
          }
          expectBounded(readMessage(raw, { truncated: false }));
        },
      ),
      { numRuns: 500 },
    );
  });

  const nested = (depth: number, inner: string): string => {
    let text = `${head}Content-Type: multipart/mixed; boundary=b0\n\n`;
    for (let level = 0; level < depth; level += 1)
      text += `--b${level}\nContent-Type: multipart/mixed; boundary=b${level + 1}\n\n`;
    return `${text}--b${depth}\n${inner}`;
  };
  const status = (recipient: string): string =>
    `Final-Recipient: rfc822; ${recipient}\nAction: failed\nStatus: 5.1.1\n\n`;
  const report = (content: string): string =>
    `${head}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n${content}--b--\n`;

  it.each([10, 19])('reads a report %i levels deep', (depth) => {
    const inner = `Content-Type: message/delivery-status\n\n${status('ann@example.com')}`;
    expect(read(nested(depth, inner)).reports[0]?.finalRecipient).toBe('ann@example.com');
  });

  it('stops at twenty levels of ten thousand, and says so', () => {
    const message = read(nested(10_000, 'Content-Type: text/plain\n\nx'));
    expectBounded(message);
    expect(message.flags).toContain('parse_limit:depth');
  });

  it('stops at a hundred parts of a hundred thousand, and says so', () => {
    const message = read(`${head}Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(100_000)}`);
    expectBounded(message);
    expect(message.flags).toContain('parse_limit:parts');
  });

  it.each([
    ['a million header lines', `${'A: b\n'.repeat(1_000_000)}\nx`],
    ['a header line of ten million octets', `Subject: ${'a'.repeat(10_000_000)}\n\nx`],
    ['fifteen thousand headers', `${Array.from({ length: 15_000 }, (_, index) => `X-${index}: 1\n`).join('')}\nx`],
    ['two hundred thousand folds', `Subject: a\n${' b\n'.repeat(200_000)}\nx`],
  ])('stops in %s, and says so', (_, text) => {
    const message = read(text);
    expectBounded(message);
    expect(message.flags).toContain('parse_limit:header');
  });

  // Half a second of work each, were the words searched anew for each recipient: the test would not end in time.
  it('searches the words of a notification once, however many recipients its fields name', () => {
    const fields = 'Final-Recipient: rfc822; a@b\n'.repeat(2000);
    const words = Array.from({ length: 2000 }, (_, index) => `could not deliver to u${index}@example.com\n`).join('');
    for (let i = 0; i < 60; i++) {
      expect(read(`${head}Content-Type: text/plain\n\n${fields}`).reports).toHaveLength(100);
      expect(read(`${head}Content-Type: text/plain\n\n${words}`).reports).toHaveLength(100);
    }
  });

  it('keeps a hundred recipients of as many as the first MiB holds, and counts them', () => {
    const message = read(
      report(Array.from({ length: 100_000 }, (_, index) => status(`u${index}@example.com`)).join('')),
    );
    expectBounded(message);
    expect(message.reports).toHaveLength(100);
    expect(message.recipientCount).toBeGreaterThan(10_000);
    expect(message.flags).toEqual(expect.arrayContaining(['truncated', 'parse_limit:recipients']));
  });

  it.each([
    ['long local parts', 'a'.repeat(200_000)],
    ['at signs', '@'.repeat(200_000)],
    ['addresses', 'a@b.c '.repeat(50_000)],
    ['brackets', '<'.repeat(200_000)],
    ['digits', '5'.repeat(200_000)],
    ['dots and digits', '5.'.repeat(100_000)],
    ['codes', '550 5.1.1 '.repeat(20_000)],
    ['blanks', ' '.repeat(200_000)],
    ['empty lines', '\n'.repeat(500_000)],
    ['carriage returns', '\r'.repeat(500_000)],
    ['hyphens', '--\n'.repeat(200_000)],
    ['nested quotes', '<blockquote>'.repeat(60_000)],
    ['encoded words', '=?utf-8?B?'.repeat(20_000)],
    ['returned marks', '--- original message follows\n'.repeat(20_000)],
    ['transcripts', '----- Transcript of session follows -----\n>>> RCPT To:<a@b.c>\n<<< 550 x\n'.repeat(5000)],
  ])('reads a body of %s as text, as HTML and as a report part', (_, text) => {
    expectBounded(read(`${head}\n${text}`));
    expectBounded(read(`${head}Subject: ${text}\nTo: ${text}\nFrom: ${text}\n\nx`));
    expectBounded(read(`${head}Content-Type: text/html\n\n${text}`));
    expectBounded(
      read(report(`Final-Recipient: rfc822; a@example.com\nStatus: 5.0.0\nDiagnostic-Code: smtp; ${text}\n`)),
    );
    expectBounded(read(`${head}Content-Type: multipart/mixed; ${text}; boundary="b\n\n${text}`));
  });

  it('leaves the prototype of objects alone', () => {
    const evil = `__proto__: x\nconstructor: y\n`;
    const message = read(
      `${evil}${head}Content-Type: multipart/report; __proto__=x; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n__proto__: x\n\n${status('ann@example.com')}__proto__: x\n--b\nContent-Type: message/rfc822\n\n${evil}From: a@example.com\n\n`,
    );
    expect(message.reports[0]?.finalRecipient).toBe('ann@example.com');
    expect(Object.keys(message.originalHeaders ?? {})).toEqual(['from']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('strips what cannot be stored or shown from the words', () => {
    const [one] = read(
      report(
        'Final-Recipient: rfc822; a@example.com\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no\0\x1b[31m \xc2\x85\xe2\x80\xaeway\n',
      ),
    ).reports;
    expect(one?.diagnosticCode).toBe('550 no[31m way');
  });

  it('never decodes UTF-7', () => {
    const message = read(`${head}Content-Type: text/plain; charset=utf-7\n\n<ann@example.com>: 550 +ADw-script+AD4-\n`);
    expect(message.reports[0]?.diagnosticCode).toContain('+ADw-');
  });
});
