-- Written by test/store/migrate.test.ts from the catalogue.

create table alerts (
  id uuid not null,
  kind text not null,
  severity text not null,
  sending_domain text,
  provider text,
  category text,
  day date not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  recipients integer not null,
  event_id uuid,
  text text not null,
  constraint alerts_kind_sending_domain_provider_category_day_key UNIQUE NULLS NOT DISTINCT (kind, sending_domain, provider, category, day),
  constraint alerts_pkey PRIMARY KEY (id)
);
CREATE INDEX alerts_time ON public.alerts USING btree (last_at DESC, id DESC);

create table arrival_keys (
  key bytea not null,
  arrival_id uuid not null,
  received_at timestamp with time zone not null,
  constraint arrival_keys_pkey PRIMARY KEY (key)
) with (fillfactor=90);
CREATE INDEX arrival_keys_age ON public.arrival_keys USING btree (received_at);

create table arrivals (
  id uuid not null,
  received_at timestamp with time zone not null,
  raw_id uuid not null,
  source text not null,
  reverse_path text not null,
  forward_path text not null,
  bound jsonb,
  peer_address text not null,
  helo text not null,
  tls boolean not null,
  trusted boolean not null,
  arrival_key bytea not null,
  size bigint not null,
  truncated boolean not null,
  constraint arrivals_pkey PRIMARY KEY (id, received_at)
) partition by RANGE (received_at);

create table counts (
  recipient text not null,
  message_key text not null,
  type text not null,
  category text,
  redirected boolean not null,
  conclusive boolean not null,
  rule text not null,
  at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  event_id uuid not null,
  sending_domain text,
  provider text,
  reports integer not null default 1,
  window_at timestamp with time zone not null,
  constraint counts_pkey PRIMARY KEY (recipient, message_key)
) with (fillfactor=85);
CREATE INDEX counts_age ON public.counts USING btree (at);

create table decisions (
  id uuid not null,
  received_at timestamp with time zone not null,
  decided_at timestamp with time zone not null default now(),
  event_id uuid,
  arrival_id uuid,
  recipient text,
  action text not null,
  actor text not null,
  reason text not null,
  rule text,
  rules_version text,
  inputs jsonb not null,
  evidence jsonb,
  prior jsonb,
  result jsonb,
  constraint decisions_pkey PRIMARY KEY (received_at, id)
) partition by RANGE (received_at);
CREATE INDEX decisions_recipient ON ONLY public.decisions USING btree (recipient, received_at DESC);

create table dispatches (
  id uuid not null,
  message uuid not null,
  recipient text not null,
  recipient_original text not null,
  provider text,
  sending_domain text not null,
  campaign text,
  message_id text not null,
  state text not null,
  attempt integer not null default 0,
  owner text,
  lease_until timestamp with time zone,
  due_at timestamp with time zone,
  created_at timestamp with time zone not null default date_trunc('milliseconds'::text, now()),
  state_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  retries integer not null default 0,
  late_retry boolean not null default false,
  event_id uuid,
  category text,
  rule text,
  status text,
  reply_code smallint,
  diagnostic text,
  constraint dispatches_message_fkey FOREIGN KEY (message) REFERENCES messages(id) ON DELETE CASCADE,
  constraint dispatches_message_recipient_key UNIQUE (message, recipient),
  constraint dispatches_pkey PRIMARY KEY (id),
  constraint dispatches_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'claimed'::text, 'sending'::text, 'sent'::text, 'waiting'::text, 'bounced'::text, 'delivered'::text, 'assumed_delivered'::text, 'expired'::text, 'suppressed'::text, 'indeterminate'::text, 'cancelled'::text])))
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02);
CREATE INDEX dispatches_due ON public.dispatches USING btree (due_at) WHERE (state = ANY (ARRAY['queued'::text, 'waiting'::text]));
CREATE INDEX dispatches_due_provider ON public.dispatches USING btree (sending_domain, COALESCE(provider, ''::text), due_at) WHERE (state = ANY (ARRAY['queued'::text, 'waiting'::text]));
CREATE INDEX dispatches_expiry ON public.dispatches USING btree (expires_at) WHERE (state = ANY (ARRAY['queued'::text, 'waiting'::text]));
CREATE INDEX dispatches_indeterminate ON public.dispatches USING btree (state_at) WHERE (state = 'indeterminate'::text);
CREATE INDEX dispatches_leases ON public.dispatches USING btree (lease_until) WHERE (state = ANY (ARRAY['claimed'::text, 'sending'::text, 'indeterminate'::text]));
CREATE INDEX dispatches_open ON public.dispatches USING btree (recipient) WHERE (state = ANY (ARRAY['queued'::text, 'waiting'::text]));
CREATE INDEX dispatches_recipient ON public.dispatches USING btree (recipient, created_at DESC);
CREATE INDEX dispatches_sent ON public.dispatches USING btree (sent_at) WHERE (state = 'sent'::text);
CREATE INDEX dispatches_time ON public.dispatches USING btree (created_at DESC, id DESC);

