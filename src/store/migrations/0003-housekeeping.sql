-- Work that one process at a time does, by name: a lease on the database's clock.
create table jobs (
  name text primary key,
  owner text not null,
  lease_until timestamptz not null,
  last_run_at timestamptz,
  last_result jsonb
);
