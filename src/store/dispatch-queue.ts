/**
 * The way of a dispatch through the sender, by the database's clock. Every step is fenced by (id, attempt, owner): a
 * process that was frozen, cut off or believed dead finds nothing to write.
 *
 *   claim    due → claimed: ours for a lease, may be taken over
 *   begin    claimed → sending, attempt + 1, with the return-path of the attempt: committed before MAIL is said
 *   record   sending → sent; refusals are recorded by settle-dispatches.ts, with all that follows from them
 */
import type { Queryable } from './db.ts';

export interface Claimed {
  readonly id: string;
  /** The message's id in the database. */
  readonly message: string;
  readonly recipient: string;
  /** What RCPT is given. */
  readonly address: string;
  readonly provider: string | null;
  readonly sendingDomain: string;
  readonly campaign: string | null;
  readonly messageId: string;
  /** Attempts begun before. */
  readonly attempt: number;
  readonly smtputf8: boolean;
  readonly eightBit: boolean;
  readonly size: number;
}

export interface ClaimTerms {
  readonly owner: string;
  readonly limit: number;
  /** At most so many of one provider: one that is slow must not fill all hands. */
  readonly perProvider: number;
  /** Milliseconds. */
  readonly leaseMs: number;
  /** Providers that rest, and relays' sending domains that are down. */
  readonly notProviders: readonly string[];
  readonly notSendingDomains: readonly string[];
}

// A window over the index of what is due, then the share of each provider; rows that another process has are passed over.
const claim = `with near as materialized (
    select id, due_at, provider from dispatches
    where state in ('queued', 'waiting') and due_at <= now() and expires_at > now()
      and not (coalesce(provider, '') = any($5::text[])) and not (sending_domain = any($6::text[]))
    order by due_at limit $2 * 20
    for update skip locked
  ), fair as (
    select id from (select id, due_at, row_number() over (partition by provider order by due_at) as place from near) as r
    where place <= $3 order by due_at limit $2
  ), mine as (
    update dispatches d set state = 'claimed', owner = $1, lease_until = now() + $4::float8 * interval '1 ms', state_at = now()
    from fair where d.id = fair.id
    returning d.id, d.message, d.recipient, d.recipient_original, d.provider, d.sending_domain, d.campaign, d.message_id, d.attempt
  )
  select mine.id, mine.message, mine.recipient, mine.recipient_original as address, mine.provider,
    mine.sending_domain as "sendingDomain", mine.campaign, mine.message_id as "messageId", mine.attempt,
    m.smtputf8, m.eight_bit as "eightBit", m.size::int as size
  from mine join messages m on m.id = mine.message`;

/** What may be sent now, for this process, oldest due first. Rejects with StoreError. */
export function claimDispatches(db: Queryable, terms: ClaimTerms): Promise<Claimed[]> {
  const { owner, limit, perProvider, leaseMs, notProviders, notSendingDomains } = terms;
  return db.query<Claimed>(
    claim,
    [owner, limit, perProvider, leaseMs, notProviders, notSendingDomains],
    'dispatches-claim',
  );
}

/** One attempt about to begin: the token's row is written with it, so that no report can come before its row. */
export interface Beginning {
  readonly id: string;
  /** Attempts begun before. */
  readonly attempt: number;
  /** Sixteen hexadecimal digits, as in the token. */
  readonly rowId: string;
}

export interface Begun {
  readonly id: string;
  /** By the database's clock. */
  readonly startedAt: Date;
}

const begin = `with given as materialized (
    select g.id, g.attempt, decode(g.row_id, 'hex') as row_id from unnest($2::uuid[], $3::int[], $4::text[]) as g(id, attempt, row_id)
  ), stopped as (
    update dispatches d set state = 'suppressed', owner = null, lease_until = null, due_at = null, state_at = now(),
      category = s.category, rule = s.rule
    from given g, suppressions s
    where d.id = g.id and d.attempt = g.attempt and d.owner = $1 and d.state = 'claimed' and s.address = d.recipient
      and (case when d.attempt = 0 then s.level <> 'none' else s.level not in ('none', 'temporarily_suppressed') end)
      and (s.expires_at is null or s.expires_at > now())
    returning d.id
  ), begun as (
    update dispatches d set state = 'sending', attempt = d.attempt + 1, state_at = now(), due_at = null,
      lease_until = now() + $5::float8 * interval '1 ms'
    from given g
    where d.id = g.id and d.attempt = g.attempt and d.owner = $1 and d.state = 'claimed' and d.lease_until > now()
      and not exists (select from stopped where stopped.id = d.id)
    returning d.id, g.row_id, d.recipient, d.recipient_original, d.message_id, d.campaign, d.sending_domain, d.attempt
  ), paths as (
    insert into return_paths (row_id, recipient, recipient_original, message_id, campaign, sending_domain, dispatch_id, attempt)
    select row_id, recipient, recipient_original, message_id, campaign, sending_domain, id, attempt from begun
  )
  select id, date_trunc('milliseconds', now()) as "startedAt" from begun`;

