/**
 * What systemd asks of a daemon: readiness, reload and watchdog messages (sd_notify(3)) and inherited sockets
 * (sd_listen_fds(3)). Node has no unix datagram sockets, so a small program sends each message: systemd-notify, which is
 * there wherever systemd is, or perl. Nothing here may delay or end the daemon: without a notify socket all is silent.
 */
import { execFile } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** What systemd put into the environment. */
export interface Supervision {
  readonly notifySocket: string | null;
  /** Milliseconds between two signs of life, half of what systemd waits; null: nobody waits. */
  readonly watchdogInterval: number | null;
  readonly sockets: readonly InheritedSocket[];
}

/** A listening socket that is open already. `name` is FileDescriptorName= of the socket unit. */
export interface InheritedSocket {
  readonly name: string;
  readonly fd: number;
}

/** Variables that must not reach children: a PostgreSQL built with systemd would report itself ready in our name. */
export const supervisionVariables = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
] as const;

const firstFd = 3;
const mostSockets = 64;
const sendTimeout = 5000;

/** Reads the variables of systemd; those meant for another process (LISTEN_PID, WATCHDOG_PID) count as absent. */
export function readSupervision(env: Environment, pid: number): Supervision {
  const socket = env['NOTIFY_SOCKET'] ?? '';
  const usec = Number(env['WATCHDOG_USEC'] ?? '0');
  const watched = Number.isFinite(usec) && usec > 0 && [undefined, String(pid)].includes(env['WATCHDOG_PID']);
  return {
    notifySocket: socket.startsWith('/') || socket.startsWith('@') ? socket : null,
    watchdogInterval: watched ? Math.max(1, Math.floor(usec / 2000)) : null,
    sockets: env['LISTEN_PID'] === String(pid) ? socketsFrom(env) : [],
  };
}

function socketsFrom(env: Environment): InheritedSocket[] {
  const count = Number(env['LISTEN_FDS'] ?? '0');
  if (!Number.isInteger(count) || count < 1 || count > mostSockets) return [];
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':');
  return Array.from({ length: count }, (_, i) => ({ name: names[i] ?? '', fd: firstFd + i }));
}

export interface Notifier {
  ready(status: string): Promise<void>;
  reloading(): Promise<void>;
  stopping(): Promise<void>;
  /** Ends the signs of life. */
  close(): void;
}

/** Starts the signs of life (WATCHDOG=1, from the event loop: a blocked loop sends none). */
export function startNotifier({ notifySocket, watchdogInterval }: Supervision, pid: number): Notifier {
  if (notifySocket === null) {
    const silent = (): Promise<void> => Promise.resolve();
    return { ready: silent, reloading: silent, stopping: silent, close: () => undefined };
  }
  // One after the other: READY=1 must not overtake the RELOADING=1 before it.
  let last = Promise.resolve();
  const send = (...lines: string[]): Promise<void> => {
    last = last.then(() => sendOnce(notifySocket, pid, lines));
    return last;
  };
  const timer = watchdogInterval === null ? null : setInterval(() => void send('WATCHDOG=1'), watchdogInterval);
  timer?.unref();
  return {
    ready: (status) => send('READY=1', `STATUS=${status}`),
    // systemd compares this with CLOCK_MONOTONIC, which is what hrtime reads.
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => send('STOPPING=1'),
    close: () => clearInterval(timer ?? undefined),
  };
}

// Stays a moment after sending: systemd looks up the sender's control group by its pid, which must still be there.
const perlScript = String.raw`use Socket; my $p=$ENV{NOTIFY_SOCKET}; $p =~ s/^\@/\0/;
socket(my $s,AF_UNIX,SOCK_DGRAM,0) or die; send($s,join("\n",@ARGV),0,pack_sockaddr_un($p)) or die; select(undef,undef,undef,0.2);`;

async function sendOnce(notifySocket: string, pid: number, lines: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/bin:/bin:/usr/local/bin', NOTIFY_SOCKET: notifySocket };
  // systemd-notify waits until systemd has read the message (BARRIER=1); as root it speaks with the daemon's own pid.
  if (await run('systemd-notify', [`--pid=${pid}`, ...lines], env)) return;
  await run('perl', ['-e', perlScript, '--', ...lines], env);
}

/** False where there is no such program. A program that fails or hangs has had its chance. */
function run(program: string, args: readonly string[], env: Record<string, string>): Promise<boolean> {
  return new Promise((done) => {
    execFile(program, [...args], { env, timeout: sendTimeout, killSignal: 'SIGKILL' }, (error) => {
      done(!(error !== null && error.code === 'ENOENT'));
    });
  });
}
