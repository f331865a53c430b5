import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { modelFile, parseWeights } from '../../../src/config/learned.ts';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { classify, classifyText, type Classifiable } from '../../../src/core/classify/classify.ts';
import { guess, tokensOf } from '../../../src/core/classify/model.ts';
import { assemble, type RuleSet } from '../../../src/core/classify/rule-set.ts';

const { learned } = loadShippedRules();
const weights = parseWeights(readFileSync(modelFile, 'utf8'));
/** The model and the codes alone: what happens where no rule knows the words. */
const noRules: RuleSet = assemble('test', [], learned);
const blank: Classifiable = {
  kind: 'delivery_status',
  diagnosticCode: null,
  status: null,
  replyCode: null,
  remoteMta: null,
  reportAction: 'failed',
  phase: null,
  feedbackType: null,
  finalRecipient: null,
  sign: null,
};

test.each([
  ['550 The person you wrote to has an overflowing inbox', 'mailbox_full'],
  ['554 we could not find any user of that name in the company directory', 'user_not_found'],
  ['550 Ihr Postfach ist leider völlig überfüllt', 'mailbox_full'],
  ['550 la boîte aux lettres de ce destinataire est saturée', 'mailbox_full'],
  ['550 такого почтового ящика не существует', 'user_not_found'],
  ['550 このメールアドレスは存在しません', 'user_not_found'],
  ['550 收件人邮箱已满', 'mailbox_full'],
  ['552 this mail is bigger than our maximum size', 'message_too_large'],
  ['421 your server opened too many connections in a short time', 'rate_limiting'],
  ['554 our antispam engine took your message for junk', 'spam_filter'],
])('without any rule, "%s" is understood by the model', (text, category) => {
  const verdict = classifyText(text, noRules);
  expect(verdict).toMatchObject({ category, rule: 'model' });
  expect(text).toContain(verdict.evidence?.text);
});

test('a rule that knows the words is asked first', () => {
  expect(classifyText('550 5.1.1 User unknown', loadShippedRules()).rule).not.toBe('model');
});

test.each(['550 aaa', '554 foo', '550 no', '550 blah blah', '550 xqz vvk', 'nothing known', '554 not tried again'])(
  '"%s" says nothing, and the model is silent',
  (text) => {
    for (const rules of [noRules, loadShippedRules()]) expect(classifyText(text, rules).category).toBe('unknown');
  },
);

test.each([
  'delivery failed; will not continue trying',
  'This email has been scanned for viruses by the gateway. It is confidential and meant for the addressee only',
  'This is an automatically generated Delivery Status Notification. Delivery to the following recipients failed.',
  'This is an automated message. I am away from my desk',
])('a failure is never taken for an absence, "%s"', (diagnosticCode) => {
  for (const rules of [noRules, loadShippedRules()])
    expect(classify({ ...blank, diagnosticCode }, rules)).toMatchObject({ type: 'block_bounce', category: 'unknown' });
});

describe('the word of the model', () => {
  const said = '554 there is no such user in our directory';

  test('is no removal by itself: the hard bounce is not said to be permanent', () => {
    expect(classifyText(said, noRules)).toMatchObject({ type: 'hard_bounce', permanence: 'unknown' });
  });

  test('is final where it is sure and the status code says the same', () => {
    expect(classifyText('554 5.1.1 there is no such user in our directory', noRules)).toMatchObject({
      rule: 'model',
      type: 'hard_bounce',
      permanence: 'permanent',
    });
  });

  test('is not final where it is in doubt, though the status code says the same', () => {
    for (const rules of [noRules, loadShippedRules()])
      expect(classifyText('550 5.1.1 nobody could tell us about this person', rules)).toMatchObject({
        rule: 'model',
        category: 'user_not_found',
        permanence: 'unknown',
      });
  });

  test('is not final where the status code says another thing', () => {
    expect(classifyText('554 5.7.1 there is no such user in our directory', noRules)).toMatchObject({
      rule: 'model',
      permanence: 'unknown',
    });
  });

  test('leaves it to the code in which way a mailbox is gone', () => {
    expect(classifyText('554 5.2.1 there is no such user in our directory', noRules)).toMatchObject({
      rule: 'status/5.2.1',
      category: 'mailbox_disabled',
    });
  });

  test('is not heard before a recipient is named', () => {
    expect(classify({ ...blank, diagnosticCode: said, phase: 'mail' }, noRules)).toMatchObject({ rule: 'phase/mail' });
  });

  test('is not asked for where the words say nothing', () => {
    expect(classifyText('550 transaction failed', noRules)).toMatchObject({ rule: 'reply/5xx', category: 'unknown' });
    expect(classifyText('550 5.2.2', noRules)).toMatchObject({ rule: 'status/5.2.2' });
  });

  test('needs to be sure to contradict a code', () => {
    const vague = 'no way for more';
    const alone = classifyText(`550 ${vague}`, noRules);
    expect(alone).toMatchObject({ rule: 'model', category: 'connection_timeout' });
    expect(guess(weights, vague)?.probability).toBeLessThan(0.5);
    expect(classifyText(`550 5.7.1 ${vague}`, noRules)).toMatchObject({ rule: 'status/5.7.1' });
  });
});

test('hosts, addresses, codes and numbers are no words', () => {
  const text = ' 550 5.1.1 <> mx.example.com https://example.com/unknown user-name said x_y 192.0.2.1 done. ';
  expect(tokensOf(text, 64).map(({ start, end }) => text.slice(start, end))).toEqual(['user', 'name', 'said', 'done']);
});

test('scripts without spaces are read by twos and threes', () => {
  expect(tokensOf('邮箱已满', 64)[0]?.buckets).toHaveLength(3 + 2);
  expect(tokensOf('ab', 64)[0]?.buckets).toHaveLength(2);
});

test.each([
  ['words', 'user '],
  ['one word', 'x'],
  ['no spaces', '満'],
  ['marks', '<.>'],
])('4 KiB of %s are bounded', (_, piece) => {
  const text = piece.repeat(4096 / piece.length);
  expect(tokensOf(text, 64).reduce((sum, { buckets }) => sum + buckets.length, 0)).toBeLessThanOrEqual(200 * 40);
  expect(guess(weights, text)?.probability ?? 0).toBeLessThanOrEqual(1);
});
