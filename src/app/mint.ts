/**
 * Minting for the API: self-contained where the recipient fits and no campaign must be kept, else opaque, whose rows are
 * committed before anybody gets an address that names one.
 */
import { randomBytes } from 'node:crypto';
import { findSending } from '../config/sending-domains.ts';
import type { DomainOptions } from '../config/options.ts';
import { parseMailbox, type Mailbox } from '../core/address.ts';
import {
  dayOf,
  encodeOpaqueReturnPath,
  encodeReturnPath,
  messageTagOf,
  signingKey,
  type KeyRing,
} from '../core/verp/index.ts';
import type { HttpParts, MintRequest, MintResult } from '../http/parts.ts';
import type { Db } from '../store/db.ts';
import { storeReturnPaths, type ReturnPathRow } from '../store/return-paths.ts';

export interface MintParts {
  readonly db: Db;
  readonly domains: readonly DomainOptions[];
  readonly ring: () => KeyRing;
  readonly now: () => Date;
}

/** What POST /v1/verp calls. Rejects with StoreError where rows can't be stored: then no address was given. */
export function createMint(parts: MintParts): HttpParts['mint'] {
  return async (requests) => {
    const rows: ReturnPathRow[] = [];
    const results = requests.map((request) => mintOne(parts, request, rows));
    if (rows.length > 0) await storeReturnPaths(parts.db, rows);
    return results;
  };
}

function mintOne({ domains, ring, now }: MintParts, request: MintRequest, rows: ReturnPathRow[]): MintResult {
  const parsed = parseMailbox(request.recipient);
  if (!parsed.ok) return { ok: false, problem: 'invalidAddress' };
  const sending = findSending(domains, request.sendingDomain);
  if (sending === null) return { ok: false, problem: 'unknownSendingDomain' };
  const key = signingKey(ring(), sending.sendingDomain);
  if (key === null) return { ok: false, problem: 'noKey' };
  const messageTag = request.messageId === null ? randomBytes(5).toString('hex') : messageTagOf(request.messageId);
  const minting = { domain: sending.domain, key, day: dayOf(now()), messageTag };

  // A token has room for a recipient and a tag, not for a campaign.
  if (request.form === 'selfContained' || (request.form === null && request.campaign === null)) {
    const encoded = encodeReturnPath({ ...minting, recipient: parsed.mailbox.identity });
    if (encoded.ok) return { ok: true, address: encoded.address, form: 'selfContained' };
    if (request.form === 'selfContained') return { ok: false, problem: 'tooLong' };
  }
  const rowId = randomBytes(8).toString('hex');
  rows.push(rowOf(rowId, parsed.mailbox, request, sending.sendingDomain));
  return { ok: true, address: encodeOpaqueReturnPath({ ...minting, rowId }), form: 'opaque' };
}

function rowOf(
  rowId: string,
  { identity, original }: Mailbox,
  request: MintRequest,
  sendingDomain: string,
): ReturnPathRow {
  const { messageId, campaign } = request;
  return {
    rowId,
    recipient: identity,
    recipientOriginal: original,
    messageId,
    campaign,
    sendingDomain,
    dispatch: null,
  };
}
