/** Mail that somebody else sends: each recipient gets a return-path whose row is committed before anybody sees the address. */
import { randomBytes } from 'node:crypto';
import type { Options } from '../config/options.ts';
import { findRelay, findSending } from '../config/sending-domains.ts';
import { checkRecipient } from '../core/sending/envelope.ts';
import { prepareMessage } from '../core/sending/preparation.ts';
import { dayOf, encodeOpaqueReturnPath, messageTagOf, signingKey, type KeyRing } from '../core/verp/index.ts';
import type { HttpParts, RegisterRequest, RegisterResult } from '../http/parts.ts';
import type { Db } from '../store/db.ts';
import { registerElsewhere, type SentElsewhere } from '../store/elsewhere.ts';
import type { FindProviders } from './providers.ts';

export interface RegisterParts {
  readonly db: Db;
  readonly options: Pick<Options, 'domain' | 'relay' | 'sender'>;
  readonly ring: () => KeyRing;
  readonly providers: FindProviders;
  readonly now: () => Date;
}

interface Fit {
  readonly ok: true;
  readonly row: Omit<SentElsewhere, 'provider'>;
  readonly returnPath: string;
}
type Unfit = Extract<RegisterResult, { ok: false }>;

/** What POST /v1/dispatches calls. Rejects with StoreError: then nothing was stored. */
export function createRegister(parts: RegisterParts): HttpParts['register'] {
  return async (requests, submitter) => {
    const judged = requests.map((request) => judge(parts, request));
    const fits = judged.filter((one) => one.ok);
    const { expiry } = parts.options.sender;
    const provider = await parts.providers(fits.map(({ row }) => row.recipient));
    const stored = await registerElsewhere(
      parts.db,
      fits.map(({ row }) => ({ ...row, provider: provider.get(row.recipient) ?? null })),
      { submitter, expiry },
    );
    const byRow = new Map(fits.map(({ row }, index) => [row.rowId, stored[index]]));
    return judged.map((one): RegisterResult => {
      if (!one.ok) return one;
      const dispatch = byRow.get(one.row.rowId);
      if (dispatch === undefined) throw new Error('the store gave fewer dispatches than were registered');
      if (dispatch === null) return { ok: false, problem: 'suppressed' };
      return { ok: true, dispatchId: dispatch.id, state: dispatch.state, returnPath: one.returnPath };
    });
  };
}

function judge({ options, ring, now }: RegisterParts, request: RegisterRequest): Fit | Unfit {
  const { messageId, campaign } = request;
  const checked = checkRecipient(request.recipient);
  if (!checked.ok) return { ok: false, problem: 'invalidAddress' };
  const sending = findSending(options.domain, request.sendingDomain);
  if (sending === null) return { ok: false, problem: 'unknownSendingDomain' };
  const key = signingKey(ring(), sending.sendingDomain);
  if (key === null) return { ok: false, problem: 'noKey' };
  const prepared = request.raw === null ? null : prepareMessage(request.raw, { messageId, now: now() });
  // A retry must be the same message to whoever counts by Message-ID.
  if (prepared !== null && (!prepared.ok || prepared.messageId !== messageId))
    return { ok: false, problem: 'unsendable' };
  const rowId = randomBytes(8).toString('hex');
  const { identity } = checked.mailbox;
  return {
    ok: true,
    returnPath: encodeOpaqueReturnPath({
      domain: sending.domain,
      key,
      day: dayOf(now()),
      messageTag: messageTagOf(messageId),
      rowId,
    }),
    row: {
      messageId,
      sendingDomain: sending.sendingDomain,
      campaign,
      recipient: identity,
      address: checked.address,
      rowId,
      // Without a way out a retry is somebody else's, who is told of it.
      raw:
        prepared?.ok === true && findRelay(options.relay, sending.sendingDomain) !== null
          ? { body: prepared.raw, smtputf8: prepared.smtputf8, eightBit: prepared.eightBit }
          : null,
    },
  };
}
