import { expect, test } from 'vitest';
import { Inbox } from '../../src/pipeline/inbox.ts';
import { arrival } from '../helpers/mail-events.ts';

const taken = (bytes: number) => ({ arrival: arrival({ raw: Buffer.alloc(bytes) }), attempt: 1, committedAt: 0 });

test('room is bounded by rows and by octets, and one arrival always fits', () => {
  const inbox = new Inbox({ rows: 3, bytes: 100 });
  expect(inbox.reserve(500)).toBe(true);
  expect(inbox.reserve(1)).toBe(false);
  inbox.cancel(500);
  expect([inbox.reserve(40), inbox.reserve(40), inbox.reserve(40)]).toEqual([true, true, false]);
  expect([inbox.reserve(10), inbox.reserve(1)]).toEqual([true, false]);
});

test('batches come oldest first, within rows and octets, and make room', () => {
  const inbox = new Inbox({ rows: 4, bytes: 1000 });
  const all = [10, 20, 30, 40].map(taken);
  for (const { arrival: each } of all) inbox.reserve(each.raw.length);
  inbox.put(all);
  expect(inbox.size).toBe(4);
  expect(inbox.take({ rows: 10, bytes: 35 })).toEqual(all.slice(0, 2));
  expect(inbox.take({ rows: 1, bytes: 1 })).toEqual(all.slice(2, 3));
  expect([inbox.reserve(1), inbox.reserve(1), inbox.reserve(1), inbox.reserve(1)]).toEqual([true, true, true, false]);
  inbox.close();
  inbox.cancel(1);
  expect(inbox.reserve(1)).toBe(false);
});