create table event_keys (
  key bytea not null,
  event_id uuid not null,
  received_at timestamp with time zone not null,
  constraint event_keys_pkey PRIMARY KEY (key)
) with (fillfactor=90);
CREATE INDEX event_keys_age ON public.event_keys USING btree (received_at);

create table events (
  id uuid not null,
  received_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default now(),
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
  evidence jsonb,
  report_action text,
  status text,
  reply_code smallint,
  diagnostic_code text,
  final_recipient text,
  original_recipient text,
  reporting_mta text,
  remote_mta text,
  report jsonb not null,
  original_headers jsonb,
  redirected boolean not null,
  flags text[] not null,
  dispatch_id uuid,
  constraint events_pkey PRIMARY KEY (received_at, id)
) partition by RANGE (received_at);
CREATE INDEX events_dispatch ON ONLY public.events USING btree (dispatch_id) WHERE (dispatch_id IS NOT NULL);
CREATE INDEX events_recipient ON ONLY public.events USING btree (recipient, received_at DESC);

create table jobs (
  name text not null,
  owner text not null,
  lease_until timestamp with time zone not null,
  last_run_at timestamp with time zone,
  last_result jsonb,
  constraint jobs_pkey PRIMARY KEY (name)
);

create table message_raws (
  message uuid not null,
  body bytea not null,
  constraint message_raws_message_fkey FOREIGN KEY (message) REFERENCES messages(id) ON DELETE CASCADE,
  constraint message_raws_pkey PRIMARY KEY (message)
);

create table messages (
  id uuid not null,
  created_at timestamp with time zone not null default date_trunc('milliseconds'::text, now()),
  message_id text not null,
  sending_domain text not null,
  stream text,
  campaign text,
  origin text not null,
  submitter text not null,
  envelope_sender text not null default ''::text,
  size bigint not null,
  smtputf8 boolean not null default false,
  eight_bit boolean not null default false,
  idempotency_key text,
  request_hash bytea,
  constraint messages_origin_check CHECK ((origin = ANY (ARRAY['submission'::text, 'api'::text, 'elsewhere'::text]))),
  constraint messages_pkey PRIMARY KEY (id),
  constraint messages_submitter_idempotency_key_key UNIQUE (submitter, idempotency_key)
);
CREATE INDEX messages_age ON public.messages USING btree (created_at);
CREATE INDEX messages_message_id ON public.messages USING btree (message_id);

create table outbox (
  id uuid not null,
  created_at timestamp with time zone not null default now(),
  kind text not null,
  payload jsonb not null,
  constraint outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX outbox_time ON public.outbox USING btree (created_at, id);

create table postmaster_mail (
  id uuid not null,
  received_at timestamp with time zone not null default now(),
  reverse_path text not null,
  forward_path text not null,
  peer_address text not null,
  subject text,
  size bigint not null,
  key bytea not null,
  body bytea not null,
  constraint postmaster_mail_key_key UNIQUE (key),
  constraint postmaster_mail_pkey PRIMARY KEY (id)
);
CREATE INDEX postmaster_mail_age ON public.postmaster_mail USING btree (received_at);

create table provider_faults (
  provider text not null,
  dispatch_id uuid not null,
  at timestamp with time zone not null,
  category text not null,
  constraint provider_faults_pkey PRIMARY KEY (provider, dispatch_id)
);
CREATE INDEX provider_faults_age ON public.provider_faults USING btree (at);
CREATE INDEX provider_faults_recent ON public.provider_faults USING btree (provider, at);

create table providers (
  provider text not null,
  state text not null,
  since timestamp with time zone not null,
  failures integer not null default 0,
  probe_at timestamp with time zone,
  probe uuid,
  last_category text,
  last_diagnostic text,
  constraint providers_pkey PRIMARY KEY (provider),
  constraint providers_state_check CHECK ((state = ANY (ARRAY['closed'::text, 'open'::text, 'probing'::text])))
);
CREATE INDEX providers_resting ON public.providers USING btree (provider) WHERE (state <> 'closed'::text);

create table queue (
  arrival_id uuid not null,
  received_at timestamp with time zone not null,
  state text not null default 'new'::text,
  attempt integer not null default 0,
  due_at timestamp with time zone not null default now(),
  lease_until timestamp with time zone,
  last_error text,
  bytes integer not null default 0,
  constraint queue_pkey PRIMARY KEY (arrival_id),
  constraint queue_state_check CHECK ((state = ANY (ARRAY['new'::text, 'taken'::text, 'stuck'::text])))
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000);
CREATE INDEX queue_again ON public.queue USING btree (due_at) WHERE ((state = 'new'::text) AND (attempt > 0));
CREATE INDEX queue_due ON public.queue USING btree (due_at) WHERE ((state = 'new'::text) AND (attempt = 0));
CREATE INDEX queue_leases ON public.queue USING btree (lease_until) WHERE (state = 'taken'::text);
CREATE INDEX queue_stuck ON public.queue USING btree (received_at) WHERE (state = 'stuck'::text);

create table raws (
  id uuid not null,
  received_at timestamp with time zone not null,
  body bytea not null,
  constraint raws_pkey PRIMARY KEY (id, received_at)
) partition by RANGE (received_at);

create table recipients (
  address text not null,
  original text not null,
  provider text,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  events bigint not null default 0,
  lifted_at timestamp with time zone,
  constraint recipients_pkey PRIMARY KEY (address)
) with (fillfactor=80);

create table reclassifications (
  id uuid not null,
  created_at timestamp with time zone not null,
  actor text not null,
  reason text not null,
  undoes uuid,
  filter jsonb not null,
  state text not null default 'running'::text,
  cursor_at timestamp with time zone,
  cursor_id uuid,
  looked bigint not null default 0,
  changed bigint not null default 0,
  released bigint not null default 0,
  suppressed bigint not null default 0,
  finished_at timestamp with time zone,
  constraint reclassifications_pkey PRIMARY KEY (id),
  constraint reclassifications_state_check CHECK ((state = ANY (ARRAY['running'::text, 'stopped'::text, 'done'::text])))
);
CREATE INDEX reclassifications_time ON public.reclassifications USING btree (created_at DESC, id DESC);

create table retries (
  recipient text not null,
  message_key text not null,
  message_id text,
  sending_domain text,
  category text not null,
  attempt integer not null,
  due_at timestamp with time zone not null,
  state text not null default 'waiting'::text,
  event_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint retries_pkey PRIMARY KEY (recipient, message_key),
  constraint retries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'cancelled'::text, 'taken'::text, 'done'::text])))
);
CREATE INDEX retries_due ON public.retries USING btree (due_at) WHERE (state = 'waiting'::text);

