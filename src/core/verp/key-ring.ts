/**
 * The keys that sign return-paths, and the text they are kept in: one line a key, so that an operator can copy one line to
 * one sending host. A key is bound to a sending domain: what it signs counts for that domain alone.
 *
 *   <id 1–4095> <sending domain> <day made, YYYY-MM-DD> <active|verify> <secret, 64 hexadecimal digits>
 */
import { asciiDomain } from '../address.ts';

export interface VerpKey {
  /** 1–4095: twelve bits in every token. */
  readonly id: number;
  /** A-label, lower case. */
  readonly sendingDomain: string;
  /** 32 octets. */
  readonly secret: Buffer;
  /** Days since 1970-01-01 UTC. */
  readonly createdDay: number;
  /** `active` signs and verifies; `verify` only verifies. */
  readonly state: 'active' | 'verify';
}

export interface KeyRing {
  /** In the order of the file. */
  readonly keys: readonly VerpKey[];
  readonly byId: ReadonlyMap<number, VerpKey>;
}

export type ParsedKeyRing =
  { readonly ok: true; readonly ring: KeyRing } | { readonly ok: false; readonly problems: readonly string[] };

const maxKeyId = 4095;
const dayMs = 86_400_000;

/** Days since 1970-01-01 UTC: the only measure of time in a token. */
export function dayOf(now: Date): number {
  return Math.floor(now.getTime() / dayMs);
}

/** `2026-01-31` for a day number. */
export function formatDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function parseDay(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const day = Date.parse(`${text}T00:00:00Z`) / dayMs;
  // Date.parse takes February 30th for March 2nd.
  return Number.isInteger(day) && formatDay(day) === text ? day : null;
}

export function createKeyRing(keys: readonly VerpKey[]): KeyRing {
  return { keys, byId: new Map(keys.map((key) => [key.id, key])) };
}

/** The key that signs for a sending domain: its newest active one (of one day's, the one further down), or null. */
export function signingKey(ring: KeyRing, sendingDomain: string): VerpKey | null {
  let newest: VerpKey | null = null;
  for (const key of ring.keys) {
    if (key.state !== 'active' || key.sendingDomain !== sendingDomain) continue;
    if (newest === null || key.createdDay >= newest.createdDay) newest = key;
  }
  return newest;
}

/** Reads the text of a key file. Every problem is reported, with its line. A secret never appears in a problem. */
export function parseKeyRing(text: string): ParsedKeyRing {
  const keys = new Map<number, VerpKey>();
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.split(/[\t\r ]/).filter((word) => word !== '');
    if (words.length === 0 || words[0]?.startsWith('#') === true) continue;
    const where = `line ${index + 1}`;
    const key = parseKey(words);
    if (typeof key === 'string') problems.push(`${where}: ${key}`);
    else if (keys.has(key.id)) problems.push(`${where}: key id ${key.id} stands here twice`);
    else keys.set(key.id, key);
  }
  if (problems.length === 0 && keys.size === 0) problems.push('no key in it');
  return problems.length > 0 ? { ok: false, problems } : { ok: true, ring: createKeyRing([...keys.values()]) };
}

function parseKey(words: readonly string[]): VerpKey | string {
  const [id = '', domain = '', created = '', state = '', secret = ''] = words;
  if (words.length !== 5) return `${words.length} words where a key has 5: id, sending domain, day, state, secret`;
  if (!/^[1-9]\d{0,3}$/.test(id) || Number(id) > maxKeyId) return `the key id is a number from 1 to ${maxKeyId}`;
  const sendingDomain = asciiDomain(domain);
  if (sendingDomain === null) return `'${domain.slice(0, 80)}' is not a domain`;
  const createdDay = parseDay(created);
  if (createdDay === null) return 'the day is written YYYY-MM-DD';
  if (state !== 'active' && state !== 'verify') return "the state is 'active' or 'verify'";
  if (!/^[\da-f]{64}$/i.test(secret)) return 'the secret is 64 hexadecimal digits';
  return { id: Number(id), sendingDomain, secret: Buffer.from(secret, 'hex'), createdDay, state };
}

/** One line of the key file, without its newline. */
export function formatKey(key: VerpKey): string {
  return `${key.id} ${key.sendingDomain} ${formatDay(key.createdDay)} ${key.state} ${key.secret.toString('hex')}`;
}

/** An id that no key of the ring has, or null where all are taken: above the highest first, so that ids are seldom reused. */
export function freeKeyId(keys: readonly VerpKey[]): number | null {
  const used = new Set(keys.map((key) => key.id));
  const next = Math.max(0, ...used) + 1;
  if (next <= maxKeyId) return next;
  for (let id = 1; id <= maxKeyId; id += 1) if (!used.has(id)) return id;
  return null;
}

/**
 * Puts a new key in front of a sending domain: its older ones only verify from now on, and keys whose last possible token
 * has outlived `validityDays` go.
 */
export function rotateKeys(keys: readonly VerpKey[], fresh: VerpKey, validityDays: number): VerpKey[] {
  const kept = dropOutlivedKeys(keys, fresh.createdDay, validityDays).map((key): VerpKey => {
    return key.sendingDomain === fresh.sendingDomain ? { ...key, state: 'verify' } : key;
  });
  return [...kept, fresh];
}

/** A key stops signing on the day its follower (further down in the file) is made; a day of slack for clocks on either side. */
function dropOutlivedKeys(keys: readonly VerpKey[], today: number, validityDays: number): VerpKey[] {
  return keys.filter((key, index) => {
    if (key.state === 'active') return true;
    const followers = keys.slice(index + 1).filter((later) => later.sendingDomain === key.sendingDomain);
    const stopped = Math.min(today, ...followers.map((follower) => follower.createdDay));
    return stopped + validityDays + 2 >= today;
  });
}
