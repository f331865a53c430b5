import { expect, test } from 'vitest';
import { mailboxDomain } from '../../../src/core/sending/mailbox-domain.ts';

test('the domain is that of the one mailbox that the field names', () => {
  for (const field of [
    'news@shop.test',
    '<news@shop.test>',
    ' Shop <news@shop.test> ',
    'a@evil.test <news@shop.test>',
    '"Doe, John <a@evil.test>" <news@shop.test>',
    '"a \\" <a@evil.test>" <news@shop.test>',
    'Shop (the (best) one, <a@evil.test>) <news@shop.test>',
    'news@shop.test (a \\) <a@evil.test>)',
    '=?utf-8?q?=3Ca=40evil.test=3E?= <news@shop.test>',
    'Gr\u00fc\u00dfe <n\u00e9ws@shop.test>',
    '(x) news@shop.test',
    'Shop <news@ shop.test>',
  ])
    expect(mailboxDomain(field), field).toBe('shop.test');
});

test('what is no mailbox, or not one alone, or read otherwise by others, has none', () => {
  for (const field of [
    '',
    'news',
    '<>',
    '@shop.test',
    'news@',
    '<news>',
    'a@evil.test, news@shop.test',
    '<a@evil.test>, <news@shop.test>',
    'Doe, John <news@shop.test>',
    'team: news@shop.test;',
    'team: <news@shop.test>;',
    'undisclosed-recipients:;',
    'news@shop.test@evil.test',
    '<news@shop.test> a@evil.test',
    '<a@evil.test> <news@shop.test>',
    'x> <news@shop.test>',
    '<<news@shop.test>>',
    '<@evil.test:news@shop.test>',
    'a@evil.test news@shop.test',
    '"news@shop.test',
    '"news"@shop.test',
    'news@shop.test (',
    'news@shop.test)',
    'news@[127.0.0.1]',
    'news\\@shop.test',
    'news@shop.test\u0000',
  ])
    expect(mailboxDomain(field), field).toBeNull();
});
