/** What keeps a mail that looks like a bounce from being one, and what does not. The mails themselves are in test/fixtures/non-reports. */
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';

const only = (text: string) => readMessage(Buffer.from(text), { truncated: false }).reports[0];
const daemon = (body: string, more = '', subject = 'Undelivered mail') =>
  only(
    `Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: b@bounce.example.org\nSubject: ${subject}\n${more}\n${body}`,
  );
const anybody = (body: string, more = '') =>
  only(`From: Desk <desk@example.net>\nTo: b@bounce.example.org\nSubject: Mail delivery failed\n${more}\n${body}`);
const attached = (type: string) =>
  daemon(
    `--b\n\n<a@example.com>: 550 5.1.1 unknown\n--b\nContent-Type: ${type}\n\nx\n--b--\n`,
    'Content-Type: multipart/mixed; boundary=b\n',
  );

describe('a file beside a bounce', () => {
  it.each([
    'application/octet-stream; name="mail.scr"',
    'application/octet-stream; name=details.zip',
    'application/octet-stream\nContent-Disposition: attachment; filename="a.htm"',
    'application/zip',
  ])('makes it none: %s', (type) => {
    expect(attached(type)?.kind).toBe('none');
  });

  it.each([
    'text/plain; name="details.zip"',
    'message/x-log; name="a.zip"',
    'application/octet-stream; name=log.txt',
    'message/rfc822; name="a.zip"\n\nFrom: news@shop.example.org',
  ])('does not matter: %s', (type) => {
    expect(attached(type)).toMatchObject({ kind: 'delivery_status', finalRecipient: 'a@example.com' });
  });
});

describe('a notice without a system as its sender', () => {
  const exim =
    'This message was created automatically by mail delivery software.\n\n  a@example.com\n    550 unknown\n';

  it('is a bounce where it begins with the words of a mail server', () => {
    expect(anybody(exim)).toMatchObject({ kind: 'delivery_status', finalRecipient: 'a@example.com' });
  });

  it('is none where a person wrote something above those words', () => {
    const above =
      'Dear colleagues,\nI have received what follows after I had written to a colleague, please help me with it.';
    expect(anybody(`${above}\n\n${exim}`)?.kind).toBe('none');
  });

  it('is a bounce where the mail is returned and somebody is named', () => {
    const returned =
      '\n------ This is a copy of the message ------\n\nFrom: news@shop.example.org\nTo: a@example.com\n';
    expect(anybody(`It did not reach the following recipient: a@example.com${returned}`)?.kind).toBe('delivery_status');
    expect(
      anybody('a@example.com: user unknown', 'Content-Type: text/plain; report-type=delivery-status\n')?.kind,
    ).toBe('none');
  });

  it('is a bounce where a header names who did not get it', () => {
    expect(anybody('It failed.', 'X-Failed-Recipients: a@example.com\n')?.finalRecipient).toBe('a@example.com');
  });

  it('is none where it answers a mail, unless the manager of a list refuses that mail', () => {
    const refused = 'You are not a member of this mailing list <list@example.net>.\n';
    expect(anybody(refused, 'References: <x@example.org>\n')?.kind).toBe('none');
    expect(anybody(refused, 'References: <x@example.org>\nX-MLServer: fml\n')).toMatchObject({
      kind: 'delivery_status',
      finalRecipient: 'list@example.net',
    });
  });
});

describe('the fields of a report in the text of a mail', () => {
  const fields =
    'It could not be delivered:\n\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n';

  it('are a bounce from a mail system, and none from a person', () => {
    expect(daemon(fields)).toMatchObject({ format: 'rfc3464-text', finalRecipient: 'a@example.com' });
    expect(anybody(fields, 'User-Agent: Mozilla Thunderbird\n')?.kind).toBe('none');
  });
});

describe('a filter that asks whether a person sent the mail', () => {
  it('is known by the header of its program', () => {
    expect(anybody('Hello', 'X-AskVersion: 2.5.3\n')?.kind).toBe('challenge');
  });
});

