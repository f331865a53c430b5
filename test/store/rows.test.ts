import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listPostmasterMail, readPostmasterMail, storePostmasterMail } from '../../src/store/postmaster.ts';
import { findReturnPaths, storeReturnPaths } from '../../src/store/return-paths.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

const mail = (subject: string | null, body = Buffer.from('hello')) => ({
  reversePath: 'someone@example.org',
  forwardPath: 'postmaster@bounce.example',
  peerAddress: '192.0.2.1',
  subject,
  size: body.length,
  key: randomBytes(32),
  body,
});

test('rows of opaque tokens are found by their ids; what is not there is not invented', async () => {
  const row = {
    rowId: '00ff00ff00ff00ff',
    recipient: 'ann@example.org',
    recipientOriginal: 'Ann@Example.org',
    messageId: 'm1@news.example',
    campaign: null,
    sendingDomain: 'news.example',
    dispatch: null,
  };
  await storeReturnPaths(t.db, [row, { ...row, rowId: 'aaaaaaaaaaaaaaaa', messageId: null, campaign: 'spring' }]);
  const found = await findReturnPaths(t.db, ['00ff00ff00ff00ff', '00ff00ff00ff00ff', 'bbbbbbbbbbbbbbbb']);
  expect([...found]).toEqual([['00ff00ff00ff00ff', row]]);
  await storeReturnPaths(t.db, [{ ...row, recipient: 'thief@example.org' }]);
  expect((await findReturnPaths(t.db, [row.rowId])).get(row.rowId)?.recipient).toBe('ann@example.org');
  await storeReturnPaths(t.db, []);
  expect((await findReturnPaths(t.db, [])).size).toBe(0);
});

test('mail to postmaster@ is listed newest first, page by page, and read whole', async () => {
  const all = ['one', 'two \0', null].map((subject, index) => mail(subject, Buffer.from(`body ${index}`)));
  for (const one of all) expect(await storePostmasterMail(t.db, one)).toBe('stored');
  const first = await listPostmasterMail(t.db, { limit: 2, cursor: null });
  expect(first.items.map(({ subject }) => subject)).toEqual([null, 'two \ufffd']);
  const second = await listPostmasterMail(t.db, { limit: 2, cursor: first.next });
  expect(second).toMatchObject({ items: [{ subject: 'one', size: 6 }], next: null });
  const id = second.items[0]?.id ?? '';
  expect((await readPostmasterMail(t.db, id))?.body).toEqual(Buffer.from('body 0'));
  expect(await readPostmasterMail(t.db, '00000000-0000-7000-8000-000000000000')).toBeNull();
});

test('the same mail again is a duplicate, too large a one and the 101st of a day are refused', async () => {
  await t.db.query('truncate postmaster_mail');
  const first = mail('first');
  expect(await storePostmasterMail(t.db, mail('big', Buffer.alloc(10 * 1024 * 1024 + 1)))).toBe('full');
  expect(await storePostmasterMail(t.db, first)).toBe('stored');
  expect(await storePostmasterMail(t.db, first)).toBe('duplicate');
  for (let stored = 1; stored < 100; stored++) await storePostmasterMail(t.db, mail(`${stored}`));
  expect(await storePostmasterMail(t.db, mail('one more'))).toBe('full');
  expect(await storePostmasterMail(t.db, first)).toBe('duplicate');
  await t.db.query(`update postmaster_mail set received_at = received_at - interval '25 hours'`);
  expect(await storePostmasterMail(t.db, mail('tomorrow'))).toBe('stored');
});
