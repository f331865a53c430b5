import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codesOf, permanenceOf, phaseOf } from '../../../src/core/classify/codes.ts';
import { fold, maxText } from '../../../src/core/classify/fold.ts';
import type { Rule } from '../../../src/core/classify/rule.ts';
import { compileRules, findWords, type Facts, type RuleSet } from '../../../src/core/classify/rule-set.ts';
import { categoryOfReply, categoryOfStatus } from '../../../src/core/classify/status-table.ts';

const facts: Facts = { statuses: [], replies: [], remoteMta: null, phase: null };

function compiled(rule: readonly Record<string, unknown>[]): RuleSet {
  const result = compileRules([{ name: '10-test.toml', table: { family: 'test', rule }, lines: [] }]);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.rules;
}

/** The specification: the first rule, in order, one of whose texts has its fragments in order, each at most 80 units behind. */
function naive(rules: readonly Rule[], text: string, given: Facts): string | null {
  const found = rules.find((rule) => {
    if (rule.status !== null && !rule.status.some((code) => given.statuses.includes(code))) return false;
    if (rule.text === null) return true;
    return rule.text.some((parts) => new RegExp(parts.join('[^]{0,80}')).test(text));
  });
  return found?.id ?? null;
}

test('words that do not occur have no place in a text', () => {
  expect(findWords('mailbox is full', ['mailbox is full'])).toEqual({ start: 0, end: 15 });
  expect(findWords('mailbox is', ['mailbox is full'])).toBeNull();
  expect(findWords('mailbox', ['mailbox', 'full'])).toBeNull();
});

describe('matching', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '容'), minLength: 1, maxLength: 5 });
  const pattern = fc
    .array(word, { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('*'))
    .filter((text) => text.replaceAll('*', '').trim() !== '' && !text.includes('  '));

  test('finds what a naive search in order finds, in any text with any rules', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ text: fc.array(pattern, { minLength: 1, maxLength: 3 }), coded: fc.boolean() }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(
          fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '容', 'x', 'x'.repeat(70)), maxLength: 40 }),
          {
            minLength: 1,
            maxLength: 8,
          },
        ),
        (given, texts) => {
          const set = compiled(
            given.map(({ text, coded }, index) => ({
              id: `test/r${index}`,
              category: 'unknown',
              text,
              examples: ['x'],
              ...(coded ? { status: ['5.1.1'] } : {}),
            })),
          );
          for (const text of texts)
            for (const statuses of [[], ['5.1.1']]) {
              const match = set.first(text, { ...facts, statuses });
              expect(match?.rule.id ?? null).toBe(naive(set.rules, text, { ...facts, statuses }));
            }
        },
      ),
    );
  });

  test('the span of a match holds the fragments in order and is as short as its end allows', () => {
    const set = compiled([{ id: 'test/a', category: 'unknown', text: ['user * unknown'], examples: ['x'] }]);
    const text = 'user user x unknown';
    expect(set.first(text, facts)?.span).toEqual({ start: 5, end: 19 });
  });

  test('a star reaches over the rest of a sentence, and an earlier fragment that is too far away hides no nearer one', () => {
    const set = compiled([{ id: 'test/a', category: 'unknown', text: ['user * is * unknown'], examples: ['x'] }]);
    const first = (text: string) => set.first(text, facts)?.rule.id ?? null;
    expect(first(`user ${'x'.repeat(70)} is unknown`)).toBe('test/a');
    expect(first(`user ${'x'.repeat(90)} is unknown`)).toBeNull();
    expect(first(`user ${'x'.repeat(90)} user is${'x'.repeat(90)}unknown`)).toBeNull();
    expect(first(`is user ${'x'.repeat(90)} user is unknown`)).toBe('test/a');
  });

  test('alternatives in braces, and lists that the head of the file names, stand for all their texts', () => {
    const result = compileRules([
      {
        name: '10-test.toml',
        table: {
          family: 'test',
          words: { owner: ['account', 'user'] },
          rule: [{ id: 'test/a', category: 'unknown', text: ['{owner} {is |}gone', 'no {owner}'], examples: ['x'] }],
        },
        lines: [],
      },
    ]);
    expect(result.ok && result.rules.rules[0]?.text).toEqual([
      ['account is gone'],
      ['account gone'],
      ['user is gone'],
      ['user gone'],
      ['no account'],
      ['no user'],
    ]);
  });

  test('codes, phases and words are conditions that must all hold', () => {
    const set = compiled([
      { id: 'test/reply', category: 'unknown', reply: [552], text: ['full'], examples: ['x'] },
      { id: 'test/phase', category: 'unknown', phase: ['data'], text: ['full'], examples: ['x'] },
      { id: 'test/code', category: 'unknown', status: ['5.2.2'], examples: ['x'] },
    ]);
    const first = (part: Partial<Facts>) => set.first('full', { ...facts, ...part })?.rule.id ?? null;
    expect(first({ replies: [550, 552] })).toBe('test/reply');
    expect(first({ phase: 'data' })).toBe('test/phase');
    expect(first({ phase: 'rcpt', statuses: ['5.2.2'] })).toBe('test/code');
    expect(first({})).toBeNull();
  });

  test('files are ordered by name, whatever order they come in', () => {
    const file = (name: string, family: string) => ({
      name,
      table: { family, rule: [{ id: `${family}/a`, category: 'unknown', text: ['x'], examples: ['x'] }] },
      lines: [],
    });
    const result = compileRules([file('90-b.toml', 'b'), file('10-a.toml', 'a')]);
    expect(result.ok && result.rules.rules.map(({ id }) => id)).toEqual(['a/a', 'b/a']);
    const other = compileRules([file('10-a.toml', 'a'), file('90-b.toml', 'b')]);
    expect(result.ok && other.ok && result.rules.version === other.rules.version).toBe(true);
  });
});

