/**
 * What smtp-server leaves unbounded: connections of one peer, octets in memory, time. Deadlines are absolute and looked at
 * by one sweep over all connections, since a timer that each octet rearms is what slow peers live on.
 */
import type { Options } from '../config/options.ts';
import type { Admitted } from './accept.ts';
import { refusals, type Refusal } from './smtp-replies.ts';

/** Half a minute for a TLS handshake, from STARTTLS. */
const handshakeTimeout = 30_000;
/** DATA must reach the minimum rate over each such stretch. */
const dataWindow = 60_000;

/** What is known of one connection. Times are milliseconds of a monotonic clock. */
export interface Visit {
  readonly listener: 'smtp' | 'lmtp' | 'submission';
  readonly address: string;
  /** Listed in smtp.relays. */
  readonly trusted: boolean;
  /** Of the connection, or of the last accepted message. */
  lastGoodAt: number;
  /** Since the last accepted message. */
  commands: number;
  badTokens: number;
  /** AUTH that failed. */
  badPasswords: number;
  /** The refusal that a handler made last: its words may be for this peer alone. */
  saying: Refusal | null;
  handshakeAt: number | null;
  /** Of MAIL, until the final dot. */
  transactionAt: number | null;
  /** DATA in progress. */
  data: { octets: number; windowAt: number; windowOctets: number } | null;
  /** The message is in and waits for its commit: nothing but the commit deadline may end this. */
  committing: boolean;
  /** One for each RCPT that got 250, in order. */
  recipients: Admitted[];
}

export function createVisit(who: Pick<Visit, 'listener' | 'address' | 'trusted'>, at: number): Visit {
  return {
    ...who,
    lastGoodAt: at,
    commands: 0,
    badTokens: 0,
    badPasswords: 0,
    saying: null,
    handshakeAt: null,
    transactionAt: null,
    data: null,
    committing: false,
    recipients: [],
  };
}

type TimeLimits = Pick<Options['smtp'], 'sessionTimeout' | 'transactionTimeout' | 'minDataRate'>;

/** What ends a connection now, or null. (Silence is smtp-server's socketTimeout.) */
export function overdue(visit: Visit, at: number, limits: TimeLimits): Refusal | null {
  if (visit.committing) return null;
  if (visit.handshakeAt !== null && at - visit.handshakeAt > handshakeTimeout) return refusals.timeout;
  if (visit.transactionAt !== null && at - visit.transactionAt > limits.transactionTimeout) return refusals.timeout;
  if (at - visit.lastGoodAt > limits.sessionTimeout) return refusals.timeout;
  const { data } = visit;
  if (data !== null && at - data.windowAt >= dataWindow) {
    const octets = data.octets - data.windowOctets;
    if (octets * 1000 < limits.minDataRate * (at - data.windowAt)) return refusals.tooSlow;
    data.windowAt = at;
    data.windowOctets = data.octets;
  }
  return null;
}

/** How often the sweep runs: a second, or a quarter of a deadline that is shorter than four. */
export function sweepInterval(limits: Pick<Options['smtp'], 'sessionTimeout' | 'transactionTimeout'>): number {
  return Math.max(10, Math.min(1000, limits.sessionTimeout / 4, limits.transactionTimeout / 4));
}

export interface Limits {
  /** Null: admitted, and `leave` must follow once. `key` null is a local peer, without a limit of its own. */
  admit(key: string | null, trusted: boolean): Refusal | null;
  leave(key: string | null): void;
  /** Octets of a message that are about to be held in memory; false: no room. */
  takeBytes(octets: number): boolean;
  giveBytes(octets: number): void;
  /** No room for another message. */
  full(): boolean;
}

type CountLimits = Pick<Options['smtp'], 'maxConnections' | 'maxConnectionsPerPeer' | 'inFlightBytes'>;

/** Counts over all listeners of the process. `onBytes` hears by how many octets more or less are in memory. */
export function createLimits(limits: CountLimits, onBytes: (change: number) => void): Limits {
  const held = new Map<string, number>();
  let open = 0;
  let bytes = 0;
  // One slot in ten stays for peers that hold none, so that nobody shuts the door for all.
  const shared = limits.maxConnections - Math.ceil(limits.maxConnections / 10);

  return {
    admit(key, trusted) {
      const own = key === null ? 0 : (held.get(key) ?? 0);
      if (open >= limits.maxConnections) return refusals.tooManyConnections;
      if (!trusted && key !== null && own >= limits.maxConnectionsPerPeer) return refusals.tooManyFromPeer;
      if (!trusted && open >= shared && (own > 0 || key === null)) return refusals.tooManyConnections;
      open += 1;
      if (key !== null) held.set(key, own + 1);
      return null;
    },
    leave(key) {
      open -= 1;
      if (key === null) return;
      const rest = (held.get(key) ?? 1) - 1;
      if (rest > 0) held.set(key, rest);
      else held.delete(key);
    },
    takeBytes(octets) {
      if (bytes + octets > limits.inFlightBytes) return false;
      bytes += octets;
      onBytes(octets);
      return true;
    },
    giveBytes(octets) {
      bytes -= octets;
      onBytes(-octets);
    },
    full: () => bytes >= limits.inFlightBytes,
  };
}
