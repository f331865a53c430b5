/** Relays ready for use: the URLs taken apart, and what their files hold. Read at the start and at a reload. */
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { asciiDomain } from '../core/address.ts';
import type { RelayOptions } from './options.ts';
import { parseRelayUrl, type RelayUrl } from './relay-url.ts';
import { readSecret } from './secrets.ts';

export interface RelaySettings extends RelayUrl {
  /** `host:port`, for people. */
  readonly name: string;
  /** A-labels; empty: all that no other relay names. */
  readonly sendingDomains: readonly string[];
  /** Null: no AUTH. */
  readonly password: string | null;
  /** PEM; null: the system's. */
  readonly ca: string | null;
  readonly connections: number;
  /** Null: the relay signs, or nobody. */
  readonly dkim: { readonly domain: string; readonly selector: string; readonly key: string } | null;
}

export type ReadRelays =
  | { readonly ok: true; readonly relays: readonly RelaySettings[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Every problem, a line each. */
export async function readRelays(relays: readonly RelayOptions[]): Promise<ReadRelays> {
  const problems: string[] = [];
  const read = await Promise.all(relays.map((relay) => readRelay(relay, problems)));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, relays: read.filter((each) => each !== null) };
}

async function readRelay(options: RelayOptions, problems: string[]): Promise<RelaySettings | null> {
  const parsed = parseRelayUrl(options.url);
  if (!parsed.ok) {
    problems.push(`[[relay]] url: ${parsed.expected}`);
    return null;
  }
  const { relay } = parsed;
  return {
    ...relay,
    name: `${relay.host}:${relay.port}`,
    sendingDomains: options.sendingDomains.map((name) => asciiDomain(name) ?? name),
    password: options.passwordFile === '' ? null : await readPassword(options.passwordFile, problems),
    ca: await readPem(options.caFile, problems, (ca) => createSecureContext({ ca })),
    connections: options.connections,
    dkim: await readDkim(options, problems),
  };
}

async function readPassword(path: string, problems: string[]): Promise<string | null> {
  const read = await readSecret(path);
  if (read.ok) return read.secret;
  problems.push(read.problem);
  return null;
}

async function readDkim(options: RelayOptions, problems: string[]): Promise<RelaySettings['dkim']> {
  const key = await readPem(options.dkimKeyFile, problems, createPrivateKey);
  return key === null ? null : { domain: options.dkimDomain, selector: options.dkimSelector, key };
}

/** Tried before it is used: a file that is no such thing is told at the start, not at the first mail. */
async function readPem(path: string, problems: string[], tried: (pem: string) => unknown): Promise<string | null> {
  if (path === '') return null;
  try {
    const pem = await readFile(path, 'utf8');
    tried(pem);
    return pem;
  } catch (error) {
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';
    problems.push(`${path}: cannot be used (${code})`);
    return null;
  }
}
