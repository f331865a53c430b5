/** The statements of settling. Each takes one JSON array of rows whose fields are the columns. */

const eventColumns = `id uuid, received_at timestamptz, arrival_id uuid, proof text, acts boolean, recipient text, message_id text,
  message_key text, campaign text, sending_domain text, provider text, source text, reverse_path text, type text,
  category text, permanence text, rule text, confidence real, evidence jsonb, report_action text, status text,
  reply_code smallint, diagnostic_code text, final_recipient text, original_recipient text, reporting_mta text,
  remote_mta text, report jsonb, original_headers jsonb, redirected boolean, flags text[], dispatch_id uuid`;
const decisionColumns = `id uuid, received_at timestamptz, event_id uuid, arrival_id uuid, recipient text, action text,
  actor text, reason text, rule text, rules_version text, inputs jsonb, evidence jsonb, prior jsonb, result jsonb`;
const countColumns = `recipient text, message_key text, type text, category text, redirected boolean, conclusive boolean,
  rule text, at timestamptz, last_at timestamptz, sent_at timestamptz, event_id uuid, sending_domain text,
  provider text, reports int, window_at timestamptz`;
const suppressionColumns = `address text, level text, since timestamptz, expires_at timestamptz, type text, category text,
  rule text, event_ids uuid[], decision_id uuid`;
const retryColumns = `recipient text, message_key text, message_id text, sending_domain text, category text, attempt int,
  due_at timestamptz, event_id uuid, created_at timestamptz`;
const reviewColumns = `id uuid, created_at timestamptz, event_id uuid, arrival_id uuid, received_at timestamptz,
  recipient text, priority int, why text, category text`;
const faultColumns = `sending_domain text, day date, category text, recipient text, provider text, severity text,
  points real, event_id uuid`;
const alertColumns = `id uuid, kind text, severity text, sending_domain text, provider text, category text, day date,
  first_at timestamptz, last_at timestamptz, recipients int, event_id uuid, text text`;

/** `insert into <table> (<names>) select <names> from <JSON>`; names and types stand in one list, so that they can't differ. */
function insert(table: string, columns: string, rest = ''): string {
  const names = columns
    .split(',')
    .map((column) => column.trim().split(' ')[0])
    .join(', ');
  return `insert into ${table} (${names}) select ${names} from json_to_recordset($1::json) as t(${columns}) ${rest}`;
}

export const events = insert('events', eventColumns);
export const decisions = insert('decisions', decisionColumns);

export const counts = insert(
  'counts',
  countColumns,
  `on conflict (recipient, message_key) do update set type = excluded.type, category = excluded.category,
     redirected = excluded.redirected, conclusive = excluded.conclusive, rule = excluded.rule, at = excluded.at,
     last_at = excluded.last_at, sent_at = excluded.sent_at, event_id = excluded.event_id,
     reports = excluded.reports, window_at = excluded.window_at`,
);

export const suppressions = insert(
  'suppressions',
  suppressionColumns,
  `on conflict (address) do update set level = excluded.level, since = excluded.since, expires_at = excluded.expires_at,
     type = excluded.type, category = excluded.category, rule = excluded.rule, event_ids = excluded.event_ids,
     decision_id = excluded.decision_id`,
);

/** One for a message and recipient, however many reports speak of it. */
export const retries = insert('retries', retryColumns, 'on conflict (recipient, message_key) do nothing');

export const cancelRetries = `update retries set state = 'cancelled'
  where state = 'waiting' and (recipient = any($1::text[])
    or (recipient, message_key) in (select * from unnest($2::text[], $3::text[])))`;

/** An event asks a person once. */
export const reviews = insert('review_items', reviewColumns, 'on conflict (id) do nothing');

export const faults = insert(
  'sender_faults',
  faultColumns,
  `order by sending_domain collate "C", day, category collate "C", recipient collate "C"
   on conflict (sending_domain, day, category, recipient) do nothing
   returning sending_domain, day::text as day, category, recipient`,
);

export const alerts = `${insert('alerts as a', alertColumns, 'order by sending_domain collate "C", day, category collate "C", provider collate "C"')}
  on conflict (kind, sending_domain, provider, category, day) do update set
    recipients = a.recipients + excluded.recipients, last_at = greatest(a.last_at, excluded.last_at)
  returning kind, severity, sending_domain as "sendingDomain", provider, category, xmax = 0 as fresh`;
