import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { classify } from '../../../src/core/classify/classify.ts';
import type { Phase, Report } from '../../../src/core/event.ts';
import { tell } from '../../../src/core/sending/relay-reply.ts';

const phases: readonly Phase[] = ['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data'];
const relay = 'relay.example:25';

function reportOf(replyCode: number | null, text: string, phase: Phase = 'rcpt'): Report | null {
  const told = tell({ phase, replyCode, text }, 'ann@example.com', relay);
  return told.about === 'delivery' ? told.report : null;
}

const judged = (replyCode: number, text: string): string => {
  const report = reportOf(replyCode, text);
  return report === null ? 'relay' : `${classify(report, loadShippedRules()).category}`;
};

describe('a refusal', () => {
  test.each(phases)('at %s speaks of the recipient or the mail only behind MAIL', (phase) => {
    for (const code of [450, 451, 452, 500, 501, 504, 550, 552, 554, 555])
      expect(reportOf(code, `${code} no`, phase) !== null).toBe(phase === 'rcpt' || phase === 'data');
  });

  test.each([454, 502, 503, 530, 534, 535, 538])('with %i speaks of the session at every command', (code) => {
    for (const phase of phases) expect(reportOf(code, `${code} 4.7.0 no`, phase)).toBeNull();
  });

  test.each([null, 0, 200, 250, 354, 399, 600, 999, -1, NaN])('with %s is none', (code) => {
    for (const phase of phases) expect(reportOf(code, 'what?', phase)).toBeNull();
  });

  test('with 421 is the relay’s own, unless its status says that it is about the mail', () => {
    for (const text of ['421 4.3.2 Shutting down', '421 4.4.2 Timeout', '421 Too busy', '421 4.0.0 no', ''])
      expect(reportOf(421, text)).toBeNull();
    expect(
      judged(421, '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints'),
    ).toMatch(/^(?:rate_limiting|reputation_block)$/);
    expect(reportOf(421, '421 4.7.0 no', 'mail')).toBeNull();
  });

  test('is a report as others are', () => {
    expect(reportOf(550, '550 5.1.1 User unknown')).toEqual({
      kind: 'delivery_status',
      format: 'reply',
      reportAction: 'failed',
      status: '5.1.1',
      replyCode: 550,
      diagnosticCode: '550 5.1.1 User unknown',
      finalRecipient: 'ann@example.com',
      originalRecipient: null,
      reportingMta: null,
      remoteMta: relay,
      arrivalDate: null,
      lastAttemptDate: null,
      willRetryUntil: null,
      feedbackType: null,
      phase: 'rcpt',
      machineReadable: true,
      sign: null,
    });
  });
});

test.each([
  [550, '550-5.1.1 The email account that you tried to reach does not\r\n550 5.1.1 exist.', 'user_not_found'],
  [452, '452 4.2.2 Over quota', 'mailbox_full'],
  [450, '450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted', 'rate_limiting'],
  [450, '450 4.1.1 <a@b.example>: Recipient address rejected: unverified address: unknown user', 'server_error'],
  [552, '552 5.3.4 Message size exceeds fixed limit', 'message_too_large'],
  [454, '454 4.7.1 <a@b.example>: Relay access denied', 'relay'],
] as const)('%i %s is judged by the rules that judge reports', (code, text, category) => {
  expect(judged(code, text)).toBe(category);
});

describe('what a hostile relay says', () => {
  test('is kept without controls, marks that are not seen, and half characters', () => {
    const text = '550 \u001b[31m no\0 such\r\n550 us\u202eer \ud800 \u200b.';
    expect(reportOf(550, text)?.diagnosticCode).toBe('550 [31m no such 550 us er \ufffd .');
  });

  test('is cut to 4 KiB of characters that are whole', () => {
    for (const text of ['x'.repeat(1e6), '\u{1f600}'.repeat(1e5), `x${'\u{1f600}'.repeat(1e5)}`, '\r\n'.repeat(1e6)]) {
      const kept = reportOf(550, text)?.diagnosticCode ?? '';
      expect(kept.length).toBeLessThanOrEqual(4096);
      expect(kept.isWellFormed()).toBe(true);
    }
  });

  test('is nothing where nothing is left of it', () => {
    expect(reportOf(550, ' \r\n\0')).toMatchObject({ diagnosticCode: null, status: null, replyCode: 550 });
    expect(tell({ phase: 'mail', replyCode: 550, text: '\u0007no\r\nway' }, 'a@b.example', relay)).toEqual({
      about: 'relay',
      diagnostic: 'no way',
    });
  });

  test('never throws, and is always plain text', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.constantFrom(...phases), fc.option(fc.integer()), anything, (phase, replyCode, text) => {
        const told = tell({ phase, replyCode, text }, 'a@b.example', relay);
        const kept = told.about === 'relay' ? told.diagnostic : (told.report.diagnosticCode ?? '');
        expect(kept).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
