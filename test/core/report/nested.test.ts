/** Several reports in one mail: beside each other, attached, pasted below the words; and when what is inside is not read. */
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';
import { findAddresses, unwrapped } from '../../../src/core/report/claim.ts';

const fields = (name: string, action = 'failed') =>
  `Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; ${name}@example.com\nAction: ${action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n`;
const part = (type: string, text: string) => `--b\nContent-Type: ${type}\n\n${text}\n`;
const mail = (parts: string, from = 'MAILER-DAEMON@mx.example.net', subject = 'Undelivered mail') =>
  readMessage(
    Buffer.from(
      `From: ${from}\nTo: news@example.org\nSubject: ${subject}\nContent-Type: multipart/mixed; boundary=b\n\n${parts}--b--\n`,
    ),
    { truncated: false },
  );
const inner = (text: string) =>
  part(
    'message/rfc822',
    `From: MAILER-DAEMON@mx.example.com\nTo: news@example.org\nSubject: Undelivered mail\nContent-Type: multipart/report; boundary=i; report-type=delivery-status\n\n--i\nContent-Type: message/delivery-status\n\n${text}\n--i--\n`,
  );
const named = ({ reports }: ReturnType<typeof mail>) => reports.map((report) => report.finalRecipient);

describe('several status parts', () => {
  it('are all read, and a recipient that comes twice is reported once', () => {
    const status = (text: string) => part('message/delivery-status', text);
    const read = mail(status(fields('ann')) + status(fields('bob')) + status(fields('ANN')));
    expect(named(read)).toEqual(['ann@example.com', 'bob@example.com']);
    expect(read.recipientCount).toBe(2);
    expect(named(mail(status('Status: maybe\n') + status('Status: perhaps\n')))).toEqual([null]);
  });
});

describe('reports inside a report', () => {
  it('are read where the words around them list nobody, and are no machine-readable part', () => {
    const read = mail(part('text/plain', 'Two reports of today.') + inner(fields('ann')) + inner(fields('bob')));
    expect(named(read)).toEqual(['ann@example.com', 'bob@example.com']);
    expect(read.reports[0]).toMatchObject({ status: '5.1.1', replyCode: 550, machineReadable: false });
  });

  it('are the returned mail where the words list a recipient', () => {
    expect(named(mail(part('text/plain', '<cid@example.com>: user unknown') + inner(fields('ann'))))).toEqual([
      'cid@example.com',
    ]);
  });

  it('are not read in the mail of a person or in an answer', () => {
    expect(named(mail(inner(fields('ann')), 'Ann <ann@example.com>', 'look'))).toEqual([null]);
    expect(named(mail(inner(fields('ann')), 'postmaster@example.com', 'Re: your bounce'))).toEqual([null]);
  });

  it('are at most twenty, and not entered twice', () => {
    const many = Array.from({ length: 25 }, (_, index) => inner(fields(`a${index}`))).join('');
    expect(mail(part('text/plain', 'A digest.') + many).reports).toHaveLength(20);
    const deep = part(
      'message/rfc822',
      `From: MAILER-DAEMON@mx.example.com\nTo: news@example.org\nContent-Type: multipart/mixed; boundary=j\n\n${inner(fields('ann')).replace('--b', '--j')}--j--\n`,
    );
    const quoted = part('message/rfc822', `From: x@example.com\nTo: news@example.org\n\n${fields('ann')}`);
    expect(named(mail(part('text/plain', 'See below.') + deep + quoted))).not.toContain('ann@example.com');
  });
});

describe('addresses', () => {
  it('are taken out of SRS and BATV', () => {
    expect(unwrapped('SRS0=Ab12=CD=example.com=ann@relay.example.org')).toBe('ann@example.com');
    expect(unwrapped('prvs=1234abcdef=ann@example.com')).toBe('ann@example.com');
    expect(unwrapped('ann@example.com')).toBe('ann@example.com');
    expect(unwrapped('ann')).toBe('ann');
  });

  it('end where words without spaces, labels and marks of any script begin', () => {
    expect(findAddresses('宛先ann@example.comに送信、bob@example.com。', 5)).toEqual([
      'ann@example.com',
      'bob@example.com',
    ]);
    expect(findAddresses('to=ann@example.com, “bob@example.com” 宛先：cid@example.com', 5)).toEqual([
      'ann@example.com',
      'bob@example.com',
      'cid@example.com',
    ]);
    expect(findAddresses("the 'ann@example.com' of o'neil@example.com", 5)).toEqual([
      'ann@example.com',
      "o'neil@example.com",
    ]);
  });
});
