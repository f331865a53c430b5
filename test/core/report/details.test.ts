/** The corners of the readers, each in a few lines of mail. */
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';
import { remembered } from '../../../src/core/report/said.ts';

const read = (text: string) => readMessage(Buffer.from(text), { truncated: false });
const only = (text: string) => read(text).reports[0];
const daemon = (body: string, more = '') =>
  only(
    `Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: b@bounce.example.org\nSubject: Undelivered mail\n${more}\n${body}`,
  );
const person = (subject: string, more: string, body = 'Hello\n') =>
  only(`From: Ann <ann@example.com>\nSubject: ${subject}\n${more}\n${body}`);
const report = (status: string, words = 'It failed.', more = '') =>
  read(
    `From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered mail\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n${more}\n--b\n\n${words}\n--b\nContent-Type: message/delivery-status\n\n${status}\n--b--\n`,
  );
const failed = 'Action: failed\nStatus: 5.1.1\n';

describe('words about several recipients', () => {
  it('are each read once, whoever shares them', () => {
    const made: string[] = [];
    const length = remembered((text) => made.push(text));
    for (const text of ['full', 'unknown', 'full', 'unknown', 'closed']) length(text);
    expect(made).toEqual(['full', 'unknown', 'closed']);
  });

  it('name nobody where a list refuses a mail that is not returned', () => {
    expect(daemon('You are not a member of this mailing list.\n')?.finalRecipient).toBeNull();
  });
});

describe('who is named', () => {
  const recipients = (body: string, subject = 'Undelivered mail') =>
    read(
      `Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: b@bounce.example.org\nSubject: ${subject}\n\n${body}`,
    ).reports.map((one) => one.finalRecipient);

  it.each([
    'The address ann@example.com is no longer valid, mail to it is rejected.\nPlease use ann.lee@example.com instead, others do not exist.\n',
    'Mail to ann@example.com is rejected. The new address of this user is ann.lee@example.com\n',
    'Die Adresse ann@example.com existiert nicht mehr. Die neue Adresse lautet ann.lee@example.com\n',
    "Votre message à ann@example.com a été rejeté. Nouvelle adresse : ann.lee@example.com, l'ancienne n'existe plus.\n",
    'La dirección ann@example.com no existe. La nueva dirección es ann.lee@example.com\n',
    'Ящик ann@example.com не существует. Новый адрес: ann.lee@example.com\n',
    'Письмо для ann@example.com не доставлено. Если оно не доставлено снова, обратитесь к boris@example.com\n',
  ])('is whose mail came back in %j, and not who is to be written to instead', (body) => {
    expect(recipients(body)).toEqual(['ann@example.com']);
  });

  it('is read where HTML shows no address, since nobody wrote its angle brackets as HTML wants', () => {
    const html = '<p>Your message could not be delivered to <ann@example.com>: mailbox full</p>';
    expect(daemon(html, 'Content-Type: text/html\n')?.finalRecipient).toBe('ann@example.com');
  });
});

