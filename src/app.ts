/**
 * Opens every part in order and closes them in reverse. The only place that builds: parts get what they need as arguments
 * and never see each other. No signals, no exit codes and no words for people here: commands/serve.ts has those.
 */
import { chmod, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { startDatabase } from './app/database.ts';
import { startDiskWatch } from './app/disk.ts';
import { createHandOver } from './app/hand-over.ts';
import { createMint } from './app/mint.ts';
import { byAddress, createMxLookUp, createMxProviders } from './app/providers.ts';
import { createRegister } from './app/register.ts';
import { startRules } from './app/rules.ts';
import { opening, StartFailure } from './app/start-failure.ts';
import { startUsers } from './app/submission-users.ts';
import { version } from './app/version.ts';
import { startWatch } from './app/watch.ts';
import { ensureKeys, readKeys } from './config/keys.ts';
import type { Options } from './config/options.ts';
import { readRelays } from './config/relays.ts';
import { ensureAdminKey } from './config/secrets.ts';
import { sendingsOf } from './config/sending-domains.ts';
import { dayOf, type KeyRing } from './core/verp/index.ts';
import { startHttp } from './http/server.ts';
import { startIntake } from './intake/intake.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { readArrival } from './pipeline/mime-fallback.ts';
import { startWorker } from './pipeline/worker.ts';
import { composeMessage, recipientsIn } from './sender/compose.ts';
import type { SenderParts } from './sender/parts.ts';
import { startSender, type Sender } from './sender/sender.ts';
import { createArrivalLog } from './store/arrivals.ts';
import type { Db } from './store/db.ts';
import { startElapsed } from './store/elapsed.ts';
import { storePostmasterMail } from './store/postmaster.ts';
import { startRetention } from './store/retention.ts';
import { suppressionOf } from './store/suppressions.ts';
import type { InheritedSocket } from './systemd.ts';

export interface AppParts {
  readonly options: Options;
  readonly log: Log;
  readonly sockets: readonly InheritedSocket[];
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal;
}

export interface App {
  readonly listeners: readonly { readonly kind: 'smtp' | 'lmtp' | 'submission' | 'http'; readonly address: string }[];
  /** `embedded`, or host and database of the URL. */
  readonly database: string;
  /** Files that this start made. */
  readonly made: { readonly keys: boolean; readonly adminKey: boolean };
  readonly ring: () => KeyRing;
  /** Certificate, keys, rules, users and relays, each by itself: what cannot be read stays as it was, and the log says so. */
  reload(): Promise<void>;
  /** No new work; what is under way is finished and committed. */
  close(): Promise<void>;
}

const now = (): Date => new Date();
const readyDeadline = 3000;

/**
 * Others may pass through the data directory and see nothing of it: the LMTP socket for `inject` and the account of the
 * embedded server must be reachable; every secret in it is a file of mode 0600.
 */
async function makeDataDir(dir: string): Promise<void> {
  if ((await mkdir(dir, { recursive: true, mode: 0o711 })) !== undefined) await chmod(dir, 0o711);
}

/** Rejects with StartFailure where a person or time can help; what was opened is closed again. */
export async function startApp({ options, log, sockets, signal }: AppParts): Promise<App> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop())
      await closer().catch((error: unknown) => {
        log.bug('close', error);
      });
  };
  const use = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  try {
    const metrics = createMetrics(options.metrics);
    metrics.buildInfo.set({ version, node: process.versions.node }, 1);
    await opening(options.data.dir, () => makeDataDir(options.data.dir));
    const rules = await startRules(options.rules.directory, log, metrics);
    // Before the database: a second daemon must find out that it is one before it makes keys of its own.
    const { db, name } = use(await startDatabase({ options, log, metrics, ...(signal && { signal }) }));
    const keys = await makeKeys(options);
    let { ring } = keys;

    use(startRetention({ db, options, log, metrics }));
    use(startElapsed({ db, options, log, metrics }));
    const worker = options.pipeline.enabled
      ? use(startWorker({ db, options, rules: rules.current, log, metrics, now }))
      : null;
    const arrivals = use(
      createArrivalLog({
        db,
        log,
        metrics,
        commitDeadline: options.smtp.commitDeadline,
        maxPendingBytes: options.smtp.inFlightBytes,
        ...(worker && { handOff: worker }),
      }),
    );
    // The disk of a server elsewhere is its own operator's.
    const disk =
      name === 'embedded'
        ? use(await startDiskWatch(`${options.data.dir}/postgres`, options.data.minFree, metrics))
        : null;
    const sender = await startSending({ options, db, ring: () => ring, rules: rules.current, log, metrics });
    if (sender !== null) use(sender);
    const users = await startUsers(options.submission.usersFile, log, metrics);
    const providers = options.care.mxLookup ? createMxProviders(createMxLookUp()) : byAddress;
    const handOver = createHandOver({ db, options, ring: () => ring, providers, now, wake: () => sender?.wake() });
    const intake = use(
      await opening('smtp', () =>
        startIntake({
          options,
          domains: options.domain,
          ring: () => ring,
          commit: (group) => arrivals.commit(group),
          diskLow: () => disk?.low() ?? false,
          storePostmaster: (mail) => storePostmasterMail(db, mail),
          log,
          metrics,
          now,
          submission: {
            options: options.submission,
            handOver,
            authenticate: (user, password, peer) => users.authenticate(user, password, peer),
            suppressionOf: (identity) => suppressionOf(db, identity, now()),
          },
          inherited: sockets,
        }),
      ),
    );
    const http = use(
      await opening('http', () =>
        startHttp({
          options,
          db,
          mint: createMint({ db, domains: options.domain, ring: () => ring, now }),
          readMail: readArrival,
          handOver,
          register: createRegister({ db, options, ring: () => ring, providers, now }),
          compose: composeMessage,
          recipientsIn,
          diskLow: () => disk?.low() ?? false,
          wake: () => worker?.wake(),
          wakeSender: () => sender?.wake(),
          rules: rules.current,
          log,
          metrics,
          adminKey: keys.adminKey,
          ready: () => whatIsMissing(db),
          now,
          version,
          inherited: sockets.filter((socket) => socket.name.startsWith('http')).map(({ fd }) => fd),
        }),
      ),
    );
    use(startWatch({ db, log, metrics }));
    // Asked to end before all others and waited for in its turn: what is on the wire ends while the sessions here do.
    closers.push(() => {
      sender?.close().catch(() => undefined);
      return Promise.resolve();
    });

    return {
      listeners: [...intake.listeners, ...http.addresses.map((address) => ({ kind: 'http' as const, address }))],
      database: name,
      made: keys.made,
      ring: () => ring,
      close,
      async reload() {
        await intake.reloadTls();
        const freshKeys = await readKeys(options.verp.keyFile);
        if (freshKeys.ok) {
          ring = freshKeys.ring;
          log.reloaded('keys');
        } else log.reloadFailed('keys', new Error(freshKeys.problems.join('; ')));
        metrics.reloadSuccessful.set({ what: 'keys' }, freshKeys.ok ? 1 : 0);
        await rules.reload();
        await users.reload();
        if (sender !== null) await renewRelays(sender, options.relay, log, metrics);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Null where there is no way out, or other processes send. */
async function startSending(
  parts: Pick<SenderParts, 'options' | 'db' | 'ring' | 'rules' | 'log' | 'metrics'>,
): Promise<Sender | null> {
  const { sender, relay, smtp } = parts.options;
  if (!sender.enabled || relay.length === 0) return null;
  const read = await readRelays(relay);
  if (!read.ok) throw new StartFailure('configuration', read.problems.join('\n'));
  const name = smtp.hostname === '' ? hostname() : smtp.hostname;
  return startSender({ ...parts, relays: read.relays, hostname: name, now, random: Math.random });
}

/** Passwords, authorities and DKIM keys of the relays: of all, or of none where one can't be read. */
async function renewRelays(sender: Sender, relays: Options['relay'], log: Log, metrics: Metrics): Promise<void> {
  const fresh = await readRelays(relays);
  if (fresh.ok) {
    sender.renew(fresh.relays);
    log.reloaded('relays');
  } else log.reloadFailed('relays', new Error(fresh.problems.join('; ')));
  metrics.reloadSuccessful.set({ what: 'relays' }, fresh.ok ? 1 : 0);
}

interface Keys {
  readonly ring: KeyRing;
  readonly adminKey: string;
  readonly made: App['made'];
}

/** The key ring and the admin key, made where this is the first start. */
async function makeKeys(options: Options): Promise<Keys> {
  const wanted = sendingsOf(options.domain).map(({ sendingDomain }) => sendingDomain);
  const keys = await ensureKeys(options.verp.keyFile, wanted, dayOf(now()));
  if (!keys.ok) throw new StartFailure('configuration', keys.problems.join('\n'));
  const admin = await ensureAdminKey(options.http.adminKeyFile);
  if (!admin.ok) throw new StartFailure('configuration', admin.problem);
  return {
    ring: keys.ring,
    adminKey: admin.secret,
    made: { keys: keys.made.length > 0, adminKey: admin.made === true },
  };
}

/** For /readyz: a load balancer asks often and must not wait for a frozen server. */
async function whatIsMissing(db: Db): Promise<string[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error('no answer'));
  }, readyDeadline);
  try {
    await Promise.race([db.ping(), late.promise]);
    return [];
  } catch {
    return ['database'];
  } finally {
    clearTimeout(timer);
  }
}
