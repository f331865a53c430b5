/** Messages and dispatches for the store's tests: everything has a plain default, a test names what it is about. */
import { randomBytes } from 'node:crypto';
import type { Breaker } from '../../src/core/sending/breaker.ts';
import type { Db, Queryable } from '../../src/store/db.ts';
import {
  beginAttempts,
  claimDispatches,
  recordSent,
  type Acceptance,
  type Claimed,
  type ClaimTerms,
} from '../../src/store/dispatch-queue.ts';
import {
  handOver,
  type HandedOver,
  type HandOverTerms,
  type NewDispatch,
  type NewMessage,
} from '../../src/store/messages.ts';

export const someone = (domain = 'example.com'): string => `r${randomBytes(6).toString('hex')}@${domain}`;
export const rowId = (): string => randomBytes(8).toString('hex');

export function newMessage(fields: Partial<NewMessage> = {}): NewMessage {
  const raw = fields.raw === undefined ? Buffer.from('Subject: Hello\r\n\r\nHello.\r\n') : fields.raw;
  return {
    messageId: `${randomBytes(6).toString('hex')}@sender.example`,
    sendingDomain: 'sender.example',
    stream: null,
    campaign: null,
    origin: 'api',
    submitter: 'api:test',
    envelopeSender: '',
    raw,
    size: raw?.length ?? 0,
    smtputf8: false,
    eightBit: false,
    idempotencyKey: null,
    requestHash: null,
    ...fields,
  };
}

export const to = (recipient: string, fields: Partial<NewDispatch> = {}): NewDispatch => ({
  recipient,
  address: recipient,
  provider: recipient.slice(recipient.indexOf('@') + 1),
  ...fields,
});

export const terms: HandOverTerms = { expiry: 5 * 86_400_000, first: 'queued' };

/** A message to these recipients, of which nothing was sent yet. */
export const handedOver = (
  db: Db,
  recipients: readonly string[],
  fields: Partial<NewMessage> = {},
  how: Partial<HandOverTerms> = {},
): Promise<HandedOver> =>
  handOver(
    db,
    newMessage(fields),
    recipients.map((recipient) => to(recipient)),
    { ...terms, ...how },
  );

export const claim = (db: Queryable, fields: Partial<ClaimTerms> = {}): Promise<Claimed[]> =>
  claimDispatches(db, {
    owner: 'one',
    limit: 100,
    perProvider: 100,
    leaseMs: 60_000,
    notProviders: [],
    sendingDomains: ['sender.example'],
    notSendingDomains: [],
    ...fields,
  });

/** Everything that is due, up to the moment before MAIL; with the attempts as their fences. */
export async function begun(
  db: Queryable,
  owner = 'one',
  leaseMs = 60_000,
): Promise<(Claimed & { readonly rowId: string; readonly startedAt: Date })[]> {
  const claimed = (await claim(db, { owner, leaseMs })).map((each) => ({ ...each, rowId: rowId() }));
  const started = new Map(
    (await beginAttempts(db, owner, claimed, leaseMs)).begun.map((each) => [each.id, each.startedAt]),
  );
  return claimed.flatMap((each) => {
    const startedAt = started.get(each.id);
    return startedAt === undefined ? [] : [{ ...each, attempt: each.attempt + 1, startedAt }];
  });
}

/** The relay's yes. */
export const taken = (id: string, attempt = 1, fields: Partial<Acceptance> = {}): Acceptance => ({
  id,
  attempt,
  replyCode: 250,
  text: '250 ok',
  provider: null,
  ...fields,
});

/** Everything that is due, taken by the relay. */
export async function sent(db: Queryable, owner = 'one'): Promise<Awaited<ReturnType<typeof begun>>> {
  const batch = await begun(db, owner);
  await recordSent(
    db,
    owner,
    batch.map(({ id, attempt, provider }) => taken(id, attempt, { provider })),
  );
  return batch;
}

export interface DispatchRow {
  readonly state: string;
  readonly attempt: number;
  readonly retries: number;
  readonly owner: string | null;
  readonly category: string | null;
  readonly rule: string | null;
  readonly diagnostic: string | null;
  readonly reply_code: number | null;
  readonly due_at: Date | null;
  readonly sent_at: Date | null;
  readonly lease_until: Date | null;
  readonly event_id: string | null;
  readonly late_retry: boolean;
}

export async function rowOf(db: Queryable, id: string): Promise<DispatchRow> {
  const [row] = await db.query<DispatchRow>('select * from dispatches where id = $1', [id]);
  if (row === undefined) throw new Error(`no dispatch ${id}`);
  return row;
}

export async function statesOf(db: Queryable, message: string): Promise<Record<string, string>> {
  const rows = await db.query<{ recipient: string; state: string }>(
    'select recipient, state from dispatches where message = $1',
    [message],
  );
  return Object.fromEntries(rows.map(({ recipient, state }) => [recipient, state]));
}

/** Every provider that ever turned mail away, by name. */
export const listProviders = (db: Queryable) =>
  db.query<Breaker & { provider: string }>(
    `select provider, state, since, failures, probe_at as "probeAt", probe, last_category as "lastCategory",
       last_diagnostic as "lastDiagnostic" from providers order by provider collate "C"`,
  );

export const suppress = (db: Queryable, address: string, level = 'hard_suppressed', life: string | null = null) =>
  db.query(
    `insert into suppressions (address, level, since, expires_at, type, category, rule, event_ids, decision_id)
     values ($1, $2, now(), now() + $3::interval, 'hard_bounce', 'user_not_found', 'test/user_not_found', '{}', gen_random_uuid())`,
    [address, level, life],
  );
