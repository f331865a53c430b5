import { describe, expect, test } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { categories, categoryNames, typeOf } from '../../../src/core/classify/categories.ts';
import { classify, classifyText, type Classifiable } from '../../../src/core/classify/classify.ts';
import { groundOf } from '../../../src/core/classify/confidence.ts';
import { compileRules, type RuleSet } from '../../../src/core/classify/rule-set.ts';
import { lookalikeParaphrases } from './lookalike-paraphrases.ts';
import { notTheRecipient, stillTheRecipient } from './lookalikes-not-the-recipient.ts';
import { noHardBounce } from './lookalikes-no-hard-bounce.ts';
import { lookalikes } from './lookalikes.ts';
import { recipientParaphrases } from './paraphrases-recipient.ts';
import { senderParaphrases } from './paraphrases-sender.ts';
import { providersAtLarge } from './providers-at-large.ts';
import { providersAtLargeToo } from './providers-at-large-too.ts';
import { beyondTheDocuments, documented } from './providers-documented.ts';
import { filters } from './providers-filters.ts';
import { googleAndMicrosoft } from './providers-google-microsoft.ts';
import { mailboxProviders } from './providers-mailboxes.ts';
import { unseen } from './unseen.ts';
import { wordings } from './wordings.ts';

const rules = loadShippedRules();
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
const judged = (part: Partial<Classifiable>) => classify({ ...blank, ...part }, rules);

/** Evidence in the diagnostic. */
const words = (text: string, start: number) => ({ field: 'diagnosticCode', text, start, end: start + text.length });

/** Rules of a test, without the shipped ones. */
function ruleSet(...rule: readonly Record<string, unknown>[]): RuleSet {
  const compiled = compileRules([{ name: '50-test.toml', table: { family: 'test', rule }, lines: [] }]);
  if (!compiled.ok) throw new Error(compiled.problems.join('\n'));
  return compiled.rules;
}

describe('the kind of a report', () => {
  test.each([
    [{ kind: 'auto_reply' }, 'auto_reply', 'vacation_reply', 'kind/auto-reply'],
    [{ kind: 'challenge' }, 'challenge_response', null, 'kind/challenge'],
    [{ kind: 'unsubscribe' }, 'unsubscribe', null, 'kind/unsubscribe'],
    [{ kind: 'none' }, 'none', null, 'kind/none'],
    [{ kind: 'feedback', feedbackType: 'abuse' }, 'spam_complaint', null, 'kind/feedback-abuse'],
    [{ kind: 'feedback', feedbackType: 'fraud' }, 'spam_complaint', null, 'kind/feedback-fraud'],
    [{ kind: 'feedback', feedbackType: null }, 'spam_complaint', null, 'kind/feedback-abuse'],
    [{ kind: 'feedback', feedbackType: 'not-spam' }, 'none', null, 'kind/feedback-not-spam'],
    [
      { kind: 'feedback', feedbackType: 'auth-failure', reportAction: null },
      'none',
      null,
      'kind/feedback-auth-failure',
    ],
    [
      { kind: 'feedback', feedbackType: 'auth-failure', reportAction: 'delivered' },
      'delivery',
      null,
      'kind/feedback-auth-delivered',
    ],
    [
      { kind: 'feedback', feedbackType: 'auth-failure', reportAction: 'failed' },
      'block_bounce',
      'authentication_failed',
      'kind/feedback-auth-failure',
    ],
    [{ kind: 'feedback', feedbackType: 'dmarc' }, 'none', null, 'kind/feedback-dmarc'],
    [{ kind: 'feedback', feedbackType: 'opt-out' }, 'unsubscribe', null, 'kind/feedback-opt-out'],
    [{ reportAction: 'delivered' }, 'delivery', null, 'kind/delivered'],
    [{ reportAction: 'relayed' }, 'none', null, 'kind/relayed'],
    [{ reportAction: 'expanded' }, 'none', null, 'kind/expanded'],
  ] as const)('%o is %s', (part, type, category, rule) => {
    expect(judged({ diagnosticCode: '550 5.1.1 User unknown', ...part })).toMatchObject({ type, category, rule });
  });

  test('a complaint and an unsubscription are permanent', () => {
    expect(judged({ kind: 'unsubscribe' }).permanence).toBe('permanent');
    expect(judged({ kind: 'feedback', feedbackType: 'abuse' }).permanence).toBe('permanent');
    expect(judged({ kind: 'none' }).permanence).toBe('unknown');
  });

  test('a delay notice is a delay whatever its reason, and shows the reason', () => {
    const verdict = judged({ reportAction: 'delayed', diagnosticCode: '550 5.1.1 User unknown', status: '4.4.1' });
    expect(verdict).toMatchObject({ type: 'soft_bounce', category: 'delivery_delay', permanence: 'transient' });
    expect(verdict.evidence?.text).toBe('User unknown');
  });

  test('a report that names no action is read as a failure', () => {
    expect(judged({ reportAction: null, status: '5.1.1' })).toMatchObject({ category: 'user_not_found' });
  });
});

