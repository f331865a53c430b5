import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { compileRules } from '../../../src/core/classify/rule-set.ts';
import { explainMessage, type Explanation } from '../../../src/core/explain/explain.ts';
import type { Assumed } from '../../../src/core/explain/outcome.ts';
import { textPart, scanMessage } from '../../../src/core/mime.ts';
import { readScanned } from '../../../src/core/report/read.ts';
import { bound, dayAt, policy } from '../../helpers/mail-events.ts';

const rules = loadShippedRules();
const assumed: Assumed = { bound: null, policy, now: dayAt(10) };

function explained(raw: Buffer | string, given: Partial<Assumed> = {}): Explanation {
  const octets = Buffer.from(raw);
  const message = scanMessage(octets);
  return explainMessage(message, readScanned(message, { truncated: false }), octets.length, rules, {
    ...assumed,
    ...given,
  });
}

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url));

describe('the places of what a report says', () => {
  test('are the lines and octets of the mail where its parts are not encoded', () => {
    const raw = fixture('rfc3464-postfix');
    const [one] = explained(raw).reports;
    const status = one?.places.find(({ field }) => field === 'status');
    expect(status).toMatchObject({ name: 'Status', part: '2' });
    const text = raw.toString('latin1');
    expect(text.slice(status?.offset ?? 0)).toMatch(/^Status: 5\.1\.1/u);
    expect(text.split('\n')[(status?.mailLine ?? 0) - 1]).toMatch(/^Status: 5\.1\.1/u);
    expect(one?.places.map(({ field }) => field)).toContain('evidence');
  });

  test('are the lines of the part where it is encoded', () => {
    const [one] = explained(fixture('rfc3464-base64')).reports;
    const action = one?.places.find(({ field }) => field === 'reportAction');
    expect(action).toMatchObject({ name: 'Action', mailLine: null, offset: null });
    expect(action?.line).toBeGreaterThan(1);
  });

  test('belong to the recipient, in a report of several', () => {
    const { reports } = explained(fixture('rfc3464-several'));
    const lines = reports.map(({ places }) => places.find(({ field }) => field === 'reportAction')?.line ?? 0);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(new Set(lines).size).toBe(5);
  });

  test('are found in words, over the ends of lines', () => {
    const [one] = explained(fixture('prose-exim')).reports;
    expect(one?.places).toContainEqual(
      expect.objectContaining({ field: 'diagnosticCode', name: null, part: '1', line: 7 }),
    );
  });

  test('of a header that decided are in the header', () => {
    const [one] = explained(fixture('auto-reply-german')).reports;
    expect(one?.places).toContainEqual(expect.objectContaining({ field: 'evidence', name: 'Subject', part: 'header' }));
    const decoded = explained(fixture('complaint-notice')).reports[0];
    expect(decoded?.places.find(({ field }) => field === 'evidence')).toMatchObject({ part: 'header' });
  });

  test('have no octets where line ends were repaired, and are missing where a value stands nowhere', () => {
    const text = fixture('rfc3464-postfix').toString('latin1').replaceAll('\r\n', '\n').replace('\n', '\r\r\n');
    const [one] = explained(text).reports;
    expect(one?.places.find(({ field }) => field === 'status')).toMatchObject({ offset: null });
    const encoded =
      'From: mailer-daemon@example.net\nSubject: =?utf-8?q?Undelivered?=\nX-Failed-Recipients: a@example.com\n\nno\n';
    expect(explained(encoded).reports[0]?.places.map(({ field }) => field)).not.toContain('status');
  });

  test('of a sign in a header that another parser found are not told', () => {
    const message = { ...scanMessage(Buffer.from('X: 1\n\nx')), parts: [textPart('text/plain', 'no such user')] };
    const sign = { field: 'header:subject', text: 'away', start: 0, end: 4 } as const;
    const read = readScanned(message, { truncated: false });
    const [first] = read.reports;
    if (first === undefined) throw new Error('there is one report at least');
    const reports = [{ ...first, kind: 'auto_reply' as const, sign }];
    const { parts, reports: found } = explainMessage(message, { ...read, reports }, 7, rules, assumed);
    expect(found[0]?.places).toEqual([]);
    expect(parts).toEqual([expect.objectContaining({ number: '1', octets: null, role: 'notification' })]);
  });
});

