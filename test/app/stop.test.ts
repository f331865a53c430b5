/** The whole process, asked to end while peers are slow: what is on the wire ends while the sessions here do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import { loadOptions } from '../../src/config/load.ts';
import { collectingLog, testDatabase } from '../helpers/database.ts';
import { SmtpClient } from '../helpers/smtp-client.ts';
import { hostilePeer } from '../sender/hostile-peer.ts';
import { until } from '../sender/setup.ts';

test('the sender ends at once, however long a peer in the middle of its mail takes', async () => {
  const database = await testDatabase();
  const dir = await mkdtemp(join(tmpdir(), 'bmx-stop-'));
  let left = false;
  const relay = await hostilePeer(async (silent) => {
    await silent.line();
    left = true;
  });
  const loaded = loadOptions({
    file: '/dev/null',
    env: {
      BOUNCEMX_DATA_DIR: dir,
      BOUNCEMX_DATABASE_URL: database.url,
      BOUNCEMX_SMTP_LISTEN: '',
      BOUNCEMX_SMTP_LMTP_LISTEN: '',
      BOUNCEMX_HTTP_LISTEN: '127.0.0.1:0',
      BOUNCEMX_SUBMISSION_LISTEN: '127.0.0.1:0',
      BOUNCEMX_SUBMISSION_NETWORKS: '127.0.0.1',
      BOUNCEMX_RELAY_URL: `smtp://127.0.0.1:${relay.port}`,
      BOUNCEMX_DOMAIN: 'bounce.test',
    },
  });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const app = await startApp({ options: loaded.options, log: collectingLog().log, sockets: [] });
  const address = app.listeners.find(({ kind }) => kind === 'submission')?.address ?? '';
  const inData = async (): Promise<SmtpClient> => {
    const client = new SmtpClient(address);
    await client.reply();
    for (const command of ['EHLO app', 'MAIL FROM:<a@bounce.test>', 'RCPT TO:<b@b.example>', 'DATA'])
      await client.command(command);
    client.write('From: a@bounce.test\r\n\r\nhalf of a mail\r\n');
    return client;
  };
  const [first, second] = [await inData(), await inData()];
  expect(await first.command('.')).toMatch(/^250 /);
  await until('a connection to the relay', () => Promise.resolve(relay.connections() > 0));
  const closed = app.close();
  await until('its end', () => Promise.resolve(left));
  expect(await second.command('.')).toMatch(/^250 /);
  await closed;
  const states = await database.db.query('select state, attempt, owner from dispatches');
  expect(states).toEqual([
    { state: 'queued', attempt: 0, owner: null },
    { state: 'queued', attempt: 0, owner: null },
  ]);
  await relay.close();
  await database.close();
  await rm(dir, { recursive: true });
});
