/** Complaints whose parts are not as RFC 5965 has them. Whole mails are in test/fixtures/reports/arf. */
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';

const complaint = (
  fields: string,
  type = 'message/feedback-report',
  returned = 'From: news@shop.example.org\nSubject: x',
) =>
  readMessage(
    Buffer.from(
      `From: fbl@fbl.example.net\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nA complaint.\n--b\nContent-Type: ${type}\n\n${fields}\n--b\nContent-Type: message/rfc822\n\n${returned}\n\n--b--\n`,
    ),
    { truncated: false },
  ).reports[0];

describe('a complaint', () => {
  it('is read below empty lines', () => {
    expect(complaint('\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: a@example.com')?.finalRecipient).toBe(
      'a@example.com',
    );
  });

  it('is none where its fields are HTML', () => {
    expect(complaint('Feedback-Type: abuse\nOriginal-Rcpt-To: a@example.com', 'text/html')?.kind).toBe('none');
  });

  it('names nobody where the envelope sender is none', () => {
    expect(complaint('Feedback-Type: abuse\nOriginal-Mail-From: <>')).toMatchObject({
      kind: 'feedback',
      finalRecipient: null,
    });
    expect(complaint('Feedback-Type: abuse\nOriginal-Mail-From: <news@bounce.example.org>')?.finalRecipient).toBeNull();
  });

  it('names the recipient in the envelope sender, also behind a tag for bounces', () => {
    expect(
      complaint('Feedback-Type: abuse\nOriginal-Mail-From: <prvs=1234abcdef=x+ann=example.com@bounce.example.org>')
        ?.finalRecipient,
    ).toBe('ann@example.com');
  });

  it('takes the header in which mail was delivered where To names two', () => {
    const returned = 'X-Original-To: ann@example.com\nTo: a@example.com, b@example.com\nSubject: x';
    expect(complaint('Feedback-Type: abuse', 'message/feedback-report', returned)?.finalRecipient).toBe(
      'ann@example.com',
    );
  });

  it('may come without the mail and without a sender', () => {
    const raw = 'Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n';
    const [one] = readMessage(Buffer.from(raw), { truncated: false }).reports;
    expect(one).toMatchObject({ kind: 'feedback', finalRecipient: null });
    expect(readMessage(Buffer.from('Subject: x\n\nx\n'), { truncated: false }).reports[0]?.kind).toBe('none');
  });
});
