/** Dispatches as `bouncemx queue` shows them to people. */
import { facts, moment, table } from './table.ts';

export interface Queue {
  readonly states: Readonly<Record<string, number>>;
  readonly oldestDueAt: string | null;
  readonly resting: readonly {
    readonly provider: string;
    readonly state: string;
    readonly since: string;
    readonly probeAt: string | null;
    readonly lastCategory: string | null;
  }[];
}

export interface Dispatch {
  readonly id: string;
  readonly message: string;
  readonly recipient: string;
  readonly provider: string | null;
  readonly sendingDomain: string;
  readonly campaign: string | null;
  readonly messageId: string;
  readonly state: string;
  readonly attempt: number;
  readonly dueAt: string | null;
  readonly createdAt: string;
  readonly stateAt: string;
  readonly sentAt: string | null;
  readonly expiresAt: string;
  readonly category: string | null;
  readonly rule: string | null;
  readonly status: string | null;
  readonly replyCode: number | null;
  readonly diagnostic: string | null;
}

export interface WholeDispatch extends Dispatch {
  readonly attempts: readonly { readonly attempt: number; readonly startedAt: string }[];
  readonly events: readonly {
    readonly id: string;
    readonly receivedAt: string;
    readonly source: string;
    readonly type: string;
    readonly category: string | null;
    readonly rule: string;
    readonly diagnosticCode: string | null;
  }[];
  readonly decisions: readonly {
    readonly decidedAt: string;
    readonly actor: string;
    readonly reason: string;
    readonly prior: { readonly state?: string } | null;
    readonly result: { readonly state?: string } | null;
  }[];
}

export function describeQueue({ states, oldestDueAt, resting }: Queue): string {
  const parts = [
    facts([...Object.entries(states), ['oldest due (UTC)', moment(oldestDueAt) ?? 'none']]),
    table(
      ['resting provider', 'breaker', 'since (UTC)', 'probe (UTC)', 'because'],
      resting.map((one) => [one.provider, one.state, moment(one.since), moment(one.probeAt), one.lastCategory]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

export function dispatchTable(items: readonly Dispatch[]): string {
  return table(
    ['handed over (UTC)', 'recipient', 'state', 'due (UTC)', 'attempt', 'category', 'id'],
    items.map((one) => [
      moment(one.createdAt),
      one.recipient,
      one.state,
      moment(one.dueAt),
      one.attempt,
      one.category,
      one.id,
    ]),
  );
}

export function describeDispatch(one: WholeDispatch): string {
  const parts = [
    facts([
      ['dispatch', one.id],
      ['message', `${one.message} <${one.messageId}>`],
      ['recipient', one.recipient],
      ['state', `${one.state} since ${moment(one.stateAt) ?? ''}`],
      ['due', moment(one.dueAt)],
      ['attempts', one.attempt],
      ['handed over', moment(one.createdAt)],
      ['sent', moment(one.sentAt)],
      ['tried until', moment(one.expiresAt)],
      ['category', one.category],
      ['rule', one.rule],
      ['status', one.status],
      ['reply code', one.replyCode],
      ['last words', one.diagnostic],
      ['provider', one.provider],
      ['sending domain', one.sendingDomain],
      ['campaign', one.campaign],
    ]),
    table(
      ['attempt', 'begun (UTC)'],
      one.attempts.map(({ attempt, startedAt }) => [attempt, moment(startedAt)]),
    ),
    table(
      ['heard (UTC)', 'from', 'type', 'category', 'rule', 'event'],
      one.events.map((each) => [moment(each.receivedAt), each.source, each.type, each.category, each.rule, each.id]),
    ),
    table(
      ['decided (UTC)', 'state', 'by', 'reason'],
      one.decisions.map((each) => [
        moment(each.decidedAt),
        `${each.prior?.state ?? ''} → ${each.result?.state ?? ''}`,
        each.actor,
        each.reason,
      ]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}
