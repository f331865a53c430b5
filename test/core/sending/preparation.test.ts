import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareMessage, stampAttempt, type Prepared } from '../../../src/core/sending/preparation.ts';

const terms = { messageId: 'new@mx.example', now: new Date('2026-01-05T06:07:08Z') };
const addedId = 'Message-ID: <new@mx.example>\r\n';
const addedDate = 'Date: Mon, 05 Jan 2026 06:07:08 +0000\r\n';

const whole = 'Message-ID: <m1@sender.example>\r\nDate: Mon, 05 Jan 2026 00:00:00 +0000\r\nFrom: a@sender.example\r\n';

/** Latin-1: a character is an octet. */
const prepare = (text: string): ReturnType<typeof prepareMessage> => prepareMessage(Buffer.from(text, 'latin1'), terms);

function prepared(text: string): Prepared {
  const result = prepare(text);
  if (!result.ok) throw new Error(`refused: ${result.why}`);
  return result;
}
const sent = (text: string): string => prepared(text).raw.toString('latin1');
const refusal = (text: string): string => {
  const result = prepare(text);
  return result.ok ? 'fit' : result.why;
};

test('a message that has all it needs stays as it is, octet by octet', () => {
  const text = `DKIM-Signature: v=1;\r\n\tb=abc\r\n${whole}List-Unsubscribe: <https://x.example/u>\r\nX-Odd :  y \r\n\r\nbody\r\n..\r\n`;
  expect(sent(text)).toBe(text);
  expect(prepared(text)).toMatchObject({ messageId: 'm1@sender.example', fromDomain: 'sender.example' });
});

test('what is missing is put before all else', () => {
  expect(sent('From: a@b.example\r\n\r\nhello')).toBe(`${addedId}${addedDate}From: a@b.example\r\n\r\nhello`);
  expect(prepared('From: a@b.example\r\n\r\n').messageId).toBe('new@mx.example');
});

test.each([
  'Bcc: eve@example.net\r\n',
  'bcc:eve@example.net\r\n',
  'BCC : eve@example.net,\r\n\teve2@example.net\r\n \r\n eve3@example.net\r\n',
  'Bcc:\r\n',
  'Resent-Bcc: eve@example.net\r\n',
  'Return-Path: <eve@example.net>\r\n',
  'Bcc: eve@example.net\r\nbCC: eve@example.net\r\n',
])('%j is not sent on', (field) => {
  expect(sent(`${field}${whole}\r\nbody`)).toBe(`${whole}\r\nbody`);
  expect(sent(`${whole}${field}\r\nbody`)).toBe(`${whole}\r\nbody`);
});

test('fields and lines that only look like Bcc stay', () => {
  const text = `${whole}X-Bcc: a\r\nSubject: a\r\n Bcc: b\r\nBcc-Note: c\r\n\r\nBcc: in the body\r\n`;
  expect(sent(text)).toBe(text);
});

describe('line ends', () => {
  test('become CR LF everywhere, however they were written', () => {
    for (const end of ['\n', '\r'])
      expect(sent(`${whole}\r\na\r\nb\r\n`.replaceAll('\r\n', end))).toBe(`${whole}\r\na\r\nb\r\n`);
    expect(sent(`${whole}\r\na\n.\nb\r\r\nc\r`)).toBe(`${whole}\r\na\r\n.\r\nb\r\n\r\nc\r\n`);
  });

  test('that a relay would see within a field make no field that was not looked at', () => {
    expect(sent(`${whole}Subject: a\rBcc: eve@example.net\r\n\r\nbody`)).toBe(`${whole}Subject: a\r\n\r\nbody`);
    expect(sent(`${whole}Subject: a\nBcc: eve@example.net\n\nbody`)).toBe(`${whole}Subject: a\r\n\r\nbody`);
    expect(refusal(`${whole}Subject: a\rno field\r\n\r\nbody`)).toBe('badHeader');
  });
});

describe('a Message-ID', () => {
  test.each(['', '<>', 'no brackets', '<a b>', '<a><b>', '<\u0007@x>', `<${'a'.repeat(5000)}>`])(
    'that nothing can be counted by is replaced: %j',
    (value) => {
      const text = `Message-Id: ${value}\r\nDate: x\r\nFrom: a@b.example\r\n\r\n`;
      expect(prepared(text).messageId).toBe('new@mx.example');
      expect(sent(text)).toBe(`${addedId}Date: x\r\nFrom: a@b.example\r\n\r\n`);
    },
  );

  test('is read where it is folded, and where a broken one stands before it', () => {
    expect(prepared('Message-ID:\r\n <m2@x.example>\r\nFrom: a@b.example\r\n\r\n').messageId).toBe('m2@x.example');
    const twice = prepared('Message-ID: broken\r\nMessage-ID: <m3@x>\r\nDate: x\r\nFrom: a@b.example\r\n\r\n');
    expect(twice.messageId).toBe('m3@x');
    expect(twice.raw.toString()).toBe('Message-ID: <m3@x>\r\nDate: x\r\nFrom: a@b.example\r\n\r\n');
  });
});

