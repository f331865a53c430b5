import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyCheck } from '../../src/http/auth.ts';
import { decodeCursor, encodeCursor } from '../../src/http/cursor.ts';
import { Problem, problemBody, problemCodes, toProblem, type ProblemCode } from '../../src/http/problem.ts';
import { createRateLimit, peerKey } from '../../src/http/rate-limit.ts';

test('a peer may ask ten seconds’ worth at once, then at its rate', () => {
  const wait = createRateLimit(2);
  for (let count = 0; count < 20; count++) expect(wait('192.0.2.1', 0)).toBe(0);
  expect(wait('192.0.2.1', 0)).toBe(1);
  expect(wait('192.0.2.2', 0)).toBe(0);
  expect(wait('192.0.2.1', 500)).toBe(0);
  expect(wait('192.0.2.1', 501)).toBe(1);
  for (let count = 0; count < 20; count++) expect(wait('192.0.2.1', 100_000)).toBe(0);
  expect(wait('192.0.2.1', 100_000)).toBe(1);
});

test('a rate of 0 is no limit', () => {
  const wait = createRateLimit(0);
  for (let count = 0; count < 1000; count++) expect(wait('192.0.2.1', 0)).toBe(0);
});

test('ten thousand peers are remembered, and the one seen longest ago is forgotten first', () => {
  const wait = createRateLimit(0.1);
  expect(wait('first', 0)).toBe(0);
  expect(wait('second', 0)).toBe(0);
  expect(wait('first', 0)).toBe(10);
  for (let peer = 0; peer < 9999; peer++) wait(`peer ${peer}`, 0);
  expect(wait('first', 0)).toBe(10);
  expect(wait('second', 0)).toBe(0);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (peer, counted) => {
  expect(peerKey(peer)).toBe(counted);
});

test('no Authorization header opens the API when there is no key at all', () => {
  const check = keyCheck('');
  for (const header of [undefined, '', 'Bearer', 'Bearer ', `Bearer ${createHash('sha256').update('').digest('hex')}`])
    expect(() => {
      check(header);
    }).toThrow(Problem);
});

test('a cursor is read as it was written, and whatever else is refused', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date(9e12), noInvalidDate: true }), fc.uuid(), (at, id) => {
      const cursor = { at, id };
      expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      expect(() => decodeCursor(text)).toThrow(Problem);
    }),
  );
  expect(decodeCursor(undefined)).toBeNull();
});

test('each code is a problem with the title of its status', () => {
  for (const [code, { status, meaning }] of Object.entries(problemCodes)) {
    const body = problemBody(new Problem(code as ProblemCode));
    expect(body).toMatchObject({ type: 'about:blank', status, code, detail: meaning });
    expect(body.title).not.toBe('');
  }
});

test('whatever else is thrown is internal and says nothing', () => {
  for (const thrown of [new Error('secret'), new TypeError('secret'), 'secret', null, { code: 'FST_ERR_BAD_URL' }])
    expect(problemBody(toProblem(thrown))).toMatchObject({ code: 'internal', detail: problemCodes.internal.meaning });
});
