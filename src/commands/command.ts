/** What a subcommand is. Commands return an exit code (sysexits.h where one fits) and never end the process themselves. */
import type { Readable } from 'node:stream';

export const exit = {
  ok: 0,
  failed: 1,
  usage: 64,
  badAddress: 67,
  unavailable: 69,
  tryLater: 75,
  configuration: 78,
} as const;

export interface Io {
  readonly stdin: Readable;
  /** Writes to stdout; resolves when there is room for more (a closed pipe ends the command quietly). */
  out(text: string | Uint8Array): Promise<void>;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  /** One line for `bouncemx --help`. */
  readonly summary: string;
  /** The whole page for `bouncemx <command> --help`. */
  readonly help: string;
  run(args: readonly string[], io: Io): Promise<number>;
}

/** Wrong use: main prints the message with the command's usage line and exits 64. */
export class UsageError extends Error {}

/** The command cannot be done: main prints the message alone and exits with the code. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
