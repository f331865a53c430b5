/** A submission listener over a real database: what is handed over is looked at where it is stored. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHandOver } from '../../src/app/hand-over.ts';
import { byAddress } from '../../src/app/providers.ts';
import { startUsers } from '../../src/app/submission-users.ts';
import { loadOptions } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { formatUser } from '../../src/config/submission-users.ts';
import { createKeyRing } from '../../src/core/verp/index.ts';
import { startIntake, type Intake } from '../../src/intake/intake.ts';
import type { Db } from '../../src/store/db.ts';
import { suppressionOf } from '../../src/store/suppressions.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { collectingLog, testDatabase, type TestDatabase } from '../helpers/database.ts';
import { SmtpClient } from '../helpers/smtp-client.ts';
import { smtp } from './setup.ts';

export const relay: Options['relay'][number] = {
  url: 'smtp://127.0.0.1:25',
  sendingDomains: [],
  passwordFile: '',
  caFile: '',
  connections: 1,
  dkimDomain: '',
  dkimSelector: '',
  dkimKeyFile: '',
};
export const password = 'correct horse';

export interface TestSubmission {
  readonly intake: Intake;
  readonly address: string;
  readonly database: TestDatabase;
  readonly lines: Record<string, unknown>[];
  readonly files: { readonly users: string };
  woken(): number;
  reloadUsers(): Promise<void>;
  client(): SmtpClient;
  /** Messages, dispatches and raws that are stored. */
  stored(): Promise<readonly [messages: number, dispatches: number, raws: number]>;
  close(): Promise<void>;
}

interface Changes {
  readonly submission?: Partial<Options['submission']>;
  readonly smtp?: Partial<Options['smtp']>;
  readonly relay?: Options['relay'];
  /** A certificate for STARTTLS, and a file with the user `shop`. */
  readonly users?: boolean;
  /** Another one in its place. */
  readonly db?: (db: Db) => Db;
}

export async function testSubmission(changes: Changes = {}): Promise<TestSubmission> {
  const loaded = loadOptions({ file: '/dev/null', env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const folder = mkdtempSync(join(tmpdir(), 'bmx-submission-'));
  const usersFile = join(folder, 'users');
  const [tlsCertFile, tlsKeyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const { users: withUsers = false } = changes;
  if (withUsers) {
    const { cert, key } = selfSigned('mx.test');
    writeFileSync(tlsCertFile, cert);
    writeFileSync(tlsKeyFile, key);
    writeFileSync(usersFile, `# applications\n${await formatUser('shop', password)}`, { mode: 0o600 });
  }
  const database = await testDatabase();
  const { log, lines } = collectingLog();
  const submission = {
    ...loaded.options.submission,
    listen: ['127.0.0.1:0'],
    networks: withUsers ? [] : ['127.0.0.0/8'],
    usersFile: withUsers ? usersFile : '',
    ...changes.submission,
  };
  const domain = [{ name: 'bounce.test', prefix: 'b', sendingDomains: ['shop.test', 'nokey.test'], foreign: [] }];
  const ring = createKeyRing([
    { id: 1, sendingDomain: 'shop.test', secret: Buffer.alloc(32, 7), createdDay: 20_000, state: 'active' },
  ]);
  const now = (): Date => new Date();
  const { metrics } = database;
  const db = changes.db?.(database.db) ?? database.db;
  let woken = 0;
  const users = await startUsers(submission.usersFile, log, metrics);
  const handOver = createHandOver({
    providers: byAddress,
    db,
    options: { ...loaded.options, submission, domain, relay: changes.relay ?? [relay] },
    ring: () => ring,
    now,
    wake: () => (woken += 1),
  });
  const nobody = (): Promise<never> => Promise.reject(new Error('no reports here'));
  const intake = await startIntake({
    options: {
      smtp: { ...smtp, listen: [], ...(withUsers ? { tlsCertFile, tlsKeyFile } : {}), ...changes.smtp },
      verp: { keyFile: '', validity: 45 * 86_400_000 },
    },
    domains: domain,
    ring: () => ring,
    commit: nobody,
    storePostmaster: nobody,
    diskLow: () => false,
    submission: {
      options: submission,
      handOver,
      authenticate: (user, given, peer) => users.authenticate(user, given, peer),
      suppressionOf: (identity) => suppressionOf(db, identity, now()),
    },
    log,
    metrics,
    now,
  });
  const clients: SmtpClient[] = [];
  const address = intake.listeners[0]?.address ?? '';
  const count = async (table: string): Promise<number> =>
    Number((await database.db.query<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);
  return {
    intake,
    address,
    database,
    lines,
    files: { users: usersFile },
    woken: () => woken,
    reloadUsers: () => users.reload(),
    client() {
      const client = new SmtpClient(address);
      clients.push(client);
      return client;
    },
    stored: async () => [await count('messages'), await count('dispatches'), await count('message_raws')],
    async close() {
      for (const client of clients) client.close();
      await intake.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const mail = 'From: Shop <news@shop.test>\r\nTo: ada@example.org\r\nSubject: x\r\n\r\nbody\r\n';

/** Greeted, EHLO answered. */
export async function greeted(on: TestSubmission): Promise<SmtpClient> {
  const client = on.client();
  await client.reply();
  await client.command('EHLO app.test');
  return client;
}

/** A whole message; the reply to its dot, or the first refusal. */
export async function submit(
  client: SmtpClient,
  content: string | Buffer = mail,
  recipients: readonly string[] = ['ada@example.org'],
): Promise<string> {
  const before = ['MAIL FROM:<app@internal.test>', ...recipients.map((to) => `RCPT TO:<${to}>`), 'DATA'];
  for (const command of before) {
    const reply = await client.command(command);
    if (!/^[23]/.test(reply)) {
      await client.command('RSET');
      return reply;
    }
  }
  client.write(content);
  return client.command('.');
}

/** STARTTLS and EHLO; false where TLS is refused. */
export async function secured(on: TestSubmission): Promise<SmtpClient> {
  const client = await greeted(on);
  await client.command('STARTTLS');
  await client.secure();
  await client.command('EHLO app.test');
  return client;
}

export const plain = (user: string, given: string): string => Buffer.from(`\0${user}\0${given}`).toString('base64');
