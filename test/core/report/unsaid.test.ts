/** Reports that say of an address little or nothing: what stands around that is the system's own frame, and no diagnostic. */
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';

const reportsIn = (text: string) => readMessage(Buffer.from(text), { truncated: false }).reports;
const wordsIn = (text: string) => reportsIn(text).map((one) => [one.finalRecipient, one.diagnosticCode]);
const mail = (from: string, subject: string, body: string) =>
  `Return-Path: <>\nFrom: ${from}\nTo: news@sender.example\nSubject: ${subject}\nAuto-Submitted: auto-generated\n\n${body}`;
const withPart = (from: string, words: string, action: string, ...recipients: string[]) => {
  const fields = recipients.map((one) => `Final-Recipient: rfc822; ${one}\nAction: ${action}\nStatus: 4.0.0\n`);
  return `From: ${from}\nSubject: NOTICE\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n${words}\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n${fields.join('\n')}\n--b--\n`;
};

describe('Courier', () => {
  const own = '"Courier mail server at relay.example" <postmaster@relay.example>';
  const english = (blocks: string) =>
    `This is a delivery status notification from relay.example,\nrunning the Courier mail server.\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n${blocks}\n---------------------------\n\nIf your message was also sent to additional recipients, their delivery\nstatus is not included in this report.\n`;
  const german = (blocks: string) =>
    `Zustellbericht von relay.example.\n\n                           NICHT ZUGESTELLT\n\nIhre Nachricht konnte den folgenden Empfängern nicht zugestellt werden:\n\n${blocks}\n---------------------------\n\nOb andere Empfänger Ihre Nachricht erhalten haben, sagt dieser Bericht nicht.\n`;
  const silent = '<ann@example.com>:\n';
  const several =
    '<ann@example.com>:\n\n<bob@example.com>:\n     mx.example.com [192.0.2.3]:\n >>> RCPT TO:<robert@example.net>\n <<< 550-5.1.1 Gone\n <<< 550 5.1.1 for good\n\n<cid@example.com>:\n *** Connection refused\n\n<dan@example.com>:\n     mx.example.com [2001:db8::3]:\n >>> MAIL FROM:<news@sender.example>\n';
  const all = [
    ['ann@example.com', null],
    ['bob@example.com', '550-5.1.1 Gone 550 5.1.1 for good'],
    ['cid@example.com', 'Connection refused'],
    ['dan@example.com', null],
  ];

  it('says nothing of an address below which nothing stands, in whatever language it says the rest', () => {
    for (const frame of [english, german]) {
      expect(wordsIn(withPart(own, frame(silent), 'delayed', 'ann@example.com'))).toEqual([['ann@example.com', null]]);
      expect(wordsIn(mail(own, 'NOTICE: mail delivery status.', frame(silent)))).toEqual([['ann@example.com', null]]);
    }
  });

  it('says of each of several addresses what it was answered about that one', () => {
    const addresses = all.map(([address]) => String(address));
    for (const frame of [english, german]) {
      expect(wordsIn(withPart(own, frame(several), 'failed', ...addresses))).toEqual(all);
      expect(wordsIn(withPart('postmaster@relay.example', frame(several), 'failed', ...addresses))).toEqual(all);
      expect(wordsIn(mail(own, 'NOTICE: mail delivery status.', frame(several)))).toEqual(all);
    }
  });

  it('names the command that was answered', () => {
    expect(reportsIn(mail(own, 'NOTICE', english(several))).map((one) => one.phase)).toEqual([
      null,
      'rcpt',
      'connect',
      'mail',
    ]);
  });

  it('does not count those among the failed whom the same mail says to have been reached', () => {
    const delivered = `This is a delivery status notification from relay.example,\n\n                           DELIVERED\n\n<kim@example.com>:\n <<< Message delivered.\n\n`;
    expect(wordsIn(mail(own, 'NOTICE', delivered + english(silent)))).toEqual([['ann@example.com', null]]);
  });

  it('keeps its words where no mark stands before them', () => {
    expect(wordsIn(mail(own, 'NOTICE', english('<ann@example.com>:\n     No such domain.\n')))).toEqual([
      ['ann@example.com', 'No such domain.'],
    ]);
  });
});

