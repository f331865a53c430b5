-- Arrivals: append-only, partitioned by the day of the database's clock; the queue is narrow and its rows go when done.
-- Partitions are made by partitions.ts (7 days ahead, no default partition).

-- Raw messages, once for all RCPTs of a transaction. Small enough rows stay inline: no TOAST row, no compression on the hot path.
create table raws (
  id uuid not null,
  received_at timestamptz not null,
  body bytea not null,
  primary key (id, received_at)
) partition by range (received_at);

create table arrivals (
  id uuid not null,
  received_at timestamptz not null,
  raw_id uuid not null,
  source text not null,
  reverse_path text not null,
  forward_path text not null,
  -- core/event.ts Bound as JSON
  bound jsonb,
  peer_address text not null,
  helo text not null,
  tls boolean not null,
  trusted boolean not null,
  arrival_key bytea not null,
  size bigint not null,
  truncated boolean not null,
  primary key (id, received_at)
) partition by range (received_at);

-- The same report again is 250 and nothing else. Not partitioned by time: a unique index can't span partitions without their key.
create table arrival_keys (
  key bytea primary key,
  arrival_id uuid not null,
  received_at timestamptz not null
) with (fillfactor = 90);
create index arrival_keys_age on arrival_keys (received_at);

-- new → taken (lease) → done (row deleted), or stuck after 5 attempts. `attempt` fences: a worker settles only the attempt that it took.
create table queue (
  arrival_id uuid primary key,
  received_at timestamptz not null,
  state text not null default 'new' check (state in ('new', 'taken', 'stuck')),
  attempt integer not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  last_error text,
  bytes integer not null default 0
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
create index queue_due on queue (due_at) where state = 'new' and attempt = 0;
create index queue_again on queue (due_at) where state = 'new' and attempt > 0;
create index queue_leases on queue (lease_until) where state = 'taken';
create index queue_stuck on queue (received_at) where state = 'stuck';

-- postmaster@ and abuse@: kept apart from bounces, never counted.
create table postmaster_mail (
  id uuid primary key,
  received_at timestamptz not null default now(),
  reverse_path text not null,
  forward_path text not null,
  peer_address text not null,
  subject text,
  size bigint not null,
  key bytea not null unique,
  body bytea not null
);
create index postmaster_mail_age on postmaster_mail (received_at);

-- Rows named by opaque tokens.
create table return_paths (
  row_id bytea primary key,
  recipient text not null,
  recipient_original text not null,
  message_id text,
  campaign text,
  sending_domain text not null,
  minted_at timestamptz not null default now()
);
create index return_paths_age on return_paths (minted_at);
