/**
 * Opens the listeners: SMTP and LMTP, on TCP, on Unix sockets, or inherited from systemd; sweeps over their sessions; closes
 * them in order. Inherited sockets of a kind (named `smtp…` or `lmtp…`) stand in for that kind's addresses of the
 * configuration: whoever passes port 25 does not want another one beside it.
 */
import { once } from 'node:events';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type ListenOptions } from 'node:net';
import { hostname } from 'node:os';
import type { DomainOptions, Options } from '../config/options.ts';
import type { KeyRing } from '../core/verp/index.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { createDoor } from './accept.ts';
import { createLimits, overdue, type Limits, sweepInterval } from './limits.ts';
import { createPeerList } from './peers.ts';
import type { BoundedServer } from './bounded-server.ts';
import { MxServer, type ServerParts } from './smtp.ts';
import { refusals, rejectReasons } from './smtp-replies.ts';
import { createKeep, type Commit, type StorePostmaster } from './store-message.ts';
import { SubmissionServer, type Submission, type SubmissionServerParts } from './submission.ts';
import { readCertificate } from './tls.ts';

export interface IntakeParts {
  readonly options: Pick<Options, 'smtp' | 'verp'>;
  readonly domains: readonly DomainOptions[];
  readonly ring: () => KeyRing;
  readonly commit: Commit;
  readonly storePostmaster: StorePostmaster;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** The disk of the database is nearly full: no new mail. */
  readonly diskLow: () => boolean;
  /** Mail for sending; null: it is not taken by SMTP. */
  readonly submission?: Submission | null;
  /** Listening sockets that came with the process. */
  readonly inherited?: readonly { readonly fd: number; readonly name: string }[];
}

type Kind = 'smtp' | 'lmtp' | 'submission';

export interface Intake {
  /** As bound: `127.0.0.1:2525`, or the path of a Unix socket. */
  readonly listeners: readonly { readonly kind: Kind; readonly address: string }[];
  /** Reads the certificate again; a bad one keeps the old and is logged. */
  reloadTls(): Promise<void>;
  /** No new sessions; idle ones get 421, messages under way their answer. Resolves when all are gone. */
  close(): Promise<void>;
}

interface Place {
  readonly kind: Kind;
  readonly listen: ListenOptions & { readonly fd?: number };
}

/** Rejects where a listener cannot be opened or the certificate does not load; nothing stays open then. */
export async function startIntake(parts: IntakeParts): Promise<Intake> {
  const { log, metrics } = parts;
  const options = parts.options.smtp;
  const certificate = await readCertificate(options);
  if (certificate !== null) metrics.certificateExpiry.set(certificate.expiresAt.getTime() / 1000);
  for (const reason of rejectReasons) metrics.rejected.inc({ reason }, 0);

  const clock = (): number => performance.now();
  const door = createDoor({ ...parts, validity: parts.options.verp.validity });
  const counted = (): Limits =>
    createLimits(options, (change) => {
      metrics.inFlightBytes.inc(change);
    });
  const shared: Omit<ServerParts, 'kind'> = {
    options,
    hostname: options.hostname === '' ? hostname() : options.hostname,
    certificate,
    trusted: createPeerList(options.relays),
    proxies: createPeerList(options.proxyFrom),
    door,
    limits: counted(),
    diskLow: parts.diskLow,
    keep: createKeep({ ...parts, door, commitDeadline: options.commitDeadline, clock }),
    log,
    metrics,
    clock,
  };

  // With limits and peers of its own: applications at work keep no report out, nor the other way round.
  const { submission = null } = parts;
  const forSending: Omit<SubmissionServerParts, 'kind' | 'submission'> = {
    ...shared,
    limits: counted(),
    trusted: createPeerList(submission?.options.networks ?? []),
    proxies: createPeerList([]),
  };

  const servers: BoundedServer[] = [];
  const listeners: { kind: Kind; address: string }[] = [];
  let closing = false;

  const sweep = (): void => {
    const at = clock();
    for (const server of servers)
      for (const connection of server.visitors()) {
        const { visit } = connection;
        // From now on every command gets 421, so that only a message that is coming in or being committed can still end well.
        const idle = !visit.committing && visit.data === null;
        const refusal = closing && idle ? refusals.shuttingDown : overdue(visit, at, options);
        if (refusal !== null) connection.expel(refusal);
      }
  };
  const sweeper = setInterval(sweep, sweepInterval(options)).unref();

  const close = async (): Promise<void> => {
    closing = true;
    const closed = servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(resolve);
        }),
    );
    sweep();
    await Promise.all(closed);
    clearInterval(sweeper);
  };

  try {
    for (const { kind, listen } of placesOf(parts)) {
      const server =
        kind !== 'submission'
          ? new MxServer({ ...shared, kind })
          : submission === null
            ? null
            : new SubmissionServer({ ...forSending, kind, submission });
      if (server === null) continue;
      const bound = await open(server, listen, options.lmtpSocketMode);
      servers.push(server);
      listeners.push({ kind, address: bound });
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    listeners,
    close,
    async reloadTls() {
      try {
        const fresh = await readCertificate(options);
        for (const server of servers) server.present(fresh);
        if (fresh !== null) metrics.certificateExpiry.set(fresh.expiresAt.getTime() / 1000);
        log.reloaded('tls');
      } catch (error) {
        log.reloadFailed('tls', error);
      }
    },
  };
}

function placesOf({ options, submission, inherited = [] }: IntakeParts): Place[] {
  const { listen: smtp, lmtpListen: lmtp } = options.smtp;
  const configured = { smtp, lmtp, submission: submission?.options.listen ?? [] };
  return (['smtp', 'lmtp', 'submission'] as const).flatMap((kind): Place[] => {
    const passed = inherited.filter(({ name }) => name.startsWith(kind));
    if (passed.length > 0) return passed.map(({ fd }) => ({ kind, listen: { fd } }));
    return configured[kind].map((entry) => ({ kind, listen: parseListen(entry) }));
  });
}

/** The configuration was checked before: what has a slash or no colon is a path, all else host:port. */
function parseListen(entry: string): ListenOptions {
  if (entry.includes('/') || !entry.includes(':')) return { path: entry };
  const colon = entry.lastIndexOf(':');
  const host = entry.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(entry.slice(colon + 1)) };
}

async function open(server: BoundedServer, listen: Place['listen'], socketMode: string): Promise<string> {
  if (listen.path !== undefined) await removeStale(listen.path);
  const listening = once(server.server, 'listening');
  server.listen({ backlog: 1024, ...listen });
  await listening;
  if (listen.path !== undefined) await chmod(listen.path, Number.parseInt(socketMode, 8));
  const address = server.server.address();
  if (address === null || typeof address === 'string') return address ?? `fd:${listen.fd ?? ''}`;
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

/** A socket file that nobody listens on is what a killed process left; one that answers is another daemon's, and stays. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket() !== true) return;
  const stale = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED');
    });
  });
  if (stale) await unlink(path).catch(() => undefined);
}
