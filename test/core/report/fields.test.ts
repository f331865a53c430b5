/** The fields of delivery-status parts, and the small pieces that all readers share. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAddresses, mtaName, phaseOf, tidyAddress } from '../../../src/core/report/claim.ts';
import { readDate } from '../../../src/core/report/date.ts';
import { addressField, readDeliveryStatus } from '../../../src/core/report/rfc3464.ts';
import { returnedFrom } from '../../../src/core/report/returned.ts';

const failed = 'Action: failed\nStatus: 5.1.1\n';

describe('fields of a delivery status', () => {
  it.each([
    ['rfc822; a@example.com', 'a@example.com'],
    ['RFC822;<a@example.com>', 'a@example.com'],
    ['rfc822; <a@example.com', 'a@example.com'],
    ['a@example.com', 'a@example.com'],
    ['rfc822; "a@example.com"', 'a@example.com'],
    ['rfc822; "a b"@example.com', '"a'],
    ['rfc822; a@example.com (Ann)', 'a@example.com'],
    ['rfc822; mailto:a@example.com;', 'a@example.com'],
    ['rfc822; a+2Bb+3Dc@example.com', 'a+b=c@example.com'],
    ['utf-8; \\x{E4}\\x{0A}@example.com', 'ä\\x{0A}@example.com'],
    ['x400; /CN=a/', null],
    ['rfc822;', null],
    [undefined, null],
  ])('the address field %j is %j', (field, address) => {
    expect(addressField(field)).toBe(address);
  });

  it.each([
    ['Tue, 3 Mar 2026 10:00:00 +0100 (CET)', '2026-03-03T09:00:00.000Z'],
    ['Tue, 3 Mar 2026 10:00:00', '2026-03-03T10:00:00.000Z'],
    ['Wed, 25 Nov 2026 23:59:59 -0530', '2026-11-26T05:29:59.000Z'],
    ['31 Mar 2026 10:00:00 +0000', '2026-03-31T10:00:00.000Z'],
    ['2026-03-03T10:00:00Z', '2026-03-03T10:00:00.000Z'],
    ['Tue Mar 03 10:00:00 UTC 2026', '2026-03-03T10:00:00.000Z'],
  ])('the date %j is %j', (field, date) => {
    expect(readDate(field)?.toISOString()).toBe(date);
  });

  it('a date is the same whether it is read as RFC 5322 has it or as Date.parse takes it', () => {
    const two = (number: number): string => String(number).padStart(2, '0');
    const part = fc.integer({ min: 0, max: 62 });
    fc.assert(
      fc.property(
        fc.constantFrom('', 'Mon, ', 'Mon ', '9on, '),
        fc.integer({ min: 0, max: 33 }),
        fc.constantFrom('Jan', 'Jun', 'Dec', 'anF', 'Foo'),
        fc.integer({ min: 1995, max: 2105 }),
        fc.tuple(part, part, part),
        fc.constantFrom(' +0000', ' -0730', ' +0100 (CET)', ' +9999', '+0000', ''),
        fc.nat(40),
        fc.constantFrom('', ' ', 'x', ':', '9'),
        (weekday, day, month, year, time, zone, at, put) => {
          const plain = `${weekday}${day} ${month} ${year} ${time.map(two).join(':')}${zone}`;
          const text = plain.slice(0, at) + put + plain.slice(at);
          // Behind a blank it is no date in full any more; Date.parse does not mind.
          expect(readDate(text)?.getTime()).toBe(readDate(` ${text}`)?.getTime());
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([undefined, '', 'soon', 'Tue, 3 Mar 1926 10:00:00 +0000', 'Tue, 3 Mar 2126 10:00:00 +0000', 'x'.repeat(200)])(
    'the date %j is none',
    (field) => {
      expect(readDate(field)).toBeNull();
    },
  );

  it.each([
    ['failed', 'failed'],
    ['Failed (bounced)', 'failed'],
    ['Failure', 'failed'],
    ['deferred', 'delayed'],
    ['nonsense', 'failed'],
  ])('the action %j is %j', (field, action) => {
    expect(
      readDeliveryStatus(`Final-Recipient: rfc822; a@example.com\nAction: ${field}\nStatus: 5.0.0\n`).reports[0]
        ?.reportAction,
    ).toBe(action);
  });

  it('takes the class of the status where the action is missing, and nothing where that is missing too', () => {
    const action = (fields: string) =>
      readDeliveryStatus(`Final-Recipient: rfc822; a@example.com\n${fields}`).reports[0]?.reportAction;
    expect([action('Status: 2.1.5\n'), action('Status: 4.4.1\n'), action('')]).toEqual(['delivered', 'failed', null]);
  });

  it('puts together folded, unindented and blank-folded lines, and lets the first field of a name stand', () => {
    const [one] = readDeliveryStatus(
      'Reporting-MTA: dns; mx\n folded\n\n lost\nFinal-Recipient: rfc822; a@example.com\nFinal-Name\nDiagnostic-Code: smtp; 550 5.1.1 a\n b\nc\n \t\nStatus: 5.0.0\nStatus: 5.7.1\n ignored\n--\n',
    ).reports;
    expect(one).toMatchObject({ diagnosticCode: '550 5.1.1 a b c', status: '5.1.1', reportingMta: 'mx' });
  });

  it('bounds a value of any length', () => {
    const lines = ` ${'x'.repeat(900)}\n`.repeat(100);
    const plain = `${'x'.repeat(900)}\n`.repeat(100);
    for (const more of [lines, plain]) {
      const [one] = readDeliveryStatus(
        `Final-Recipient: rfc822; a@example.com\nDiagnostic-Code: smtp; 550 no\n${more}`,
      ).reports;
      expect(one?.diagnosticCode?.length).toBeLessThanOrEqual(4096);
    }
  });

  it('begins a recipient with whichever of its fields comes first', () => {
    const { reports, recipientCount } = readDeliveryStatus(
      `Final-Recipient: rfc822; a@example.com\n${failed}\n${failed}Final-Recipient: rfc822; b@example.com\n\nOriginal-Recipient: rfc822; o@example.com\nX-Actual-Recipient: rfc822; c@example.com\n${failed}`,
    );
    expect(reports.map((one) => one.finalRecipient)).toEqual(['a@example.com', 'b@example.com', 'c@example.com']);
    expect(recipientCount).toBe(3);
  });

  it('takes the receiver’s answer that a relay quotes behind its own', () => {
    const [one] = readDeliveryStatus(
      'Final-Recipient: rfc822; a@example.com\nStatus: 4.4.7\nDiagnostic-Code: x-relay; message expired <451 busy>\n',
    ).reports;
    expect(one).toMatchObject({ replyCode: 451, status: '4.4.7' });
  });

  it('takes a diagnostic without a type', () => {
    const [one] = readDeliveryStatus('Final-Recipient: rfc822; a@example.com\nDiagnostic-Code: 550 5.1.1 no').reports;
    expect(one).toMatchObject({ diagnosticCode: '550 5.1.1 no', status: '5.1.1' });
  });

  it('gives nothing for text without recipients', () => {
    expect(readDeliveryStatus(': 5.1.1\n:\n').reports).toEqual([]);
    expect(readDeliveryStatus('Reporting-MTA: dns; mx\n')).toEqual({ reports: [], recipientCount: 0 });
  });
});

describe('pieces', () => {
  it('finds addresses once each, and not more than asked for', () => {
    expect(findAddresses('a@example.com, <a@example.com> "b@example.com"; c@example.com', 2)).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    expect(findAddresses('no one', 5)).toEqual([]);
  });

  it.each([
    ['<a@example.com>', 'a@example.com'],
    ['mailto:a@example.com.', 'a@example.com'],
    ["'a@example.com'", 'a@example.com'],
    ['<a@example.com', '<a@example.com'],
  ])('tidies %j to %j', (text, address) => {
    expect(tidyAddress(text)).toBe(address);
  });

  it.each([
    ['dns; mx.example.com', 'mx.example.com'],
    ['mx.example.com (192.0.2.1)', 'mx.example.com'],
    ['[192.0.2.1]', '192.0.2.1'],
    ['dns;', null],
    [undefined, null],
  ])('names the MTA of %j as %j', (field, name) => {
    expect(mtaName(field)).toBe(name);
  });

  it('names the phase of the dialogue', () => {
    expect(['after STARTTLS', 'in reply to end of DATA', 'MAIL FROM', 'EHLO', 'nothing'].map(phaseOf)).toEqual([
      'starttls',
      'data',
      'mail',
      'ehlo',
      null,
    ]);
  });

  it('takes text without fields for no returned message, and an identifier with or without brackets', () => {
    expect(returnedFrom('\n  just words')).toBeNull();
    expect(returnedFrom('X-A: 1\n')).toBeNull();
    expect(returnedFrom('Message-ID: a b@example.com\nSubject: \n')).toMatchObject({ messageId: 'ab@example.com' });
    expect(returnedFrom('From: a\nMessage-ID: <>\n')?.messageId).toBeNull();
  });
});