describe('the From field', () => {
  test.each([
    ['a@b.example', 'b.example'],
    ['Ann <a@B.example>', 'B.example'],
    ['"a <eve@x.example>" <a@b.example>', 'b.example'],
    ['a@b.example (Ann @ home)', 'b.example'],
    ['Ann\r\n\t<a@\r\n b.example>', 'b.example'],
    ['=?utf-8?q?=C3=A4?= <a@b.example>', 'b.example'],
    ['Ann', null],
    ['', null],
    ['undisclosed:;', null],
    ['Ann <a@>', null],
    ['Ann <a@b c>', null],
    ['>a@b.example<', null],
  ])('%j names the domain %s', (value, domain) => {
    expect(prepared(`From: ${value}\r\n\r\n`).fromDomain).toBe(domain);
  });

  test('must be there, once', () => {
    expect(refusal('Subject: x\r\n\r\nFrom: a@b.example\r\n')).toBe('noFrom');
    expect(refusal('From: a@b.example\r\nFrom: eve@x.example\r\n\r\n')).toBe('badHeader');
  });
});

test.each([
  ['', 'noHeader'],
  ['\r\n', 'noHeader'],
  ['\r\nFrom: a@b.example\r\n', 'noHeader'],
  ['hello', 'noHeader'],
  [' From: a@b.example\r\n\r\n', 'noHeader'],
  ['From a@b.example Mon Jan  5\r\nFrom: a@b.example\r\n\r\n', 'noHeader'],
  [': x\r\n\r\n', 'noHeader'],
  ['From: a@b.example\r\nhello\r\n\r\n', 'badHeader'],
  ['From: a@b.example\r\nhe llo: x\r\n\r\n', 'badHeader'],
  ['From: a@b.example\r\n\xfcml: x\r\n\r\n', 'badHeader'],
  ['From: a@b.example\r\n: x\r\n\r\n', 'badHeader'],
  [`From: a@b.example\r\n${'x'.repeat(201)}: x\r\n\r\n`, 'badHeader'],
  ['From: a@b.example\r\nSubject: a\0b\r\n\r\n', 'badHeader'],
])('%j is refused: %s', (text, why) => {
  expect(refusal(text)).toBe(why);
});

test('a message that is all header gets its empty line', () => {
  const base = whole.slice(0, -2);
  for (const text of [base, `${base}\r\n`, `${base}\r\n\r\n`, `${base}\r\nBcc: eve@example.net`])
    expect(sent(text)).toBe(`${base}\r\n\r\n`);
});

describe('a header', () => {
  test('of more than 256 KiB is refused, whatever it is made of', () => {
    const size = 1 << 20;
    const huge = ['x'.repeat(size), 'X: y\r\n'.repeat(size / 6), `X: y${'\r\n '.repeat(size / 3)}`, '\r '.repeat(size)];
    for (const text of huge) expect(refusal(`From: a@b.example\r\nX: ${text}\r\n\r\nbody`)).toBe('headerTooLong');
    expect(refusal(`From: a@b.example\r\n${'X: y\r\n'.repeat(40_000)}\r\nbody`)).toBe('fit');
  });

  test('with more than 50 Received fields, or that came back from here too often, runs in a circle', () => {
    const received = (n: number): string => `${'Received: x\r\n'.repeat(n)}${whole}\r\n`;
    expect([refusal(received(50)), refusal(received(51))]).toEqual(['fit', 'tooManyReceived']);
    let raw = prepared(`${whole}\r\nbody`).raw;
    const ends: string[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      raw = stampAttempt(raw, { dispatchId: 'd', attempt, hostname: 'mx.example' });
      ends.push(refusal(raw.toString('latin1')));
    }
    expect(ends).toEqual(['fit', 'fit', 'fit', 'loop']);
  });
});

