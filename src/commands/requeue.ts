/** `bouncemx requeue`: stuck arrivals get all their attempts again. */
import { parseArgs } from 'node:util';
import { callForBody, clientHelp, clientOptions } from './client.ts';
import { CommandFailure, exit, UsageError, type Command } from './command.ts';

const help = `Usage: bouncemx requeue ID…
       bouncemx requeue --all

Tries stuck arrivals again (\`bouncemx stuck\` lists them). Exit 1 where none of the IDs is stuck.

  --all           all of them
${clientHelp}`;

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu;

export const command: Command = {
  summary: 'try stuck arrivals again',
  help,
  async run(args, io) {
    const { values, positionals: ids } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...clientOptions, all: { type: 'boolean', default: false } },
    });
    if (values.all === ids.length > 0) throw new UsageError('either IDs or --all');
    const wrong = ids.find((id) => !uuid.test(id));
    if (wrong !== undefined) throw new UsageError(`'${wrong}' is no ID of an arrival`);
    const body = await callForBody(io, 'POST', '/v1/requeue', values.all ? { all: true } : { ids }, values.config);
    const { requeued } = body as { requeued: number };
    if (requeued === 0 && !values.all) throw new CommandFailure(exit.failed, 'none of them is stuck');
    await io.out(values.json ? `${JSON.stringify(body)}\n` : `requeued: ${requeued}\n`);
    return exit.ok;
  },
};
