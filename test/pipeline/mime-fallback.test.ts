import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../src/core/report/read.ts';
import { readArrival } from '../../src/pipeline/mime-fallback.ts';

const folder = fileURLToPath(new URL('../fixtures/mail/', import.meta.url));
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('reading an arrival', () => {
  it('gives what the scanner gives for all well-formed mail', async () => {
    for (const file of readdirSync(folder)) {
      const raw = readFileSync(folder + file);
      expect(await readArrival(raw, false)).toEqual(readMessage(raw, { truncated: false }));
    }
  });

  it('finds the report where a boundary is written in pieces (RFC 2231)', async () => {
    const status = base64(
      'Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; ann@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n',
    );
    const raw = Buffer.from(
      `From: MAILER-DAEMON@mx.example.net\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary*0="ab"; boundary*1="cd"\n\n--abcd\nContent-Type: text/plain\n\nIt failed.\n--abcd\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n${status}\n--abcd--\n`,
    );
    const read = await readArrival(raw, false);
    expect(read.reports[0]).toMatchObject({ format: 'rfc3464', finalRecipient: 'ann@example.com', status: '5.1.1' });
    expect(read.flags).toContain('odd:boundary');
  });

  it('finds prose that only HTML holds, without converting it', async () => {
    const raw = Buffer.from(
      `From: MAILER-DAEMON@mx.example.net\nReturn-Path: <>\nSubject: Undeliverable\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary*0="ab"; boundary*1="cd"\n\n--abcd\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n${base64('<p>&lt;ann@example.com&gt;: 550 gone</p>')}\n--abcd--\n`,
    );
    expect((await readArrival(raw, false)).reports[0]).toMatchObject({
      finalRecipient: 'ann@example.com',
      replyCode: 550,
    });
  });

  it('reads a mail without any header as no report', async () => {
    const read = await readArrival(Buffer.from('just words'), false);
    expect(read.reports[0]?.kind).toBe('none');
    expect(read.flags).toContain('odd:header');
  });

  it('survives markup that is nested without end', async () => {
    const html = `<p>${'<blockquote>'.repeat(20_000)}`;
    const raw = Buffer.from(
      `From: a@example.com\nSubject: x\nContent-Type: multipart/mixed; boundary=never\n\n${html}`,
    );
    expect((await readArrival(raw, true)).flags).toEqual(expect.arrayContaining(['odd:boundary', 'truncated']));
  });

  it('says that neither could read a mail whose header is too large', async () => {
    const raw = Buffer.from(`Content-Type: multipart/mixed\n${'X: y\n'.repeat(50_000)}\nx`);
    const read = await readArrival(raw, false);
    expect(read.reports[0]?.kind).toBe('none');
    expect(read.flags).toEqual(expect.arrayContaining(['odd:boundary', 'parse_limit:header', 'unparseable']));
  });
});
