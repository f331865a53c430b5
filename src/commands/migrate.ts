/** `bouncemx migrate`: brings the schema up to date without starting the daemon, before a new version is rolled out. */
import { parseArgs } from 'node:util';
import { startDatabase } from '../app/database.ts';
import { StartFailure } from '../app/start-failure.ts';
import { loadOptions } from '../config/load.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { exit, type Command } from './command.ts';

const help = `Bring the database's schema up to date

Usage: bouncemx migrate [--config FILE]

The daemon does the same when it starts. Safe to run beside daemons and beside itself.

Exit: 0 up to date, 75 the database is not to be had now, 78 configuration.
`;

export const command: Command = {
  summary: "bring the database's schema up to date",
  help,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
    const loaded = loadOptions({ ...(values.config !== undefined && { file: values.config }), env: io.env });
    if (!loaded.ok) {
      for (const problem of loaded.problems) io.err(`bouncemx migrate: ${problem}\n`);
      return exit.configuration;
    }
    const { options } = loaded;
    const applied: string[] = [];
    const quiet = createLog({ ...options.log, level: 'error' });
    const log = { ...quiet, migrated: (name: string) => void applied.push(name) };
    try {
      const database = await startDatabase({ options, log, metrics: createMetrics(options.metrics) });
      await database.close();
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      io.err(`bouncemx migrate: ${error.message}\n`);
      return error.kind === 'configuration' ? exit.configuration : exit.tryLater;
    }
    await io.out(applied.length === 0 ? 'up to date\n' : applied.map((name) => `applied ${name}\n`).join(''));
    return exit.ok;
  },
};