describe('report parts and the words above them', () => {
  it('names the recipient from the words where the part names a pipe or nobody', () => {
    expect(report(failed, '<a@example.com>: no').reports[0]?.finalRecipient).toBe('a@example.com');
    expect(
      report(`Final-Recipient: rfc822; /var/mail/a\n${failed}`, '<a@example.com>: no').reports[0]?.finalRecipient,
    ).toBe('a@example.com');
    expect(
      report(`Final-Recipient: rfc822; a\nOriginal-Recipient: rfc822; a@example.com\n${failed}`).reports[0]
        ?.finalRecipient,
    ).toBe('a@example.com');
    expect(report(`Final-Recipient: rfc822; a\n${failed}`).reports[0]?.finalRecipient).toBe('a');
  });

  it('does not guess between two recipients that the words name', () => {
    const two = '<a@example.com>: no\n<b@example.com>: no\n';
    expect(report(failed, two).reports[0]?.finalRecipient).toBeNull();
    expect(report(`Final-Recipient: rfc822; c@example.com\n${failed}`, two).reports[0]?.diagnosticCode).toBeNull();
  });

  it('adds the words to a diagnostic that says little', () => {
    const [one] = report(
      `Final-Recipient: rfc822; a@example.com\nAction: failed\nDiagnostic-Code: smtp; 550\n`,
      '<a@example.com>: 550 5.2.1 asleep',
    ).reports;
    expect(one).toMatchObject({ diagnosticCode: '550 5.2.1 asleep', status: '5.2.1', replyCode: 550 });
  });

  it('says twice what both say only where they say it differently', () => {
    const words = (own: string) =>
      report(
        `Final-Recipient: rfc822; a@example.com\n${failed}Diagnostic-Code: x-unix; ${own}\n`,
        '<a@example.com>: cannot write: disk failure',
      ).reports[0]?.diagnosticCode;
    expect(words('input/output error')).toBe('input/output error cannot write: disk failure');
    expect(words('disk failure')).toBe('cannot write: disk failure');
  });

  it('lets the words alone where mail was delivered', () => {
    expect(
      report('Final-Recipient: rfc822; a\nAction: delivered\nStatus: 2.0.0\n').reports[0]?.diagnosticCode,
    ).toBeNull();
  });

  it('reads the prose where the part names no recipient at all, or lies under the wrong type', () => {
    expect(report('Reporting-MTA: dns; mx.example.net\n', '<a@example.com>: 550 no').reports[0]).toMatchObject({
      format: 'prose',
      finalRecipient: 'a@example.com',
    });
    const raw = `From: x@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\nReporting-MTA: x\n--b\nContent-Type: application/octet-stream\n\nFinal-Recipient: rfc822; a@example.com\n${failed}--b--\n`;
    expect(only(raw)?.finalRecipient).toBe('a@example.com');
  });

  it('reads fields written into text, in whichever order', () => {
    expect(daemon(`Action: failed\nFinal-Recipient: rfc822; a@example.com\nStatus: 5.1.1\n`)).toMatchObject({
      reportAction: 'failed',
      format: 'rfc3464-text',
    });
    expect(daemon(`It failed.\nAction: failed\nFinal-Recipient: rfc822; a@example.com\n`)?.finalRecipient).toBe(
      'a@example.com',
    );
    expect(daemon(`Action: failed\n${'x\n'.repeat(200)}Final-Recipient: rfc822; a@example.com\n`)?.finalRecipient).toBe(
      'a@example.com',
    );
    expect(person('Question', '', 'What is this?\nFinal-Recipient: rfc822; a@example.com\n')?.kind).toBe('none');
  });

  it('keeps the codes of a report that carries a challenge', () => {
    const [one] = report(
      `Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Your server requires confirmation, visit us\n`,
      'Your server requires confirmation',
    ).reports;
    expect(one).toMatchObject({ kind: 'challenge', replyCode: 550, finalRecipient: 'a@example.com' });
  });
});

