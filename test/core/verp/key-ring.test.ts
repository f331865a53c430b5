/** The key file's text, which key signs, and what rotation leaves behind. */
import { describe, expect, it } from 'vitest';
import {
  createKeyRing,
  dayOf,
  formatDay,
  formatKey,
  freeKeyId,
  parseKeyRing,
  rotateKeys,
  signingKey,
  type VerpKey,
} from '../../../src/core/verp/key-ring.ts';

const key = (id: number, createdDay: number, state: VerpKey['state'] = 'active', sendingDomain = 'news.example') => ({
  id,
  sendingDomain,
  secret: Buffer.alloc(32, id),
  createdDay,
  state,
});
const secret = 'ab'.repeat(32);
const problemsOf = (text: string): readonly string[] => {
  const parsed = parseKeyRing(text);
  return parsed.ok ? [] : parsed.problems;
};

describe('the text of a key file', () => {
  it('reads back as the keys that were written', () => {
    const keys = [key(1, 20_000), key(4095, 20_001, 'verify', 'shop.example')];
    const parsed = parseKeyRing(`# comment\n\n${keys.map(formatKey).join('\n')}\n`);
    expect(parsed).toEqual({ ok: true, ring: createKeyRing(keys) });
  });

  it('may have tabs, spaces in front, Windows line ends, capitals in domain and secret', () => {
    const parsed = parseKeyRing(`  1\tNews.Example  2026-01-01 active ${secret.toUpperCase()}\r\n  # x\r\n`);
    expect(parsed.ok && formatKey(parsed.ring.keys[0] ?? key(9, 9))).toBe(`1 news.example 2026-01-01 active ${secret}`);
  });

  it('with several faults reports each with its line, and never a secret', () => {
    const problems = problemsOf(
      [
        '# keys',
        `0 news.example 2026-01-01 active ${secret}`,
        `4096 news.example 2026-01-01 active ${secret}`,
        `1 no_domain 2026-01-01 active ${secret}`,
        `2 news.example 2026-02-30 active ${secret}`,
        `3 news.example 1.1.2026 active ${secret}`,
        `4 news.example 2026-01-01 retired ${secret}`,
        `5 news.example 2026-01-01 active ${secret}ab`,
        `6 news.example 2026-01-01 active`,
        `7 news.example 2026-01-01 active ${secret}`,
        `7 shop.example 2026-01-01 active ${secret}`,
        `8 news.example 2026-13-01 active ${secret}`,
      ].join('\n'),
    );
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(
      [2, 3, 4, 5, 6, 7, 8, 9, 11, 12].map((line) => `line ${line}`),
    );
    expect(problems.join()).not.toContain(secret);
    expect(problems[8]).toContain('twice');
  });

  it('without any key is refused', () => {
    expect(problemsOf('# nothing\n')).toEqual(['no key in it']);
  });
});

describe('the signing key of a sending domain', () => {
  it('is its newest active one', () => {
    const ring = createKeyRing([
      key(1, 10),
      key(2, 30),
      key(3, 20),
      key(4, 40, 'verify'),
      key(5, 50, 'active', 'shop.example'),
    ]);
    expect(signingKey(ring, 'news.example')?.id).toBe(2);
    expect(signingKey(ring, 'shop.example')?.id).toBe(5);
    expect(signingKey(ring, 'none.example')).toBeNull();
  });

  it('is the one further down where two are of one day', () => {
    expect(signingKey(createKeyRing([key(1, 10), key(2, 10)]), 'news.example')?.id).toBe(2);
  });
});

describe('rotation', () => {
  it('lets the new key sign and the old one verify, and leaves other domains alone', () => {
    const rotated = rotateKeys([key(1, 10), key(2, 10, 'active', 'shop.example')], key(3, 20), 45);
    expect(rotated.map(({ id, state }) => `${id} ${state}`)).toEqual(['1 verify', '2 active', '3 active']);
  });

  it('drops a key when everything that it signed has expired, and not a day before', () => {
    const left = (today: number): number[] =>
      rotateKeys([key(1, 10, 'verify'), key(2, 100)], key(3, today), 45).map(({ id }) => id);
    expect(left(147)).toEqual([1, 2, 3]);
    expect(left(148)).toEqual([2, 3]);
  });

  it('keeps a verifying key without a follower: nobody knows how long it signed', () => {
    expect(rotateKeys([key(1, 10, 'verify', 'gone.example')], key(2, 9000), 45).map(({ id }) => id)).toEqual([1, 2]);
  });

  it('takes ids above the highest, then those that are free', () => {
    expect(freeKeyId([])).toBe(1);
    expect(freeKeyId([key(1, 1), key(7, 1)])).toBe(8);
    expect(freeKeyId([key(1, 1), key(2, 1), key(4095, 1)])).toBe(3);
    expect(freeKeyId(Array.from({ length: 4095 }, (_, i) => key(i + 1, 1)))).toBeNull();
  });
});

describe('a day', () => {
  it('is counted from 1970 in UTC', () => {
    expect(dayOf(new Date('2026-02-01T23:59:59Z'))).toBe(20_485);
    expect(formatDay(20_485)).toBe('2026-02-01');
  });
});
