/** `bouncemx recipient ADDR`: everything that is known of one address. */
import { parseArgs } from 'node:util';
import { identityOf } from '../core/address.ts';
import { callApi, clientHelp, clientOptions, wordsOf } from './client.ts';
import { CommandFailure, exit, UsageError, type Command } from './command.ts';
import { facts, moment, table } from './table.ts';

const help = `Usage: bouncemx recipient ADDR [--json]

Shows what is known of an address: its level, its history message by message, and every decision.

${clientHelp}`;

/** A level; or, where a person decided of a dispatch, its state. */
interface Decided {
  readonly level?: string;
  readonly state?: string;
}

interface Recipient {
  readonly address: string;
  readonly original: string;
  readonly provider: string | null;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly events: number;
  readonly liftedAt: string | null;
  readonly reputation: number;
  readonly consecutiveHard: number;
  readonly suppression: {
    readonly level: string;
    readonly since: string | null;
    readonly expiresAt: string | null;
    readonly category: string | null;
    readonly rule: string | null;
  };
  readonly history: readonly {
    readonly at: string;
    readonly type: string;
    readonly category: string | null;
    readonly rule: string;
    readonly messageKey: string;
    readonly eventId: string;
  }[];
  readonly retries: readonly {
    readonly dueAt: string;
    readonly state: string;
    readonly category: string;
    readonly attempt: number;
  }[];
  readonly decisions: readonly {
    readonly decidedAt: string;
    readonly action: string;
    readonly actor: string;
    readonly reason: string;
    readonly prior: Decided | null;
    readonly result: Decided | null;
  }[];
}

export const command: Command = {
  summary: 'show what is known of an address',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: clientOptions });
    const [given, ...more] = positionals;
    if (given === undefined || more.length > 0) throw new UsageError('one address is needed');
    const address = identityOf(given);
    if (address === null) throw new CommandFailure(exit.badAddress, `'${given}' is no mail address`);
    const reply = await callApi(io, 'GET', `/v1/recipients/${encodeURIComponent(address)}`, undefined, values.config);
    if (reply.status >= 300) throw new CommandFailure(exit.failed, `${address}: ${wordsOf(reply)}`);
    await io.out(values.json ? `${JSON.stringify(reply.body)}\n` : describe(reply.body as Recipient));
    return exit.ok;
  },
};

/** `hard_suppressed → none`, `waiting → cancelled`; nothing where a decision left it as it was. */
function changeOf({ prior, result }: Recipient['decisions'][number]): string | null {
  const [from, to] = [prior?.state ?? prior?.level ?? 'none', result?.state ?? result?.level ?? 'none'];
  return from === to ? null : `${from} → ${to}`;
}

function describe(recipient: Recipient): string {
  const { suppression: state } = recipient;
  const parts = [
    facts([
      ['address', recipient.address],
      ['original', recipient.original === recipient.address ? null : recipient.original],
      ['level', state.level],
      ['since', moment(state.since)],
      ['expires', state.since === null ? null : (moment(state.expiresAt) ?? 'never')],
      ['because', state.category === null ? state.rule : `${state.category} (${state.rule ?? ''})`],
      ['reputation', recipient.reputation],
      ['consecutive hard', recipient.consecutiveHard],
      ['events', recipient.events],
      ['first', moment(recipient.firstAt)],
      ['last', moment(recipient.lastAt)],
      ['lifted', moment(recipient.liftedAt)],
      ['provider', recipient.provider],
    ]),
    table(
      ['history (UTC)', 'type', 'category', 'rule', 'message', 'event'],
      recipient.history.map((one) => [moment(one.at), one.type, one.category, one.rule, one.messageKey, one.eventId]),
    ),
    table(
      ['retry due (UTC)', 'state', 'category', 'attempt'],
      recipient.retries.map((one) => [moment(one.dueAt), one.state, one.category, one.attempt]),
    ),
    table(
      ['decided (UTC)', 'change', 'action', 'by', 'reason'],
      recipient.decisions.map((one) => [moment(one.decidedAt), changeOf(one), one.action, one.actor, one.reason]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}
