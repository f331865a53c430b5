import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/core/clean-text.ts';
import { htmlWords } from '../../src/core/html-words.ts';
import { decodeCharset, decodeTransfer, decodeWords } from '../../src/core/mime-decode.ts';
import {
  contentType,
  fieldNames,
  hasHeader,
  header,
  headers,
  headerText,
  pickHeaders,
  readHeaders,
} from '../../src/core/mime-headers.ts';
import { scanMessage, textPart } from '../../src/core/mime.ts';

const scan = (text: string) => scanMessage(Buffer.from(text));
const block = (text: string) => readHeaders(text, 0);

describe('headers', () => {
  it('unfolds values and finds names in any case', () => {
    const found = block('SUBJECT: one\r\n\ttwo\r\n three\r\nX: y\r\n\r\nbody');
    expect(header(found, 'subject')).toBe('one two three');
    expect(hasHeader(found, 'x')).toBe(true);
    expect(header(found, 'body')).toBeNull();
    expect(headerText(found, 'none')).toBeNull();
  });

  it('gives all fields of one name in order', () => {
    expect(headers(block('A: 1\nB: 2\na: 3\n\n'), 'a')).toEqual(['1', '3']);
  });

  it('picks the first of each name, decoded', () => {
    expect({
      ...pickHeaders(block('A: =?utf-8?Q?=C3=A4?=\nA: 2\nB: 3\nC:\nD: 4\n\n'), fieldNames(['a', 'c']), 99),
    }).toEqual({ a: 'ä' });
  });

  it('ends at a line that is no field', () => {
    const found = block('A: 1\nthis is text\nB: 2\n\n');
    expect(found.broken).toBe(true);
    expect(found.text.slice(found.bodyStart)).toBe('this is text\nB: 2\n\n');
    expect(block('A: 1\nmy text: is here\n').broken).toBe(true);
  });

  it('passes over the separator lines of mailboxes, and a continuation of nothing', () => {
    expect(header(block('From a@example.com  Tue Mar  3 10:00:00 2026\n>From b\nA: 1\n\n'), 'a')).toBe('1');
    expect(header(block(' lost\nA: 1\n\n'), 'a')).toBe('1');
  });

  it('finds the body behind a header that is too long, whatever the line ends', () => {
    for (const end of ['\n', '\r\n']) {
      const text = `${`A: b${end}`.repeat(20_000)}${end}body`;
      const found = block(text);
      expect(found.limit).toBe(true);
      expect(text.slice(found.bodyStart)).toBe('body');
    }
    expect(block('A: b\n'.repeat(20_000)).bodyStart).toBe(100_000);
  });

  it.each([
    ['text/plain', { type: 'text/plain', boundary: null, charset: null }],
    ['Text/HTML; charset="UTF-8"; x', { type: 'text/html', charset: 'utf-8' }],
    ['multipart/report; x="a;boundary=no"; boundary="b;c"', { boundary: 'b;c' }],
    ['multipart/mixed; boundary=abc; report-type=Delivery-Status', { boundary: 'abc', reportType: 'delivery-status' }],
    ['multipart/mixed; boundary="open', { boundary: 'open' }],
    ['multipart/mixed; boundary=abc; charset=latin1', { boundary: 'abc', charset: 'latin1' }],
    ['multipart/mixed; report-type', { reportType: null }],
    ['multipart/mixed; boundary=', { boundary: null }],
    ['multipart/mixed; boundary=""', { boundary: null }],
    ['multipart/mixed; x="open; boundary=b', { boundary: null }],
    ['nonsense', { type: 'text/plain' }],
  ])('reads the content type %j', (field, expected) => {
    expect(contentType(block(`Content-Type: ${field}\n\n`))).toMatchObject(expected);
  });

  it('passes over a line that is no field where the header goes on below it', () => {
    const wrapped =
      'Received: from a\nby b; Tue, 3 Mar 2026\n10:00:02 +0000\nSubject: s\nContent-Type: text/html\n\nbody';
    const found = block(wrapped);
    expect([found.broken, header(found, 'subject'), contentType(found).type]).toEqual([false, 's', 'text/html']);
    expect(wrapped.slice(found.bodyStart)).toBe('body');
  });

  it.each([
    'From: a\nSubject: s\nThis is the text\nFrom: b\nSubject: t\n\nx',
    'From: a\nThis is the text\n\nSubject: t\n\nx',
    'From: a\nThis\nis\nthe text of\nmany lines\nSubject: t\n\nx',
    'From: a\nThis is the text\nNote: t\n\nx',
  ])('takes a line that is no field for the body in %j', (text) => {
    const found = block(text);
    expect(found.broken).toBe(true);
    expect(text.slice(found.bodyStart)).toMatch(/^This/u);
  });

  it('takes blanks before the colon of a field, and none within its name', () => {
    expect(contentType(block('Content-Type\t : text/html\n\n')).type).toBe('text/html');
    expect(block('Content Type: text/html\n\n').broken).toBe(true);
    expect(block('Content-Type \n: text/html\n\n').broken).toBe(true);
  });

  it('takes a missing content type for plain text', () => {
    expect(contentType(block('A: b\n\n')).type).toBe('text/plain');
  });
});