describe('OpenSMTPD', () => {
  const own = (subject: string, words: string) =>
    mail(
      'Mailer Daemon <MAILER-DAEMON@relay.example>',
      `Delivery status notification: ${subject}`,
      `    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n${words}\n    Below is a copy of the original message:\n`,
    );

  it('gave up where it says so, although it calls that a delay', () => {
    const expired = own(
      'delayed',
      '    A message is delayed for more than 0 seconds for the following\n    list of recipients:\n\nann@example.com: Envelope expired\nbob@example.com: Envelope expired\n\n    Please note that this is only a temporary failure report.\n',
    );
    expect(reportsIn(expired).map((one) => [one.reportAction, one.diagnosticCode])).toEqual([
      ['failed', 'Envelope expired'],
      ['failed', 'Envelope expired'],
    ]);
  });

  it('gives no address the words about another', () => {
    const failed = own(
      'failed',
      '    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\nann@example.com:\nbob@example.com: 550 5.1.1 unknown\n',
    );
    expect(wordsIn(failed)).toEqual([
      ['ann@example.com', null],
      ['bob@example.com', '550 5.1.1 unknown'],
    ]);
  });
});

describe('Exim', () => {
  const own = (subject: string, words: string) =>
    mail(
      'Mail Delivery System <Mailer-Daemon@relay.example>',
      subject,
      `This message was created automatically by mail delivery software.\n${words}`,
    );
  const delayed = (blocks: string) =>
    own(
      'Warning: message 1xYElO-0000DF-1W delayed 24 hours',
      `A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on relay.example.\n\nThe addresses to which the message has not yet been delivered are:\n\n${blocks}\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals if the message\nremains undelivered.\n`,
    );
  const failed = (blocks: string) =>
    own(
      'Mail delivery failed: returning message to sender',
      `A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n${blocks}`,
    );

  it('gives each delayed address its own reason, and none to one without', () => {
    const reason = '  bob@example.com\n    Delay reason: Connection timed out\n';
    const ann = ['ann@example.com', null];
    const bob = ['bob@example.com', 'Delay reason: Connection timed out'];
    expect(wordsIn(delayed(`  ann@example.com\n${reason}`))).toEqual([ann, bob]);
    expect(wordsIn(delayed(`${reason}  ann@example.com\n`))).toEqual([bob, ann]);
  });

  it('says nothing of an address by saying which one it stands for', () => {
    const alias = '  ann@example.com\n    (ultimately generated from bob@example.com)\n';
    expect(wordsIn(delayed(alias))).toEqual([['ann@example.com', null]]);
    expect(wordsIn(failed(alias))).toEqual([['ann@example.com', null]]);
    expect(wordsIn(failed(`${alias}    Unrouteable address\n`))).toEqual([
      ['ann@example.com', '(ultimately generated from bob@example.com) Unrouteable address'],
    ]);
  });

  it('ends at an empty line, and goes on below an announcement', () => {
    expect(wordsIn(failed('  ann@example.com\n    Unrouteable address\n\nOur helpdesk knows more.\n'))).toEqual([
      ['ann@example.com', 'Unrouteable address'],
    ]);
    expect(wordsIn(failed('<ann@example.com>:\n\nReason:\n\n550 no such user\n'))).toEqual([
      ['ann@example.com', 'Reason: 550 no such user'],
    ]);
  });
});

describe('Postfix', () => {
  it('says nothing where it lost what it knew', () => {
    const lost = (introduction: string) =>
      `From: Mail Delivery System <MAILER-DAEMON@relay.example>\nTo: news@sender.example\nSubject: Delayed Mail (still being retried)\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n${introduction}\n\n\t--- Delivery report unavailable ---\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n--b\nContent-Type: text/rfc822-headers\n\nFrom: news@sender.example\nTo: ann@example.com\n\n--b--\n`;
    const plain = 'This is the mail system at host relay.example.\n\nYour message could not be delivered.';
    for (const introduction of [plain, 'Hier ist das Mailsystem auf Host relay.example.'])
      expect(reportsIn(lost(introduction))).toMatchObject([
        { finalRecipient: 'ann@example.com', reportAction: 'delayed', diagnosticCode: null, remoteMta: null },
      ]);
  });
});
