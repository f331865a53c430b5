/** The sender over a database of its own and a relay by script, and mail for it. */
import { randomBytes } from 'node:crypto';
import { loadOptions } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import type { RelaySettings } from '../../src/config/relays.ts';
import { loadShippedRules } from '../../src/config/rules.ts';
import { createKeyRing, type KeyRing } from '../../src/core/verp/index.ts';
import type { SenderParts } from '../../src/sender/parts.ts';
import { startSender, type Sender } from '../../src/sender/sender.ts';
import type { Db } from '../../src/store/db.ts';
import { handOver } from '../../src/store/messages.ts';
import { collectingLog, type TestDatabase } from '../helpers/database.ts';

const sendingDomain = 'sender.example';

function ringFor(domain: string): KeyRing {
  return createKeyRing([{ id: 1, sendingDomain: domain, secret: Buffer.alloc(32, 7), createdDay: 1, state: 'active' }]);
}

/** A relay on this machine. */
export function relayAt(port: number, changes: Partial<RelaySettings> = {}): RelaySettings {
  return {
    name: `127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    implicitTls: false,
    requireTls: false,
    user: '',
    password: null,
    ca: null,
    dkim: null,
    connections: 5,
    sendingDomains: [],
    ...changes,
  };
}

/** Short where waiting is the point. */
export function senderOptions(
  changes: { sender?: Partial<Options['sender']>; care?: Partial<Options['care']> } & Partial<
    Pick<Options, 'retry' | 'provider'>
  > = {},
): Options {
  const loaded = loadOptions({ file: '/dev/null', env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const { options } = loaded;
  const domain = { name: 'bounce.example', prefix: 'b', sendingDomains: [sendingDomain], foreign: [] };
  return {
    ...options,
    ...changes,
    domain: [domain],
    sender: { ...options.sender, pollInterval: 50, deadline: 2000, ...changes.sender },
    care: { ...options.care, ...changes.care },
  };
}

export interface TestSender {
  readonly sender: Sender;
  readonly lines: Record<string, unknown>[];
}

/** @param db another Db of the same database is another process, as far as the database can tell. */
export function sendWith(
  database: Pick<TestDatabase, 'db' | 'metrics'>,
  relays: readonly RelaySettings[],
  options: Options = senderOptions(),
  parts: Partial<SenderParts> = {},
): TestSender {
  const { log, lines } = collectingLog();
  const ring = ringFor(sendingDomain);
  const rules = loadShippedRules();
  const sender = startSender({
    db: database.db,
    options,
    relays,
    hostname: 'mx.bounce.example',
    ring: () => ring,
    rules: () => rules,
    log,
    metrics: database.metrics,
    now: () => new Date(),
    random: Math.random,
    ...parts,
  });
  return { sender, lines };
}

export interface Mail {
  readonly recipients: readonly string[];
  readonly body?: string | Buffer;
  readonly smtputf8?: boolean;
  readonly eightBit?: boolean;
  readonly sendingDomain?: string;
}

/** One message, handed over. Gives the ids of its dispatches, in the order of the recipients. */
export async function handIn(db: Db, mail: Mail): Promise<string[]> {
  const messageId = `${randomBytes(8).toString('hex')}@sender.example`;
  const raw = Buffer.concat([
    Buffer.from(`From: news@sender.example\r\nMessage-ID: <${messageId}>\r\nSubject: hello\r\n\r\n`),
    Buffer.from(mail.body ?? 'Hello.\r\n'),
  ]);
  const { dispatches } = await handOver(
    db,
    {
      messageId,
      sendingDomain: mail.sendingDomain ?? sendingDomain,
      stream: null,
      campaign: null,
      origin: 'api',
      submitter: 'api:test',
      envelopeSender: '',
      raw,
      size: raw.length,
      smtputf8: mail.smtputf8 ?? false,
      eightBit: mail.eightBit ?? false,
      idempotencyKey: null,
      requestHash: null,
    },
    mail.recipients.map((address) => ({
      recipient: address.toLowerCase(),
      address,
      provider: address.slice(address.lastIndexOf('@') + 1),
    })),
    { expiry: 86_400_000, first: 'queued' },
  );
  const byRecipient = new Map(dispatches.map(({ recipient, id }) => [recipient, id]));
  return mail.recipients.map((address) => byRecipient.get(address.toLowerCase()) ?? '');
}

export interface DispatchRow {
  readonly state: string;
  readonly attempt: number;
  readonly category: string | null;
  readonly diagnostic: string | null;
  readonly replyCode: number | null;
  readonly dueInMs: number | null;
}

export async function dispatchRow(db: Db, id: string): Promise<DispatchRow> {
  const [row] = await db.query<DispatchRow>(
    `select state, attempt, category, diagnostic, reply_code as "replyCode",
       extract(epoch from due_at - now())::float8 * 1000 as "dueInMs" from dispatches where id = $1`,
    [id],
  );
  if (row === undefined) throw new Error(`no dispatch ${id}`);
  return row;
}

/** Looks until it is true. */
export async function until<T>(what: string, look: () => Promise<T | null | false>, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The row once it is in one of the states. */
export function inState(db: Db, id: string, ...states: string[]): Promise<DispatchRow> {
  return until(
    `${id} to be ${states.join(' or ')}`,
    async () => {
      const row = await dispatchRow(db, id);
      return states.includes(row.state) ? row : null;
    },
    8000,
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(await dispatchRow(db, id))}`);
  });
}
