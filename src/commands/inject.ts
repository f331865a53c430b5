/**
 * `bouncemx inject`: a message on stdin into the durable path, over the local LMTP socket. Made for Postfix's pipe(8):
 * it runs as any user, needs neither keys nor a readable data directory, and whatever is not the mail's own fault ends
 * in 75, so that the mail waits in the caller's queue.
 */
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { isSocketPath } from '../config/listeners.ts';
import { loadOptions } from '../config/load.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { deliver, type Outcome } from './lmtp-client.ts';

/** Above the daemon's own largest message, which is what refuses; this only bounds our memory. */
const maxInput = 64 << 20;

const help = `Usage: bouncemx inject --recipient ADDR [--sender ADDR] [--socket PATH] < message

Hands one message to the running daemon and waits until it is stored.

  --recipient ADDR  the return-path that the report was sent to
  --sender ADDR     its envelope sender; '', '<>' and MAILER-DAEMON are the null sender, which is the default
  --socket PATH     the daemon's LMTP socket; else BOUNCEMX_LMTP_SOCKET, else the first Unix socket of smtp.lmtpListen
  --config FILE     the configuration that names the socket

A user who may not read the data directory needs --socket with a socket outside of it.

Exit: 0 stored, 64 wrong use, 67 the recipient is refused, 69 the message is refused,
75 try later (no daemon, no configuration, no room).
`;

export const command: Command = {
  summary: 'hand a message on stdin to the running daemon (for Postfix pipe)',
  help,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        recipient: { type: 'string' },
        sender: { type: 'string', default: '' },
        socket: { type: 'string' },
        config: { type: 'string' },
      },
    });
    if (values.recipient === undefined) throw new UsageError('--recipient is missing');
    const recipient = plain(values.recipient);
    if (!fits(recipient) || recipient === '')
      throw new CommandFailure(exit.badAddress, '--recipient is no address that SMTP can carry');
    const sender = values.sender === 'MAILER-DAEMON' ? '' : plain(values.sender);
    if (!fits(sender)) throw new UsageError('--sender is no address that SMTP can carry');
    const path = socketOf(io, values.socket, values.config);
    const message = await readAll(io.stdin);
    const outcome = await deliver(path, { sender, recipient }, message);
    const code = exitOf(outcome);
    if (code !== exit.ok) throw new CommandFailure(code, `${path}: ${outcome.stage}: ${outcome.text}`);
    return exit.ok;
  },
};

/** Postfix expands `<>` for nobody, people write it for the null sender. */
const plain = (address: string): string => (address.startsWith('<') ? address.slice(1).replace(/>$/u, '') : address);

/** Nothing that could end the command line or the path. */
const fits = (address: string): boolean => address.length <= 1000 && !/[\0-\x1f\x7f<>]/u.test(address);

function socketOf(io: Io, given: string | undefined, config: string | undefined): string {
  const named = given ?? io.env['BOUNCEMX_LMTP_SOCKET'];
  if (named !== undefined && named !== '') return named;
  const loaded = loadOptions({ ...(config === undefined ? {} : { file: config }), env: io.env });
  // 78 would make Postfix bounce the report because of a mistake of ours.
  if (!loaded.ok) throw new CommandFailure(exit.tryLater, loaded.problems.join('\n'));
  const path = loaded.options.smtp.lmtpListen.find(isSocketPath);
  if (path === undefined) throw new CommandFailure(exit.tryLater, 'smtp.lmtpListen has no Unix socket');
  return resolve(loaded.options.data.dir, path);
}

async function readAll(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > maxInput) throw new CommandFailure(exit.unavailable, 'the message is larger than 64 MiB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function exitOf({ stage, code }: Outcome): number {
  if (stage === 'message' && code >= 200 && code < 300) return exit.ok;
  if (code < 500) return exit.tryLater;
  // A daemon that refuses its own dialogue is being stopped or is none: only address and message can be at fault.
  if (stage === 'RCPT') return exit.badAddress;
  return stage === 'MAIL' || stage === 'DATA' || stage === 'message' ? exit.unavailable : exit.tryLater;
}
