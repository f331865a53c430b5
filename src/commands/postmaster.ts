/** `bouncemx postmaster`: mail to postmaster@ and abuse@ of the return-path domains, which is kept apart from bounces. */
import { parseArgs } from 'node:util';
import { callForBody, clientHelp, clientOptions } from './client.ts';
import { exit, UsageError, type Command } from './command.ts';
import { moment, table } from './table.ts';

const help = `Usage: bouncemx postmaster [list] [--json]
       bouncemx postmaster show ID

Lists mail to postmaster@ and abuse@, newest first (500 at most), or writes one as it came.

${clientHelp}`;

interface Listed {
  readonly id: string;
  readonly receivedAt: string;
  readonly reversePath: string;
  readonly forwardPath: string;
  readonly subject: string | null;
  readonly size: number;
}

export const command: Command = {
  summary: 'read mail to postmaster@ and abuse@',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: clientOptions });
    const [verb = 'list', id, ...more] = positionals;
    if (more.length > 0) throw new UsageError('one ID at a time');
    if (verb === 'show') {
      if (id === undefined) throw new UsageError('show needs an ID');
      const path = `/v1/postmaster/${encodeURIComponent(id)}/raw`;
      const body = await callForBody(io, 'GET', path, undefined, values.config);
      if (Buffer.isBuffer(body)) await io.out(body);
      return exit.ok;
    }
    if (verb !== 'list' || id !== undefined) throw new UsageError('list or show ID?');
    const body = await callForBody(io, 'GET', '/v1/postmaster?limit=500', undefined, values.config);
    const { items } = body as { items: readonly Listed[] };
    await io.out(
      values.json
        ? `${JSON.stringify(body)}\n`
        : table(
            ['received (UTC)', 'from', 'to', 'octets', 'subject', 'id'],
            items.map((one) => [
              moment(one.receivedAt),
              one.reversePath === '' ? '<>' : one.reversePath,
              one.forwardPath,
              one.size,
              one.subject,
              one.id,
            ]),
          ),
    );
    return exit.ok;
  },
};
