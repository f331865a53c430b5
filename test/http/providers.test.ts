import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capOf } from '../../src/config/sending-terms.ts';
import { seedMessage, setState } from './dispatch-rows.ts';
import { authorization, testParts, type TestApi } from './parts.ts';
import { buildApi } from '../../src/http/api.ts';

let made: TestApi;

beforeAll(async () => {
  const { parts, ...rest } = await testParts();
  const options = { ...parts.options, provider: [{ name: 'capped.example', concurrency: 3, ratePerMinute: 30 }] };
  const api = await buildApi({ ...parts, options });
  made = {
    ...rest,
    parts,
    api,
    async close() {
      await api.close();
      await rest.close();
    },
  };
  const { db } = made.database;
  const recipients = ['a@busy.example', 'b@busy.example', 'c@rests.example', 'd@quiet.example'];
  const { dispatches } = await seedMessage(db, recipients);
  await setState(db, dispatches[0] ?? '', 'sending');
  await setState(db, dispatches[3] ?? '', 'delivered');
  await db.query(
    `insert into providers (provider, state, since, failures, probe_at, last_category, last_diagnostic)
     values ('rests.example', 'open', now(), 2, now() + interval '5 min', 'rate_limiting', '421 4.7.0 slow down')`,
  );
  await db.query(
    `insert into provider_faults (provider, dispatch_id, at, category)
     values ('rests.example', $1, now(), 'rate_limiting'), ('rests.example', $2, now() - interval '1 day', 'rate_limiting')`,
    [dispatches[2] ?? '', dispatches[3] ?? ''],
  );
});
afterAll(() => made.close());

const get = (url: string) => made.api.inject({ url, headers: { authorization } });

test('providers are those that turned mail away, have mail to come, or have caps of their own', async () => {
  const answer = await get('/v1/providers');
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    items: [
      { provider: 'busy.example', state: 'closed', since: null, faults: 0, inFlight: 1, waiting: 1, concurrency: 20 },
      { provider: 'capped.example', state: 'closed', inFlight: 0, waiting: 0, concurrency: 3, ratePerMinute: 30 },
      {
        provider: 'rests.example',
        state: 'open',
        failures: 2,
        lastCategory: 'rate_limiting',
        lastDiagnostic: '421 4.7.0 slow down',
        faults: 1,
        inFlight: 0,
        waiting: 1,
      },
    ],
  });
});

test('the export has those with caps of their own or with trouble, as text', async () => {
  const answer = await get('/v1/providers/export?format=kumomta');
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(answer.body).toContain('["capped.example"]\nconnection_limit = 3\nmax_message_rate = "30/min"\n');
  expect(answer.body).toContain('# rests.example: rests (rate_limiting: 421 4.7.0 slow down)');
  expect(answer.body).not.toContain('busy.example');
  expect((await get('/v1/providers/export')).statusCode).toBe(400);
  expect((await get('/v1/providers/export?format=exim')).statusCode).toBe(400);
});

test.skipIf(!existsSync('/usr/sbin/postconf'))('a real Postfix takes the lines of the export', async () => {
  const { body } = await get('/v1/providers/export?format=postfix');
  const [, master = '', transport = '', main = ''] =
    /# master\.cf[^\n]*\n([\s\S]*?)\n\n# transport[^\n]*\n([\s\S]*?)\n\n# main\.cf\n([\s\S]*)$/.exec(body) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'bmx-postfix-'));
  try {
    writeFileSync(join(folder, 'main.cf'), `compatibility_level = 3.6\n${main}`);
    writeFileSync(join(folder, 'master.cf'), `smtp unix - - n - - smtp\n${master}\n`);
    writeFileSync(join(folder, 'transport'), `${transport}\n`);
    const postconf = (...args: string[]): string =>
      execFileSync('/usr/sbin/postconf', ['-c', folder, ...args], { stdio: 'pipe' }).toString();
    expect(postconf('bmx-rests-example_destination_rate_delay')).toBe(
      'bmx-rests-example_destination_rate_delay = 300s\n',
    );
    expect(postconf('-M', 'bmx-capped-example/unix')).toMatch(/^bmx-capped-example unix .* smtp\n$/);
    // Parameters that no transport of master.cf explains would be listed as unused.
    expect(execFileSync('/bin/sh', ['-c', `/usr/sbin/postconf -c ${folder} -n 2>&1 >/dev/null`]).toString()).toBe('');
    const asked = execFileSync('/usr/sbin/postmap', [
      '-c',
      folder,
      '-q',
      '.rests.example',
      `texthash:${folder}/transport`,
    ]);
    expect(asked.toString()).toBe('bmx-rests-example:\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a provider without caps of its own has those of [care]', () => {
  expect(capOf(made.parts.options, null)).toEqual({ concurrency: 20, ratePerMinute: 0 });
});