describe('a notice of a mail system that names nobody', () => {
  it('is a bounce where it quotes a reply', () => {
    expect(daemon('It failed: 554 no.')).toMatchObject({ kind: 'delivery_status', replyCode: 554 });
  });

  it('is none where it asks to follow a link', () => {
    expect(daemon('It failed: 554 no. Click here to verify your account.')?.kind).toBe('none');
  });

  it('is none where the sender is nobody that sends bounces', () => {
    expect(
      only('Return-Path: <>\nFrom: a@example.net\nSubject: Delivery failed\n\nerror 554 user unknown\n')?.kind,
    ).toBe('none');
  });
});

describe('a mail system that nobody knows', () => {
  it.each([
    [
      'Undeliverable: Weekly summary of tickets',
      'The message could not be handed over to\n\n  ann@example.com\n\nbecause: mailbox full',
    ],
    ['Post terug', 'Uw mail aan ann@example.com kwam terug met: 550 5.1.1 onbekende gebruiker'],
    ['Error report', 'The following recipients did not get it:\nann@example.com (550 user unknown)'],
    [
      'Retour de courrier',
      'Votre courrier adressé à anne@example.com nous est revenu.\nMotif : 550 5.1.1 utilisateur inconnu',
    ],
    [
      'Nachricht konnte nicht übermittelt werden',
      'Die E-Mail an anna@example.com kann nicht übermittelt werden.\nGrund: 550 5.1.1 Postfach nicht vorhanden',
    ],
    ['エラー', '以下の宛先に送信できませんでした。\nann@example.com\n550 5.1.1 ユーザーが存在しません'],
    ['Undelivered', 'ann@example.com: 550 5.1.1 unknown'],
    ['', 'Could not deliver the mail to <ann@example.com>: user unknown'],
    ['Błąd', 'Nie udało się doręczyć poczty do ania@example.com:\n550 5.1.1 nie ma takiego użytkownika'],
    ['Ошибка', 'Письмо для anna@example.com не доставлено: 550 5.1.1 нет такого пользователя'],
    ['Correo rechazado', 'El correo enviado a ana@example.com fue rechazado:\n550 5.1.1 usuario desconocido'],
    ['Teslimat sorunu', 'ann@example.com adresine gönderilen posta geri döndü: 550 5.1.1 kullanıcı yok'],
    ['Sorry', 'Dear user,\n\nyour message to ann@example.com was not accepted:\n550 5.1.1 no such mailbox'],
  ])('is heard where it speaks of the mail that was sent: %s', (subject, body) => {
    expect(daemon(body, '', subject)).toMatchObject({
      kind: 'delivery_status',
      finalRecipient: expect.stringMatching(/^a\w+@example\.com$/u) as string,
    });
  });

  it.each([
    ['Queue status', 'ann@example.com   451 4.3.0 lookup failed     2 h'],
    ['Summary of your mail that was not delivered', 'ann@example.com: 550 5.1.1 unknown'],
    [
      'Undelivered mail',
      'Mar  3 01:12:09 mx postfix/smtp[2211]: 4F1A220: to=<ann@example.com>, status=bounced (550 unknown)',
    ],
  ])('is none where it counts, quotes a log or speaks of no mail: %s', (subject, body) => {
    expect(daemon(body, '', subject)?.kind).toBe('none');
  });
});

describe('a program of an office', () => {
  const answer = (more: string, body = 'Your message to ann@example.com failed: 550 5.1.1 no such user') =>
    only(
      `Return-Path: <>\nFrom: desk@example.net\nTo: b@bounce.example.org\nAuto-Submitted: auto-replied\nSubject: Delivery failed\n${more}\n${body}\n`,
    )?.kind;

  it('makes no bounce of its answer, whatever it quotes', () => {
    expect(answer('')).not.toBe('delivery_status');
  });

  it('is a mail system where it returns the mail, names who failed, or writes as one', () => {
    expect(answer('X-Failed-Recipients: ann@example.com\n')).toBe('delivery_status');
    expect(answer('', 'ann@example.com: 550 5.1.1 no such user\n\nReceived: from a by b\nFrom: b@example.org')).toBe(
      'delivery_status',
    );
    expect(answer('', 'This message was created automatically by mail delivery software.\n\n  ann@example.com\n')).toBe(
      'delivery_status',
    );
  });
});