test('an attempt is stamped with one field before all others', () => {
  const raw = stampAttempt(Buffer.from('From: a\r\n\r\n'), { dispatchId: 'd1', attempt: 2, hostname: 'mx.example' });
  expect(raw.toString()).toBe('Bouncemx-Dispatch: d1; attempt=2; host=mx.example\r\nFrom: a\r\n\r\n');
});

test('what needs SMTPUTF8 and 8BITMIME is told apart', () => {
  const flags = (text: string): readonly boolean[] => {
    const { smtputf8, eightBit } = prepared(text);
    return [smtputf8, eightBit];
  };
  expect(flags(`${whole}\r\nplain`)).toEqual([false, false]);
  expect(flags(`${whole}Subject: \xc3\xa4\r\n\r\nplain`)).toEqual([true, false]);
  expect(flags(`${whole}\r\n\xc3\xa4`)).toEqual([false, true]);
  expect(flags(`${whole}Bcc: \xc3\xa4@x.example\r\n\r\n`)).toEqual([false, false]);
});

describe('of any message', () => {
  const field = fc.oneof(
    fc.constantFrom(
      'Bcc: eve@example.net',
      'bcc:\r\n eve@example.net',
      'To: a@b.example',
      'X: y\r\n\tz',
      'Subject: Bcc: x',
    ),
    fc.constantFrom(
      'Received: x',
      'From: c@d.example',
      'Message-ID: <m@x>',
      'Message-ID: broken',
      'Return-Path: <x@y>',
      '',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r');
  const header = fc
    .array(fc.tuple(field, end), { maxLength: 8 })
    .map((lines) => lines.map((line) => line.join('')).join(''));
  const body = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.constantFrom('.', '\r\n', '\n', '\r', '\0', 'Bcc: x', 'a'), { maxLength: 30 })
      .map((parts) => parts.join('')),
  );
  const message = fc.tuple(header, body).map((parts) => Buffer.from(`From: a@b.example\r\n${parts.join('\r\n')}`));

  test('the body stays as it was but for its line ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (octets) => {
        const { raw } = prepared(`${whole}\r\n${Buffer.from(octets).toString('latin1')}`);
        const normal = Buffer.from(octets)
          .toString('latin1')
          .replaceAll(/\r\n|\r|\n/g, '\r\n');
        expect(raw.toString('latin1')).toBe(`${whole}\r\n${normal}`);
      }),
      { numRuns: 1000 },
    );
    const large = randomBytes(5 << 20)
      .toString('base64')
      .replaceAll(/.{76}/g, '$&\r\n');
    expect(sent(`${whole}\r\n${large}`) === `${whole}\r\n${large}`).toBe(true);
  });

  test('no Bcc, no bare line end and no NUL is left in the header; preparing it again changes nothing', () => {
    let fit = 0;
    fc.assert(
      fc.property(message, (given) => {
        const result = prepareMessage(given, terms);
        if (!result.ok) return;
        fit++;
        const text = result.raw.toString('latin1');
        const head = text.slice(0, text.indexOf('\r\n\r\n') + 2);
        expect(head).not.toMatch(/^(?:resent-)?bcc[ \t]*:|^return-path[ \t]*:|\0/im);
        expect(text).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(head.match(/^message-id:\s*<[^<>\s]+>\s*$/gim)?.length).toBeGreaterThan(0);
        expect(head).toContain(result.messageId);
        expect(prepareMessage(result.raw, { ...terms, messageId: 'other@x.example' })).toEqual(result);
      }),
      { numRuns: 5000 },
    );
    expect(fit).toBeGreaterThan(500);
  });
});

test('a From field that is too long to be read whole names nobody: what it ends in counts for its readers', () => {
  const rest = whole.replace('From: a@sender.example\r\n', '');
  for (const gap of [' '.repeat(5000), '\r\n '.repeat(2000)])
    expect(prepared(`From: a@sender.example${gap}<eve@evil.example>\r\n${rest}\r\n`).fromDomain).toBeNull();
});

test('a Message-ID is kept that an index can hold, in octets; any other is replaced', () => {
  const fits = `${'é'.repeat(440)}@b.example`;
  const utf8 = (id: string): string =>
    Buffer.from(`Message-ID: <${id}>\r\nFrom: a@b.example\r\n\r\n`).toString('latin1');
  expect(prepared(utf8(fits)).messageId).toBe(fits);
  expect(prepared(utf8(`é${'é'.repeat(445)}@b.example`)).messageId).toBe('new@mx.example');
  expect(prepared(utf8(`a@b.example>${' '.repeat(5000)}<c@d.example`)).messageId).toBe('new@mx.example');
});