describe('words before codes', () => {
  test.each([
    ['wordings of many receivers', wordings],
    ['words that look like one thing and mean another', lookalikes],
    ['what is wrong with a recipient, however it is said', recipientParaphrases],
    ['what is wrong with a sender, a message or the way, however it is said', senderParaphrases],
    ['what is said of senders in the words of recipients', lookalikeParaphrases],
    ['what is not said of the recipient, or not for good', notTheRecipient],
    ['what is said of the recipient in nearly those words', stillTheRecipient],
    ['replies of Google and Microsoft', googleAndMicrosoft],
    ['replies of mailbox providers', mailboxProviders],
    ['replies of filtering services', filters],
    ['replies of many providers', providersAtLarge],
    ['more replies of many providers', providersAtLargeToo],
    ['replies that providers document', documented],
    ['replies like those that providers document', beyondTheDocuments],
    ['replies that were written unseen', unseen],
  ])('%s give what a person would accept', (_, texts) => {
    const wrong = texts.flatMap(([text, ...accepted]) => {
      const { category, rule } = classifyText(text, rules);
      return category !== null && accepted.includes(category) ? [] : [{ text, accepted, category, rule }];
    });
    expect(wrong).toEqual([]);
  });

  // Reports of such forms have suppressed good recipients elsewhere.
  test.each([
    '550 5.1.1 <pat@example.com> refused: 192.0.2.9 wrote to too many recipients this hour',
    '550 5.1.0 <news@example.org> sender rejected AUP#In-1310',
    '550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]',
    '550 5.2.1 Mailbox unavailable: we have your IP 192.0.2.9 blacklisted',
    '550 5.1.1 message refused: SPF check failed for example.org',
    '550 5.1.1 your message was classified as spam',
    '550 5.1.8 <news@example.org>: Sender address rejected: Domain not found',
    '553 5.1.8 news@example.org: domain of sender does not exist',
    '550 5.7.25 no PTR record was found for 192.0.2.9',
    '550 5.1.1 the HELO name mail.example.org does not resolve',
    '550 5.1.1 DKIM public key not found',
    '450 4.1.1 <pat@example.com>: Recipient address rejected: unverified address: connection timed out',
    '450 4.2.0 <pat@example.com>: Recipient address rejected: Greylisted',
    '421 4.7.0 connection closed by the remote host',
    '550 5.1.1 <pat@example.com>: too many connections, message limit exceeded',
    '554 TLS disabled on this host, certificate has expired',
    '550 5.7.1 <pat@example.com>: Relaying denied',
    '552 5.2.3 message exceeds the maximum size for this mailbox that does not exist for ever',
    '550 5.7.1 link blocked: https://shop.example/unknown-user',
    ...noHardBounce,
  ])('is no hard bounce: %s', (text) => {
    expect(classifyText(text, rules).type).not.toBe('hard_bounce');
  });

  test.each([
    ['over.quota@example.com', 'user_not_found'],
    ['spam@example.com', 'user_not_found'],
    ['virus-detected@example.com', 'user_not_found'],
  ])('the local part of %s decides nothing', (address, category) => {
    expect(classifyText(`550 5.1.1 <${address}>: User unknown`, rules).category).toBe(category);
    expect(classifyText(`550 5.1.1 ${address} User unknown`, rules).category).toBe(category);
  });

  test('evidence is the words in the text as it came', () => {
    const text = '550-5.1.1  The email account that you tried\r\n to reach 550-5.1.1 does not exist. - gsmtp';
    const { evidence, rule } = classifyText(text, rules);
    expect(rule).toBe('google/no-such-user');
    expect(evidence?.text).toBe('account that you tried\r\n to reach 550-5.1.1 does not exist');
    expect(text.slice(evidence?.start, evidence?.end)).toBe(evidence?.text);
  });

  test('evidence has no space at its ends', () => {
    const set = ruleSet({ id: 'test/a', category: 'unknown', text: [' gone '], examples: ['gone'] });
    expect(classifyText('it is gone today', set).evidence).toEqual({
      field: 'diagnosticCode',
      text: 'gone',
      start: 6,
      end: 10,
    });
    expect(classifyText('gone', set).evidence).toEqual({ field: 'diagnosticCode', text: 'gone', start: 0, end: 4 });
  });

  test('a rule without words points at the condition that it has', () => {
    const rule = (fields: Record<string, unknown>) =>
      ruleSet({ id: 'test/a', category: 'mailbox_full', examples: ['x'], ...fields });
    const found = (part: Partial<Classifiable>, set: RuleSet) => classify({ ...blank, ...part }, set).evidence;
    const byStatus = rule({ status: ['5.2.2'] });
    expect(found({ diagnosticCode: '550 5.2.2 x' }, byStatus)).toEqual(words('5.2.2', 4));
    expect(found({ diagnosticCode: 'x', status: '5.2.2' }, byStatus)).toMatchObject({ field: 'status', text: '5.2.2' });
    const byReply = rule({ reply: [552] });
    expect(found({ diagnosticCode: 'said: 552 x' }, byReply)).toEqual(words('552', 6));
    expect(found({ diagnosticCode: 'x', replyCode: 552 }, byReply)).toMatchObject({ field: 'replyCode', text: '552' });
    const byHost = rule({ remoteMta: ['mx.example.com'] });
    expect(found({ diagnosticCode: 'x', remoteMta: 'mx.example.com' }, byHost)).toMatchObject({ field: 'remoteMta' });
  });

  test('codes that decide are shown in the words where they stand there, else as the field they came from', () => {
    expect(judged({ diagnosticCode: '550 5.2.2 qqq', status: '5.2.2' }).evidence).toEqual(words('5.2.2', 4));
    expect(judged({ diagnosticCode: 'qqq', status: '5.2.2' }).evidence).toMatchObject({ field: 'status' });
    expect(judged({ diagnosticCode: '452 qqq' }).evidence).toEqual(words('452', 0));
    expect(judged({ diagnosticCode: 'qqq', replyCode: 452 }).evidence).toMatchObject({ field: 'replyCode' });
  });

  test('a phase that decides is shown in the words that name it, else as the field', () => {
    const text = 'host mx.example.com said: 550 qqq (in reply to MAIL FROM command)';
    expect(classifyText(text, rules).evidence).toEqual(words('in reply to MAIL FROM', text.indexOf('in reply')));
    expect(judged({ diagnosticCode: '550 qqq', phase: 'mail' }).evidence).toMatchObject({
      field: 'phase',
      text: 'mail',
    });
  });

  test('what nobody understands points at its beginning, its code, its action or its recipient, whatever there is', () => {
    expect(judged({ diagnosticCode: '  550 qqq ' }).evidence).toEqual(words('550 qqq', 2));
    expect(judged({ diagnosticCode: 'q'.repeat(999) }).evidence?.text).toHaveLength(200);
    expect(judged({ status: '5.9.99' }).evidence).toMatchObject({ field: 'status', text: '5.9.99' });
    expect(judged({ replyCode: 550 }).evidence).toMatchObject({ field: 'replyCode', text: '550' });
    expect(judged({}).evidence).toMatchObject({ field: 'reportAction', text: 'failed' });
    expect(judged({ reportAction: null, finalRecipient: 'pat@example.com' }).evidence).toMatchObject({
      field: 'finalRecipient',
      text: 'pat@example.com',
    });
    expect(judged({ reportAction: null }).evidence).toBeNull();
  });

  test('a kind points at the sign by which the reader knew it, else at the field that says it', () => {
    const sign = { field: 'header:subject', text: 'Out of office', start: 0, end: 13 } as const;
    expect(judged({ kind: 'auto_reply', sign }).evidence).toEqual(sign);
    expect(judged({ kind: 'feedback', feedbackType: 'fraud' }).evidence).toMatchObject({ field: 'feedbackType' });
    expect(judged({ reportAction: 'delivered' }).evidence).toMatchObject({ field: 'reportAction', text: 'delivered' });
    expect(judged({ reportAction: 'delayed', diagnosticCode: 'qqq' }).evidence).toMatchObject({
      field: 'reportAction',
    });
    expect(judged({ kind: 'none' }).evidence).toBeNull();
  });

  test('before a recipient is named, nothing said is a hard bounce', () => {
    const text = '550 5.1.1 user unknown';
    expect(judged({ diagnosticCode: text, phase: 'mail' })).toMatchObject({
      category: 'policy_rejection',
      rule: 'phase/mail',
    });
    expect(judged({ diagnosticCode: text, phase: 'ehlo' })).toMatchObject({ category: 'reputation_block' });
    expect(judged({ diagnosticCode: '521 nothing here', phase: 'mail' })).toMatchObject({ rule: 'phase/mail' });
    expect(judged({ diagnosticCode: text, phase: 'rcpt' })).toMatchObject({ category: 'user_not_found' });
    // After DATA it is a domain that the mail names.
    expect(judged({ diagnosticCode: '550 no such domain', phase: 'data' }).type).not.toBe('hard_bounce');
    expect(judged({ diagnosticCode: '550 no such user', phase: 'data' }).type).toBe('hard_bounce');
    expect(judged({ diagnosticCode: 'no such domain', phase: 'connect' })).toMatchObject({
      category: 'domain_not_found',
    });
    expect(
      classifyText('host mx.example.com said: 550 5.1.1 user unknown (in reply to MAIL FROM command)', rules).type,
    ).toBe('block_bounce');
  });
});

