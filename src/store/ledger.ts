/** Reading the ledger (table `counts`): the newest 100 messages of each recipient. */
import type { Counted } from '../core/policy/history.ts';
import type { Queryable } from './db.ts';

interface Row extends Counted {
  readonly recipient: string;
}

const newest = `select c.recipient, c.message_key as "messageKey", c.type, c.category, c.redirected, c.conclusive, c.rule, c.at,
    c.last_at as "lastAt", c.sent_at as "sentAt", c.event_id as "eventId", c.reports, c.window_at as "windowAt"
  from unnest($1::text[]) as wanted(address)
  cross join lateral (select * from counts where recipient = wanted.address order by at desc limit 100) c`;

/** Newest first, at most 100 a recipient; recipients without a row are absent. */
export async function readLedger(db: Queryable, recipients: readonly string[]): Promise<Map<string, Counted[]>> {
  const ledger = new Map<string, Counted[]>();
  if (recipients.length === 0) return ledger;
  for (const { recipient, ...row } of await db.query<Row>(newest, [recipients], 'ledger-newest')) {
    const rows = ledger.get(recipient);
    if (rows === undefined) ledger.set(recipient, [row]);
    else rows.push(row);
  }
  return ledger;
}
