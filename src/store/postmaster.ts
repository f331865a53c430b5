/**
 * Mail to postmaster@ and abuse@: kept apart from bounces, at most so many a day, so that nobody fills the disk through
 * the one address that must be open (RFC 5321 §4.5.1).
 */
import type { Queryable } from './db.ts';
import { newId } from './ids.ts';
import { pageOf, type Cursor, type Page } from './page.ts';

export interface NewPostmasterMail {
  readonly reversePath: string;
  readonly forwardPath: string;
  readonly peerAddress: string;
  /** Of the mail, for the list; null where there is none. */
  readonly subject: string | null;
  /** Octets as sent. */
  readonly size: number;
  /** Recognises the same mail again, as an arrival key does. */
  readonly key: Buffer;
  readonly body: Buffer;
}

export interface PostmasterMail {
  readonly id: string;
  readonly receivedAt: Date;
  readonly reversePath: string;
  readonly forwardPath: string;
  readonly peerAddress: string;
  readonly subject: string | null;
  readonly size: number;
}

/** Mails within 24 hours, by the database's clock. */
const perDay = 100;
const maxBytes = 10 * 1024 * 1024;

const columns = `id, received_at as "receivedAt", reverse_path as "reversePath", forward_path as "forwardPath",
  peer_address as "peerAddress", subject, size`;

/** `full`: today's number is reached, or the mail is too large; nothing was stored. */
export async function storePostmasterMail(
  db: Queryable,
  mail: NewPostmasterMail,
): Promise<'stored' | 'duplicate' | 'full'> {
  if (mail.body.length > maxBytes) return 'full';
  const [row] = await db.query<{ known: boolean; stored: boolean }>(
    `with known as (select from postmaster_mail where key = $8),
     stored as (
       insert into postmaster_mail (id, received_at, reverse_path, forward_path, peer_address, subject, size, key, body)
       select $1, date_trunc('milliseconds', now()), $2, $3, $4, $5, $6, $8, $9
       where (select count(*) from postmaster_mail where received_at > now() - interval '24 hours') < $7
       on conflict (key) do nothing returning 1
     )
     select exists (select from known) as known, exists (select from stored) as stored`,
    [
      newId(),
      plain(mail.reversePath),
      plain(mail.forwardPath),
      plain(mail.peerAddress),
      mail.subject === null ? null : plain(mail.subject),
      mail.size,
      perDay,
      mail.key,
      mail.body,
    ],
  );
  return row?.stored === true ? 'stored' : row?.known === true ? 'duplicate' : 'full';
}

/** Newest first. */
export async function listPostmasterMail(
  db: Queryable,
  page: { readonly limit: number; readonly cursor: Cursor | null },
): Promise<Page<PostmasterMail>> {
  const rows = await db.query<PostmasterMail>(
    `select ${columns} from postmaster_mail
     where $2::timestamptz is null or (received_at, id) < ($2::timestamptz, $3::uuid)
     order by received_at desc, id desc limit $1`,
    [page.limit + 1, page.cursor?.at ?? null, page.cursor?.id ?? null],
  );
  return pageOf(rows, page.limit, (last) => ({ at: last.receivedAt, id: last.id }));
}

/** One mail with its octets, or null. `id` must be a UUID. */
export async function readPostmasterMail(
  db: Queryable,
  id: string,
): Promise<(PostmasterMail & { readonly body: Buffer }) | null> {
  const [row] = await db.query<PostmasterMail & { body: Buffer }>(
    `select ${columns}, body from postmaster_mail where id = $1`,
    [id],
  );
  return row ?? null;
}

function plain(text: string): string {
  return text.slice(0, 2000).replaceAll('\0', '\ufffd').toWellFormed();
}