test('a status part that begins with a further line of nothing has its places all the same', () => {
  const mail = 'Content-Type: message/delivery-status\n\n  x\nFinal-Recipient: rfc822; a@example.com\nStatus: 5.1.1\n';
  expect(explained(mail).reports[0]?.places).toContainEqual(
    expect.objectContaining({ field: 'status', name: 'Status', line: 3, mailLine: 5 }),
  );
});

describe('the parts', () => {
  test('are numbered as IMAP numbers them, with what each was read for', () => {
    const mail = [
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Transfer-Encoding: Base64',
      'Content-Type: text/plain; charset=UTF-8',
      '',
      'aGk=',
      '--b',
      'Content-Type: text/html',
      '',
      'hi',
      '--b--',
      '--a',
      'Content-Type: message/delivery-status',
      '',
      'x',
      '--a',
      'Content-Type: message/feedback-report',
      '',
      'x',
      '--a',
      'Content-Type: message/rfc822',
      '',
      'Received: from a by b',
      '',
      'x',
      '--a',
      'Content-Type: text/plain',
      '',
      'footer',
      '--a',
      'Content-Type: multipart/mixed; boundary=c',
      '',
      '--a--',
    ].join('\n');
    const { parts, returnedRoute } = explained(mail);
    expect(parts.map(({ number, type, role }) => [number, type, role])).toEqual([
      ['0', 'multipart/mixed', 'multipart'],
      ['1', 'multipart/alternative', 'multipart'],
      ['1.1', 'text/plain', 'notification'],
      ['1.2', 'text/html', 'notification'],
      ['2', 'message/delivery-status', 'statusFields'],
      ['3', 'message/feedback-report', 'feedbackFields'],
      ['4', 'message/rfc822', 'returnedMail'],
      ['5', 'text/plain', 'none'],
      ['6', 'multipart/mixed', 'multipart'],
    ]);
    expect(parts[2]).toMatchObject({ depth: 2, charset: 'utf-8', encoding: 'base64', octets: 4 });
    expect(returnedRoute).toMatchObject([{ from: 'a', by: 'b' }]);
  });
});

describe('the candidates', () => {
  test('are told with the reason why they do not decide', () => {
    const said = '550 5.1.1 User unknown (in reply to MAIL FROM command)';
    const { reports } = explained(
      fixture('rfc3464-postfix')
        .toString('latin1')
        .replace(/550 5\.1\.1 no mailbox[^\r\n]*/u, said),
    );
    const results = reports[0]?.candidates.map(({ rule, result }) => [rule, result]);
    expect(results).toContainEqual(['generic/no-such-user', 'tooEarly']);
    expect(reports[0]?.codes).toMatchObject({
      phase: 'mail',
      statuses: [{ code: '5.1.1', category: 'user_not_found' }],
    });
  });

  test('have no words where their rule asks for none', () => {
    const rule = [{ id: 'test/a', category: 'unknown', status: ['5.1.1'], examples: ['5.1.1'] }];
    const compiled = compileRules([{ name: '50-test.toml', table: { family: 'test', rule }, lines: [7] }]);
    if (!compiled.ok) throw new Error(compiled.problems.join('\n'));
    const message = scanMessage(fixture('rfc3464-postfix'));
    const read = readScanned(message, { truncated: false });
    expect(explainMessage(message, read, 0, compiled.rules, assumed).reports[0]?.candidates).toMatchObject([
      { rule: 'test/a', file: '50-test.toml', line: 7, words: null, result: 'first' },
    ]);
  });

  test('are looked for once where recipients share their words, and for each where they do not', () => {
    const fields = (name: string, words: string) =>
      `Final-Recipient: rfc822; ${name}@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; ${words}\n\n`;
    const { reports } = explained(
      `From: MAILER-DAEMON@mx.example.net\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n` +
        `Reporting-MTA: dns; mx.example.net\n\n${fields('a', '550 user unknown')}${fields('b', '550 user unknown')}${fields('c', '552 mailbox full')}--b--\n`,
    );
    const [a, b, c] = reports.map(({ candidates }) => candidates);
    expect(a?.length).toBeGreaterThan(0);
    expect(b).toBe(a);
    expect(c?.map(({ category }) => category)).toContain('mailbox_full');
  });

  test('are none where the kind of the mail decides', () => {
    expect(explained(fixture('auto-reply')).reports[0]?.candidates).toEqual([]);
  });

  test('of a code of success are nothing', () => {
    const codes = explained(fixture('rfc3464-several')).reports[3]?.codes;
    expect(codes?.statuses).toEqual([{ code: '2.1.9', category: null }]);
  });
});