describe('codes', () => {
  test('the enhanced code decides where no words are known', () => {
    expect(judged({ diagnosticCode: 'x', status: '5.1.1' })).toMatchObject({
      category: 'user_not_found',
      permanence: 'permanent',
      rule: 'status/5.1.1',
      confidence: rules.learned.reliability.status.agrees,
      evidence: { field: 'status', text: '5.1.1', start: 0, end: 5 },
    });
  });

  test('a vague code of the report yields to the code in its words', () => {
    expect(judged({ diagnosticCode: '550 5.2.2 qqq', status: '5.0.0' })).toMatchObject({ rule: 'status/5.2.2' });
  });

  test('the reply code decides where there is no enhanced one', () => {
    expect(judged({ replyCode: 452 })).toMatchObject({
      category: 'system_full',
      rule: 'reply/452',
      type: 'soft_bounce',
    });
    expect(judged({ replyCode: 499 })).toMatchObject({ category: 'server_error', rule: 'reply/499' });
    expect(judged({ replyCode: 556 })).toMatchObject({ category: 'domain_not_found', type: 'hard_bounce' });
  });

  test('where nothing is known it is unknown: soft for 4, a block for 5 and for nothing', () => {
    expect(judged({ status: '4.9.99' })).toMatchObject({ type: 'soft_bounce', category: 'unknown', rule: 'reply/4xx' });
    expect(judged({ replyCode: 550 })).toMatchObject({ type: 'block_bounce', category: 'unknown', rule: 'reply/5xx' });
    expect(judged({})).toMatchObject({ type: 'block_bounce', category: 'unknown', rule: 'unknown' });
    expect(classifyText('', rules)).toMatchObject({ category: 'unknown', permanence: 'unknown' });
  });

  test('permanence follows the codes, and a rule may say otherwise', () => {
    expect(classifyText('552 5.2.2 Mailbox full', rules)).toMatchObject({
      type: 'soft_bounce',
      permanence: 'permanent',
    });
    expect(classifyText('452 4.2.2 Mailbox full', rules).permanence).toBe('transient');
    const set = ruleSet({
      id: 'test/a',
      category: 'message_too_large',
      permanence: 'transient',
      text: ['big'],
      examples: ['big'],
    });
    expect(classifyText('552 5.3.4 big', set)).toMatchObject({ type: 'soft_bounce', permanence: 'transient' });
  });

  test('a verdict is stated as sure as its kind, and the word of the code on it, turned out to be', () => {
    const stated = (text: string) => classifyText(text, rules);
    const { general } = rules.learned.reliability;
    expect(stated('550 User unknown')).toMatchObject({ rule: 'generic/no-such-user', confidence: general.silent });
    expect(stated('550 5.1.1 User unknown').confidence).toBe(general.agrees);
    expect(stated('550 5.7.1 User unknown').confidence).toBe(general.differs);
    expect(stated('450 4.1.1 User unknown').confidence).toBe(general.against);
  });

  test("a rule counts as a receiver's, a server's, a general or a weak one by the confidence that it was given", () => {
    const grounds = [0.97, 0.95, 0.9, 0.7].map(groundOf);
    expect(grounds).toEqual(['receiver', 'server', 'general', 'weak']);
  });

  test('words and code that disagree about finality are believed less', () => {
    expect(classifyText('550 User unknown', rules).confidence).toBeGreaterThan(
      classifyText('450 User unknown', rules).confidence,
    );
  });
});

