/** `bouncemx submission hash`: a line for the file of those who may hand mail over by SMTP. */
import { parseArgs } from 'node:util';
import { formatUser, isUserName } from '../config/submission-users.ts';
import { exit, UsageError, type Command, type Io } from './command.ts';

const help = `Who may hand mail over by SMTP

Usage: bouncemx submission hash NAME < FILE

Reads a password (the first line of stdin: never an argument, which others can see) and prints the
line for submission.usersFile. The file needs mode 0600; a running daemon reads it on SIGHUP.

  openssl rand -base64 24 | tee password | bouncemx submission hash shop >> users
`;

const longest = 1024;

export const command: Command = {
  summary: 'hash a password for SMTP submission',
  help,
  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
    const [verb, name, ...more] = positionals;
    if (verb !== 'hash' || name === undefined || more.length > 0) throw new UsageError('hash NAME');
    if (!isUserName(name)) throw new UsageError('a name has 1 to 255 visible ASCII characters, and no colon');
    const password = await firstLine(io);
    if (password === '' || password.length > longest)
      throw new UsageError(`the first line of stdin must hold a password of at most ${longest} characters`);
    await io.out(await formatUser(name, password));
    return exit.ok;
  },
};

async function firstLine({ stdin }: Io): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > 2 * longest) break;
  }
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}
