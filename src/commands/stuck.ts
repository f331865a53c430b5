/** `bouncemx stuck`: arrivals that were set aside after too many attempts. */
import { parseArgs } from 'node:util';
import { callForBody, clientHelp, clientOptions } from './client.ts';
import { exit, type Command } from './command.ts';
import { moment, table } from './table.ts';

const help = `Usage: bouncemx stuck [--json]

Lists arrivals that could not be worked on, oldest first (500 at most). They are kept; \`bouncemx requeue\` tries again.

${clientHelp}`;

interface Stuck {
  readonly arrivalId: string;
  readonly receivedAt: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly size: number | null;
}

export const command: Command = {
  summary: 'list arrivals that could not be worked on',
  help,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: clientOptions });
    const body = await callForBody(io, 'GET', '/v1/stuck?limit=500', undefined, values.config);
    const { items } = body as { items: readonly Stuck[] };
    await io.out(
      values.json
        ? `${JSON.stringify(body)}\n`
        : table(
            ['received (UTC)', 'arrival', 'attempts', 'octets', 'last error'],
            items.map((one) => [moment(one.receivedAt), one.arrivalId, one.attempts, one.size, one.lastError]),
          ),
    );
    return exit.ok;
  },
};