describe('what would follow', () => {
  test('a dead mailbox is suppressed, for ever', () => {
    expect(explained(fixture('rfc3464-postfix')).reports[0]?.wouldFollow).toEqual({
      recipient: 'ann@example.com',
      action: 'remove_immediately',
      reason: 'category',
      suppressionLevel: 'hard_suppressed',
      suppressedSeconds: null,
      retrySeconds: null,
      reviewPriority: null,
      senderFault: 'low',
      actsForAnySender: true,
    });
  });

  test('a full mailbox is tried again, and rests', () => {
    expect(explained(fixture('rfc3464-several')).reports[0]?.wouldFollow).toMatchObject({
      action: 'retry_with_delay',
      suppressionLevel: 'temporarily_suppressed',
      suppressedSeconds: 7 * 86_400,
      retrySeconds: 1800,
    });
  });

  test('somebody else than the proved recipient asks a person', () => {
    const [one] = explained(fixture('rfc3464-postfix'), { bound: { ...bound, recipient: 'list@example.com' } }).reports;
    expect(one?.wouldFollow).toMatchObject({
      recipient: 'list@example.com',
      action: 'flag_for_review',
      reason: 'redirected',
      reviewPriority: 50,
    });
  });

  test('a mail that names nobody follows for nobody', () => {
    expect(explained(fixture('none-personal')).reports[0]).toMatchObject({
      recipient: null,
      wouldFollow: { recipient: null, action: 'no_action', actsForAnySender: false },
    });
  });
});

test('a mail with a hundred recipients is explained for the first ten', () => {
  const blocks = Array.from(
    { length: 100 },
    (_, n) => `Final-Recipient: rfc822; u${n}@example.com\nAction: failed\nStatus: 5.1.1\n`,
  );
  const mail = `Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n${blocks.join('\n')}`;
  const { message, reports } = explained(mail);
  expect([message.recipientCount, reports.length]).toEqual([100, 10]);
});

test.each([
  ['line ends', '\n'],
  ['empty fields', 'a:\n'],
  ['hops', 'Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\n'],
  ['boundaries', '--q\n'],
  ['recipients', 'Final-Recipient: rfc822; a@example.com\nStatus: 5.1.1\n\n'],
])('a megabyte of %s is explained within bounds', (_, piece) => {
  const head = 'Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n';
  const explanation = explained(`${head}${piece.repeat(Math.ceil(1_048_576 / piece.length))}`);
  expect(explanation.reports.length).toBeLessThanOrEqual(10);
  expect(JSON.stringify(explanation).length).toBeLessThan(500_000);
});

test('every verdict but that of no report points at what decided, where it says', () => {
  const folder = new URL('../../fixtures/mail/', import.meta.url);
  const without = readdirSync(folder).flatMap((name) =>
    !name.endsWith('.eml')
      ? []
      : explained(readFileSync(new URL(name, folder))).reports.flatMap(({ report, verdict: { rule, evidence } }) => {
          if (
            evidence?.field === 'diagnosticCode' &&
            report.diagnosticCode?.slice(evidence.start, evidence.end) !== evidence.text
          )
            return [[name, rule, evidence.text]];
          return evidence === null && rule !== 'kind/none' ? [[name, rule]] : [];
        }),
  );
  expect(without).toEqual([]);
});
