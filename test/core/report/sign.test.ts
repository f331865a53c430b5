import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';
import { signIn } from '../../../src/core/report/sign.ts';

function signOf(name: string) {
  const raw = readFileSync(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url));
  return readMessage(raw, { truncated: false }).reports[0]?.sign;
}

describe('what a reader knew a kind by', () => {
  test.each([
    ['auto-reply', 'header:auto-submitted'],
    ['auto-reply-german', 'header:subject'],
    ['auto-reply-quiet', 'header:precedence'],
    ['auto-reply-body', 'text'],
    ['challenge', 'text'],
    ['unsubscribe', 'header:subject'],
    ['unsubscribe-client', 'text'],
    ['complaint-notice', 'header:subject'],
  ])('%s: %s', (name, field) => {
    expect(signOf(name)).toMatchObject({ field });
  });

  test.each(['rfc3464-postfix', 'prose-qmail', 'rfc5965-abuse', 'none-personal'])(
    '%s: nothing, since its fields or its words say it',
    (name) => {
      expect(signOf(name)).toBeNull();
    },
  );

  test('its words stand in the value where it says, whatever their case', () => {
    expect(signIn('header:subject', 'Re: OUT of Office until May', 'out of office')).toEqual({
      field: 'header:subject',
      text: 'OUT of Office',
      start: 4,
      end: 17,
    });
  });

  test('letters that grow when they become small move nothing', () => {
    expect(signIn('text', 'İyi günler, İzindeyim.', 'izindeyim')).toEqual({
      field: 'text',
      text: 'İzindeyim',
      start: 12,
      end: 21,
    });
  });

  test('words that are not there as they are looked for give the beginning of the value', () => {
    expect(signIn('text', 'Please\nconfirm', 'please confirm')).toEqual({
      field: 'text',
      text: 'Please\nconfirm',
      start: 0,
      end: 14,
    });
    expect(signIn('text', 'x'.repeat(999)).text).toHaveLength(200);
  });
});
