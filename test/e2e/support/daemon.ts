/**
 * The built daemon as a child process, on free ports, with a data directory of its own that goes with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, until } from './ports.ts';

export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));
export const domain = 'bounce.test';

/** Those of `npm start`: what is tested and measured is what runs. */
const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  scripts: { start: string };
};
const nodeFlags = scripts.start.split(' ').filter((word) => word.startsWith('--'));

export interface Daemon {
  readonly smtpPort: number;
  readonly lmtpSocket: string;
  readonly lmtpPort: number;
  readonly httpPort: number;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly child: () => ChildProcess;
  readonly output: () => string;
  /** The caller says what shape it expects; tests that care compare with the documented schema. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a cast at each of fifty calls reads worse
  api: <T = unknown>(path: string, init?: { method?: string; body?: unknown }) => Promise<{ status: number; body: T }>;
  /** Return-paths from the daemon itself. */
  mint(recipients: readonly string[], extra?: Record<string, unknown>): Promise<string[]>;
  /** Ends the process with a signal and starts it again on the same data and ports; the exit code of the one that ended. */
  restart(signal: NodeJS.Signals): Promise<number | null>;
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Starts it and waits until it is ready. `env` overrides options (BOUNCEMX_…).
 * @param mxPort where it takes reports, for peers that had to know before.
 */
export async function startDaemon(env: NodeJS.ProcessEnv = {}, mxPort?: number): Promise<Daemon> {
  const base = await mkdtemp('/tmp/bmx-e2e-');
  const dataDir = env['BOUNCEMX_DATA_DIR'] ?? join(base, 'var');
  const [smtpPort, lmtpPort, httpPort] = [mxPort ?? (await freePort()), await freePort(), await freePort()];
  const lmtpSocket = join(base, 'lmtp.sock');
  const full: NodeJS.ProcessEnv = {
    ...process.env,
    BOUNCEMX_DATA_DIR: dataDir,
    BOUNCEMX_DOMAIN: domain,
    BOUNCEMX_SMTP_LISTEN: `127.0.0.1:${smtpPort}`,
    BOUNCEMX_SMTP_LMTP_LISTEN: `${lmtpSocket},127.0.0.1:${lmtpPort}`,
    BOUNCEMX_SMTP_HOSTNAME: 'mx.bounce.test',
    BOUNCEMX_HTTP_LISTEN: `127.0.0.1:${httpPort}`,
    BOUNCEMX_LOG_LEVEL: 'info',
    // The disk of the machine that tests is not what they are about.
    BOUNCEMX_DATA_MIN_FREE: '0B',
    ...env,
  };
  let child: ChildProcess;
  let output = '';

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [...nodeFlags, join(projectRoot, 'dist/main.js'), 'serve'], {
      cwd: base,
      env: full,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-200_000);
      });
    }
    const state = await until(
      'the daemon to be ready',
      async () => {
        if (started.exitCode !== null) return 'ended';
        return (await fetch(`http://127.0.0.1:${httpPort}/readyz`)).ok && 'ready';
      },
      60_000,
    ).catch((error: unknown) => {
      throw new Error(`not ready; its output:\n${output.slice(-3000)}`, { cause: error });
    });
    if (state === 'ended') throw new Error(`the daemon ended with ${started.exitCode}:\n${output.slice(-3000)}`);
  };
  await start();

  const daemon: Daemon = {
    smtpPort,
    lmtpSocket,
    lmtpPort,
    httpPort,
    dataDir,
    env: full,
    child: () => child,
    output: () => output,
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as above
    async api<T>(path: string, init: { method?: string; body?: unknown } = {}) {
      const key = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
      const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
        method: init.method ?? 'GET',
        headers: {
          authorization: `Bearer ${key}`,
          ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
      });
      const text = await response.text();
      const json = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, body: (json ? JSON.parse(text) : text) as T };
    },
    async mint(recipients, extra = {}) {
      const { status, body } = await daemon.api<{ results: { address?: string }[] }>('/v1/verp', {
        method: 'POST',
        body: {
          requests: recipients.map((recipient, i) => ({
            recipient,
            messageId: `m${i}.${Date.now()}@example.net`,
            ...extra,
          })),
        },
      });
      if (status !== 200) throw new Error(`minting answered ${status}: ${JSON.stringify(body)}`);
      return body.results.map((result) => {
        if (result.address === undefined) throw new Error(`not minted: ${JSON.stringify(result)}`);
        return result.address;
      });
    },
    async restart(signal) {
      const ended = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      const [code] = await ended;
      // As systemd would: a start that failed for a passing reason is made again, one that failed for the configuration is not.
      for (let tries = 1; ; tries++) {
        try {
          await start();
          return code;
        } catch (error) {
          if (tries === 20 || (child.exitCode !== 1 && child.exitCode !== 75)) throw error;
        }
      }
    },
    async stop() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
      child.kill('SIGTERM');
      await ended;
      // As root the embedded server may live elsewhere, behind a link.
      const server = await realpath(join(dataDir, 'postgres')).catch(() => null);
      if (server !== null) await rm(server, { recursive: true, force: true });
      await rm(base, { recursive: true, force: true });
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
  return daemon;
}
