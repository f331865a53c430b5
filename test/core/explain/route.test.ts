import { describe, expect, test } from 'vitest';
import { routeOf } from '../../../src/core/explain/route.ts';
import { readHeaders } from '../../../src/core/mime-headers.ts';

const route = (...fields: string[]) =>
  routeOf(readHeaders(`${fields.map((field) => `Received: ${field}\n`).join('')}\n`, 0));

describe('the route of a mail', () => {
  test('begins at the bottom, and tells the time between hops', () => {
    const hops = route(
      'from mx.example.net (mx.example.net [192.0.2.10] (may be forged))\n by in.example.org with ESMTPS id 4x\n for <b@example.org>; Mon, 2 Mar 2026 10:01:00 +0000',
      'by mx.example.net (Postfix); Mon, 2 Mar 2026 11:00:30 +0100 (CET)',
    );
    expect(hops).toEqual([
      { from: null, by: 'mx.example.net', with: null, for: null, at: new Date('2026-03-02T10:00:30Z'), seconds: null },
      {
        from: 'mx.example.net (mx.example.net [192.0.2.10] (may be forged))',
        by: 'in.example.org',
        with: 'ESMTPS',
        for: '<b@example.org>',
        at: new Date('2026-03-02T10:01:00Z'),
        seconds: 30,
      },
    ]);
  });

  test('has hops without a time, and counts over them', () => {
    const hops = route('by c; Mon, 2 Mar 2026 10:01:00 +0000', 'by b', 'by a; Mon, 2 Mar 2026 10:00:00 +0000');
    expect(hops.map(({ by, seconds }) => [by, seconds])).toEqual([
      ['a', null],
      ['b', null],
      ['c', 60],
    ]);
  });

  test('is empty without Received fields, and never longer than fifty hops', () => {
    expect(route()).toEqual([]);
    expect(route(...Array.from({ length: 90 }, () => 'by a'))).toHaveLength(50);
  });

  test('takes the first of a clause, and nothing from before the first', () => {
    expect(route('nonsense from a by b by c from d')).toMatchObject([{ from: 'a', by: 'b' }]);
  });
});