describe('folding', () => {
  test.each([
    ['Mailbox  FULL\r\n now', ' mailbox full now '],
    ['plain', ' plain '],
    ['<Pat@Example.com>: unknown', ' <>: unknown '],
    ['pat@example.com. Gone', ' @. gone '],
    ['words...pat@example.com... no', ' words...@... no '],
    ['a@b@c d', ' @ d '],
    ['@', ' @ '],
    ['@ @', ' @ @ '],
    ['550-5.7.1 one 550-5.7.1 two 550 5.7.1 three', ' 550-5.7.1 one two three '],
    ['550-one 550-two 550 three', ' 550-one two three '],
    ['550-one  550 two  three', ' 550-one 550 two three '],
    ['said: 552-5.2.2 out of 552 5.2.2 space', ' said: 552-5.2.2 out of space '],
    ['year 2550-1 is no reply', ' year 2550-1 is no reply '],
    ['couldn’t', " couldn't "],
    ['İNBOX', ' inbox '],
    ['Größe überschritten, Größe', ' grosse uberschritten, grosse '],
    ['boi\u0302te pleine, za\u017c\u00f3\u0142\u0107', ' boite pleine, zazolc '],
    ['\u201eUnbekannt\u201c \u2013 \u00abinconnu\u00bb', ' "unbekannt" - "inconnu" '],
    ['mail\u00adbox\u200b full\u00a0now\u3000here', ' mailbox full now here '],
    ['５５０　Ｕｓｅｒ ﾕｰｻﾞｰ', ' 550 user ユーサー '],
    ['чёрный Й', ' черныи и '],
    ['사용자', ' 사용자 '],
    ['\ud835\udc14ser \ud83d', ' user \ud83d '],
    ['宛先pat@example.jpは不明。', ' 宛先@は不明。 '],
    ['mÃ¶glich, BenutzerÃ¤, Ã', ' moglich, benutzera, a '],
    ['Ð¿Ð¾Ð»Ñ‹, fuÃŸ', ' полы, fuss '],
    ['Ã and Ñ‑', ' a and n- '],
    ['', '  '],
  ])('%j becomes %j', (given, folded) => {
    expect(fold(given).text).toBe(folded);
  });

  test('offsets lead back to the same words, whatever the text is', () => {
    const piece = fc.constantFrom(
      'a',
      'Q',
      ' ',
      '  ',
      '\r\n',
      '@',
      '<',
      '>',
      '.',
      '...',
      '550-',
      '550-5.1.1 ',
      ' 550 ',
      ' 550 5.1.1 ',
      'é',
      'e\u0301',
      'ﬁ',
      'İ',
      '\u200b',
      '容',
      ',',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const folded = fold(text);
        let before = 0;
        for (let i = 0; i <= folded.text.length; i++) {
          const at = folded.original(i);
          expect(at).toBeGreaterThanOrEqual(before);
          expect(at).toBeLessThanOrEqual(text.length);
          before = at;
          const shown = folded.text.charAt(i);
          const [letter = ''] = text.slice(at);
          if (/[a-z容]/u.test(shown)) expect(letter.normalize('NFKD').toLowerCase()).toContain(shown);
        }
      }),
    );
  });

  test('a text is cut at 4 KiB', () => {
    expect(fold('x'.repeat(maxText + 100)).text).toHaveLength(maxText + 2);
  });
});

