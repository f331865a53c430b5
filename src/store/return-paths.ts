/** Rows named by opaque tokens: what did not fit into the address itself. Written when a return-path is minted. */
import type { Queryable } from './db.ts';

export interface ReturnPathRow {
  /** Sixteen lower-case hexadecimal digits, as in the token. */
  readonly rowId: string;
  /** Identity form. */
  readonly recipient: string;
  readonly recipientOriginal: string;
  readonly messageId: string | null;
  readonly campaign: string | null;
  readonly sendingDomain: string;
  readonly dispatch: { readonly id: string; readonly attempt: number } | null;
}

/** Stores rows with ids chosen at random by the caller; an id that is taken already keeps its first row. */
export async function storeReturnPaths(db: Queryable, rows: readonly ReturnPathRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `insert into return_paths (row_id, recipient, recipient_original, message_id, campaign, sending_domain, dispatch_id, attempt)
     select decode(id, 'hex'), recipient, original, message_id, campaign, sending_domain, dispatch, attempt
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::int[])
       as r(id, recipient, original, message_id, campaign, sending_domain, dispatch, attempt)
     order by id on conflict (row_id) do nothing`,
    [
      rows.map(({ rowId }) => rowId),
      rows.map(({ recipient }) => recipient),
      rows.map(({ recipientOriginal }) => recipientOriginal),
      rows.map(({ messageId }) => messageId),
      rows.map(({ campaign }) => campaign),
      rows.map(({ sendingDomain }) => sendingDomain),
      rows.map(({ dispatch }) => dispatch?.id ?? null),
      rows.map(({ dispatch }) => dispatch?.attempt ?? null),
    ],
  );
}

/** By row id; what is not there is not in the map. */
export async function findReturnPaths(
  db: Queryable,
  rowIds: readonly string[],
): Promise<ReadonlyMap<string, ReturnPathRow>> {
  if (rowIds.length === 0) return new Map();
  const rows = await db.query<ReturnPathRow>(
    `select encode(row_id, 'hex') as "rowId", recipient, recipient_original as "recipientOriginal",
       message_id as "messageId", campaign, sending_domain as "sendingDomain",
       case when dispatch_id is not null then jsonb_build_object('id', dispatch_id, 'attempt', attempt) end as dispatch
     from return_paths where row_id = any($1::bytea[])`,
    [[...new Set(rowIds)].map((id) => Buffer.from(id, 'hex'))],
  );
  return new Map(rows.map((row) => [row.rowId, row]));
}
