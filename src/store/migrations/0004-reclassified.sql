-- Stored events decided again with today's rules. Events stay as they were recorded: what stands for one is its newest verdict here.
create table reclassifications (
  id uuid primary key,
  created_at timestamptz not null,
  actor text not null,
  reason text not null,
  -- The run that this one takes back.
  undoes uuid,
  filter jsonb not null,
  state text not null default 'running' check (state in ('running', 'done')),
  -- The last event that was looked at.
  cursor_at timestamptz,
  cursor_id uuid,
  looked bigint not null default 0,
  changed bigint not null default 0,
  released bigint not null default 0,
  suppressed bigint not null default 0,
  finished_at timestamptz
);
create index reclassifications_time on reclassifications (created_at desc, id desc);

-- What a run changed, event by event; never changed itself. received_at is the event's.
create table verdicts (
  run_id uuid not null,
  received_at timestamptz not null,
  event_id uuid not null,
  number bigint generated always as identity,
  decision_id uuid not null,
  -- core/event.ts Verdict: the new one, and the one that stood before
  verdict jsonb not null,
  prior jsonb not null,
  primary key (run_id, received_at, event_id)
);
create index verdicts_event on verdicts (event_id, number desc);
create index verdicts_age on verdicts (received_at);
