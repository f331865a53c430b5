/**
 * The way to one relay: up to so many connections, opened as they are needed, each with one transaction at a time. A relay
 * that takes fewer connections than allowed is used with those that it takes.
 */
import type { RelaySettings } from '../config/relays.ts';
import { openConnection, type RelayConnection } from './relay-connection.ts';
import type { Outcome, Transaction, Trouble } from './transaction.ts';

export interface Relay {
  readonly settings: RelaySettings;
  /** Other secrets for the same relay: for connections from now on; those that are open end with what they carry. */
  renew(settings: RelaySettings): void;
  /** A connection is open. */
  readonly connected: boolean;
  /** Null where a connection is open, or could be opened now. Never rejects. */
  open(): Promise<Trouble | null>;
  /** Ends within the deadline, however the relay behaves. Never rejects. */
  send(transaction: Transaction): Promise<Outcome>;
  /** No more connections: who waits for one has trouble, what is on its way goes on. */
  drain(): void;
  /** Cuts what is still on its way, as trouble. */
  close(): void;
}

export interface RelayParts {
  readonly settings: RelaySettings;
  readonly hostname: string;
  /** Milliseconds for one transaction in all, a wait for a connection included. */
  readonly deadline: number;
}

interface Waiting {
  readonly transaction: Transaction;
  readonly deadline: number;
  /** On an open connection that died before it said a word: once more on another. */
  again: boolean;
  readonly resolve: (outcome: Outcome) => void;
}

const longestOpening = 60_000;
const idleTime = 10_000;
/** After a connection beyond those that are open was turned away. */
const growPause = 5000;

export function createRelay({ settings: first, hostname, deadline }: RelayParts): Relay {
  let settings = first;
  const idle: { readonly connection: RelayConnection; readonly since: number }[] = [];
  /** With the settings that each was opened by. */
  const live = new Map<RelayConnection, RelaySettings>();
  const waiting: Waiting[] = [];
  let opening = 0;
  /** Between a refusal and the next transaction: as good as idle. */
  let resetting = 0;
  let only: Promise<Trouble | null> | null = null;
  let growAt = -Infinity;
  const ending = new AbortController();
  const { signal } = ending;

  const timer = setInterval(() => {
    const now = performance.now();
    for (const each of idle.filter(({ since }) => now - since > idleTime)) {
      idle.splice(idle.indexOf(each), 1);
      each.connection.quit();
    }
  }, idleTime / 2);
  timer.unref();

  async function openOne(): Promise<Trouble | null> {
    opening++;
    const by = settings;
    let connection: RelayConnection | null = null;
    const onEnd = (): void => {
      if (connection === null) return;
      live.delete(connection);
      const at = idle.findIndex((each) => each.connection === connection);
      if (at >= 0) idle.splice(at, 1);
      pump();
    };
    const opened = await openConnection({
      settings: by,
      hostname,
      deadline: Math.min(deadline, longestOpening),
      signal,
      onEnd,
    });
    opening--;
    if ('outcome' in opened) {
      growAt = performance.now() + growPause;
      if (live.size === 0 && opening === 0) failWaiting(opened);
      return opened;
    }
    connection = opened;
    live.set(opened, by);
    release(opened);
    return null;
  }

  function failWaiting(trouble: Trouble): void {
    for (const { resolve } of waiting.splice(0)) resolve(trouble);
  }

  function release(connection: RelayConnection): void {
    if (!connection.alive) return;
    if (live.get(connection) !== settings) {
      connection.quit();
      pump();
      return;
    }
    idle.push({ connection, since: performance.now() });
    pump();
  }

  /** Who waits gets what is idle, the last used first; for the rest connections are opened. */
  function pump(): void {
    while (waiting.length > 0) {
      const connection = idle.pop()?.connection;
      if (connection === undefined) break;
      if (!connection.alive) continue;
      const next = waiting.shift();
      if (next !== undefined) void carry(connection, next);
    }
    // With none at all there is nothing to be patient for.
    const mayGrow = live.size + opening === 0 || performance.now() >= growAt;
    if (
      mayGrow &&
      waiting.length > opening + resetting &&
      live.size + opening < settings.connections &&
      !signal.aborted
    )
      void openOne();
  }

  async function carry(connection: RelayConnection, entry: Waiting): Promise<void> {
    const { transaction, deadline: until, resolve } = entry;
    if (performance.now() > until) {
      resolve(late);
      release(connection);
      return;
    }
    const reused = connection.used > 0;
    const outcome = await connection.send(transaction, until);
    const silent = outcome.outcome === 'trouble' && outcome.phase === 'mail' && outcome.replyCode === null;
    if (silent && reused && !entry.again && !signal.aborted) {
      // Closed by the relay while it was idle, and nothing was sent: no fault of anybody's.
      waiting.unshift({ ...entry, again: true });
      pump();
      return;
    }
    resolve(outcome);
    if (outcome.outcome === 'refused' && connection.alive) {
      resetting++;
      await connection.reset();
      resetting--;
    }
    if (connection.alive) release(connection);
    else pump();
  }

  function drain(): void {
    clearInterval(timer);
    ending.abort();
    failWaiting(stopping);
  }

  return {
    get settings() {
      return settings;
    },
    get connected() {
      return live.size > 0;
    },
    renew(fresh) {
      settings = fresh;
      for (const { connection } of idle.splice(0)) connection.quit();
    },
    open() {
      if (signal.aborted) return Promise.resolve(stopping);
      if (live.size > 0) return Promise.resolve(null);
      only ??= openOne().finally(() => (only = null));
      return only;
    },
    send(transaction) {
      if (signal.aborted) return Promise.resolve(stopping);
      return new Promise((resolve) => {
        waiting.push({ transaction, deadline: performance.now() + deadline, again: false, resolve });
        pump();
      });
    },
    drain,
    close() {
      drain();
      const still = new Set(idle.map(({ connection }) => connection));
      for (const connection of [...live.keys()])
        if (still.has(connection)) connection.quit();
        else connection.cut('stopping');
    },
  };
}

const late: Trouble = {
  outcome: 'trouble',
  phase: 'connect',
  replyCode: null,
  text: 'no connection was free in time',
  sent: 'none',
};
const stopping: Trouble = { ...late, text: 'stopping' };
