/** Runs a command in this process, as main.ts does, and collects what it writes. */
import { Readable } from 'node:stream';
import { CommandFailure, exit, UsageError, type Command, type Io } from '../../src/commands/command.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly octets: Buffer;
  readonly err: string;
}

export async function run(
  command: Command,
  args: readonly string[],
  env: Record<string, string> = {},
  stdin: string | Buffer = '',
): Promise<Ran> {
  const written: Buffer[] = [];
  let err = '';
  const io: Io = {
    stdin: Readable.from([Buffer.from(stdin)]),
    out: (text) => {
      written.push(Buffer.from(text));
      return Promise.resolve();
    },
    err: (text) => {
      err += text;
    },
    env,
  };
  let code: number;
  try {
    code = await command.run(args, io);
  } catch (error) {
    if (error instanceof CommandFailure) code = error.exitCode;
    else if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) code = exit.usage;
    else throw error;
    err += error.message;
  }
  const octets = Buffer.concat(written);
  return { code, out: octets.toString(), octets, err };
}