test('a verdict is of the type that its category has', () => {
  for (const category of categoryNames)
    for (const permanence of ['permanent', 'transient', 'unknown'] as const)
      expect([categories[category].type, categories[category].permanentType]).toContain(typeOf(category, permanence));
  expect(typeOf('relay_denied', 'transient')).toBe('soft_bounce');
  expect(typeOf('relay_denied', 'unknown')).toBe('block_bounce');
  expect(typeOf('mailbox_full', 'unknown')).toBe('soft_bounce');
});

test('nothing final follows where a table of the receiver denies access to an address and does not say why', () => {
  const denied = '<pat@example.com>: Recipient address rejected: Access denied';
  expect(classifyText(`554 5.7.1 ${denied}`, rules)).toMatchObject({
    rule: 'postfix/recipient-denied',
    type: 'hard_bounce',
    permanence: 'unknown',
  });
  for (const code of ['550 5.1.1', '550 5.4.1'])
    expect(classifyText(`${code} ${denied}`, rules)).toMatchObject({
      category: 'user_not_found',
      permanence: 'permanent',
    });
});

test.each(['existiert nicht', 'no existe', "n'existe pas", 'не найден', '不存在', '見つかりません', 'does not exist'])(
  'of whom "%s" is said nobody knows: final only where a status code of a missing mailbox says so',
  (words) => {
    const permanenceOf = (text: string) => classifyText(text, rules).permanence;
    expect(permanenceOf(`550 ${words}`)).toBe('unknown');
    expect(permanenceOf(`550 5.0.0 ${words}`)).toBe('unknown');
    expect(permanenceOf(`550 5.1.1 ${words}`)).toBe('permanent');
  },
);

