import { describe, expect, it } from 'vitest';
import { findReplyCode, findStatus, isVagueStatus, parseStatus } from '../../src/core/status.ts';

describe('status codes', () => {
  it.each([
    ['5.1.1', '5.1.1'],
    [' 4.2.2 (mailbox full)', '4.2.2'],
    ['5.01.001', '5.1.1'],
    ['5.7.509', '5.7.509'],
    ['3.1.1', null],
    ['5.1', null],
    ['5.1.1.1', null],
    ['', null],
  ])('the field %j is %j', (field, status) => {
    expect(parseStatus(field)).toBe(status);
  });

  it.each([
    ['550 5.1.1 no such user', '5.1.1'],
    ['550-5.7.26 not authenticated', '5.7.26'],
    ['Sorry, no mailbox here. (#5.1.1)', '5.1.1'],
    ['no #4.4.7 in time', '4.4.7'],
    ['ERROR_CODE :5.2.1 off', '5.2.1'],
    ['5.0.0 then 5.1.2', '5.1.2'],
    ['5.0.0 alone', '5.0.0'],
    ['from 5.1.1.7 we take nothing', null],
    ['Exim-4.9.2 said', null],
    ['relay/5.1.2 said', null],
    ['550 4.1.1 of another class', '4.1.1'],
    ['nothing', null],
  ])('the status in %j is %j', (text, status) => {
    expect(findStatus(text)).toBe(status);
  });

  it('knows the codes that say only the class', () => {
    expect([isVagueStatus('5.0.0'), isVagueStatus('5.1.0')]).toEqual([true, false]);
  });
});

describe('reply codes', () => {
  it.each([
    ['550 no such user', 550],
    ['550-first\n550 second', 550],
    ['  <<< 421', 421],
    ['host mx.example.com said: 452 4.2.2 full', 452],
    ['failed with: 550 gone', 550],
    ['reason: 552 too much', 552],
    ['ERROR_CODE :550, more', 550],
    ['the peer answered (554)', 554],
    ['it gave #553 to us', 553],
    ['554 <a@example.com>... 550 Host unknown', 550],
    ['554 <a@example.com>... 599 and more', 599],
    ['554 <a@example.com>... 499 and more', 554],
    ['500 bytes are too many', null],
    ['at most 450 messages an hour', null],
    ['192.0.2.550 is no code', null],
    ['port:550', null],
    ['in 2 550 ways', null],
    ['499 is not spoken', null],
    ['error 499 then nothing', null],
    ['250 ok', null],
    ['', null],
  ])('the code in %j is %j', (text, code) => {
    expect(findReplyCode(text)).toBe(code);
  });
});
