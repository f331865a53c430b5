/**
 * One throw-away PostgreSQL for a whole run: on a Unix socket, without fsync, gone with the runner even when that is
 * killed (a shell between them reads the runner's end of a pipe). Its template has the schema and today's partitions.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { findBinaries, reachable, runAs } from '../src/store/embedded-binaries.ts';
import { migrate } from '../src/store/migrate.ts';
import { ensurePartitions } from '../src/store/partitions.ts';
import { openDatabase } from '../src/store/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Its user may create databases. */
    databaseUrl: string;
    databaseTemplate: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['BOUNCEMX_TEST_DATABASE'];
  const server =
    given === undefined || given === '' ? await startServer() : { url: given, stop: () => Promise.resolve() };
  const template = `template_${randomBytes(4).toString('hex')}`;
  await statements(server.url, `create database ${template} template template0`);
  const url = new URL(server.url);
  url.pathname = `/${template}`;
  const log = createLog({ level: 'error', addresses: 'masked' });
  const db = await openDatabase({
    connection: { url: url.href },
    options: { connections: 3, statementTimeout: 10_000, queryTimeout: 15_000, connectTimeout: 5_000 },
    log,
    metrics: createMetrics({ providers: 1 }),
  });
  await migrate(db, log);
  await ensurePartitions(db);
  await db.close();
  await statements(server.url, `alter database ${template} with is_template true allow_connections false`);
  project.provide('databaseUrl', server.url);
  project.provide('databaseTemplate', template);
  return async () => {
    if (given !== undefined && given !== '')
      await statements(
        server.url,
        `alter database ${template} with is_template false`,
        `drop database ${template} with (force)`,
      );
    await server.stop();
  };
}

async function startServer(): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const who = runAs();
  const binaries = await reachable(findBinaries(), who);
  const folder = mkdtempSync('/tmp/bmx-');
  chmodSync(folder, 0o700);
  if (who !== null) chownSync(folder, who.uid, who.gid);
  const ids = who === null ? {} : { uid: who.uid, gid: who.gid };
  const data = join(folder, 'data');
  execFileSync(
    binaries.initdb,
    // prettier-ignore
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-locale', '--no-sync', '--no-instructions'],
    { ...ids, env: { LC_ALL: 'C' }, stdio: 'pipe' },
  );
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `listen_addresses = ''\nunix_socket_directories = '${folder}'\nunix_socket_permissions = 0700\nmax_connections = 200\nfsync = off\nsynchronous_commit = on\nfull_page_writes = off\nautovacuum = off\n`,
  );
  const server = spawn(
    '/bin/sh',
    [
      '-c',
      '"$@" <&- >"$0/log" 2>&1 & read -r _; kill -INT $!; wait $!; rm -rf "$0"',
      folder,
      binaries.postgres,
      '-D',
      data,
    ],
    { ...ids, cwd: '/', env: { LC_ALL: 'C' }, stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  const url = `postgres:///postgres?host=${encodeURIComponent(folder)}&user=postgres`;
  for (let tries = 0; ; tries++) {
    try {
      await statements(url, 'select 1');
      break;
    } catch (error) {
      if (tries > 500)
        throw new Error(`PostgreSQL for the tests did not start as ${userInfo().username}`, { cause: error });
      await sleep(20);
    }
  }
  return {
    url,
    stop: async () => {
      const ended = once(server, 'exit');
      server.stdin.end();
      await ended;
    },
  };
}

async function statements(url: string, ...all: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const sql of all) await client.query(sql);
  } finally {
    await client.end();
  }
}
