import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate, pendingMigrations, SchemaError } from '../../src/store/migrate.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';
import { describeSchema } from './schema.ts';

const shipped = [
  '0001-arrivals.sql',
  '0002-events.sql',
  '0003-housekeeping.sql',
  '0004-reclassified.sql',
  '0005-stopped-runs.sql',
  '0006-sending.sql',
];
const { log } = collectingLog();
let t: TestDatabase;
let copy: string;
let folder: URL;

beforeEach(async () => {
  t = await testDatabase('empty');
  copy = await mkdtemp(join(tmpdir(), 'bmx-migrations-'));
  await cp(new URL('../../src/store/migrations/', import.meta.url), copy, { recursive: true });
  folder = pathToFileURL(`${copy}/`);
});
afterEach(async () => {
  await t.close();
  await rm(copy, { recursive: true });
});

test('an empty database gets every migration once, in order', async () => {
  expect(await pendingMigrations(t.db)).toEqual(shipped);
  expect(await migrate(t.db, log)).toEqual(shipped);
  expect(await migrate(t.db, log)).toEqual([]);
  expect(await pendingMigrations(t.db)).toEqual([]);
});

test('two processes that start at once migrate once between them', async () => {
  const other = await t.open();
  const applied = await Promise.all([migrate(t.db, log), migrate(other, log), migrate(other, log)]);
  expect(applied.flat().toSorted()).toEqual(shipped);
});

test('a migration that was edited after it ran is refused by name', async () => {
  await migrate(t.db, log, folder);
  await appendFile(join(copy, '0002-events.sql'), '\n-- edited\n');
  await expect(migrate(t.db, log, folder)).rejects.toThrow(/0002-events\.sql/);
  await expect(pendingMigrations(t.db, folder)).rejects.toBeInstanceOf(SchemaError);
});

test('a database of a newer version is refused, and left as it is', async () => {
  await migrate(t.db, log);
  await t.db.query(`insert into schema_migrations (name, checksum) values ('9999-future.sql', 'x')`);
  await expect(migrate(t.db, log)).rejects.toThrow(/newer bouncemx/);
});

test('a migration that fails leaves nothing of itself behind, and runs when it is repaired', async () => {
  await writeFile(join(copy, '0100-broken.sql'), 'create table half (id int); select 1/0;');
  await expect(migrate(t.db, log, folder)).rejects.toMatchObject({ code: '22012' });
  expect(await t.db.query(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
  await writeFile(join(copy, '0100-broken.sql'), 'create table half (id int);');
  expect(await migrate(t.db, log, folder)).toEqual(['0100-broken.sql']);
});

test('the schema is the one on record (vitest -u writes it anew)', async () => {
  await migrate(t.db, log);
  await expect(await describeSchema(t.db)).toMatchFileSnapshot('schema.sql');
});