describe('prose', () => {
  it.each([
    ['"a@example.com":\n550 no', 'a@example.com'],
    ["'a@example.com' is unknown, 550", 'a@example.com'],
    ['[a@example.com] 550 no', 'a@example.com'],
    ['<not closed\na@example.com: 550 no', 'a@example.com'],
    ['* a@example.com\n550 no', 'a@example.com'],
    ['1) a@example.com - 550 no', 'a@example.com'],
    ['Recipient: <a@example.com>\n550 no', 'a@example.com'],
    ['Ann <a@example.com> 550 no', 'a@example.com'],
    ['old@example.com <a@example.com>: malformed, 550', 'a@example.com'],
    ['550-a@example.com is unknown to us', 'a@example.com'],
    ['sent by\n<b2@example.com>\nfailed: a@example.com: 550', 'a@example.com'],
    ['postmaster@example.com could not be delivered to: 550', 'postmaster@example.com'],
    ['For help ask support@example.com\n550 no', null],
    ['we have 550 things\nfoo a@example.com bar', 'a@example.com'],
  ])('%j names %j', (body, address) => {
    expect(daemon(body)?.finalRecipient).toBe(address);
  });

  it('gives a list with one reason below it the same reason', () => {
    const { reports } = read(
      'Return-Path: <>\nFrom: postmaster@x.example\nSubject: Undeliverable\n\n<a@example.com>\n<b@example.com>\n<a@example.com>\n  550 both gone\n',
    );
    expect(reports.map((one) => [one.finalRecipient, one.replyCode])).toEqual([
      ['a@example.com', 550],
      ['b@example.com', 550],
    ]);
  });

  it('prefers whom the returned message was for, and falls back on its only recipient', () => {
    const copy = (to: string) =>
      `\n--- Original message follows ---\n\n   To: ${to}\n   From: s@shop.example.org\n   Subject: x\n`;
    expect(daemon(`550 no c@example.com, no a@example.com${copy('a@example.com')}`)?.finalRecipient).toBe(
      'a@example.com',
    );
    expect(daemon(`550 nobody${copy('a@example.com')}`)?.finalRecipient).toBe('a@example.com');
    expect(daemon(`550 nobody${copy('a@example.com, b@example.com')}`)?.finalRecipient).toBeNull();
  });

  it('ends the words at a mark of a copy, in whichever form', () => {
    for (const mark of [
      'Original message:\nSubject: x',
      'Received: from x by y',
      '=== returned message ===',
      '-- Original Nachricht: Original message --',
    ])
      expect(daemon(`<a@example.com>: 550 no\n\n${mark}\nsecret`)?.diagnosticCode).not.toContain('secret');
    expect(daemon('<a@example.com>: 550 no\nOriginal message: lost\nmore')?.diagnosticCode).toContain('more');
    expect(
      daemon(`<a@example.com>: 550 no\n${'x'.repeat(150)} original message follows\nmore`)?.diagnosticCode,
    ).toContain('more');
  });

  it('reads transcripts without a list, and lists whose reasons stand beside', () => {
    const beside = daemon('---The following addresses had delivery errors---\na@example.com [gone away]\n');
    expect(beside).toMatchObject({ format: 'sendmail', diagnosticCode: 'gone away' });
    const transcript = daemon(
      '----- Transcript of session follows -----\n<<< 550 before\nmore words\n>>> QUIT\n<<< 421 late\n550 5.1.1 a@example.com... unknown\n',
    );
    expect(transcript).toMatchObject({ finalRecipient: 'a@example.com', format: 'sendmail' });
    expect(
      daemon(
        '----- The following addresses had permanent fatal errors -----\n(nobody)\n"|filter"\na@example.com\n  words below it\n',
      )?.diagnosticCode,
    ).toContain('words below it');
  });

  it('takes indented words below an address for its reason', () => {
    const list =
      '----- The following addresses had permanent fatal errors -----\na@example.com\n  forwarded to b@example.com and refused\n';
    expect(daemon(list)).toMatchObject({
      finalRecipient: 'a@example.com',
      diagnosticCode: 'forwarded to b@example.com and refused',
    });
  });

  it('keeps sixty lines about one address', () => {
    expect(daemon(`<a@example.com>: 550 no\n${'line\n'.repeat(100)}`)?.diagnosticCode?.split('line')).toHaveLength(60);
  });

  it('does not take whom the report came to for the one who failed', () => {
    expect(daemon('<b@bounce.example.org>: 550 no\n<a@example.com>: 550 no')?.finalRecipient).toBe('a@example.com');
    expect(
      daemon('<b@bounce.example.org>: 550 no', 'X-Failed-Recipients: b@bounce.example.org\n')?.finalRecipient,
    ).toBe('b@bounce.example.org');
    expect(only('From: MAILER-DAEMON\nSubject: Undelivered mail\n\n550 no a@example.com\n')?.finalRecipient).toBe(
      'a@example.com',
    );
  });

  it('wants more than a named address where nothing else says that it is a bounce', () => {
    expect(daemon('Undeliverable: a@example.com')?.finalRecipient).toBe('a@example.com');
    expect(
      only('From: postmaster@x.example\nTo: b@bounce.example.org\nSubject: Undelivered mail\n\nFor a@example.com\n')
        ?.kind,
    ).toBe('none');
  });

  it('finds the copy below a mark of one word', () => {
    const [one] = [
      read(
        'Return-Path: <>\nFrom: postmaster@x.example\nSubject: Unzustellbar\n\n<a@example.com>: 550 no\nOriginalnachricht:\n\nSubject: x\n',
      ),
    ];
    expect(one.originalHeaders).toMatchObject({ subject: 'x' });
  });

  it('passes over dashed lines in a transcript that open no section, and brackets without an address', () => {
    const text = '----- Transcript of session follows -----\n550 5.1.1 a@example.com... unknown\n----- Notes -----\n';
    expect(daemon(text)?.finalRecipient).toBe('a@example.com');
    expect(daemon('<no address@> here\n[open a@example.com: 550 no')?.finalRecipient).toBe('a@example.com');
  });

  it('ends the words at a mark at the very end', () => {
    expect(daemon('<a@example.com>: 550 no\nYour original message:')?.diagnosticCode).not.toContain('original');
    expect(
      daemon('<a@example.com>: 550 no\nOriginal message follows:\n\nOriginal message:\nSubject: x\n')?.diagnosticCode,
    ).toBe('<a@example.com>: 550 no');
  });

  it('stops looking for local parts alone at the first line that is none', () => {
    const text = 'Your mail to the following recipients could not be delivered:\n\n\tannexample\nBye\n\tother\n';
    expect(
      read(`Return-Path: <>\nFrom: MAILER-DAEMON@example.com\nSubject: Mail Delivery Problem\n\n${text}`).reports,
    ).toHaveLength(1);
  });

  it('believes a claim of being a report, a returned part, a list of failed recipients or a code', () => {
    const part = 'Content-Type: multipart/mixed; boundary=b\n';
    const returned =
      '--b\n\nIt was undeliverable.\n--b\nContent-Type: message/rfc822\n\n\n--b\nContent-Type: message/rfc822\n\nTo: a@example.com\n\n--b--\n';
    expect(daemon(returned, part)?.finalRecipient).toBe('a@example.com');
    expect(daemon('Undeliverable', 'X-Failed-Recipients: a@example.com\n')?.finalRecipient).toBe('a@example.com');
    expect(daemon('Undeliverable 5.1.1')?.status).toBe('5.1.1');
    expect(daemon('Undeliverable')?.kind).toBe('none');
    expect(
      only(
        'From: postmaster@example.net\nSubject: Undeliverable\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nnothing\n--b--\n',
      )?.kind,
    ).toBe('delivery_status');
  });

  it('reads at most 64 KiB of text parts', () => {
    const parts = Array.from({ length: 5 }, (_, index) => `--b\n\n${'x'.repeat(40_000)}\n${index}\n`).join('');
    expect(
      daemon(`${parts}--b\n\n<late@example.com>: 550 no\n--b--\n`, 'Content-Type: multipart/mixed; boundary=b\n')
        ?.finalRecipient,
    ).not.toBe('late@example.com');
  });
});

