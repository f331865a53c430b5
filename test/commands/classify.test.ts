import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command as classify } from '../../src/commands/classify.ts';
import { command as inspect } from '../../src/commands/inspect.ts';
import { command as verp } from '../../src/commands/verp.ts';
import { run } from './run.ts';

const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('classify', () => {
  test('a text gives its verdict with the words that decided marked', async () => {
    const { code, out } = await run(classify, ['550 5.1.1 <pat@example.com>: User unknown in local recipient table']);
    expect(code).toBe(0);
    expect(out).toContain('»User unknown in local recipient table«');
    expect(out).toContain('hard_bounce / user_not_found (permanent)');
    expect(out).toContain('postfix/local-table');
  });

  test('--json gives permanence and evidence too', async () => {
    const { out } = await run(classify, ['--json', '452 4.2.2 Mailbox full', 'nothing known']);
    expect(lines(out)).toMatchObject([
      { category: 'mailbox_full', permanence: 'transient', evidence: { text: 'Mailbox full', start: 10, end: 22 } },
      { category: 'unknown', evidence: { field: 'diagnosticCode', text: 'nothing known' } },
    ]);
  });

  test('--ndjson answers every line, in order, empty ones and a last one without an end too', async () => {
    const texts = ['550 User unknown', '', '552 Mailbox full', 'Benutzer unbekannt ü', 'x'];
    const { code, out } = await run(classify, ['--ndjson'], {}, texts.join('\n'));
    expect(code).toBe(0);
    const answers = lines(out);
    expect(answers.map(({ text }) => text)).toEqual(texts);
    expect(answers[1]).toEqual({
      text: '',
      type: 'block_bounce',
      category: 'unknown',
      rule: 'unknown',
      confidence: expect.any(Number) as number,
    });
  });

  test('--ndjson takes CRLF, and cuts a line that has no end', async () => {
    const { out } = await run(classify, ['--ndjson'], {}, `550 User unknown\r\n${'x'.repeat(200_000)}\nlast`);
    expect(lines(out).map(({ text }) => String(text).length)).toEqual([16, 65_536, 4]);
  });

  test('controls of a text do not reach the terminal, and a long text is shown around its words', async () => {
    const { out } = await run(classify, [`${'\u001b[31m '.repeat(300)} 550 User unknown`]);
    expect(out).not.toContain('\u001b');
    expect(out).toContain('»User unknown«');
    expect(out).toContain('…');
  });

  test.each([[[]], [['--ndjson', 'text']], [['--nonsense']]])('%j is wrong use', async (args) => {
    expect((await run(classify, args)).code).toBe(64);
  });
});

const bounce = `From: MAILER-DAEMON@mx.example.net
To: b-x@bounce.localhost
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=q

--q
Content-Type: text/plain

Sorry.
--q
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; pat@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <pat@example.com>: Recipient address rejected: User unknown in local recipient table

--q--
`.replaceAll('\n', '\r\n');

