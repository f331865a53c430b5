/**
 * Mail that somebody else sends, made known: each recipient is a dispatch that is `sent` from the start, with a return-path
 * that leads to it. Telling it again finds what is there: a message is known by its Message-ID and its sending domain.
 */
import { createHash } from 'node:crypto';
import type { DispatchState } from '../core/sending/dispatch.ts';
import type { Db, Queryable } from './db.ts';
import { newId } from './ids.ts';
import { storeReturnPaths } from './return-paths.ts';

export interface SentElsewhere {
  /** Without brackets. */
  readonly messageId: string;
  readonly sendingDomain: string;
  readonly campaign: string | null;
  /** Identity form. */
  readonly recipient: string;
  /** As RCPT was given it. */
  readonly address: string;
  readonly provider: string | null;
  /** What the return-path names: sixteen hexadecimal digits. */
  readonly rowId: string;
  /** Kept for a retry; null: a retry is the sender's. */
  readonly raw: { readonly body: Buffer; readonly smtputf8: boolean; readonly eightBit: boolean } | null;
}

export interface Registered {
  readonly id: string;
  readonly state: DispatchState;
}

interface Found extends Registered {
  readonly message: string;
  readonly recipient: string;
  readonly attempt: number;
}

/**
 * Stores all that may be mailed, or nothing; results in the order given, null for who is suppressed. `expiry` in
 * milliseconds. Rejects with StoreError.
 */
export function registerElsewhere(
  db: Db,
  sent: readonly SentElsewhere[],
  terms: { readonly submitter: string; readonly expiry: number },
): Promise<readonly (Registered | null)[]> {
  if (sent.length === 0) return Promise.resolve([]);
  return db.transaction(async (tx) => {
    const barred = await barredPlaces(tx, sent, terms.submitter);
    const allowed = sent.filter((_, place) => !barred.has(place));
    const registered = (await store(tx, allowed, terms)).values();
    return sent.map((_, place) => (barred.has(place) ? null : (registered.next().value ?? null)));
  });
}

/** A retry of mail that was told of before is no new mail: it goes on at `temporarily_suppressed`. */
const barred = `select (w.place - 1)::int as place from unnest($1::text[], $2::text[]) with ordinality as w(key, recipient, place)
  join suppressions s on s.address = w.recipient and s.level <> 'none' and (s.expires_at is null or s.expires_at > now())
  where s.level <> 'temporarily_suppressed' or not exists (
    select from messages m join dispatches d on d.message = m.id
    where m.submitter = $3 and m.idempotency_key = w.key and d.recipient = w.recipient)`;

async function barredPlaces(
  tx: Queryable,
  sent: readonly SentElsewhere[],
  submitter: string,
): Promise<ReadonlySet<number>> {
  const recipients = sent.map(({ recipient }) => recipient);
  const rows = await tx.query<{ place: number }>(barred, [sent.map(keyOf), recipients, submitter]);
  return new Set(rows.map(({ place }) => place));
}

async function store(
  tx: Queryable,
  sent: readonly SentElsewhere[],
  terms: { readonly submitter: string; readonly expiry: number },
): Promise<readonly Registered[]> {
  if (sent.length === 0) return [];
  const keys = sent.map(keyOf);
  const byKey = new Map<string, SentElsewhere>();
  sent.forEach((one, index) => {
    const key = keys[index] ?? '';
    // The octets stand in any one line of a message.
    if (byKey.get(key)?.raw == null) byKey.set(key, one);
  });
  const messages = await storeMessages(tx, byKey, terms.submitter);
  const of = keys.map((key) => messages.get(key) ?? '');
  const found = await storeDispatches(tx, sent, of, terms.expiry);
  const results = sent.map(({ recipient }, index) => {
    const one = found.get(`${of[index] ?? ''} ${recipient}`);
    if (one === undefined) throw new Error('a dispatch vanished while it was registered');
    return one;
  });
  await storeReturnPaths(
    tx,
    sent.map(({ rowId, recipient, address, messageId, campaign, sendingDomain }, index) => ({
      rowId,
      recipient,
      recipientOriginal: address,
      messageId,
      campaign,
      sendingDomain,
      dispatch: { id: results[index]?.id ?? '', attempt: results[index]?.attempt ?? 1 },
    })),
  );
  return results.map(({ id, state }) => ({ id, state }));
}

