-- Events and decisions are inserted and never changed; partitioned by month of the arrival's receive time.
create table events (
  id uuid not null,
  received_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  arrival_id uuid not null,
  proof text not null,
  acts boolean not null,
  recipient text,
  message_id text,
  message_key text,
  campaign text,
  sending_domain text,
  provider text,
  source text not null,
  reverse_path text not null,
  type text not null,
  category text,
  permanence text not null,
  rule text not null,
  confidence real not null,
  -- core/event.ts Evidence as JSON; the text is at most 4 KiB
  evidence jsonb,
  report_action text,
  status text,
  reply_code smallint,
  diagnostic_code text,
  final_recipient text,
  original_recipient text,
  reporting_mta text,
  remote_mta text,
  -- the rest of the report (kind, format, dates, feedbackType, phase, machineReadable), original headers
  report jsonb not null,
  original_headers jsonb,
  redirected boolean not null,
  flags text[] not null,
  -- Newest first, and by id alone too: an id is a UUIDv7 and tells received_at.
  primary key (received_at, id)
) partition by range (received_at);
create index events_recipient on events (recipient, received_at desc);

create table event_keys (
  key bytea primary key,
  event_id uuid not null,
  received_at timestamptz not null
) with (fillfactor = 90);
create index event_keys_age on event_keys (received_at);

-- The ledger: one row for one message to one recipient, holding the hardest outcome known. History is a fold over it.
create table counts (
  recipient text not null,
  message_key text not null,
  type text not null,
  category text,
  redirected boolean not null,
  conclusive boolean not null,
  rule text not null,
  -- first and newest report that counts: order of history, start of expiry
  at timestamptz not null,
  last_at timestamptz not null,
  sent_at timestamptz,
  event_id uuid not null,
  sending_domain text,
  provider text,
  reports integer not null default 1,
  window_at timestamptz not null,
  primary key (recipient, message_key)
) with (fillfactor = 85);
create index counts_age on counts (at);

-- One row for an address that an acting event was ever about. Locked (in sorted order) while its history changes.
create table recipients (
  address text primary key,
  original text not null,
  provider text,
  first_at timestamptz not null,
  last_at timestamptz not null,
  events bigint not null default 0,
  lifted_at timestamptz
) with (fillfactor = 80);

-- Narrow: what the pre-send check asks. A row exists while the level is not none (or has expired but is not swept yet).
create table suppressions (
  address text primary key,
  level text not null,
  since timestamptz not null,
  expires_at timestamptz,
  type text,
  category text,
  rule text,
  event_ids uuid[] not null,
  decision_id uuid not null
);
create index suppressions_expiry on suppressions (expires_at) where expires_at is not null;

-- Every automatic or human decision: inputs, rule and its version, evidence, prior state, result.
create table decisions (
  id uuid not null,
  received_at timestamptz not null,
  decided_at timestamptz not null default now(),
  event_id uuid,
  arrival_id uuid,
  recipient text,
  action text not null,
  -- `policy`, or `cli:<key name>` / `api:<key name>`
  actor text not null,
  reason text not null,
  rule text,
  rules_version text,
  inputs jsonb not null,
  evidence jsonb,
  prior jsonb,
  result jsonb,
  -- Also finds what was decided on an event: its decisions have its received_at.
  primary key (received_at, id)
) partition by range (received_at);
create index decisions_recipient on decisions (recipient, received_at desc);

-- A retry that is wanted; the sender takes it. Unique per message and recipient, never per report.
create table retries (
  recipient text not null,
  message_key text not null,
  message_id text,
  sending_domain text,
  category text not null,
  attempt integer not null,
  due_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'cancelled', 'taken', 'done')),
  event_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (recipient, message_key)
);
create index retries_due on retries (due_at) where state = 'waiting';

create table review_items (
  id uuid primary key,
  created_at timestamptz not null default now(),
  event_id uuid,
  arrival_id uuid not null,
  received_at timestamptz not null,
  recipient text,
  priority integer not null,
  why text not null,
  category text,
  resolved_at timestamptz,
  resolution text
);
create index review_open on review_items (priority desc, created_at desc) where resolved_at is null;
create index review_time on review_items (created_at desc, id desc);

-- Sender-side faults, one row a recipient, category and day: distinct recipients move a sending domain's score, reports do not.
create table sender_faults (
  sending_domain text not null,
  day date not null,
  category text not null,
  recipient text not null,
  provider text,
  severity text not null,
  points real not null,
  event_id uuid not null,
  primary key (sending_domain, day, category, recipient)
);

create table sent_counts (
  sending_domain text not null,
  campaign text not null default '',
  provider text not null default '',
  hour timestamptz not null,
  count bigint not null,
  primary key (sending_domain, hour, campaign, provider)
);

create table alerts (
  id uuid primary key,
  kind text not null,
  severity text not null,
  sending_domain text,
  provider text,
  category text,
  day date not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  recipients integer not null,
  event_id uuid,
  text text not null,
  unique nulls not distinct (kind, sending_domain, provider, category, day)
);
create index alerts_time on alerts (last_at desc, id desc);