create table return_paths (
  row_id bytea not null,
  recipient text not null,
  recipient_original text not null,
  message_id text,
  campaign text,
  sending_domain text not null,
  minted_at timestamp with time zone not null default now(),
  dispatch_id uuid,
  attempt integer,
  constraint return_paths_pkey PRIMARY KEY (row_id)
);
CREATE INDEX return_paths_age ON public.return_paths USING btree (minted_at);
CREATE INDEX return_paths_dispatch ON public.return_paths USING btree (dispatch_id) WHERE (dispatch_id IS NOT NULL);

create table review_items (
  id uuid not null,
  created_at timestamp with time zone not null default now(),
  event_id uuid,
  arrival_id uuid not null,
  received_at timestamp with time zone not null,
  recipient text,
  priority integer not null,
  why text not null,
  category text,
  resolved_at timestamp with time zone,
  resolution text,
  constraint review_items_pkey PRIMARY KEY (id)
);
CREATE INDEX review_open ON public.review_items USING btree (priority DESC, created_at DESC) WHERE (resolved_at IS NULL);
CREATE INDEX review_time ON public.review_items USING btree (created_at DESC, id DESC);

create table schema_migrations (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table sender_faults (
  sending_domain text not null,
  day date not null,
  category text not null,
  recipient text not null,
  provider text,
  severity text not null,
  points real not null,
  event_id uuid not null,
  constraint sender_faults_pkey PRIMARY KEY (sending_domain, day, category, recipient)
);

create table sent_counts (
  sending_domain text not null,
  campaign text not null default ''::text,
  provider text not null default ''::text,
  hour timestamp with time zone not null,
  count bigint not null,
  constraint sent_counts_pkey PRIMARY KEY (sending_domain, hour, campaign, provider)
);

create table suppressions (
  address text not null,
  level text not null,
  since timestamp with time zone not null,
  expires_at timestamp with time zone,
  type text,
  category text,
  rule text,
  event_ids uuid[] not null,
  decision_id uuid not null,
  constraint suppressions_pkey PRIMARY KEY (address)
);
CREATE INDEX suppressions_expiry ON public.suppressions USING btree (expires_at) WHERE (expires_at IS NOT NULL);

create table verdicts (
  run_id uuid not null,
  received_at timestamp with time zone not null,
  event_id uuid not null,
  number bigint not null,
  decision_id uuid not null,
  verdict jsonb not null,
  prior jsonb not null,
  constraint verdicts_pkey PRIMARY KEY (run_id, received_at, event_id)
);
CREATE INDEX verdicts_age ON public.verdicts USING btree (received_at);
CREATE INDEX verdicts_event ON public.verdicts USING btree (event_id, number DESC);
