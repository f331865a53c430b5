import { expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { classifyText } from '../../../src/core/classify/classify.ts';
import { fold } from '../../../src/core/classify/fold.ts';
import { wordsApart } from '../../../src/core/classify/letters.ts';
import { spellings } from '../../../src/core/classify/wording.ts';

test.each([
  ['550 user_unknown', '550 user unknown'],
  ['(spam_suspect:content)', '(spam suspect:content)'],
  ['matched map: forbidden_file_extension.', 'matched map: forbidden file extension.'],
  ['ofr_506 lpn007_5 _ptr_ x__y', 'ofr_506 lpn007_5 _ptr_ x__y'],
  ['https://example.com/no_such_user?why=mailbox_full', 'https://example.com/no_such_user?why=mailbox_full'],
])('"%s" in words is "%s"', (text, wanted) => {
  expect(wordsApart(text)).toBe(wanted);
});

test('low lines of local parts are no words', () => {
  expect(fold('550 mailbox_full@example.com rejected').text).toBe(' 550 @ rejected ');
});

test('names of codes are understood, and shown as they came', () => {
  const { category, evidence } = classifyText('550 NO_SUCH_USER', loadShippedRules());
  expect(category).toBe('user_not_found');
  expect(evidence?.text).toBe('NO_SUCH_USER');
});

test('letters that some systems write as two are looked for both ways', () => {
  expect(spellings(['empfänger', 'größe', 'user'])).toEqual(['empfänger', 'empfaenger', 'größe', 'groeße', 'user']);
  for (const text of ['550 Empfänger ungültig', '550 Empfaenger ungueltig', '550 Empfanger ungultig'])
    expect(classifyText(text, loadShippedRules()).category).toBe('user_not_found');
});
