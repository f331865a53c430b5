/** What `check` finds at the database: reachable, new enough, durable, schema. The embedded server is not started for it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nameOf, passwordOf } from '../app/database.ts';
import { StartFailure } from '../app/start-failure.ts';
import type { Options } from '../config/options.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';
import { findBinaries } from '../store/embedded-binaries.ts';
import { pendingMigrations } from '../store/migrate.ts';
import { openDatabase, type Connection } from '../store/postgres.ts';
import { reason, type Finding } from './check-finding.ts';

const say = (level: Finding['level'], text: string): Finding => ({ level, area: 'database', text });

export async function checkDatabase(options: Options, log: Log): Promise<Finding[]> {
  const embedded = options.database.url === '';
  // The daemon that runs the embedded server leaves its URL there, for its own user and root.
  const url = embedded ? await runningEmbedded(options) : options.database.url;
  if (url === null) return [checkEmbedded()];
  let connection: Connection;
  try {
    connection = { url, password: await passwordOf(options) };
  } catch (error) {
    if (error instanceof StartFailure) return [say('fail', error.message)];
    throw error;
  }
  // Two tries at the most: this is for a person who waits.
  const { connectTimeout, queryTimeout, statementTimeout } = options.database;
  const db = await openDatabase({
    connection,
    options: { connections: 3, connectTimeout, queryTimeout, statementTimeout },
    log,
    metrics: createMetrics({ providers: 0 }),
  });
  try {
    return await ask(db, embedded ? 'embedded, running' : nameOf(url));
  } catch (error) {
    return [say('fail', `${nameOf(url)}: ${reason(error)}`)];
  } finally {
    await db.close();
  }
}

async function runningEmbedded({ data }: Options): Promise<string | null> {
  const text = await readFile(join(data.dir, 'postgres', 'url'), 'utf8').catch(() => '');
  return URL.canParse(text.trim()) ? text.trim() : null;
}

function checkEmbedded(): Finding {
  try {
    return say('ok', `embedded PostgreSQL (${findBinaries().version}), not running: serve starts it`);
  } catch (error) {
    return say('fail', `embedded: ${reason(error)}; or set database.url`);
  }
}

async function ask(db: Db, name: string): Promise<Finding[]> {
  const [facts] = await db.query<{ version: string; number: number; fsync: string; commit: string; pages: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
       current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
       current_setting('full_page_writes') as pages`,
  );
  if (facts === undefined) return [say('fail', `${name} says nothing about itself`)];
  const findings = [say('ok', `${name}: PostgreSQL ${facts.version}`)];
  if (facts.fsync !== 'on') findings.push(say('fail', 'fsync is off: what is acknowledged can be lost in a crash'));
  if (facts.pages !== 'on') findings.push(say('fail', 'full_page_writes is off: a crash can tear pages'));
  // Our own sessions ask for it anyway; off in the server's configuration says that somebody meant to be fast.
  if (facts.commit === 'off') findings.push(say('warn', 'synchronous_commit is off in the server'));
  const pending = await pendingMigrations(db);
  findings.push(
    pending.length === 0
      ? say('ok', 'the schema is up to date')
      : say('warn', `the schema lacks ${pending.join(', ')}: serve or bouncemx migrate applies it`),
  );
  return findings;
}
