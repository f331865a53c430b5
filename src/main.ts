/** `bouncemx <command> …`: finds the command, gives it argv and the standard streams, sets the exit code. Nothing else. */
import { once } from 'node:events';
import { CommandFailure, exit, UsageError, type Command, type Io } from './commands/command.ts';

/** In the order of the help page. Loaded when asked for: `verp encode` must not pay for fastify. */
const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  serve: () => import('./commands/serve.ts'),
  check: () => import('./commands/check.ts'),
  migrate: () => import('./commands/migrate.ts'),
  verp: () => import('./commands/verp.ts'),
  submission: () => import('./commands/submission.ts'),
  parse: () => import('./commands/parse.ts'),
  classify: () => import('./commands/classify.ts'),
  inspect: () => import('./commands/inspect.ts'),
  rules: () => import('./commands/rules.ts'),
  inject: () => import('./commands/inject.ts'),
  events: () => import('./commands/events.ts'),
  recipient: () => import('./commands/recipient.ts'),
  suppressions: () => import('./commands/suppressions.ts'),
  queue: () => import('./commands/queue.ts'),
  stuck: () => import('./commands/stuck.ts'),
  reclassify: () => import('./commands/reclassify.ts'),
  requeue: () => import('./commands/requeue.ts'),
  postmaster: () => import('./commands/postmaster.ts'),
};

const io: Io = {
  stdin: process.stdin,
  async out(text) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  },
  err: (text) => void process.stderr.write(text),
  env: process.env,
};

async function page(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(14)}${(await load()).command.summary}\n`),
  );
  return `bouncemx: what happens after a mail bounces\n\nUsage: bouncemx <command> [options]\n\n${lines.join('')}\nbouncemx <command> --help says more of each.\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === '--help' || name === '-h' || name === 'help') {
    await io.out(await page());
    return exit.ok;
  }
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    io.err(name === undefined ? await page() : `bouncemx: no command '${name}'; bouncemx --help lists them\n`);
    return exit.usage;
  }
  const { command } = await load();
  if (args.includes('--help') || args.includes('-h')) {
    await io.out(command.help);
    return exit.ok;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    if (error instanceof CommandFailure) {
      io.err(`bouncemx ${name ?? ''}: ${error.message}\n`);
      return error.exitCode;
    }
    // parseArgs speaks of wrong options in errors with such codes.
    const usage =
      error instanceof UsageError ||
      (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    if (!usage) throw error;
    io.err(`bouncemx ${name ?? ''}: ${error.message}\nbouncemx ${name ?? ''} --help says how it is used\n`);
    return exit.usage;
  }
}

// `bouncemx events | head` closes the pipe early: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.exitCode = await main(process.argv.slice(2));
