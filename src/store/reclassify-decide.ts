/**
 * What follows where the verdicts of stored events change: rows of the ledger, levels, and a decision for each event. Reads (and
 * locks, where it will be written) what settling reads; the deciding itself is core/policy.
 */
import { foldAgain, levelAgain, type LevelAgain } from '../core/policy/again.ts';
import { planOf } from '../core/policy/decide.ts';
import type { Verdict } from '../core/event.ts';
import type { Counted, History, Suppression } from '../core/policy/history.ts';
import type { PolicyOptions } from '../core/policy/options.ts';
import type { Queryable } from './db.ts';
import { addHidden, readLedger } from './ledger.ts';
import { messagesOf, readMessages, type StoredEvent } from './reclassify-events.ts';

/** One event with the verdict that it gets. */
export interface Change {
  readonly event: StoredEvent;
  readonly to: Verdict;
}

type Planned = ReturnType<typeof planOf>;

export interface DecidedAgain extends Change {
  readonly was: Planned;
  readonly plan: Planned;
  /** Null where the event has no recipient whose level it could change. */
  readonly level: LevelAgain | null;
}

export interface RecipientAgain extends LevelAgain {
  readonly address: string;
  /** Rows of the ledger that differ now. */
  readonly rows: readonly { readonly row: Counted; readonly event: StoredEvent }[];
}

export interface Redecided {
  readonly decided: readonly DecidedAgain[];
  /** In the order of their locks. */
  readonly recipients: readonly RecipientAgain[];
}

/** As in settling: whose ledger the event belongs to. */
function subjectOf({ recipient, messageKey, acts, proof }: StoredEvent): readonly [string, string] | null {
  return recipient !== null && messageKey !== null && (acts || proof === 'verp') ? [recipient, messageKey] : null;
}

const keyOf = (recipient: string, messageKey: string): string => `${recipient} ${messageKey}`;

/** @param lock the recipients stay locked until the end of the transaction. */
export async function decideAgain(
  tx: Queryable,
  changes: readonly Change[],
  policy: PolicyOptions,
  now: Date,
  lock: boolean,
): Promise<Redecided> {
  const next = new Map(changes.map(({ event, to }) => [event.id, to]));
  const subjects = changes.flatMap(({ event }) => {
    const subject = subjectOf(event);
    return subject === null ? [] : [subject];
  });
  const { histories, messages, explained } = await readHistories(tx, subjects, lock);
  const recipients = new Map<string, RecipientAgain & { readonly before: History; readonly after: History }>();
  for (const [address, history] of histories)
    recipients.set(address, recipientAgain(history, messages, next, explained.has(address), policy, now));

  const decided = changes.map(({ event, to }): DecidedAgain => {
    const subject = subjectOf(event);
    const recipient = subject === null ? undefined : recipients.get(subject[0]);
    const plan = (verdict: Verdict, history: History): Planned =>
      planOf({ ...event, verdict }, rowOf(history, event.messageKey), history, policy);
    return {
      event,
      to,
      was: plan(event.verdict, recipient?.before ?? nothing),
      plan: plan(to, recipient?.after ?? nothing),
      level: recipient ?? null,
    };
  });
  return { decided, recipients: [...recipients.values()] };
}

const nothing: History = { recipient: '', counted: [], suppression: null, liftedAt: null };

function rowOf(history: History, messageKey: string | null): Counted | null {
  return history.counted.find((row) => row.messageKey === messageKey) ?? null;
}

interface Histories {
  /** In the order of the locks. */
  readonly histories: ReadonlyMap<string, History>;
  /** Recorded events by recipient and message. */
  readonly messages: ReadonlyMap<string, readonly StoredEvent[]>;
  /** Recipients all of whose suppression's events are known. */
  readonly explained: ReadonlySet<string>;
}

