/** Messages handed over as src/app does it, and moved on as sender and reports do: for tests of what is shown. */
import type { DispatchState } from '../../src/core/sending/dispatch.ts';
import type { Db } from '../../src/store/db.ts';
import { handOver, type NewMessage } from '../../src/store/messages.ts';

let serial = 0;

/** One message to `recipients`; gives its id and those of the dispatches, in the order of the recipients. */
export async function seedMessage(
  db: Db,
  recipients: readonly string[],
  fields: Partial<NewMessage> = {},
  first: 'queued' | 'sent' = 'queued',
): Promise<{ id: string; dispatches: string[] }> {
  const raw = Buffer.from('From: shop@shop.test\r\nSubject: made for a test\r\n\r\nhello\r\n');
  const message: NewMessage = {
    messageId: `m${++serial}@shop.test`,
    sendingDomain: 'shop.test',
    stream: null,
    campaign: null,
    origin: 'api',
    submitter: 'api:admin',
    envelopeSender: '',
    raw,
    size: raw.length,
    smtputf8: false,
    eightBit: false,
    idempotencyKey: null,
    requestHash: null,
    ...fields,
  };
  const rows = recipients.map((recipient) => ({
    recipient,
    address: recipient,
    provider: recipient.slice(recipient.indexOf('@') + 1),
  }));
  const { id, dispatches } = await handOver(db, message, rows, { expiry: 7 * 86_400_000, first });
  const ids = new Map(dispatches.map((dispatch) => [dispatch.recipient, dispatch.id]));
  return { id, dispatches: recipients.map((recipient) => ids.get(recipient) ?? '') };
}

/** As if it had come that far. */
export async function setState(db: Db, id: string, state: DispatchState, attempt = 1): Promise<void> {
  await db.query(
    `update dispatches set state = $2, attempt = $3, due_at = case when $2 in ('queued', 'waiting') then due_at end,
       owner = case when $2 in ('claimed', 'sending') then 'somebody' end,
       lease_until = case when $2 in ('claimed', 'sending') then now() + interval '5 min' end where id = $1`,
    [id, state, attempt],
  );
}