describe('codes in words', () => {
  test.each([
    ['550 5.1.1 x', 550, '5.1.1'],
    ['smtp; 550-5.2.1 x', 550, '5.2.1'],
    ['host [192.0.2.5] said: 451 4.7.1 later', 451, '4.7.1'],
    ['(#5.1.1)', null, '5.1.1'],
    ['from 5.1.1.7 version 4.96.1 in 550.2 s', null, null],
    ['SIZE=552 bytes, 5500 more', 552, null],
    ['554', 554, null],
    ['status 5.1.1.', null, '5.1.1'],
    ['', null, null],
  ])('%j', (text, reply, status) => {
    expect(codesOf(text)).toMatchObject({ reply, status });
  });

  test('a status says permanence before a reply code', () => {
    expect(permanenceOf(['4.2.2'], [552])).toBe('transient');
    expect(permanenceOf([], [552])).toBe('permanent');
    expect(permanenceOf([], [])).toBe('unknown');
    expect(permanenceOf(['2.0.0'], [])).toBe('unknown');
  });

  test.each([
    ['550 no (in reply to mail from command)', 'mail'],
    ['smtp error after rcpt to:<>: 550 no', 'rcpt'],
    ['smtp error after initial connection: 554', 'connect'],
    ['connected to 192.0.2.1 but my name was rejected', 'ehlo'],
    ['host x refused to talk to me: 554', 'connect'],
    ['come back after lunch', null],
    ['550 no', null],
  ])('%j names the phase %s', (text, phase) => {
    expect(phaseOf(text)).toBe(phase);
  });

  test.each([
    ['5.1.1', 'user_not_found'],
    ['5.1.2', 'domain_not_found'],
    ['5.1.6', 'mailbox_moved'],
    ['5.1.10', 'domain_not_found'],
    ['4.2.2', 'mailbox_full'],
    ['5.3.4', 'message_too_large'],
    ['4.4.7', 'connection_timeout'],
    ['5.7.26', 'authentication_failed'],
    ['5.7.708', 'reputation_block'],
    ['4.7.320', 'tls_failure'],
    // RFC 5248 §2.4: the account that has logged in, which no report is about.
    ['5.7.13', 'policy_rejection'],
    ['5.2.1', 'mailbox_disabled'],
    ['4.2.1', 'server_error'],
    ['5.1.2', 'domain_not_found'],
    ['4.1.2', 'connection_timeout'],
    ['4.5.3', 'rate_limiting'],
    ['5.5.3', 'protocol_error'],
    // Ranges of Exchange, at their ends and beside them.
    ['4.7.699', 'rate_limiting'],
    ['4.7.700', null],
    ['4.7.850', 'rate_limiting'],
    ['5.7.850', null],
    ['5.7.605', null],
    ['5.7.649', 'reputation_block'],
    ['5.7.703', 'policy_rejection'],
    ['5.7.749', 'reputation_block'],
    ['5.7.999', 'policy_rejection'],
    ['5.1.700', null],
    ['5.0.0', null],
    ['5.1.0', null],
    ['5.9.99', null],
  ])('status %s is %s', (status, category) => {
    expect(categoryOfStatus(status)).toBe(category);
  });

  test('reply codes that say anything at all say nothing', () => {
    expect([550, 553, 554, 571].map(categoryOfReply)).toEqual([null, null, null, null]);
    expect(categoryOfReply(421)).toBe('server_error');
  });
});

