/** `bouncemx suppressions check|lift`: may these be mailed; and a person's decision that one may again. */
import { parseArgs } from 'node:util';
import { identityOf } from '../core/address.ts';
import { callApi, callForBody, clientHelp, clientOptions, wordsOf } from './client.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { moment, table } from './table.ts';

const help = `Usage: bouncemx suppressions check ADDR… [--json]
       bouncemx suppressions lift ADDR --reason TEXT [--json]

check tells for each address whether it must not be mailed (exit 67 where one is no address).
lift ends a suppression and records who did it and why; exit 1 where there is none.

${clientHelp}`;

/** Addresses that get their reason looked up for the text output, one request each. */
const mostDetails = 50;
const mostAddresses = 10_000;

interface Checked {
  readonly address: string;
  readonly suppressed: boolean;
  readonly level: string;
  readonly problem?: string;
}
interface State {
  readonly since: string | null;
  readonly expiresAt: string | null;
  readonly category: string | null;
  readonly rule: string | null;
}

export const command: Command = {
  summary: 'check addresses before mailing; lift a suppression',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...clientOptions, reason: { type: 'string' } },
    });
    const [verb, ...addresses] = positionals;
    if (verb === 'check') {
      if (values.reason !== undefined) throw new UsageError('--reason belongs to lift');
      return await check(io, addresses, values);
    }
    if (verb === 'lift') return await lift(io, addresses, values.reason, values);
    throw new UsageError('check or lift?');
  },
};

interface Common {
  readonly json: boolean;
  readonly config?: string | undefined;
}

async function check(io: Io, addresses: readonly string[], { json, config }: Common): Promise<number> {
  if (addresses.length === 0 || addresses.length > mostAddresses)
    throw new UsageError(`one to ${mostAddresses} addresses are needed`);
  const body = await callForBody(io, 'POST', '/v1/suppressions/check', { addresses }, config);
  const { results } = body as { results: readonly Checked[] };
  if (json) await io.out(`${JSON.stringify(body)}\n`);
  else await io.out(await shown(io, results, config));
  return results.some(({ problem }) => problem !== undefined) ? exit.badAddress : exit.ok;
}

async function shown(io: Io, results: readonly Checked[], config: string | undefined): Promise<string> {
  let details = 0;
  const rows: (string | null)[][] = [];
  for (const { address, level, suppressed, problem } of results) {
    if (problem !== undefined) rows.push([address, 'no mail address', null, null, null]);
    else if (!suppressed || details++ >= mostDetails) rows.push([address, level, null, null, null]);
    else {
      const path = `/v1/suppressions/${encodeURIComponent(address)}`;
      const state = (await callForBody(io, 'GET', path, undefined, config)) as State;
      const reason = state.category === null ? state.rule : `${state.category} (${state.rule ?? ''})`;
      rows.push([address, level, moment(state.since), moment(state.expiresAt) ?? 'never', reason]);
    }
  }
  return table(['address', 'level', 'since (UTC)', 'expires (UTC)', 'because'], rows);
}

async function lift(
  io: Io,
  addresses: readonly string[],
  reason: string | undefined,
  { json, config }: Common,
): Promise<number> {
  const [given, ...more] = addresses;
  if (given === undefined || more.length > 0) throw new UsageError('lift takes one address');
  if (reason === undefined || reason.trim() === '') throw new UsageError('lift needs --reason');
  const address = identityOf(given);
  if (address === null) throw new CommandFailure(exit.badAddress, `'${given}' is no mail address`);
  const reply = await callApi(io, 'DELETE', `/v1/suppressions/${encodeURIComponent(address)}`, { reason }, config);
  if (reply.status >= 300) throw new CommandFailure(exit.failed, `${address}: ${wordsOf(reply)}`);
  const { prior } = reply.body as { prior: string };
  await io.out(json ? `${JSON.stringify(reply.body)}\n` : `${address}: ${prior} is lifted\n`);
  return exit.ok;
}
