import { describe, expect, test } from 'vitest';
import { findPhrase, rarestSlot, readPhrase } from '../../../src/core/classify/clause.ts';

const words = new Map([['owner', ['account', 'mailbox']]]);

function read(pattern: string) {
  const problems: string[] = [];
  const phrase = readPhrase(pattern, words, (text) => problems.push(text));
  return { phrase, problems };
}

const found = (pattern: string, text: string) => {
  const span = findPhrase(text, read(pattern).phrase);
  return span === null ? null : text.slice(span.start, span.end);
};

describe('a phrase', () => {
  test('is read as slots with their alternatives', () => {
    expect(read('{owner} * {is |}closed')).toEqual({
      phrase: [
        ['account', 'mailbox'],
        ['is closed', 'closed'],
      ],
      problems: [],
    });
  });

  test.each([
    ['a slot of nothing', 'mailbox * ', /has a slot that any text fills/],
    ['capitals', 'Mailbox * closed', /has capitals/],
    ['two spaces', 'mail  box * closed', /spaces are single/],
    ['unknown lists', '{whom} * closed', /no \[words\] of this file are called 'whom'/],
  ])('with %s is told', (_, pattern, problem) => {
    expect(read(pattern).problems.join()).toMatch(problem);
  });

  test('holds where its slots follow each other within a few words', () => {
    expect(found('{owner} * {closed|gone}', ' the mailbox has been closed ')).toBe('mailbox has been closed');
    expect(found('{owner} * {closed|gone}', ' closed mailbox ')).toBeNull();
    expect(found('{owner} * {closed|gone}', ` the mailbox ${'x'.repeat(40)} closed `)).toBeNull();
    expect(found('{owner} * {closed|gone}', ' nothing ')).toBeNull();
    expect(findPhrase('anything', [])).toBeNull();
  });

  test('begins as late and ends as early as it can', () => {
    expect(found('{owner} * closed', ' mailbox or account closed, mailbox closed ')).toBe('account closed');
  });

  test('is said in one clause: a comma, a full stop or a colon ends it, unless an address is before the colon', () => {
    expect(found('{owner} * closed', ' mailbox unknown, connection closed ')).toBeNull();
    expect(found('{owner} * closed', ' no mailbox. connection closed ')).toBeNull();
    expect(found('{owner} * closed', ' mailbox: connection closed ')).toBeNull();
    expect(found('<> * closed', ' <>: closed ')).toBe('<>: closed');
    expect(found('{owner} * closed', ' mailbox at mx.example.com closed ')).toBe('mailbox at mx.example.com closed');
  });

  test('has whole words at the beginning of its slots, but for what is short for not', () => {
    expect(found('ip * blocked', ' recipient blocked ')).toBeNull();
    expect(found('ip * blocked', ' this ip is blocked ')).toBe('ip is blocked');
    expect(found("{owner} * n't exist", " the mailbox doesn't exist ")).toBe("mailbox doesn't exist");
    expect(found('{@|<>} * gone', ' address:<>gone ')).toBe('<>gone');
  });

  test('is asked for by the slot that is said least often', () => {
    const { phrase } = read('{a|mailbox} * {closed|gone} * by');
    const frequency = new Map([
      ['a', 9],
      ['mailbox', 5],
      ['closed', 1],
      ['by', 2],
    ]);
    expect(rarestSlot(phrase, frequency)).toEqual(['closed', 'gone']);
  });
});