describe('parts', () => {
  it('finds leaves through nested multiparts and leaves preamble and epilogue out', () => {
    const message = scan(
      'Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\nContent-Type: multipart/alternative; boundary="a b"\n\n--a b\n\none\n--a b \nContent-Type: text/html\n\n<p>two\n--a b--\nepilogue\n--a\nContent-Type: message/rfc822\n\nFrom: x\n--a--\nepilogue',
    );
    expect(message.parts.map((part) => [part.type, part.text()])).toEqual([
      ['text/plain', 'one'],
      ['text/html', '<p>two'],
      ['message/rfc822', 'From: x'],
    ]);
    expect(message.flags).toEqual([]);
  });

  it('does not take a longer or similar line for a boundary', () => {
    const message = scan(
      `Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--ab\n--a x\n--a${' '.repeat(200)}\n--\n--a--\n`,
    );
    expect(message.parts).toHaveLength(1);
    expect(message.parts[0]?.text()).toContain('--ab\n--a x');
  });

  it('finds a boundary at the beginnings of lines alone, whatever stands in them', () => {
    const within = 'see --a and --a\n -- --a\n';
    expect(
      scan(`Content-Type: multipart/mixed; boundary=a\n\n${within}--a\n\n${within}--a--\nx --a`).parts.map((part) =>
        part.text(),
      ),
    ).toEqual(['see --a and --a\n -- --a']);
    expect(scan('Content-Type: multipart/mixed; boundary=a\n\nwords --a').flags).toContain('odd:boundary');
  });

  it('reads a body without its boundary as text, and says so', () => {
    expect(scan('Content-Type: multipart/mixed; boundary=a\n\nwords').parts[0]?.text()).toBe('words');
    const without = scan('Content-Type: multipart/mixed\n\nwords');
    expect(without.flags).toContain('odd:boundary');
    expect(without.parts[0]?.type).toBe('multipart/mixed');
  });

  it('decodes a part once, with its encoding and charset', () => {
    const [part] = scan(
      'Content-Type: text/plain; charset=iso-8859-15\nContent-Transfer-Encoding: Quoted-Printable\n\nf=FCr 5 =A4=\r\n!',
    ).parts;
    expect(part?.text()).toBe('für 5 €!');
    expect(part?.text()).toBe('für 5 €!');
  });

  it('takes a boundary at the very end for one', () => {
    expect(
      scan('Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--').parts.map((part) => part.text()),
    ).toEqual(['one']);
  });

  it('says when there is no header at all, and skips empty lines before it', () => {
    expect(scan('\r\n\nSubject: x\n\ny').flags).toEqual([]);
    expect(scan('just words').flags).toEqual(['odd:header']);
    expect(scan('').parts[0]?.text()).toBe('');
  });

  it('begins a part without a header at its first line', () => {
    expect(scan('Content-Type: multipart/mixed; boundary=a\n\n--a\nwords here\n--a--\n').parts[0]?.text()).toBe(
      'words here',
    );
  });

  it('says that the header of a part is too long', () => {
    const message = scan(`Content-Type: multipart/mixed; boundary=a\n\n--a\n${'X: y\n'.repeat(2000)}\nwords\n--a--\n`);
    expect(message.flags).toContain('parse_limit:header');
  });

  it('makes a part of a text that is known', () => {
    expect(textPart('text/plain', 'x'.repeat(300_000)).text()).toHaveLength(256 * 1024);
    expect(textPart('text/plain', 'x', 'X-Name: y\n\n').headers.fields).toHaveLength(1);
    expect(header(textPart('text/plain', 'A: 1\n\nx').head(), 'a')).toBe('1');
  });

  it.each([
    ['seven bits', '', 'Subject: a\r\nX: b\r\n\r\nbody\r\n', 'a'],
    ['blanks above', '', '\n\nSubject: a\n\nbody\n\n', 'a'],
    ['blanks with returns above', '', '\r\n \r\nSubject: a\r\n\r\nbody\r\n', 'a'],
    ['eight bits below', '', 'Subject: a\n\nbödy\n', 'a'],
    ['eight bits in it', '', 'Subject: ä\n\nbödy', 'ä'],
    ['escapes', '', 'Subject: \x1b$B$"\x1b(B\n\nbody', 'あ'],
    ['an encoding', 'Content-Transfer-Encoding: quoted-printable\n', 'Subject: =61\n\nb=6Fdy', 'a'],
  ])('gives the header of a returned message as its text has it: %s', (_, field, returned, subject) => {
    const mail = `Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n${field}\n${returned}\n--a--\n`;
    const part = scan(mail).parts[0];
    const read = (): string | null => (part === undefined ? null : header(part.head(), 'subject'));
    expect(read()).toBe(subject);
    expect(part?.text().trimStart().startsWith(`Subject: ${subject}\n`)).toBe(true);
    // What is decoded already is not decoded again.
    expect(read()).toBe(subject);
  });

  it.each([
    ['UTF-8', Buffer.from('届きません')],
    ['EUC-JP', Buffer.from('c6cfa4ada4dea4bba4f3', 'hex')],
    ['Shift_JIS', Buffer.from('93cd82ab82dc82b982f1', 'hex')],
  ])('reads %s that was declared as a charset of seven bits', (_, body) => {
    const head = Buffer.from('Content-Type: text/plain; charset=ISO-2022-JP\n\n');
    expect(scanMessage(Buffer.concat([head, body])).parts[0]?.text()).toBe('届きません');
  });

  it('shows octets that make sense in no charset as replacement characters', () => {
    const raw = Buffer.from('Content-Type: text/plain; charset=ISO-2022-JP\n\n\xff\xff\x80', 'latin1');
    expect(scanMessage(raw).parts[0]?.text()).toBe('\ufffd\ufffd\ufffd');
  });

  it('reads no more of a returned message than its header may hold', () => {
    const [part] = scan(`Content-Type: message/rfc822\n\nFrom: a@example.com\n\n${'x'.repeat(300_000)}`).parts;
    expect(part?.text()).toHaveLength(128 * 1024);
  });

  it('reads quoted-printable and base64 back to what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const bytes = Buffer.from(octets);
        const quoted = Array.from(bytes, (octet) => `=${octet.toString(16).padStart(2, '0').toUpperCase()}`).join('');
        expect(decodeTransfer(quoted, 'quoted-printable')).toBe(bytes.toString('latin1'));
        expect(decodeTransfer(bytes.toString('base64'), 'base64')).toBe(bytes.toString('latin1'));
        expect(decodeTransfer(quoted, '8bit')).toBe(quoted);
      }),
    );
  });
});

