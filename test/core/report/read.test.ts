/** What each fixture in test/fixtures/mail says. The mails were written for these tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';

const folder = fileURLToPath(new URL('../../fixtures/mail/', import.meta.url));
const names = readdirSync(folder).map((file) => file.replace('.eml', ''));
const readFixture = (name: string) => readMessage(readFileSync(`${folder}${name}.eml`), { truncated: false });

// kind, format, action, status, reply code, final recipient: one row for each recipient.
type Row = readonly (string | number | null)[];
const expected: Readonly<Record<string, readonly Row[]>> = {
  'auto-reply-body': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  'auto-reply-french': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  'auto-reply-german': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  'auto-reply-header': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  'auto-reply-japanese': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  'auto-reply-quiet': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  'auto-reply': [['auto_reply', 'rfc3834', null, null, null, 'ann@example.com']],
  challenge: [['challenge', 'challenge', null, null, null, 'ann@example.com']],
  'complaint-notice': [['feedback', 'outlook-jmr', null, null, null, 'ann@example.com']],
  'prose-bare-aol': [['delivery_status', 'aol', 'failed', null, null, 'annexample@example.com']],
  'prose-courier': [['delivery_status', 'courier', 'failed', null, 550, 'ann@example.com']],
  'prose-domino': [['delivery_status', 'domino', 'failed', null, null, 'ann@example.com']],
  'prose-exchange': [['delivery_status', 'exchange', 'failed', null, null, 'ANN@example.com']],
  'prose-exim-delay': [['delivery_status', 'exim', 'delayed', '4.7.1', 450, 'ann@example.com']],
  'prose-exim-pipe': [['delivery_status', 'exim', 'failed', null, null, 'ann@example.com']],
  'prose-exim': [
    ['delivery_status', 'exim', 'failed', '5.1.1', 550, 'ann@example.com'],
    ['delivery_status', 'exim', 'failed', null, null, 'bob@example.com'],
  ],
  'prose-french': [['delivery_status', 'exchange', 'failed', '5.1.1', 550, 'ann@example.com']],
  'prose-generic': [['delivery_status', 'prose', 'failed', null, 550, 'ann@example.com']],
  'prose-google': [['delivery_status', 'google', 'failed', '5.2.1', 550, 'ann@example.com']],
  'prose-hmailserver': [['delivery_status', 'hmailserver', 'failed', '5.7.1', 550, 'ann@example.com']],
  'prose-ionos-german': [['delivery_status', 'ionos', 'failed', '5.2.2', 552, 'ann@example.com']],
  'prose-japanese': [['delivery_status', 'exchange', 'failed', '5.2.2', 550, 'ann@example.com']],
  'prose-mailru-russian': [['delivery_status', 'mailru', 'failed', null, 550, 'ann@example.com']],
  'prose-netease-html': [['delivery_status', 'netease', 'failed', null, 550, 'ann@example.com']],
  'prose-nobody': [['delivery_status', 'prose', 'failed', null, 554, null]],
  'prose-opensmtpd': [['delivery_status', 'opensmtpd', 'failed', '5.1.1', 550, 'ann@example.com']],
  'prose-postfix': [
    ['delivery_status', 'postfix', 'failed', '5.7.1', 554, 'ann@example.com'],
    ['delivery_status', 'postfix', 'failed', null, null, 'bob@example.com'],
  ],
  'prose-qmail': [
    ['delivery_status', 'qmail', 'failed', '5.3.0', 553, 'ann@example.com'],
    ['delivery_status', 'qmail', 'failed', '5.1.2', null, 'bob@example.com'],
  ],
  'prose-sendmail-5': [
    ['delivery_status', 'sendmail', 'failed', null, 550, 'ann@example.com'],
    ['delivery_status', 'sendmail', 'failed', null, 550, 'bob@nowhere.example'],
  ],
  'prose-sendmail': [
    ['delivery_status', 'sendmail', 'failed', '5.2.2', 552, 'ann@example.com'],
    ['delivery_status', 'sendmail', 'failed', '5.1.1', 550, 'bob@example.com'],
  ],
  'rfc3464-base64': [['delivery_status', 'rfc3464', 'failed', '5.7.1', 554, 'ann@example.com']],
  'rfc3464-expired': [['delivery_status', 'rfc3464', 'failed', '4.4.2', 421, 'ann@example.com']],
  'rfc3464-in-text': [['delivery_status', 'rfc3464-text', 'failed', '5.2.1', 550, 'ann@example.com']],
  'rfc3464-mistyped': [['delivery_status', 'rfc3464', 'failed', '5.7.1', 554, 'ann@example.com']],
  'rfc3464-pipe': [['delivery_status', 'rfc3464', 'failed', '5.3.0', null, 'ann@example.com']],
  'rfc3464-postfix': [['delivery_status', 'rfc3464', 'failed', '5.1.1', 550, 'ann@example.com']],
  'rfc3464-quoted': [['delivery_status', 'rfc3464', 'failed', '5.7.1', 554, 'ann@example.com']],
  'rfc3464-several': [
    ['delivery_status', 'rfc3464', 'failed', '5.2.2', 552, 'one@example.com'],
    ['delivery_status', 'rfc3464', 'delayed', '4.4.1', null, 'two@example.com'],
    ['delivery_status', 'rfc3464', 'delivered', '2.0.0', null, 'three@example.com'],
    ['delivery_status', 'rfc3464', 'relayed', '2.1.9', null, 'four@example.com'],
    ['delivery_status', 'rfc3464', 'expanded', '2.0.0', null, 'list-five@example.com'],
  ],
  'rfc3464-untidy': [['delivery_status', 'rfc3464', 'failed', '5.1.1', 550, 'ann@example.com']],
  'rfc3464-utf8': [['delivery_status', 'rfc3464', 'failed', '5.6.7', 553, 'jörg@example.com']],
  'rfc3464-vague': [['delivery_status', 'rfc3464', 'failed', '4.2.2', 452, 'ann@example.com']],
  'rfc5965-abuse': [['feedback', 'rfc5965', null, null, null, 'ann@example.com']],
  'rfc5965-fraud': [['feedback', 'rfc5965', null, null, null, 'ann@example.com']],
  'rfc5965-not-spam': [['feedback', 'rfc5965', null, null, null, 'ann@example.com']],
  'rfc5965-opt-out': [
    ['feedback', 'rfc5965', null, null, null, 'ann@example.com'],
    ['feedback', 'rfc5965', null, null, null, 'bob@example.com'],
  ],
  'unsubscribe-client': [['unsubscribe', 'unsubscribe', null, null, null, 'ann@example.com']],
  unsubscribe: [['unsubscribe', 'unsubscribe', null, null, null, 'ann@example.com']],
};

describe('reading a report', () => {
  it.each(names.filter((name) => !name.startsWith('none-')))('%s gives its recipients, codes and action', (name) => {
    const rows = readFixture(name).reports.map((one) => [
      one.kind,
      one.format,
      one.reportAction,
      one.status,
      one.replyCode,
      one.finalRecipient,
    ]);
    expect(rows).toEqual(expected[name]);
  });

  it('has more than twenty kinds of mail that are no report', () => {
    expect(names.filter((name) => name.startsWith('none-')).length).toBeGreaterThan(20);
  });

  it.each(names.filter((name) => name.startsWith('none-')))('%s is no report', (name) => {
    expect(readFixture(name).reports.map((one) => one.kind)).toEqual(['none']);
  });

  it('keeps the dates, hosts and the original recipient of a report part', () => {
    expect(readFixture('rfc3464-postfix').reports[0]).toMatchObject({
      originalRecipient: 'ann=shop@example.com',
      reportingMta: 'mx.example.net',
      remoteMta: 'mx.example.com',
      arrivalDate: new Date('2026-03-03T09:59:58Z'),
      diagnosticCode: '550 5.1.1 no mailbox of that name',
      machineReadable: true,
    });
    expect(readFixture('rfc3464-several').reports[1]?.willRetryUntil).toEqual(new Date('2026-03-05T09:59:58Z'));
  });

  it('takes the words of the notification where the report part has none', () => {
    const [report] = readFixture('rfc3464-vague').reports;
    expect(report?.diagnosticCode).toContain('the mailbox holds too much');
    expect(report?.phase).toBe('rcpt');
  });

  it('gives each recipient of a prose report its own words', () => {
    const [ann, bob] = readFixture('prose-postfix').reports;
    expect(ann?.diagnosticCode).toContain('on a list');
    expect(bob?.diagnosticCode).not.toContain('on a list');
    expect(bob?.phase).toBe('connect');
  });

  it.each(['rfc3464-postfix', 'prose-exim', 'prose-qmail', 'prose-sendmail', 'rfc5965-abuse', 'prose-opensmtpd'])(
    '%s gives the headers of the returned message',
    (name) => {
      const read = readFixture(name);
      expect(read.originalMessageId).toBe('order-77@shop.example.org');
      expect(read.originalHeaders).toMatchObject({ subject: 'Your order', from: 'Shop <news@shop.example.org>' });
    },
  );

  it('says the subject and the sender of the mail itself, decoded', () => {
    expect(readFixture('auto-reply-french').subject).toBe('Réponse automatique : commande');
    expect(readFixture('none-spam-russian').from).toBe('Служба <info@evil.example.ru>');
  });

  it('says what kind of complaint a feedback report is', () => {
    const types = ['abuse', 'fraud', 'not-spam', 'opt-out'].map(
      (type) => readFixture(`rfc5965-${type}`).reports[0]?.feedbackType,
    );
    expect(types).toEqual(['abuse', 'fraud', 'not-spam', 'opt-out']);
  });

  it('says that octets are missing', () => {
    expect(readMessage(Buffer.from('From: a@example.com\n\nx'), { truncated: true }).flags).toContain('truncated');
  });

  it('reads the same from CRLF, LF, CR and CR CR LF line ends', () => {
    const text = readFileSync(`${folder}rfc3464-postfix.eml`, 'latin1');
    const whole = readFixture('rfc3464-postfix');
    for (const end of ['\n', '\r', '\r\r\n']) {
      const read = readMessage(Buffer.from(text.replaceAll('\r\n', end), 'latin1'), { truncated: false });
      expect(read.reports).toEqual(whole.reports);
    }
  });
});
