import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRelayUrl } from '../../src/config/relay-url.ts';

const relay = { host: 'mx.example', port: 25, implicitTls: false, requireTls: true, user: '' };

test.each([
  ['smtp://mx.example', {}],
  ['smtp://mx.example/', {}],
  ['SMTP://MX.Example.', {}],
  ['smtp://mx.example:587', { port: 587 }],
  ['smtp://ann@mx.example:587', { port: 587, user: 'ann' }],
  ['smtp://ann%40b.example@mx.example', { user: 'ann@b.example' }],
  ['smtp://100%25@mx.example', { user: '100%' }],
  ['smtp://mx.example?tls=none', { requireTls: false }],
  ['smtps://mx.example', { port: 465, implicitTls: true, requireTls: false }],
  ['smtps://mx.example:25', { port: 25, implicitTls: true, requireTls: false }],
  ['smtp://müller.example', { host: 'xn--mller-kva.example' }],
  ['smtp://192.0.2.1', { host: '192.0.2.1' }],
  ['smtp://[2001:db8::1]:2525', { host: '2001:db8::1', port: 2525 }],
  ['smtp://127.0.0.1', { host: '127.0.0.1', requireTls: false }],
  ['smtp://127.9.9.9:2525', { host: '127.9.9.9', port: 2525, requireTls: false }],
  ['smtp://[::1]', { host: '::1', requireTls: false }],
  ['smtp://localhost', { host: 'localhost', requireTls: false }],
  ['smtp://localhost.example.com', { host: 'localhost.example.com' }],
  ['smtp://127.0.0.1.example.com', { host: '127.0.0.1.example.com' }],
])('%s is understood', (text, fields) => {
  expect(parseRelayUrl(text)).toEqual({ ok: true, relay: { ...relay, ...fields } });
});

test.each([
  '',
  'mx.example',
  'mx.example:25',
  'smtp:mx.example',
  'smtp://',
  'smtp:///x',
  'http://mx.example',
  'lmtp://mx.example',
  'smtp://mx.example:0',
  'smtp://mx.example:65536',
  'smtp://mx.example:x',
  'smtp://ann:secret@mx.example',
  'smtp://us%er@mx.example',
  'smtp://ann%0d%0a@mx.example',
  'smtp://mx.example/path',
  'smtp://mx.example#x',
  'smtp://mx.example?tls=never',
  'smtp://mx.example?tls',
  'smtp://mx.example?TLS=none',
  'smtp://mx.example?tls=none&tls=none',
  'smtp://mx.example?tls=none&x=y',
  'smtp://mx.example?x=y',
  'smtps://mx.example?tls=none',
  'smtp://a_b.example',
  'smtp://..',
  'smtp://999.1.1.1',
  'smtp://127.1',
  'smtp://a%2fb.example',
  'smtp://a%zz.example',
  'smtp://[::1',
  'smtp://a b.example',
])('%j is refused with what would be right', (text) => {
  const parsed = parseRelayUrl(text);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.expected).not.toBe('');
});

test('a password in the URL is not repeated', () => {
  expect(JSON.stringify(parseRelayUrl('smtp://ann:hunter2@mx.example'))).not.toContain('hunter2');
});

test('nothing makes it throw, and TLS is left out for loopback hosts and where it was asked for alone', () => {
  const part = fc.constantFrom(
    'smtp://',
    'smtps://',
    'a',
    '@',
    ':',
    '127.0.0.1',
    '%',
    '%00',
    '?tls=none',
    '[::1]',
    '.',
    '/',
    '#',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parseRelayUrl(text);
        if (!parsed.ok) return;
        const { implicitTls, requireTls, host } = parsed.relay;
        expect(implicitTls || requireTls || text.includes('tls=none') || /^(?:127\.|localhost$|::1$)/.test(host)).toBe(
          true,
        );
      },
    ),
    { numRuns: 3000 },
  );
});