/**
 * Enters `sending`; who is absent in the answer must not be sent (suppressed meanwhile, or no longer ours).
 * At a first attempt any suppression stops; at `temporarily_suppressed` retries of accepted mail go on.
 */
export function beginAttempts(
  db: Queryable,
  owner: string,
  batch: readonly Beginning[],
  leaseMs: number,
): Promise<Begun[]> {
  const ids = batch.map(({ id }) => id);
  const attempts = batch.map(({ attempt }) => attempt);
  return db.query<Begun>(begin, [owner, ids, attempts, batch.map(({ rowId }) => rowId), leaseMs], 'dispatches-begin');
}

/** The attempt that is under way, as fence. */
export interface AttemptFence {
  readonly id: string;
  /** 1 is the first. */
  readonly attempt: number;
}

const record = `update dispatches d set state = 'sent', owner = null, lease_until = null, sent_at = now(), state_at = now(),
    reply_code = g.reply_code, diagnostic = g.diagnostic
  from unnest($2::uuid[], $3::int[], $4::int[], $5::text[]) as g(id, attempt, reply_code, diagnostic)
  where d.id = g.id and d.attempt = g.attempt and d.owner = $1 and d.state = 'sending' returning d.id`;

/** The relay took them. Gives the ids that were still ours. */
export async function recordSent(
  db: Queryable,
  owner: string,
  batch: readonly (AttemptFence & { readonly replyCode: number; readonly text: string })[],
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    record,
    [
      owner,
      batch.map(({ id }) => id),
      batch.map(({ attempt }) => attempt),
      batch.map(({ replyCode }) => replyCode),
      batch.map(({ text }) => text),
    ],
    'dispatches-sent',
  );
  return rows.map(({ id }) => id);
}

const giveBack = `update dispatches d set state = case when d.attempt = 0 then 'queued' else 'waiting' end, owner = null,
    lease_until = null, due_at = now() + g.delay * interval '1 ms', state_at = now(), diagnostic = coalesce(g.why, d.diagnostic)
  from unnest($2::uuid[], $3::int[], $4::float8[], $5::text[]) as g(id, attempt, delay, why)
  where d.id = g.id and d.attempt = g.attempt and d.owner = $1 and d.state in ('claimed', 'sending')`;

/** Not sent after all, through no fault of the recipient: due again after the delay. Only where no octet of the mail can have been taken. */
export async function giveBackDispatches(
  db: Queryable,
  owner: string,
  batch: readonly (AttemptFence & { readonly delayMs: number; readonly why: string | null })[],
): Promise<void> {
  await db.query(
    giveBack,
    [
      owner,
      batch.map(({ id }) => id),
      batch.map(({ attempt }) => attempt),
      batch.map(({ delayMs }) => delayMs),
      batch.map(({ why }) => why),
    ],
    'dispatches-give-back',
  );
}

const unclear = `update dispatches d set state = 'indeterminate', owner = null, lease_until = null, state_at = now(),
    diagnostic = g.why
  from unnest($2::uuid[], $3::int[], $4::text[]) as g(id, attempt, why)
  where d.id = g.id and d.attempt = g.attempt and d.owner = $1 and d.state = 'sending'`;

/** The connection ended behind the final dot: nobody knows whether the relay has it. */
export async function recordIndeterminate(
  db: Queryable,
  owner: string,
  batch: readonly (AttemptFence & { readonly why: string })[],
): Promise<void> {
  await db.query(
    unclear,
    [owner, batch.map(({ id }) => id), batch.map(({ attempt }) => attempt), batch.map(({ why }) => why)],
    'dispatches-indeterminate',
  );
}