describe('text', () => {
  it.each([
    ['plain', 'utf-8', 'plain'],
    ['\xc3\xa4', null, 'ä'],
    ['\xe4', null, '\xe4'],
    ['\xef\xbb\xbfab', 'utf-8', 'ab'],
    ['\xef\xbb\xbf\xc3\xa4', 'iso-2022-jp', 'ä'],
    ['\xe4', 'utf-8', '\ufffd'],
    ['\xe4', 'x-unknown', '\xe4'],
    ['\xc3\xa4', 'x-unknown', 'ä'],
    ['\xe4', 'y'.repeat(100), '\xe4'],
    ['\xe4', 'cp1252', 'ä'],
    ['\xe4', 'iso-8859-1', 'ä'],
    ['\xe4', 'us-ascii', '\xe4'],
    ['\x1b$B$"\x1b(B', null, 'あ'],
    ['\x1b$B$"\x1b(B', 'us-ascii', 'あ'],
    ['+AGE-\xff', 'utf-7', '+AGE-\xff'],
  ])('decodes %j in %j', (octets, charset, text) => {
    expect(decodeCharset(octets, charset)).toBe(text);
  });

  it.each([
    ['plain', 'plain'],
    ['\xc3\xa4', 'ä'],
    ['=?utf-8?Q?a_b=20c?=', 'a b c'],
    ['=?UTF-8?B?w6Q=?= =?utf-8*de?q?=C3=B6?=', 'äö'],
    ['=?iso-8859-1?Q?=E4=ZZ=?=', 'ä=ZZ='],
    ['=?broken', '=?broken'],
  ])('decodes the words %j', (value, text) => {
    expect(decodeWords(value)).toBe(text);
  });

  it.each([
    ['a=\nb', 'ab'],
    ['a=\r\nb', 'ab'],
    ['a=b=', 'a=b='],
  ])('takes soft line ends and stray signs in %j', (octets, text) => {
    expect(decodeTransfer(octets, 'quoted-printable')).toBe(text);
  });

  it('cuts at whole characters, in octets', () => {
    expect(cleanText('ä'.repeat(10), 5)).toBe('ää');
    expect(cleanText('a'.repeat(10), 5)).toBe('aaaaa');
    expect(cleanText('ä'.repeat(3), 8)).toBe('äää');
    expect(cleanText(`${'a'.repeat(20)}\u202e`, 5)).toBe('aaaaa');
    expect(cleanText('x\0\ud800y', 100)).toBe('x\ufffdy');
  });

  it('never gives more octets than asked for, nor anything that cannot be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const clean = cleanText(text, max);
        expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(max);
        expect(clean.isWellFormed()).toBe(true);
        expect(/[\0-\x1f\x7f-\x9f\u202e]/u.test(clean)).toBe(false);
      }),
    );
  });

  it.each([
    ['<p>one</p><div>two<br>three</div>', '\none\ntwo\nthree'],
    ['<script>var a = "<p>"</script>x<!-- y -->z', 'xz'],
    ['a &lt;b&#64;c&#x41;&gt; &nbsp; &foo; &#0; &#x110000;', 'a <b@cA>   &foo;    '],
    ['<td>a</td><td>b</td>', ' a  b '],
    ['open <b', 'open <b'],
    ['gone <!-- never closed', 'gone '],
    ['gone <style> p', 'gone '],
    ['none', 'none'],
    ['<ann@example.com> <b title="a@b.c">b</b> <a@b c> <x/a@b.c>', '<ann@example.com> b  '],
  ])('takes the words out of %j', (html, words) => {
    expect(htmlWords(html).replaceAll(/\n+/gu, '\n').replace(/\n$/u, '')).toBe(words);
  });

  // `İ` in small letters is two units: what is found in a text in small letters stands elsewhere in the text itself.
  it('ends, and loses no words, where letters grow when they become small', () => {
    expect(htmlWords(`${'İ'.repeat(9)}</script><script>x`)).toBe('İ'.repeat(9));
    expect(htmlWords('<p>İİİİ<style>a{}</style>leti</p>').trim()).toBe('İİİİleti');
    expect(htmlWords('<SCRIPT>x</Script >y<!-- > -->z')).toBe('yz');
  });
});
