/**
 * Mail comes in for sending: one road for SMTP and API. Everything that can be said against a message is said before the
 * store is asked; then message and dispatches are one transaction, and the sender is woken.
 */
import { randomUUID } from 'node:crypto';
import type { Options } from '../config/options.ts';
import { findRelay, findSending } from '../config/sending-domains.ts';
import { checkRecipient, type CheckedRecipient } from '../core/sending/envelope.ts';
import type { HandedRecipient, HandOver, HandOverRefusal, HandOverRequest } from '../core/sending/hand-over.ts';
import { prepareMessage, type Prepared } from '../core/sending/preparation.ts';
import { signingKey, type KeyRing } from '../core/verp/index.ts';
import type { Db } from '../store/db.ts';
import { handOver, type HandedOver, type NewDispatch } from '../store/messages.ts';
import type { FindProviders } from './providers.ts';

export interface HandOverParts {
  readonly db: Db;
  readonly options: Pick<Options, 'domain' | 'relay' | 'submission' | 'sender'>;
  readonly ring: () => KeyRing;
  readonly providers: FindProviders;
  readonly now: () => Date;
  /** Something is due. */
  readonly wake: () => void;
}

interface Fit {
  readonly prepared: Prepared;
  readonly sendingDomain: string;
  /** The message came with it. */
  readonly ownMessageId: boolean;
}

/** Octets of the fields that are added, at most. */
const ownFields = 4096;

/** What the SMTP side and POST /v1/messages call. */
export function createHandOver(parts: HandOverParts): HandOver {
  const { db, options, providers, now, wake } = parts;
  return async (request) => {
    const fit = judge(parts, request);
    if (typeof fit === 'string') return { ok: false, why: fit };
    const { prepared, sendingDomain } = fit;
    const without = request.idempotency?.needsMessageId === true && !fit.ownMessageId;
    const idempotency = without ? null : request.idempotency;
    const checked = request.recipients.map((recipient) => checkRecipient(recipient));
    const mailboxes = distinct(checked);
    if (mailboxes.length === 0) return { ok: false, why: 'noRecipient' };
    const provider = await providers(mailboxes.map(({ recipient }) => recipient));
    const dispatches = mailboxes.map((each) => ({ ...each, provider: provider.get(each.recipient) ?? null }));
    const handed = await handOver(
      db,
      {
        messageId: prepared.messageId,
        sendingDomain,
        stream: request.stream,
        campaign: request.campaign,
        origin: request.origin,
        submitter: request.submitter,
        envelopeSender: request.envelopeSender,
        raw: prepared.raw,
        size: prepared.raw.length,
        smtputf8: prepared.smtputf8,
        eightBit: prepared.eightBit,
        idempotencyKey: idempotency?.key ?? null,
        requestHash: idempotency?.hash ?? null,
      },
      dispatches,
      { expiry: options.sender.expiry, first: 'queued' },
    );
    if (handed.outcome === 'keyReused') return { ok: false, why: 'keyReused' };
    if (handed.outcome === 'stored') wake();
    return {
      ok: true,
      outcome: handed.outcome,
      id: handed.id,
      messageId: handed.messageId,
      recipients: answers(request.recipients, checked, handed.dispatches),
    };
  };

  function judge(
    { ring }: HandOverParts,
    { raw, sendingDomain: wanted, recipients }: HandOverRequest,
  ): HandOverRefusal | Fit {
    if (raw.length > options.submission.maxSize) return 'tooLarge';
    if (recipients.length > options.submission.maxRecipients) return 'tooManyRecipients';
    // The first thing that a person who only just installed this must hear.
    if (options.relay.length === 0) return 'noRelay';
    const sendingOf = (name: string | null) => (name === null ? null : findSending(options.domain, name));
    const named = sendingOf(wanted);
    const messageId = `${randomUUID()}@${named?.sendingDomain ?? options.domain[0]?.name ?? 'localhost'}`;
    const prepared = prepareMessage(raw, { messageId, now: now() });
    if (!prepared.ok) return prepared.why;
    // Bare line feeds became line ends: what was little else has twice its octets now.
    if (prepared.raw.length > options.submission.maxSize + ownFields) return 'tooLarge';
    const sending = wanted === null ? sendingOf(prepared.fromDomain) : named;
    if (sending === null) return 'notOurDomain';
    const { sendingDomain } = sending;
    if (signingKey(ring(), sendingDomain) === null) return 'noKey';
    if (findRelay(options.relay, sendingDomain) === null) return 'noRelay';
    return { prepared, sendingDomain, ownMessageId: prepared.messageId !== messageId };
  }
}

/** One for each mailbox, however often and in whatever spelling it is named: the first spelling is used. */
function distinct(checked: readonly CheckedRecipient[]): Omit<NewDispatch, 'provider'>[] {
  const byIdentity = new Map<string, Omit<NewDispatch, 'provider'>>();
  for (const one of checked) {
    if (!one.ok || byIdentity.has(one.mailbox.identity)) continue;
    const { identity } = one.mailbox;
    byIdentity.set(identity, { recipient: identity, address: one.address });
  }
  return [...byIdentity.values()];
}

function answers(
  given: readonly string[],
  checked: readonly CheckedRecipient[],
  dispatches: HandedOver['dispatches'],
): HandedRecipient[] {
  const byIdentity = new Map(dispatches.map((dispatch) => [dispatch.recipient, dispatch]));
  return given.map((recipient, index) => {
    const one = checked[index];
    const dispatch = one?.ok === true ? byIdentity.get(one.mailbox.identity) : undefined;
    if (dispatch === undefined) return { recipient, dispatchId: null, state: null, problem: 'invalidAddress' };
    const { id, state } = dispatch;
    return { recipient, dispatchId: id, state, problem: state === 'suppressed' ? 'suppressed' : null };
  });
}