async function readHistories(
  tx: Queryable,
  subjects: readonly (readonly [string, string])[],
  lock: boolean,
): Promise<Histories> {
  const addresses = [...new Set(subjects.map(([recipient]) => recipient))];
  if (addresses.length === 0) return { histories: new Map(), messages: new Map(), explained: new Set() };
  const locked = await tx.query<{ address: string; liftedAt: Date | null }>(
    `select address, lifted_at as "liftedAt" from recipients where address = any($1::text[])
     order by address collate "C"${lock ? ' for update' : ''}`,
    [addresses],
  );
  const standing = new Map<string, Suppression>();
  for (const { address, ...row } of await tx.query<Suppression & { address: string }>(
    `select address, level, since, expires_at as "expiresAt", category, type, rule, event_ids as "eventIds"
     from suppressions where address = any($1::text[])`,
    [addresses],
  ))
    standing.set(address, row);
  const causes = await messagesOf(
    tx,
    [...standing.values()].flatMap(({ eventIds }) => eventIds),
  );
  const known = new Set(causes.map(({ id, recipient }) => keyOf(recipient, id)));
  const wanted = new Map(subjects.map((subject) => [keyOf(...subject), subject]));
  for (const { recipient, messageKey } of causes)
    if (standing.has(recipient)) wanted.set(keyOf(recipient, messageKey), [recipient, messageKey]);
  const ledger = await readLedger(tx, addresses);
  await addHidden(
    tx,
    ledger,
    [...wanted.values()].map(([recipient, messageKey]) => ({ recipient, messageKey })),
  );
  const messages = Map.groupBy(await readMessages(tx, [...wanted.values()]), ({ recipient, messageKey }) =>
    keyOf(recipient ?? '', messageKey ?? ''),
  );
  return {
    histories: new Map(
      locked.map(({ address, liftedAt }) => [
        address,
        {
          recipient: address,
          counted: ledger.get(address) ?? [],
          suppression: standing.get(address) ?? null,
          liftedAt,
        },
      ]),
    ),
    messages,
    explained: new Set(
      [...standing].flatMap(([address, { eventIds }]) =>
        eventIds.length > 0 && eventIds.every((id) => known.has(keyOf(address, id))) ? [address] : [],
      ),
    ),
  };
}

function recipientAgain(
  history: History,
  messages: Histories['messages'],
  next: ReadonlyMap<string, Verdict>,
  explained: boolean,
  policy: PolicyOptions,
  now: Date,
): RecipientAgain & { readonly before: History; readonly after: History } {
  const inLedger = new Map(history.counted.map((row) => [row.messageKey, row]));
  const before = new Map(inLedger);
  const after = new Map(inLedger);
  const rows: { row: Counted; event: StoredEvent }[] = [];
  for (const [first, ...others] of messages.values()) {
    if (first?.recipient !== history.recipient || first.messageKey === null) continue;
    const events = [first, ...others] as const;
    const row = inLedger.get(first.messageKey) ?? null;
    // A message that the ledger has forgotten speaks only where no lift could have silenced it.
    if (row === null && history.liftedAt !== null) continue;
    // The event that decided is gone: what remains tells only half.
    if (row !== null && !events.some(({ id }) => id === row.eventId)) continue;
    if (row === null) before.set(first.messageKey, foldAgain(null, events));
    const [one, ...more] = events.map((event) => ({ ...event, verdict: next.get(event.id) ?? event.verdict }));
    if (one === undefined) continue;
    const folded = foldAgain(row, [one, ...more]);
    const touched = events.some(({ id }) => next.has(id));
    if (row === null || touched) after.set(first.messageKey, folded);
    if (row !== null && touched) rows.push({ row: folded, event: first });
  }
  const beforeHistory = { ...history, counted: [...before.values()] };
  const counted = [...after.values()];
  const level = levelAgain(beforeHistory, counted, explained, policy, now);
  return { ...level, address: history.recipient, rows, before: beforeHistory, after: { ...history, counted } };
}
