import fc from 'fast-check';
import MimeNode from 'nodemailer/lib/mime-node';
import { describe, expect, test } from 'vitest';
import { checkRecipient } from '../../../src/core/sending/envelope.ts';

/** Whom nodemailer would name in RCPT, given the text; quotes around dots that stand oddly say the same (RFC 5321 §4.1.2). */
function recipientsOf(text: string): readonly string[] {
  const { to } = new MimeNode('text/plain').setEnvelope({ from: 'a@b.example', to: [text] }).getEnvelope();
  return to.map((each) => each.replace(/^"([^"\\]*)"@/, '$1@'));
}

describe('what is not exactly one mailbox is refused', () => {
  test.each([
    '',
    ' ',
    '@',
    'ann',
    'ann@',
    '@example.com',
    'ann@example.com, eve@example.net',
    'ann@example.com,eve@example.net',
    'ann@example.com;eve@example.net',
    'ann@example.com eve@example.net',
    ' ann@example.com',
    'ann@example.com ',
    'an n@example.com',
    '<ann@example.com>',
    'Ann <ann@example.com>',
    'ann@example.com>\r\nRCPT TO:<eve@example.net>',
    'ann@example.com\r\nRCPT TO:<eve@example.net>',
    'ann@example.com\nDATA',
    'ann@example.com\r',
    'ann\0@example.com',
    'ann@exam\0ple.com',
    'g: ann@example.com, eve@example.net;',
    'g:ann@example.com;',
    'undisclosed-recipients:;',
    '"ann, eve"@example.com',
    '"ann"@example.com',
    'ann(comment)@example.com',
    'ann@example.com (comment)',
    '@relay.example:ann@example.com',
    'ann@eve@example.com',
    'ann\\@example.com',
    'ann@[192.0.2.1]',
    'ann@[IPv6:2001:db8::1]',
    'ann@192.0.2.1',
    'ann@example..com',
    'ann@-example.com',
    'ann@exam_ple.com',
    'ann@example.com/../x',
    'ann@exam%70le.com',
    '\u202eann@example.com',
    'an\u200bn@example.com',
    'ann\ud800@example.com',
    'ann\u00a0@example.com',
    'ann\uff0ceve@example.com\uff20example.net',
    'ann@example.com SIZE=1',
    'ann@example.com> NOTIFY=NEVER',
  ])('%j', (text) => {
    expect(checkRecipient(text).ok).toBe(false);
  });
});

test.each([
  ['ann@example.com', 'ann@example.com', 'ann@example.com', false],
  ['Ann+Tag@Example.COM', 'Ann+Tag@example.com', 'ann+tag@example.com', false],
  ["o'neil=x/y{z}|~!#$%&*?^_`@example.com", "o'neil=x/y{z}|~!#$%&*?^_`@example.com", null, false],
  ['a..b.@example.com', 'a..b.@example.com', 'a..b.@example.com', false],
  ['ann@MÜLLER.example', 'ann@xn--mller-kva.example', 'ann@xn--mller-kva.example', false],
  ['Jörg@example.com', 'Jörg@example.com', 'jörg@example.com', true],
] as const)('%s is one mailbox', (text, address, identity, smtputf8) => {
  const checked = checkRecipient(text);
  expect(checked).toMatchObject({ ok: true, address, smtputf8 });
  if (checked.ok && identity !== null) expect(checked.mailbox.identity).toBe(identity);
});

test('a path is at most 256 octets with its brackets, a local part 64', () => {
  const domain = (octets: number): string => `${'d.'.repeat((octets - 4) / 2)}d.de`.slice(-octets);
  const long = (octets: number): string => `${'a'.repeat(64)}@${domain(octets - 65)}`;
  expect(checkRecipient(long(253)).ok).toBe(true);
  expect(checkRecipient(long(255))).toEqual({ ok: false, why: 'tooLong' });
  expect(checkRecipient(`${'a'.repeat(65)}@example.com`)).toEqual({ ok: false, why: 'tooLong' });
  expect(checkRecipient(`${'ä'.repeat(33)}@example.com`)).toEqual({ ok: false, why: 'tooLong' });
  expect(checkRecipient('a'.repeat(1e6))).toEqual({ ok: false, why: 'tooLong' });
  expect(checkRecipient('no mailbox')).toEqual({ ok: false, why: 'notAMailbox' });
});

test('whatever passes is one recipient to nodemailer too, and the same', () => {
  const part = fc.oneof(
    fc.constantFrom('ann', 'eve', '@', 'example.com', 'b.example', '.', ',', ';', ':', '<', '>', '"', '\\', '(', ')'),
    fc.constantFrom(
      ' ',
      '\t',
      '\r\n',
      '\n',
      '\0',
      '%',
      '=',
      '!',
      "'",
      '`',
      '-',
      '+',
      'ü',
      '\u{1f600}',
      '\u3002',
      '[',
      ']',
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  const local = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const text = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
    local.map((each) => `${each}@example.com`),
    local.map((each) => `ann@${each}.example`),
  );
  let passed = 0;
  fc.assert(
    fc.property(text, (given) => {
      const checked = checkRecipient(given);
      if (!checked.ok) return;
      passed++;
      expect(checked.address).not.toMatch(/[\p{Cc}\p{Z}<>,;:"()\\[\]]/u);
      expect(checked.address.split('@')).toHaveLength(2);
      const recipients = recipientsOf(checked.address);
      expect(recipients).toHaveLength(1);
      // Beside a local part beyond ASCII it spells the domain in U-labels.
      expect(checkRecipient(recipients[0] ?? '')).toMatchObject({ ok: true, address: checked.address });
      expect(checkRecipient(checked.address)).toMatchObject({ ok: true, address: checked.address });
    }),
    { numRuns: 10_000 },
  );
  expect(passed).toBeGreaterThan(500);
});
