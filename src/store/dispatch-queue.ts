/**
 * The way of a dispatch through the sender, by the database's clock. Every step is fenced by (id, attempt, owner): a
 * process that was frozen, cut off or believed dead finds nothing to write.
 *
 *   claim    due → claimed: ours for a lease, may be taken over
 *   begin    claimed → sending, attempt + 1, with the return-path of the attempt: committed before MAIL is said
 *   record   sending → sent, or back, or indeterminate; refusals are recorded by settle-dispatches.ts, with all that follows from them
 */
import type { Queryable } from './db.ts';
import { storableReplyCode, storableText } from './text.ts';

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
  /** Providers that have enough to bear. Who rests by its breaker is known here. */
  readonly notProviders: readonly string[];
  /** Of all sending domains those whose relay takes mail now, and those whose relay is down or has its share. */
  readonly sendingDomains: readonly string[];
  readonly notSendingDomains: readonly string[];
}

/**
 * Three looks, each bounded: the oldest due ones; where providers (that rest, or have their share) or sending domains (whose
 * relay rests) fill that window, some providers of each open sending domain from a place at random on, by an index that leads
 * from one to the next; and a lock on what both found, so that processes that look at once do not wait for each other.
 * `any(array(…))` keeps the plan on the primary key at any size.
 */
const claim = `with recursive resting as materialized (
    select provider from providers where state <> 'closed' and (probe_at is null or probe_at > now())
  ), near as materialized (
    select id, due_at, coalesce(provider, '') as provider, sending_domain, expires_at from dispatches
    where state in ('queued', 'waiting') and due_at <= now() order by due_at limit $2 * 8
  ), front as materialized (
    select id, due_at, provider, row_number() over (partition by provider order by due_at) as place from near
    where expires_at > now() and not (sending_domain = any($6::text[]))
      and not (provider = any($5::text[] || array(select provider from resting)))
  ), names (domain, provider, n) as (
    select open.domain, coalesce(
      (select coalesce(provider, '') as name from dispatches
       where state in ('queued', 'waiting') and sending_domain = open.domain and coalesce(provider, '') >= $7 order by 1 limit 1),
      (select coalesce(provider, '') as name from dispatches
       where state in ('queued', 'waiting') and sending_domain = open.domain order by 1 limit 1)), 1
    from unnest($8::text[]) as open (domain)
    where (select count(*) from near) = $2 * 8 and (select count(*) from front where place <= $3) < $2
    union all
    select names.domain, (select coalesce(d.provider, '') from dispatches d
      where d.state in ('queued', 'waiting') and d.sending_domain = names.domain and coalesce(d.provider, '') > names.provider
      order by 1 limit 1), n + 1
    from names where names.provider is not null and n < greatest(5, 200 / nullif(cardinality($8::text[]), 0))
  ), wide as (
    select d.id, d.due_at from names cross join lateral (
      select id, due_at from dispatches o
      where o.state in ('queued', 'waiting') and o.sending_domain = names.domain and coalesce(o.provider, '') = names.provider
        and o.due_at <= now() and o.expires_at > now()
      order by o.due_at limit $3) d
    where not (names.provider = any($5::text[] || array(select provider from resting))) limit $2 * 2
  ), locked as materialized (
    select d.id, d.due_at, coalesce(d.provider, '') as provider from dispatches d
    where d.id = any(array(select id from front where place <= $3 * 2 union select id from wide))
      and d.state in ('queued', 'waiting') and d.due_at <= now()
    order by d.due_at limit $2 * 2 for update of d skip locked
  ), mine as (
    update dispatches d set state = 'claimed', owner = $1, lease_until = now() + $4::float8 * interval '1 ms', state_at = now()
    where d.id = any(array(
      select id from (select id, due_at, row_number() over (partition by provider order by due_at) as place from locked) as r
      where place <= $3 order by due_at limit $2))
    returning d.id, d.message, d.recipient, d.recipient_original, d.provider, d.sending_domain, d.campaign, d.message_id,
      d.attempt, d.due_at
  )
  select mine.id, mine.message, mine.recipient, mine.recipient_original as address, mine.provider,
    mine.sending_domain as "sendingDomain", mine.campaign, mine.message_id as "messageId", mine.attempt,
    m.smtputf8, m.eight_bit as "eightBit", m.size
  from mine join messages m on m.id = mine.message order by mine.due_at, mine.id`;