describe('a rule file with mistakes', () => {
  const good = { id: 'test/a', category: 'unknown', text: ['x'], examples: ['x'] };
  const problemsOf = (rule: unknown, table: Record<string, unknown> = {}) => {
    const result = compileRules([
      { name: '50-test.toml', table: { family: 'test', rule: [rule], ...table }, lines: [7] },
    ]);
    return result.ok ? [] : result.problems;
  };

  test.each([
    ['an unknown key', { ...good, categroy: 'x' }, /50-test\.toml:7: test\/a: unknown key 'categroy'/],
    ['an unknown category', { ...good, category: 'mailbox-full' }, /unknown category 'mailbox-full'/],
    ['an unknown permanence', { ...good, permanence: 'hard' }, /permanence is one of/],
    ['no id', { category: 'unknown', text: ['x'], examples: ['x'] }, /\(no id\)/],
    ['an id of another family', { ...good, id: 'other/a' }, /begins with its family, test\//],
    ['no example', { ...good, examples: undefined }, /no example/],
    ['an empty list of examples', { ...good, examples: [] }, /examples is a list/],
    ['capitals', { ...good, text: ['Full'] }, /has capitals/],
    ['nothing to look for', { ...good, text: ['*'] }, /holds nothing/],
    ['an empty text', { ...good, text: [''] }, /holds nothing/],
    ['two spaces', { ...good, text: ['a  b'] }, /can never match/],
    ['half an address', { ...good, text: ['postmaster@'] }, /can never match/],
    ['a bad status', { ...good, status: ['5.1'] }, /status '5\.1' is not like/],
    ['a bad reply', { ...good, reply: [42] }, /reply 42/],
    ['a reply as text', { ...good, reply: ['550'] }, /reply is a list of numbers/],
    ['a bad phase', { ...good, phase: ['bdat'] }, /phase is one of/],
    ['a bad host', { ...good, remoteMta: ['*.Example'] }, /is not a host/],
    ['a confidence above 1', { ...good, confidence: 2 }, /confidence is a number/],
    ['a regular expression in a shipped file', { ...good, regex: ['x'] }, /regex is for the rules of operators/],
    ['no condition', { ...good, text: undefined }, /no condition/],
    ['words that nobody lists', { ...good, text: ['no {owner}'] }, /no \[words\] of this file are called 'owner'/],
    ['too many alternatives', { ...good, text: ['{a|b}'.repeat(13)] }, /stands for more than 4000 texts/],
    ['a rule that is no table', 'x', /a rule is a table/],
    ['a rule that is a list', [], /a rule is a table/],
    ['a rule that is null', null, /a rule is a table/],
  ])('%s is told with its line', (_, rule, problem) => {
    expect(problemsOf(rule).join('\n')).toMatch(problem);
  });

  test.each([
    ['an unknown key', { familie: 'x' }, /unknown key 'familie'/],
    ['no family', { family: undefined }, /family = '…'/],
    ['docs that are no text', { docs: 1 }, /docs is one string/],
    ['words that are a list', { words: ['x'] }, /words is a table of lists/],
    ['words that are no table', { words: 'x' }, /words is a table of lists/],
    ['no words', { words: null }, /words is a table of lists/],
    ['a word that is no list', { words: { owner: 'x' } }, /words: owner is a list of strings/],
    ['no rules', { rule: [] }, /no \[\[rule\]\]/],
    ['hosts that are no list', { remoteMta: 'x' }, /remoteMta is a list/],
  ])('%s at the head of the file is told', (_, table, problem) => {
    expect(problemsOf(good, table).join('\n')).toMatch(problem);
  });

  test('a rule without a mistake beside them is none, and all mistakes come at once', () => {
    expect(problemsOf(good)).toEqual([]);
    expect(problemsOf({ ...good, category: 'x', status: ['x'] })).toHaveLength(2);
  });

  test('two rules of one id, and a file that is not NN-family.toml', () => {
    const table = { family: 'test', rule: [good] };
    const result = compileRules([
      { name: '50-test.toml', table, lines: [] },
      { name: 'more.toml', table, lines: [] },
    ]);
    expect(result.ok ? [] : result.problems).toEqual([
      'more.toml: the name of a rule file is NN-family.toml',
      'more.toml: test/a: this id is in 50-test.toml already',
    ]);
  });
});