describe('replies, challenges, complaints', () => {
  it.each([
    ['Automatic reply: x', 'In-Reply-To: <x>\n', 'auto_reply'],
    ['Re: automatic reply', 'In-Reply-To: <x>\n', 'none'],
    ['Re: automatic reply', 'In-Reply-To: <x>\nPrecedence: bulk\n', 'auto_reply'],
    ['Re: automatic reply', 'In-Reply-To: <x>\nAuto-Submitted: auto-generated\n', 'auto_reply'],
    ['AUTO: away', '', 'auto_reply'],
    ['x', 'Precedence: auto_reply\n', 'auto_reply'],
    ['x', 'Precedence: auto-reply\n', 'auto_reply'],
    ['x', 'X-Autoreply: no\n', 'none'],
    ['x', 'Auto-Submitted: no\n', 'none'],
    ['x', 'List-Id: l\nPrecedence: bulk\nReturn-Path: <>\n', 'none'],
    ['x', 'List-Id: l\nAuto-Submitted: auto-replied\n', 'auto_reply'],
    ['unsubscribe me please', '', 'unsubscribe'],
    ['Re: unsubscribe', 'In-Reply-To: <x>\n', 'none'],
    ['[Spam Arrest] wait', '', 'challenge'],
    ['[Spam Arrest] wait', 'List-Id: l\n', 'none'],
    ['complaint about message from 192.0.2.1', '', 'none'],
  ])('%j with %j is %s', (subject, more, kind) => {
    expect(person(subject, more)?.kind).toBe(kind);
  });

  it('takes neither a meeting nor a system for a person away', () => {
    const meeting = 'Content-Type: multipart/mixed; boundary=b\nPrecedence: bulk\nReturn-Path: <>\n';
    expect(person('x', meeting, '--b\nContent-Type: text/calendar\n\nx\n--b--\n')?.kind).toBe('none');
    expect(only('Return-Path: <>\nFrom: postmaster@example.com\nSubject: x\nPrecedence: bulk\n\nHello\n')?.kind).toBe(
      'none',
    );
  });

  it('takes no long text for a wish to leave', () => {
    expect(person('unsubscribe', '', 'many words\n'.repeat(500))?.kind).toBe('none');
  });

  it('finds the sender of a challenge, or whom it is about', () => {
    const words = 'Please confirm that you sent this.';
    expect(person('x', '', words)).toMatchObject({ kind: 'challenge', finalRecipient: 'ann@example.com' });
    expect(only(`From: noreply@x.example\n\n${words}`)?.finalRecipient).toBeNull();
  });

  it('reads complaints of unknown types, and those that name nobody', () => {
    const arf = (fields: string, to = 'To: a@example.com, b@example.com\n') =>
      only(
        `Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n\n${fields}\n--b\nContent-Type: message/rfc822\n\n${to}Subject: x\n\n--b--\n`,
      );
    expect(arf('Feedback-Type: novel\n')).toMatchObject({ feedbackType: 'other', finalRecipient: null });
    expect(arf('Version: 1\n', 'To: a@example.com\n')).toMatchObject({
      feedbackType: 'abuse',
      finalRecipient: 'a@example.com',
    });
    expect(arf('Feedback-Type: abuse\n', '')).toMatchObject({ feedbackType: 'abuse', finalRecipient: null });
  });

  it('finds whom a complaint notice is about in the header that its provider added to the complained message', () => {
    const notice =
      'From: staff@hotmail.test\nSubject: complaint about message from 192.0.2.1\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n';
    const complained = 'From: news@example.com\nTo: list@example.com\nSubject: x\n';
    const recipient = 'X-HmXmrOriginalRecipient: ann@example.com\n';
    expect(only(`${notice}${recipient}${complained}\nx\n--b--\n`)).toMatchObject({
      format: 'outlook-jmr',
      finalRecipient: 'ann@example.com',
    });
    expect(only(`${notice}${complained}\nx\n--b--\n`)?.finalRecipient).toBe('list@example.com');
  });
});

describe('the mail itself', () => {
  it('gives null for an empty subject and sender', () => {
    expect(read('From: \nSubject: \n\nx')).toMatchObject({ from: null, subject: null });
  });
});