/** Where the walk over the providers begins: half of the time with the first, so that few are all seen. */
function somewhere(): string {
  if (Math.random() < 0.5) return '';
  return Math.floor(Math.random() * 36 ** 2)
    .toString(36)
    .padStart(2, '0');
}

/** What may be sent now, for this process, oldest due first. Rejects with StoreError. */
export function claimDispatches(db: Queryable, terms: ClaimTerms): Promise<Claimed[]> {
  const { owner, limit, perProvider, leaseMs, notProviders, sendingDomains, notSendingDomains } = terms;
  return db.query<Claimed>(
    claim,
    [owner, limit, perProvider, leaseMs, notProviders, notSendingDomains, somewhere(), sendingDomains],
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

// Rows are locked by id before they change, here and below: settling locks several in that order too.
const begin = `with given as materialized (
    select g.id, g.attempt, decode(g.row_id, 'hex') as row_id from unnest($2::uuid[], $3::int[], $4::text[]) as g(id, attempt, row_id)
  ), ours as materialized (
    select d.id, d.attempt, d.recipient, g.row_id from dispatches d join given g on g.id = d.id
    where d.attempt = g.attempt and d.owner = $1 and d.state = 'claimed' and d.lease_until > now()
    order by d.id for update of d
  ), barred as materialized (
    select o.id, s.category, s.rule from ours o join suppressions s on s.address = o.recipient
    where (case when o.attempt = 0 then s.level <> 'none' else s.level not in ('none', 'temporarily_suppressed') end)
      and (s.expires_at is null or s.expires_at > now())
  ), stopped as (
    update dispatches d set state = 'suppressed', owner = null, lease_until = null, due_at = null, state_at = now(),
      category = b.category, rule = b.rule
    from barred b where d.id = b.id returning d.id, extract(epoch from now() - d.created_at)::float8 as seconds
  ), begun as (
    update dispatches d set state = 'sending', attempt = d.attempt + 1, state_at = now(), due_at = null,
      lease_until = now() + $5::float8 * interval '1 ms'
    from ours o where d.id = o.id and not exists (select from barred b where b.id = o.id)
    returning d.id, o.row_id, d.recipient, d.recipient_original, d.message_id, d.campaign, d.sending_domain, d.attempt
  ), paths as (
    insert into return_paths (row_id, recipient, recipient_original, message_id, campaign, sending_domain, dispatch_id, attempt)
    select row_id, recipient, recipient_original, message_id, campaign, sending_domain, id, attempt from begun
  )
  select id, date_trunc('milliseconds', now()) as "startedAt", null as seconds from begun
  union all select id, null, seconds from stopped`;

/** Who is in neither must not be sent either: it is no longer ours. */
export interface Beginnings {
  readonly begun: readonly Begun[];
  /** Of those that are suppressed instead: seconds since the hand-over. */
  readonly suppressed: readonly number[];
}

/**
 * Enters `sending`. At a first attempt any suppression stops; at `temporarily_suppressed` retries of accepted mail go on.
 */
export async function beginAttempts(
  db: Queryable,
  owner: string,
  batch: readonly Beginning[],
  leaseMs: number,
): Promise<Beginnings> {
  const ids = batch.map(({ id }) => id);
  const attempts = batch.map(({ attempt }) => attempt);
  const rowIds = batch.map(({ rowId }) => rowId);
  const rows = await db.query<{ id: string; startedAt: Date | null; seconds: number | null }>(
    begin,
    [owner, ids, attempts, rowIds, leaseMs],
    'dispatches-begin',
  );
  return {
    begun: rows.flatMap(({ id, startedAt }) => (startedAt === null ? [] : [{ id, startedAt }])),
    suppressed: rows.flatMap(({ seconds }) => (seconds === null ? [] : [seconds])),
  };
}

/** The attempt that is under way, as fence. */
export interface AttemptFence {
  readonly id: string;
  /** 1 is the first. */
  readonly attempt: number;
}

/**
 * `given` (ids and attempts are $2 and $3, more columns as the step wants) and `ours`: those that are still this process's.
 * An indeterminate one is too while nobody else touched it: its process was only frozen, and knows what became of it.
 */
function fenced(columns: string, arrays: string, states: string): string {
  return `with given as materialized (
    select * from unnest($2::uuid[], $3::int[], ${arrays}) as g(id, attempt, ${columns})
  ), ours as materialized (
    select d.id, d.sent_at is null as first from dispatches d join given g on g.id = d.id
    where d.attempt = g.attempt and d.owner = $1 and d.state in (${states}) order by d.id for update of d
  )`;
}
const under = `'sending', 'indeterminate'`;

// What was sent before is no further mail: a rate is of mails, not of attempts. Hours are taken in one order, as in senders.ts.
const record = `${fenced('reply_code, diagnostic, provider', '$4::int[], $5::text[], $6::text[]', under)}, taken as (
    update dispatches d set state = 'sent', owner = null, lease_until = null, sent_at = now(), state_at = now(),
      reply_code = g.reply_code, diagnostic = g.diagnostic
    from given g where d.id = g.id and d.id = any(array(select id from ours))
    returning d.id, d.sending_domain, coalesce(d.campaign, '') as campaign, g.provider,
      d.id = any(array(select id from ours where first)) as first
  ), counted as (
    insert into sent_counts as s (sending_domain, campaign, provider, hour, count)
    select sending_domain, campaign, coalesce(provider, ''), date_trunc('hour', now(), 'UTC'), count(*)
    from taken where first group by 1, 2, 3 order by 1, 2, 3
    on conflict (sending_domain, hour, campaign, provider) do update set count = s.count + excluded.count
  )
  select id, first from taken`;

/** What a relay said to the final dot. */
export interface Acceptance extends AttemptFence {
  readonly replyCode: number;
  readonly text: string;
  /** As events name it, by the address: rates are of both. */
  readonly provider: string | null;
}

/** Still ours, and recorded. */
export interface Sent {
  readonly id: string;
  /** For the first time, and so counted. */
  readonly first: boolean;
}

/** The relay took them: they are sent, and count as mail of their sending domain. */
export function recordSent(db: Queryable, owner: string, batch: readonly Acceptance[]): Promise<Sent[]> {
  const codes = batch.map(({ replyCode }) => storableReplyCode(replyCode));
  const texts = batch.map(({ text }) => storableText(text));
  const providers = batch.map(({ provider }) => provider);
  const values = [owner, ...fenceOf(batch), codes, texts, providers];
  return db.query<Sent>(record, values, 'dispatches-sent');
}

const giveBack = `${fenced('delay, why', '$4::float8[], $5::text[]', `'claimed', ${under}`)}
  update dispatches d set state = case when d.attempt = 0 then 'queued' else 'waiting' end, owner = null,
    lease_until = null, due_at = now() + g.delay * interval '1 ms', state_at = now(), diagnostic = coalesce(g.why, d.diagnostic)
  from given g where d.id = g.id and d.id = any(array(select id from ours))`;

/** Not sent after all, through no fault of the recipient: due again after the delay. Only where no octet of the mail can have been taken. */
export async function giveBackDispatches(
  db: Queryable,
  owner: string,
  batch: readonly (AttemptFence & { readonly delayMs: number; readonly why: string | null })[],
): Promise<void> {
  const delays = batch.map(({ delayMs }) => delayMs);
  const whys = batch.map(({ why }) => (why === null ? null : storableText(why)));
  await db.query(giveBack, [owner, ...fenceOf(batch), delays, whys], 'dispatches-give-back');
}

const unclear = `${fenced('why', '$4::text[]', under)}
  update dispatches d set state = 'indeterminate', state_at = now(), diagnostic = g.why
  from given g where d.id = g.id and d.id = any(array(select id from ours))`;

/** The connection ended behind the final dot: nobody knows whether the relay has it. When the lease ends, the policy is asked. */
export async function recordIndeterminate(
  db: Queryable,
  owner: string,
  batch: readonly (AttemptFence & { readonly why: string })[],
): Promise<void> {
  const whys = batch.map(({ why }) => storableText(why));
  await db.query(unclear, [owner, ...fenceOf(batch), whys], 'dispatches-indeterminate');
}

function fenceOf(batch: readonly AttemptFence[]): readonly [ids: string[], attempts: number[]] {
  return [batch.map(({ id }) => id), batch.map(({ attempt }) => attempt)];
}
