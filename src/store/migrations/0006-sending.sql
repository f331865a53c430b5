-- Mail handed over for sending, or told of: the message once, a dispatch for each recipient.

create table messages (
  id uuid primary key,
  -- Milliseconds: what a page's cursor can tell apart.
  created_at timestamptz not null default date_trunc('milliseconds', now()),
  -- RFC 5322 Message-ID without brackets: with the recipient the count key of everything that is heard of it.
  message_id text not null,
  sending_domain text not null,
  stream text,
  campaign text,
  origin text not null check (origin in ('submission', 'api', 'elsewhere')),
  -- `api:<key>`, `user:<name>`, `network:<address>`
  submitter text not null,
  -- The submitter's own envelope sender: data, nothing is ever sent to it.
  envelope_sender text not null default '',
  size bigint not null,
  smtputf8 boolean not null default false,
  eight_bit boolean not null default false,
  idempotency_key text,
  -- SHA-256 of the request: the same key with another content is refused.
  request_hash bytea,
  unique nulls distinct (submitter, idempotency_key)
);
create index messages_age on messages (created_at);
create index messages_message_id on messages (message_id);

-- Octets as handed over (Bcc removed); the row goes when all dispatches of the message are final.
create table message_raws (
  message uuid primary key references messages (id) on delete cascade,
  body bytea not null
);
alter table message_raws alter column body set storage external;

create table dispatches (
  id uuid primary key,
  message uuid not null references messages (id) on delete cascade,
  -- Identity form, and what RCPT is given.
  recipient text not null,
  recipient_original text not null,
  provider text,
  sending_domain text not null,
  campaign text,
  message_id text not null,
  state text not null check (state in ('queued', 'claimed', 'sending', 'sent', 'waiting', 'bounced', 'delivered',
    'assumed_delivered', 'expired', 'suppressed', 'indeterminate', 'cancelled')),
  -- Attempts begun. It fences: who records an attempt that is not the newest finds nothing to write.
  attempt integer not null default 0,
  -- Kept while indeterminate: a process that was frozen may still tell what it saw of its attempt.
  owner text,
  lease_until timestamptz,
  -- queued, waiting: when it may go; a dispatch held back by its provider's breaker is moved on.
  due_at timestamptz,
  created_at timestamptz not null default date_trunc('milliseconds', now()),
  state_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- When the relay took the newest attempt.
  sent_at timestamptz,
  -- Retries granted for what receivers said: the place in the schedule. What a relay spoilt costs none.
  retries integer not null default 0,
  late_retry boolean not null default false,
  -- The last word about it.
  event_id uuid,
  category text,
  rule text,
  status text,
  reply_code smallint,
  diagnostic text,
  unique (message, recipient)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index dispatches_due on dispatches (due_at) where state in ('queued', 'waiting');
-- From provider to provider of a sending domain, where others have filled the front of the queue.
create index dispatches_due_provider on dispatches (sending_domain, coalesce(provider, ''), due_at) where state in ('queued', 'waiting');
create index dispatches_expiry on dispatches (expires_at) where state in ('queued', 'waiting');
create index dispatches_open on dispatches (recipient) where state in ('queued', 'waiting');
create index dispatches_leases on dispatches (lease_until) where state in ('claimed', 'sending', 'indeterminate');
create index dispatches_sent on dispatches (sent_at) where state = 'sent';
create index dispatches_time on dispatches (created_at desc, id desc);
create index dispatches_recipient on dispatches (recipient, created_at desc);
create index dispatches_indeterminate on dispatches (state_at) where state = 'indeterminate';

-- Each attempt has a return-path of its own, which leads back to its dispatch.
alter table return_paths add column dispatch_id uuid, add column attempt integer;
create index return_paths_dispatch on return_paths (dispatch_id) where dispatch_id is not null;
alter table events add column dispatch_id uuid;
create index events_dispatch on events (dispatch_id) where dispatch_id is not null;

-- What a provider's receivers think of us: the breaker, one row a provider that ever turned mail away.
create table providers (
  provider text primary key,
  state text not null check (state in ('closed', 'open', 'probing')),
  since timestamptz not null,
  failures integer not null default 0,
  probe_at timestamptz,
  probe uuid,
  last_category text,
  last_diagnostic text
);
create index providers_resting on providers (provider) where state <> 'closed';
-- Distinct dispatches turned away; older than any window they go.
create table provider_faults (
  provider text not null,
  dispatch_id uuid not null,
  at timestamptz not null,
  category text not null,
  primary key (provider, dispatch_id)
);
create index provider_faults_age on provider_faults (at);
create index provider_faults_recent on provider_faults (provider, at);

-- What applications must be told; written in the transaction of its cause.
create table outbox (
  id uuid primary key,
  created_at timestamptz not null default now(),
  kind text not null,
  payload jsonb not null
);
create index outbox_time on outbox (created_at, id);
