/** One arrival through every stage, without a database. */
import { expect, test } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import { processArrival } from '../../src/pipeline/process.ts';
import { arrival } from '../helpers/mail-events.ts';

test('others have their turn between the many recipients of one report', async () => {
  const recipients = Array.from(
    { length: 60 },
    (_, i) =>
      `Final-Recipient: rfc822; ann${i}@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no ann${i}\n`,
  );
  const mail = [
    'From: MAILER-DAEMON@mx.example.net',
    'Subject: Undelivered Mail',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=q',
    '',
    '--q',
    'Content-Type: text/plain',
    '',
    'Sorry.',
    '--q',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    '',
    ...recipients,
    '--q--',
    '',
  ].join('\r\n');
  const shipped = loadShippedRules();
  let turns = 0;
  const turnOf: number[] = [];
  const watched: typeof shipped = {
    ...shipped,
    first(text, facts) {
      turnOf.push(turns);
      return shipped.first(text, facts);
    },
  };
  const count = (): void => {
    turns++;
    if (turnOf.length < 60) setImmediate(count);
  };
  setImmediate(count);
  const raw = Buffer.from(mail.replaceAll(/\r?\n/g, '\r\n'));
  await processArrival(arrival({ raw, size: raw.length }), watched, new Map());
  expect(turnOf).toHaveLength(60);
  expect(new Set(turnOf).size).toBeGreaterThanOrEqual(6);
});
