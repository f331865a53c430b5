/** Rows for the API to show, written as settling writes them. */
import { createHash } from 'node:crypto';
import type { Db } from '../../src/store/db.ts';

/** A UUIDv7 of `at`; `n` tells those of one millisecond apart. */
export function idAt(at: Date, n: number): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

export interface SeededEvent {
  readonly recipient: string;
  readonly at: Date;
  readonly n: number;
  readonly type?: string;
  readonly category?: string;
  readonly provider?: string;
  readonly sendingDomain?: string;
  readonly campaign?: string;
  readonly raw?: Buffer;
}

/** One event with its arrival, raw report, ledger row, recipient and decision. Gives the event's id. */
export async function seedEvent(db: Db, seed: SeededEvent): Promise<string> {
  const id = idAt(seed.at, seed.n);
  const arrivalId = idAt(seed.at, seed.n + 0x100000);
  const provider = seed.provider ?? 'example.org';
  const type = seed.type ?? 'hard_bounce';
  const category = seed.category ?? 'user_not_found';
  const raw = seed.raw ?? Buffer.from('Subject: made for a test\r\n\r\nno such person\r\n');
  await db.query('insert into raws (id, received_at, body) values ($1, $2, $3)', [arrivalId, seed.at, raw]);
  await db.query(
    `insert into arrivals (id, received_at, raw_id, source, reverse_path, forward_path, peer_address, helo, tls, trusted,
       arrival_key, size, truncated)
     values ($1, $2, $1, 'smtp', '', 'b-token@bounce.test', '127.0.0.1', 'mx.test', true, false, $3, $4, false)`,
    [arrivalId, seed.at, createHash('sha256').update(arrivalId).digest(), raw.length],
  );
  await db.query(
    `insert into events (id, received_at, arrival_id, proof, acts, recipient, message_id, campaign, sending_domain, provider,
       source, reverse_path, type, category, permanence, rule, confidence, evidence, report_action, status, reply_code,
       diagnostic_code, report, redirected, flags)
     values ($1, $2, $3, 'verp', true, $4, 'm1@test', $5, $6, $7, 'smtp', '', $8, $9, 'permanent', 'generic/no-such-user', 0.9,
       '{"text":"no such person","start":0,"end":14}', 'failed', '5.1.1', 550, 'no such person',
       '{"kind":"delivery_status","format":"rfc3464","feedbackType":null,"phase":"rcpt","machineReadable":true,"arrivalDate":null,"lastAttemptDate":null,"willRetryUntil":null}',
       false, '{}')`,
    [
      id,
      seed.at,
      arrivalId,
      seed.recipient,
      seed.campaign ?? null,
      seed.sendingDomain ?? 'sender.test',
      provider,
      type,
      category,
    ],
  );
  await db.query(
    `insert into recipients (address, original, provider, first_at, last_at, events) values ($1, $1, $2, $3, $3, 1)
     on conflict (address) do update set last_at = excluded.last_at, events = recipients.events + 1`,
    [seed.recipient, provider, seed.at],
  );
  await db.query(
    `insert into counts (recipient, message_key, type, category, redirected, conclusive, rule, at, last_at, event_id, window_at)
     values ($1, $2, $3, $4, false, true, 'generic/no-such-user', $5, $5, $6, $5)`,
    [seed.recipient, id, type, category, seed.at, id],
  );
  await db.query(
    `insert into decisions (id, received_at, event_id, arrival_id, recipient, action, actor, reason, rule, rules_version, inputs,
       evidence, prior, result)
     values ($1, $2, $3, $4, $5, 'remove_immediately', 'policy', 'a hard bounce', 'generic/no-such-user', 'v1', '{}', null,
       '{"level":"none","expiresAt":null}', '{"level":"hard_suppressed","expiresAt":null,"retry":null}')`,
    [idAt(seed.at, seed.n + 0x200000), seed.at, id, arrivalId, seed.recipient],
  );
  return id;
}

export async function seedSuppression(db: Db, address: string, at: Date, expiresAt: Date | null = null): Promise<void> {
  await db.query(
    `insert into suppressions (address, level, since, expires_at, type, category, rule, event_ids, decision_id)
     values ($1, 'hard_suppressed', $2, $3, 'hard_bounce', 'user_not_found', 'generic/no-such-user', array[$4]::uuid[], $4)`,
    [address, at, expiresAt, idAt(at, 1)],
  );
}

/** One mail to postmaster@ or abuse@. Gives its id. */
export async function seedPostmaster(db: Db, at: Date, reversePath: string, forwardPath: string): Promise<string> {
  const body = Buffer.from('Subject: a question\r\n\r\nhello\r\n');
  const id = idAt(at, 0x300000);
  await db.query(
    `insert into postmaster_mail (id, received_at, reverse_path, forward_path, peer_address, subject, size, key, body)
     values ($1, $2, $3, $4, '192.0.2.1', 'a question', $5, $6, $6)`,
    [id, at, reversePath, forwardPath, body.length, body],
  );
  return id;
}
