/**
 * `bouncemx serve`: the daemon. The only file that listens to signals and ends the process: SIGTERM and SIGINT finish what
 * is under way (a second one does not), SIGHUP reloads. An exception that nobody expected ends the process: the state is
 * in the database, and carrying on with a broken process would be the greater risk.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startApp, type App } from '../app.ts';
import { StartFailure } from '../app/start-failure.ts';
import { loadOptions } from '../config/load.ts';
import type { Options } from '../config/options.ts';
import { findSending } from '../config/sending-domains.ts';
import { dayOf, encodeReturnPath, signingKey } from '../core/verp/index.ts';
import { createLog, type Log } from '../log.ts';
import { createLogOutput } from '../log-output.ts';
import { readSupervision, startNotifier, supervisionVariables } from '../systemd.ts';
import { exit, type Command, type Io } from './command.ts';
import { printable } from './table.ts';

const help = `Run the daemon until SIGTERM

Usage: bouncemx serve [--config FILE]

Without any configuration: SMTP on 127.0.0.1:2525, the API on 127.0.0.1:8080, data and an
embedded PostgreSQL in ./var, domain bounce.localhost. The first start makes the keys.
  --config FILE   the configuration; else BOUNCEMX_CONFIG, ./bouncemx.toml,
                  /etc/bouncemx/bouncemx.toml

SIGTERM, SIGINT: finish what is under way and stop; a second one stops at once.
SIGHUP: read certificate, key ring, rules, users and the files of relays again.

Exit: 0 stopped, 1 failed, 75 the data directory, a port or the database is not to be had now,
78 configuration.
`;

export const command: Command = { summary: 'run the daemon', help, run: serve };

// systemd kills after 45 s (TimeoutStopSec); parts that hang must not get that far.
const stopDeadline = 33_000;

async function serve(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
  const supervision = readSupervision(io.env, process.pid);
  for (const name of supervisionVariables) Reflect.deleteProperty(process.env, name);
  const loaded = loadOptions({ ...(values.config !== undefined && { file: values.config }), env: io.env });
  if (!loaded.ok) {
    for (const problem of loaded.problems) tell(io, problem);
    return exit.configuration;
  }
  const { options } = loaded;
  const output = createLogOutput(process.stdout.fd);
  process.on('exit', () => {
    output.flush();
  });
  const log = createLog(options.log, output);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error) => {
      log.fatal(error);
      process.exit(exit.failed);
    });

  const stop = listenForStop(log);
  const hangups = listenForHangups();
  const notifier = startNotifier(supervision, process.pid);
  const since = performance.now();
  let app: App;
  try {
    app = await startApp({ options, log, sockets: supervision.sockets, signal: stop.signal });
  } catch (error) {
    notifier.close();
    if (!(error instanceof StartFailure)) {
      log.fatal(error);
      return finish(exit.failed);
    }
    if (stop.signal.aborted) return finish(exit.ok);
    for (const problem of error.message.split('\n')) tell(io, problem);
    return finish(error.kind === 'configuration' ? exit.configuration : exit.tryLater);
  }

  const addresses = (...kinds: string[]): string[] =>
    app.listeners.filter(({ kind }) => kinds.includes(kind)).map(({ address }) => address);
  log.started({
    smtp: addresses('smtp', 'lmtp'),
    submission: addresses('submission'),
    http: addresses('http'),
    database: app.database,
    startupMs: Math.round(performance.now() - since),
  });
  if (app.made.keys || app.made.adminKey) io.err(welcome(app, options));
  const status = `SMTP on ${addresses('smtp').join(', ')}`;
  hangups.handle(
    reloading(app, log, async (reload) => {
      await notifier.reloading();
      await reload();
      await notifier.ready(status);
    }),
  );
  await notifier.ready(status);

  await stop.asked;
  void notifier.stopping();
  const overdue = setTimeout(() => {
    log.fatal(new Error(`parts did not close within ${stopDeadline / 1000} s`));
    process.exit(exit.failed);
  }, stopDeadline);
  await app.close();
  clearTimeout(overdue);
  notifier.close();
  log.stopped();
  return finish(exit.ok);
}

/** Problems quote files of others: nothing in them may steer the terminal. */
function tell(io: Io, problem: string): void {
  io.err(`bouncemx serve: ${printable(problem)}\n`);
}

/** The code; and an end, should a library have left something open: nothing of ours is running any more. */
function finish(code: number): number {
  setTimeout(() => process.exit(code), 500).unref();
  return code;
}

/** A signal to the process group comes once from the kernel and once more from npm, which passes on its own: that is one asking. */
const sameAsking = 1000;

function listenForStop(log: Log): { readonly asked: Promise<void>; readonly signal: AbortSignal } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const abort = new AbortController();
  let first = 0;
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.on(name, () => {
      // Whoever asks twice means now: what was acknowledged is committed, the rest comes again.
      if (abort.signal.aborted) {
        if (performance.now() - first > sameAsking) process.exit(exit.failed);
        return;
      }
      first = performance.now();
      log.stopping(name);
      abort.abort();
      resolve(undefined);
    });
  return { asked: promise, signal: abort.signal };
}

/** From the first moment, for an unhandled SIGHUP ends the process: one that comes during the start is handled after it. */
function listenForHangups(): { handle(hangup: () => void): void } {
  let missed = false;
  let act = (): void => {
    missed = true;
  };
  process.on('SIGHUP', () => {
    act();
  });
  return {
    handle(hangup) {
      act = hangup;
      if (missed) hangup();
    },
  };
}

/** One reload at a time, and one more for all hang-ups that come during it. */
function reloading(app: App, log: Log, around: (reload: () => Promise<void>) => Promise<void>): () => void {
  let running = false;
  let again = false;
  const reload = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await around(() => app.reload()).catch((error: unknown) => {
        log.reloadFailed('everything', error);
      });
    } while (again as boolean);
    running = false;
  };
  return () => {
    if (running) again = true;
    else void reload();
  };
}

/** What a person needs to know after the first start. */
function welcome(app: App, options: Options): string {
  const where = (kind: string): string =>
    app.listeners.find((listener) => listener.kind === kind)?.address ?? 'nowhere';
  const submission = app.listeners.find(({ kind }) => kind === 'submission');
  return `
bouncemx made its keys and is ready.
  return-path keys   ${options.verp.keyFile}
  API key            ${options.http.adminKeyFile}   (Authorization: Bearer …)
  SMTP ${where('smtp')}   API http://${where('http')}   database ${app.database}${submission === undefined ? '' : `\n  submission ${submission.address}`}

Mail to someone@example.com is sent with an envelope sender such as
  ${exampleAddress(app, options)}
and what bounces to it is known to be about someone@example.com.

Next:
  npx bouncemx verp encode --recipient someone@example.com
  npx bouncemx events
  npx bouncemx check        what DNS, TLS and the rest still need

`;
}

function exampleAddress(app: App, { domain }: Options): string {
  const sending = findSending(domain, null);
  const key = sending === null ? null : signingKey(app.ring(), sending.sendingDomain);
  if (sending === null || key === null) return '(no key)';
  const encoded = encodeReturnPath({
    domain: sending.domain,
    key,
    day: dayOf(new Date()),
    messageTag: randomBytes(5).toString('hex'),
    recipient: 'someone@example.com',
  });
  return encoded.ok ? encoded.address : '(no address)';
}
