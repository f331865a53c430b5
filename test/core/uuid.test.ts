import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uuidv7, type UuidState } from '../../src/core/uuid.ts';

const octets = fc.uint8Array({ minLength: 10, maxLength: 10 });
const form = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test('an id carries its time, version 7 and the variant of RFC 9562', () => {
  const { id } = uuidv7(0x0123_4567_89ab, new Uint8Array(10).fill(0xff), null);
  expect(id).toMatch(form);
  expect(id.slice(0, 13)).toBe('01234567-89ab');
});

test('ids grow whatever the clock and the randomness do', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 5 }), octets), { minLength: 2, maxLength: 50 }), (steps) => {
      let last: UuidState | null = null;
      for (const [ms, random] of steps) {
        const next: UuidState = uuidv7(1_700_000_000_000 + ms, random, last);
        expect(next.id).toMatch(form);
        if (last !== null) expect(next.id > last.id).toBe(true);
        last = next;
      }
    }),
  );
});

test('more ids than a millisecond can count go on into the next', () => {
  let last: UuidState | null = null;
  const ids: string[] = [];
  for (let made = 0; made < 5000; made++) {
    last = uuidv7(1_700_000_000_000, new Uint8Array(10).fill(7), last);
    ids.push(last.id);
  }
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(5000);
});