describe('inspect', () => {
  test('says what was found, which words decided, and what would follow', async () => {
    const { code, out } = await run(inspect, [], {}, bounce);
    expect(code).toBe(0);
    for (const words of [
      'Undelivered Mail',
      'delivery_status (rfc3464)',
      'pat@example.com',
      '»User unknown in local',
      'part 2 line 6, mail line 19, octet 381',
      'multipart/report',
      'holds, later',
      'postfix/local-table',
      'remove_immediately',
    ])
      expect(out).toContain(words);
  });

  test('mail that is no report is said to be none', async () => {
    const { code, out } = await run(
      inspect,
      [],
      {},
      'From: Ann <ann@example.com>\r\nSubject: Lunch\r\n\r\nAt one?\r\n',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^found as +no report$/mu);
    expect(out).toMatch(/^meaning +Nothing here says that a delivery failed\.$/mu);
    expect(out).not.toMatch(/^(text|recipients) /mu);
  });

  test('what was handed on is told from what arrived', async () => {
    const meaning = async (action: string) =>
      /^meaning +(\S.*)$/mu.exec((await run(inspect, [], {}, bounce.replace('failed', action))).out)?.[1];
    expect(await meaning('relayed')).toContain('nobody knows the end');
    expect(await meaning('delivered')).toBe('The mail has arrived.');
  });

  test('--json is one document with the verdict of each report', async () => {
    const { out } = await run(inspect, ['--json', '-'], {}, bounce);
    expect(JSON.parse(out)).toMatchObject({
      proof: null,
      reports: [
        {
          recipient: 'pat@example.com',
          report: { status: '5.1.1' },
          wouldFollow: { action: 'remove_immediately' },
          verdict: { type: 'hard_bounce' },
        },
      ],
    });
  });

  test.each([
    ['delayed', '5.1.1', 'no_action'],
    ['failed', '4.1.1', 'flag_for_review'],
    ['delivered', '2.0.0', 'no_action'],
  ])('action %s with status %s would do %s', async (action, status, would) => {
    const mail = bounce
      .replace('Action: failed', `Action: ${action}`)
      .replace('Status: 5.1.1', `Status: ${status}`)
      .replace('550 5.1.1', `450 ${status}`);
    const { out } = await run(inspect, ['--json'], {}, mail);
    expect(JSON.parse(out)).toMatchObject({ reports: [{ wouldFollow: { action: would } }] });
  });

  test('a return-path that is none of ours proves nobody', async () => {
    const { out } = await run(inspect, ['--to', 'b-x@elsewhere.example'], {}, bounce);
    expect(out).toContain('nobody (none of our return-path domains)');
  });

  test('a return-path of ours is checked with the keys, and says whom it proves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
    try {
      const env = { BOUNCEMX_DATA_DIR: folder };
      const to = (address: string) => run(inspect, ['--to', address], env, bounce);
      expect((await to('b-x@bounce.localhost')).code).toBe(78);
      expect((await run(verp, ['keygen'], env)).code).toBe(0);
      const made = await run(verp, ['encode', '--recipient', 'kim@example.org'], env);
      expect((await to(made.out.trim())).out).toMatch(/proves +kim@example\.org/);
      expect((await to('b-x@bounce.localhost')).out).toContain('nobody (malformed)');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a complaint would suppress whom it proves', async () => {
    const arf = bounce
      .replace('report-type=delivery-status', 'report-type=feedback-report')
      .replace('message/delivery-status', 'message/feedback-report')
      .replace(
        /Reporting-MTA[\s\S]*?\r\n\r\nFinal[\s\S]*?table\r\n/,
        'Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: x/1\r\n',
      );
    expect(JSON.parse((await run(inspect, ['--json'], {}, arf)).out)).toMatchObject({
      reports: [{ wouldFollow: { action: 'remove_immediately' }, verdict: { type: 'spam_complaint' } }],
    });
  });

  test('no word of a mail reaches the terminal but as text, in lines that fit it', async () => {
    const evil = '\x1b]0;x\x07\x1b[2J\u202e';
    const mail = bounce
      .replace('Undelivered Mail', `Undelivered ${evil}${'long '.repeat(99)}`)
      .replace('mx.example.net\r\n\r\n', `mx${evil}.example.net\r\n\r\n`)
      .replace('User unknown', `User unknown ${evil} ${'x'.repeat(900)} ${'word '.repeat(300)}`)
      .replace('MIME-Version', `Received: from ${evil}${'h'.repeat(300)} by ${evil}\r\nMIME-Version`);
    const { code, out } = await run(inspect, [], {}, mail);
    expect(code).toBe(0);
    expect(out).toContain('User unknown');
    expect(out).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/u);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(180);
  });

  test('a report of many says how many it does not show', async () => {
    const one = 'Final-Recipient: rfc822; pat@example.com\r\n';
    const more = Array.from(
      { length: 11 },
      (_, n) => `Final-Recipient: rfc822; p${n}@example.com\r\nStatus: 5.1.1\r\n\r\n`,
    );
    const { out } = await run(inspect, [], {}, bounce.replace(one, `${more.join('')}${one}`));
    expect(out).toContain('Report 10 of 12: p9@example.com');
    expect(out).toContain('2 more recipients are not shown');
  });

  test('two messages are wrong use, and a file that is not there is a failure', async () => {
    expect((await run(inspect, ['a', 'b'])).code).toBe(64);
    expect((await run(inspect, ['/nowhere/at/all.eml'])).code).toBe(1);
  });
});
