/**
 * Mail handed over: the message once, a dispatch for each recipient, in one transaction. Handing over again with the same
 * idempotency key gives what was stored the first time.
 */
import { dispatchStates, isFinal, type DispatchState } from '../core/sending/dispatch.ts';
import { StoreError, type Db, type Queryable } from './db.ts';
import { newId } from './ids.ts';

export type Origin = 'submission' | 'api' | 'elsewhere';

export interface NewMessage {
  /** Without brackets. */
  readonly messageId: string;
  readonly sendingDomain: string;
  readonly stream: string | null;
  readonly campaign: string | null;
  readonly origin: Origin;
  /** `api:<key>`, `user:<name>`, `network:<address>`. */
  readonly submitter: string;
  /** The submitter's own; data. */
  readonly envelopeSender: string;
  /** Null: not kept, it is sent elsewhere. */
  readonly raw: Buffer | null;
  readonly size: number;
  readonly smtputf8: boolean;
  readonly eightBit: boolean;
  readonly idempotencyKey: string | null;
  /** SHA-256 of the request that the key stands for. */
  readonly requestHash: Buffer | null;
}

export interface NewDispatch {
  /** Identity form. */
  readonly recipient: string;
  /** What RCPT is given. */
  readonly address: string;
  readonly provider: string | null;
}

export interface HandedOver {
  /** `keyReused`: the idempotency key stands for another request; nothing was stored. */
  readonly outcome: 'stored' | 'repeated' | 'keyReused';
  readonly id: string;
  /** Of the message that is stored: where it was repeated, that of the first time. */
  readonly messageId: string;
  readonly dispatches: readonly {
    readonly id: string;
    readonly recipient: string;
    readonly state: DispatchState;
  }[];
}

/** How long it is tried, milliseconds; and where dispatches begin: `sent` is for mail that somebody else sends, whose first attempt is theirs. */
export interface HandOverTerms {
  readonly expiry: number;
  readonly first: 'queued' | 'sent';
}

const insertMessage = `insert into messages (id, message_id, sending_domain, stream, campaign, origin, submitter, envelope_sender,
    size, smtputf8, eight_bit, idempotency_key, request_hash)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  on conflict (submitter, idempotency_key) do nothing returning id`;

/** Who must not be mailed has its row from the start, in its final state: the answer is the same when asked again. */
const insertDispatches = `insert into dispatches (id, message, recipient, recipient_original, provider, sending_domain, campaign,
    message_id, state, attempt, due_at, sent_at, expires_at, category, rule)
  select d.id, $2, d.recipient, d.address, d.provider, $3, $4, $5, s.state,
    case when s.state = 'sent' then 1 else 0 end, case when s.state = 'queued' then now() end, case when s.state = 'sent' then now() end,
    now() + $6::float8 * interval '1 ms', s.category, s.rule
  from unnest($1::uuid[], $7::text[], $8::text[], $9::text[]) with ordinality as d(id, recipient, address, provider, place)
  left join suppressions p on p.address = d.recipient and p.level <> 'none' and (p.expires_at is null or p.expires_at > now())
  cross join lateral (
    select 'suppressed' as state, p.category, p.rule where p.address is not null and $10 = 'queued'
    union all select $10, null, null where p.address is null or $10 <> 'queued') as s
  order by d.place on conflict (message, recipient) do nothing`;

const dispatchesOf = `select id, recipient, state from dispatches where message = $1 order by id`;

/**
 * Stores a message and its dispatches, all or nothing. One recipient named twice is one dispatch.
 * Rejects with StoreError.
 */
export function handOver(
  db: Db,
  message: NewMessage,
  recipients: readonly NewDispatch[],
  terms: HandOverTerms,
): Promise<HandedOver> {
  return db.transaction(async (tx) => {
    const id = newId();
    const stored = await tx.query<{ id: string }>(insertMessage, [
      id,
      message.messageId,
      message.sendingDomain,
      message.stream,
      message.campaign,
      message.origin,
      message.submitter,
      message.envelopeSender,
      message.size,
      message.smtputf8,
      message.eightBit,
      message.idempotencyKey,
      message.requestHash,
    ]);
    if (stored.length === 0) return repeated(tx, message);
    if (message.raw !== null)
      await tx.query('insert into message_raws (message, body) values ($1, $2)', [id, message.raw]);
    await tx.query(insertDispatches, [
      recipients.map(() => newId()),
      id,
      message.sendingDomain,
      message.campaign,
      message.messageId,
      terms.expiry,
      recipients.map(({ recipient }) => recipient),
      recipients.map(({ address }) => address),
      recipients.map(({ provider }) => provider),
      terms.first,
    ]);
    const dispatches = await tx.query<HandedOver['dispatches'][number]>(dispatchesOf, [id]);
    return { outcome: 'stored', id, messageId: message.messageId, dispatches };
  });
}

async function repeated(tx: Queryable, { submitter, idempotencyKey, requestHash }: NewMessage): Promise<HandedOver> {
  const [first] = await tx.query<{ id: string; messageId: string; same: boolean }>(
    `select id, message_id as "messageId", request_hash is not distinct from $3 as same from messages where submitter = $1 and idempotency_key = $2`,
    [submitter, idempotencyKey, requestHash],
  );
  // Retention took it between the two statements: asked again, it is new.
  if (first === undefined)
    throw new StoreError('conflict', 'VANISHED', 'the message vanished while it was handed over again');
  const { id, messageId } = first;
  if (!first.same) return { outcome: 'keyReused', id, messageId, dispatches: [] };
  const dispatches = await tx.query<HandedOver['dispatches'][number]>(dispatchesOf, [id]);
  return { outcome: 'repeated', id, messageId, dispatches };
}

/** Octets as handed over, by message; whose octets are gone is not in the map. Rejects with StoreError. */
export async function readRaws(db: Queryable, messages: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await db.query<{ message: string; body: Buffer }>(
    'select message, body from message_raws where message = any($1::uuid[])',
    [[...new Set(messages)]],
    'messages-raws',
  );
  return new Map(rows.map(({ message, body }) => [message, body]));
}

/**
 * Removes the octets of those of these messages whose dispatches are all final. Two who end the last two dispatches of a
 * message at once see each other's still open: what stays then, the job finds (dispatch-sweep.ts).
 */
export async function removeRaws(tx: Queryable, messages: readonly string[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.query(
    `delete from message_raws where message = any(array(
       select r.message from message_raws r where r.message = any($1::uuid[]) and ${finished('r.message')}
       order by r.message for update of r skip locked))`,
    [[...new Set(messages)]],
    'raws-remove',
  );
}

/** That every dispatch of the message has come to its end. */
export function finished(message: string): string {
  const open = dispatchStates.filter((state) => !isFinal(state)).map((state) => `'${state}'`);
  return `not exists (select from dispatches d where d.message = ${message} and d.state in (${open.join(', ')}))`;
}
