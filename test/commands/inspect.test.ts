import { describe, expect, it } from 'vitest';
import { command as inspect } from '../../src/commands/inspect.ts';
import { command as parse } from '../../src/commands/parse.ts';
import { run } from './run.ts';

/** Its boundary in two pieces (RFC 2231 §3), which the scanner calls odd, and a status part that nobody reads as words. */
const odd = `Return-Path: <>
From: MAILER-DAEMON@mx.example.net
To: bounce@example.org
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status;
 boundary*0="abc"; boundary*1="def"

--abcdef
Content-Type: text/plain

It failed.

--abcdef
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

${Buffer.from('Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; ann@example.com\nAction: failed\nStatus: 5.2.2\n').toString('base64')}

--abcdef--
`;

// The daemon asks mailparser about such a mail (pipeline/mime-fallback.ts): whoever looks at it must see what was decided.
describe('a mail whose structure is not what its header promises', () => {
  it('is explained as the daemon reads it', async () => {
    const explained = JSON.parse((await run(inspect, ['--json'], {}, odd)).out) as Record<string, unknown>;
    expect(explained).toMatchObject({
      message: { flags: ['odd:boundary'] },
      reports: [{ recipient: 'ann@example.com', verdict: { category: 'mailbox_full', rule: 'status/5.2.2' } }],
    });
  });

  it('is parsed as the daemon reads it', async () => {
    expect(JSON.parse((await run(parse, ['-'], {}, odd)).out)).toMatchObject({
      recipient: 'ann@example.com',
      category: 'mailbox_full',
      flags: ['odd:boundary'],
    });
  });
});
