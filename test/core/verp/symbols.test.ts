/** The six-bit table of addresses: part of the format for ever. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSymbols, encodeSymbols, symbols } from '../../../src/core/verp/symbols.ts';

const piece = fc.constantFrom(...symbols.slice(1));

describe('the symbols of an address', () => {
  it('are 63, all different, and filling', () => {
    expect(symbols).toHaveLength(64);
    expect(new Set(symbols).size).toBe(64);
    expect(symbols[0]).toBe('');
  });

  it('read back as what was written', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const octets = encodeSymbols(text);
        expect(octets).not.toBeNull();
        expect(decodeSymbols(octets ?? Buffer.alloc(0))).toBe(text);
      }),
    );
  });

  it('take the longest match', () => {
    expect(encodeSymbols('@gmail.com')).toHaveLength(1);
    expect(encodeSymbols('a@gmail.com.')).toHaveLength(3);
    expect(encodeSymbols('.co.uk')).toHaveLength(1);
    expect(encodeSymbols('.com.co')).toHaveLength(2);
  });

  it.each(["o'brien@x.de", 'a b', 'Ada', 'ü', '\0', 'a/b', 'a!b'])('have none for a character in %j', (text) => {
    expect(encodeSymbols(text)).toBeNull();
  });

  it.each([
    ['nothing at all', ''],
    ['filling alone', '00'],
    ['filling before a symbol', '000041'],
    ['an octet too many', '040000'],
    ['three octets of filling behind three', '041041000000'],
    ['two spare bits that are not zero', '0405'],
    ['four spare bits that are not zero', '0401'],
    ['one spare bit pair that is not zero', '05'],
  ])('refuse %s', (_, hex) => {
    expect(decodeSymbols(Buffer.from(hex, 'hex'))).toBeNull();
  });

  it('give each reading one length: no octets read as another text than they were written for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 19 }), (octets) => {
        const text = decodeSymbols(octets);
        if (text !== null) expect(encodeSymbols(text)?.length ?? 0).toBeLessThanOrEqual(octets.length);
      }),
    );
  });
});
