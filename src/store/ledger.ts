/** Reading the ledger (table `counts`): the newest 100 messages of each recipient, and those that are asked for by name. */
import type { Counted } from '../core/policy/history.ts';
import type { Queryable } from './db.ts';

interface Row extends Counted {
  readonly recipient: string;
}

const columns = `c.recipient, c.message_key as "messageKey", c.type, c.category, c.redirected, c.conclusive, c.rule, c.at,
  c.last_at as "lastAt", c.sent_at as "sentAt", c.event_id as "eventId", c.reports, c.window_at as "windowAt"`;
const most = 100;
const newest = `select ${columns} from unnest($1::text[]) as wanted(address)
  cross join lateral (select * from counts where recipient = wanted.address order by at desc limit ${most}) c`;
const named = `select ${columns} from unnest($1::text[], $2::text[]) as wanted(address, key)
  cross join lateral (select * from counts where recipient = wanted.address and message_key = wanted.key limit 1) c`;

/** Newest first, at most 100 a recipient; recipients without a row are absent. */
export async function readLedger(db: Queryable, recipients: readonly string[]): Promise<Map<string, Counted[]>> {
  const ledger = new Map<string, Counted[]>();
  if (recipients.length > 0) put(ledger, await db.query<Row>(newest, [recipients], 'ledger-newest'));
  return ledger;
}

/**
 * Adds the rows of messages that a hundred newer ones hide: what is written back must join what is known of the message.
 * Asks nothing where nobody has that many.
 */
export async function addHidden(
  db: Queryable,
  ledger: Map<string, Counted[]>,
  messages: readonly { readonly recipient: string | null; readonly messageKey: string | null }[],
): Promise<void> {
  const hidden = new Map<string, readonly [recipient: string, messageKey: string]>();
  for (const { recipient, messageKey } of messages) {
    const rows = recipient === null ? undefined : ledger.get(recipient);
    if (recipient === null || messageKey === null || rows === undefined || rows.length < most) continue;
    if (!rows.some((row) => row.messageKey === messageKey))
      hidden.set(`${recipient} ${messageKey}`, [recipient, messageKey]);
  }
  if (hidden.size === 0) return;
  const pairs = [...hidden.values()];
  put(ledger, await db.query<Row>(named, [pairs.map(([who]) => who), pairs.map(([, key]) => key)], 'ledger-named'));
}

function put(ledger: Map<string, Counted[]>, found: readonly Row[]): void {
  for (const { recipient, ...row } of found) {
    const rows = ledger.get(recipient);
    if (rows === undefined) ledger.set(recipient, [row]);
    else rows.push(row);
  }
}