function keyOf({ messageId, sendingDomain }: SentElsewhere): string {
  return `elsewhere:${createHash('sha256').update(`${sendingDomain}\n${messageId}`).digest('hex')}`;
}

/** The message may have been told of without its octets before: what they need of a relay is known only now. */
const keepRaw = `with kept as (
    insert into message_raws (message, body) values ($1, $2) on conflict (message) do nothing returning message
  )
  update messages m set size = $3, smtputf8 = $4, eight_bit = $5 from kept where m.id = kept.message`;

/** Ids by key, of new messages and of those that were there. */
async function storeMessages(
  tx: Queryable,
  byKey: ReadonlyMap<string, SentElsewhere>,
  submitter: string,
): Promise<ReadonlyMap<string, string>> {
  const keys = [...byKey.keys()];
  const all = [...byKey.values()];
  // In one order for all: two registrations of the same messages wait for each other and never lock up.
  await tx.query(
    `insert into messages (id, message_id, sending_domain, campaign, origin, submitter, size, idempotency_key)
     select id, message_id, domain, campaign, 'elsewhere', $1, 0, key
     from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) as m(id, message_id, domain, campaign, key)
     order by key on conflict (submitter, idempotency_key) do nothing`,
    [
      submitter,
      keys.map(() => newId()),
      all.map(({ messageId }) => messageId),
      all.map(({ sendingDomain }) => sendingDomain),
      all.map(({ campaign }) => campaign),
      keys,
    ],
  );
  const rows = await tx.query<{ id: string; key: string }>(
    'select id, idempotency_key as key from messages where submitter = $1 and idempotency_key = any($2::text[])',
    [submitter, keys],
  );
  const ids = new Map(rows.map(({ id, key }) => [key, id]));
  for (const key of keys.toSorted()) {
    const raw = byKey.get(key)?.raw ?? null;
    if (raw !== null)
      await tx.query(keepRaw, [ids.get(key) ?? null, raw.body, raw.body.length, raw.smtputf8, raw.eightBit]);
  }
  return ids;
}

/** By `<message> <recipient>`. */
async function storeDispatches(
  tx: Queryable,
  sent: readonly SentElsewhere[],
  messages: readonly string[],
  expiry: number,
): Promise<ReadonlyMap<string, Found>> {
  const recipients = sent.map(({ recipient }) => recipient);
  await tx.query(
    `insert into dispatches (id, message, recipient, recipient_original, provider, sending_domain, campaign, message_id, state,
       attempt, sent_at, expires_at)
     select id, message, recipient, address, provider, domain, campaign, message_id, 'sent', 1, now(),
       now() + $1::float8 * interval '1 ms'
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
       as d(id, message, recipient, address, provider, domain, campaign, message_id)
     order by message, recipient on conflict (message, recipient) do nothing`,
    [
      expiry,
      sent.map(() => newId()),
      messages,
      recipients,
      sent.map(({ address }) => address),
      sent.map(({ provider }) => provider),
      sent.map(({ sendingDomain }) => sendingDomain),
      sent.map(({ campaign }) => campaign),
      sent.map(({ messageId }) => messageId),
    ],
  );
  const rows = await tx.query<Found>(
    `select d.id, d.state, d.message, d.recipient, d.attempt from dispatches d
     join (select distinct * from unnest($1::uuid[], $2::text[]) as u(message, recipient)) w
       on w.message = d.message and w.recipient = d.recipient`,
    [messages, recipients],
  );
  return new Map(rows.map((row) => [`${row.message} ${row.recipient}`, row]));
}
