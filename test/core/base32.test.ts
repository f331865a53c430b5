/** One spelling for each octet string. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base32Capacity, decodeBase32, encodeBase32 } from '../../src/core/base32.ts';

const octets = fc.uint8Array({ maxLength: 48 });
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('writes %j as %j (RFC 4648 §10)', (plain, text) => {
    expect(encodeBase32(Buffer.from(plain))).toBe(text);
    expect(decodeBase32(text)?.toString()).toBe(plain);
  });

  it('reads what it writes, in either case', () => {
    fc.assert(
      fc.property(octets, (value) => {
        const text = encodeBase32(value);
        expect(decodeBase32(text)).toEqual(Buffer.from(value));
        expect(decodeBase32(text.toUpperCase())).toEqual(Buffer.from(value));
      }),
    );
  });

  it('accepts no text but the one that it would write', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), maxLength: 70 });
    fc.assert(
      fc.property(text, (candidate) => {
        const value = decodeBase32(candidate);
        if (value !== null) expect(encodeBase32(value)).toBe(candidate);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['a', 'aaa', 'aaaaaa', 'mz', 'mzxr', 'mzxw7', 'm=', 'my======', 'm1', 'm8', 'mü', '\u212aa', 'm y', 'm\0'])(
    'refuses %j',
    (text) => {
      expect(decodeBase32(text)).toBeNull();
    },
  );

  it('knows how many octets fit', () => {
    expect(base32Capacity(62)).toBe(38);
    expect(base32Capacity(-3)).toBe(0);
    for (let characters = 0; characters < 70; characters += 1) {
      const room = base32Capacity(characters);
      expect(encodeBase32(Buffer.alloc(room)).length).toBeLessThanOrEqual(characters);
      expect(encodeBase32(Buffer.alloc(room + 1)).length).toBeGreaterThan(characters);
    }
  });
});
