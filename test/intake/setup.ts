/** An intake on port 0 with a store in memory: what is committed is looked at, what the store does wrong is given in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Options } from '../../src/config/options.ts';
import { createKeyRing, encodeReturnPath, type KeyRing } from '../../src/core/verp/index.ts';
import { startIntake, type Intake, type IntakeParts } from '../../src/intake/intake.ts';
import type { NewArrival } from '../../src/store/arrivals.ts';
import type { NewPostmasterMail } from '../../src/store/postmaster.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { SmtpClient } from '../helpers/smtp-client.ts';

export const domain = { name: 'bounce.test', prefix: 'b', sendingDomains: ['shop.test'], foreign: [] };
export const foreignDomain = { name: 'lists.test', prefix: 'b', sendingDomains: [], foreign: ['postfix'] };
export const today = 20_000;
export const now = (): Date => new Date(today * 86_400_000 + 3_600_000);

const key = {
  id: 1,
  sendingDomain: 'shop.test',
  secret: Buffer.alloc(32, 7),
  createdDay: today - 100,
  state: 'active' as const,
};
const ring: KeyRing = createKeyRing([key]);

/** A return-path for a recipient, made on `day`, signed by the ring's key or by another. */
export function mint(recipient = 'user@example.com', day = today, secret = key.secret): string {
  const made = encodeReturnPath({ domain, key: { ...key, secret }, day, messageTag: '0123456789', recipient });
  if (!made.ok) throw new Error(made.why);
  return made.address;
}

export const smtp: Options['smtp'] = {
  listen: ['127.0.0.1:0'],
  lmtpListen: [],
  lmtpSocketMode: '0600',
  hostname: 'mx.test',
  relays: [],
  proxyFrom: [],
  maxSize: 26_214_400,
  keepSize: 1_048_576,
  maxRecipients: 100,
  maxConnections: 1000,
  maxConnectionsPerPeer: 50,
  maxCommands: 200,
  maxBadTokens: 10,
  idleTimeout: 60_000,
  sessionTimeout: 600_000,
  transactionTimeout: 300_000,
  minDataRate: 100,
  commitDeadline: 20_000,
  inFlightBytes: 268_435_456,
  bareNewline: 'accept',
  tlsCertFile: '',
  tlsKeyFile: '',
};

export interface TestIntake {
  readonly intake: Intake;
  readonly address: string;
  readonly groups: (readonly NewArrival[])[];
  /** Every arrival of every group. */
  arrivals(): NewArrival[];
  readonly postmaster: NewPostmasterMail[];
  readonly metrics: Metrics;
  readonly logged: string[];
  refusals(reason: string): Promise<number>;
  client(): SmtpClient;
}

const open: Intake[] = [];
const clients: SmtpClient[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(open.splice(0).map((intake) => intake.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Where a Unix socket can be made; it goes with the test. */
export function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bmx-'));
  folders.push(folder);
  return join(folder, 'lmtp.sock');
}

export async function testIntake(
  options: Partial<Options['smtp']> = {},
  parts: Partial<IntakeParts> = {},
): Promise<TestIntake> {
  const groups: (readonly NewArrival[])[] = [];
  const postmaster: NewPostmasterMail[] = [];
  const metrics = createMetrics({ providers: 1 });
  const logged: string[] = [];
  const seen = new Set<string>();
  const log = createLog(
    { level: 'debug', addresses: 'masked' },
    {
      write(line: string) {
        if (logged.length < 10_000) logged.push(line);
      },
    },
  );
  const intake = await startIntake({
    options: { smtp: { ...smtp, ...options }, verp: { keyFile: '', validity: 45 * 86_400_000 } },
    domains: [domain, foreignDomain],
    ring: () => ring,
    commit: (group) => {
      groups.push(group);
      return Promise.resolve(
        group.map(({ arrivalKey }, index) => {
          const outcome = seen.has(arrivalKey.toString('hex')) ? ('duplicate' as const) : ('stored' as const);
          seen.add(arrivalKey.toString('hex'));
          return { outcome, arrivalId: `a${groups.length}-${index}` };
        }),
      );
    },
    diskLow: () => false,
    storePostmaster: (mail) => {
      postmaster.push(mail);
      return Promise.resolve('stored' as const);
    },
    log,
    metrics,
    now,
    ...parts,
  });
  open.push(intake);
  const address = intake.listeners[0]?.address ?? '';
  return {
    intake,
    address,
    groups,
    arrivals: () => groups.flat(),
    postmaster,
    metrics,
    logged,
    async refusals(reason) {
      const { values } = await metrics.rejected.get();
      return values.find(({ labels }) => labels.reason === reason)?.value ?? Number.NaN;
    },
    client: () => track(new SmtpClient(address)),
  };
}

export function track(client: SmtpClient): SmtpClient {
  clients.push(client);
  return client;
}

/** Greeted, EHLO answered. */
export async function greeted(on: Pick<TestIntake, 'client'>, hello = 'EHLO peer.test'): Promise<SmtpClient> {
  const client = on.client();
  await client.reply();
  await client.command(hello);
  return client;
}

/** One whole message; the last reply. */
export async function send(
  client: SmtpClient,
  rcpt: string,
  content: string | Buffer = 'Subject: x\r\n\r\nbody\r\n',
  reversePath = '',
): Promise<string> {
  for (const command of [`MAIL FROM:<${reversePath}>`, `RCPT TO:<${rcpt}>`, 'DATA']) {
    const reply = await client.command(command);
    if (!/^[23]/.test(reply)) return reply;
  }
  client.write(content);
  return await client.command('.');
}