test('remoteMta narrows a rule to a receiver, by field or by a host in the words', () => {
  const set = ruleSet({
    id: 'test/a',
    category: 'user_not_found',
    remoteMta: ['.example.net', 'mx.example.com'],
    text: ['no'],
    examples: ['no'],
  });
  const said = (part: Partial<Classifiable>) => classify({ ...blank, ...part }, set).rule;
  expect(said({ diagnosticCode: 'no', remoteMta: 'MX1.example.net' })).toBe('test/a');
  expect(said({ diagnosticCode: 'no', remoteMta: 'mx.example.com' })).toBe('test/a');
  expect(said({ diagnosticCode: 'host mx1.example.net said: no' })).toBe('test/a');
  expect(said({ diagnosticCode: 'no', remoteMta: 'mx.example.org' })).toBe('unknown');
});

test.each([
  ['one letter', 'a'],
  ['starts of patterns', 'user unknown user '],
  ['address marks', '@'],
  ['addresses', 'a@b '],
  ['angle brackets', '<a@'],
  ['reply codes', '550-5.1.1 '],
  ['spaces', ' '],
  ['dots and digits', '5.1.'],
  ['mailboxes that never end', 'mailbox * exceeds '],
])('a megabyte of %s gives a verdict within bounds', (_, piece) => {
  const text = piece.repeat(Math.ceil(1_048_576 / piece.length));
  const verdict = classifyText(text, rules);
  expect(verdict.evidence?.end ?? 0).toBeLessThanOrEqual(4096);
});
