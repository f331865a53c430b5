/**
 * Who may hand mail over by SMTP: a file of lines `name:scrypt$N$r$p$salt$hash` (RFC 7914; salt and hash base64url). What
 * one check costs is bounded when the file is read: nobody's line may ask for more memory than the others.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readPrivateFile } from './secrets.ts';

export interface Hash {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export type Users = ReadonlyMap<string, Hash>;

export type ReadUsers =
  { readonly ok: true; readonly users: Users } | { readonly ok: false; readonly problems: readonly string[] };

const standard = { cost: 2 ** 15, blockSize: 8, parallelization: 1 };
/** 128 N r octets: 64 MiB. */
const mostMemory = 64 * 1024 * 1024;
const largestFile = 1024 * 1024;
const hashLength = 32;
const line = /^([\x21-\x39\x3b-\x7e]{1,255}):scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{11,86})\$([\w-]{43})$/;

/** A line for the file. */
export async function formatUser(name: string, password: string): Promise<string> {
  const salt = randomBytes(16);
  const { cost, blockSize, parallelization } = standard;
  const hash = await derive(password, { ...standard, salt, hash: Buffer.alloc(hashLength) });
  const numbers = [cost, blockSize, parallelization].join('$');
  return `${name}:scrypt$${numbers}$${salt.toString('base64url')}$${hash.toString('base64url')}\n`;
}

/** A name that a line can begin with. */
export function isUserName(name: string): boolean {
  return /^[\x21-\x39\x3b-\x7e]{1,255}$/.test(name);
}

/** Compares in constant time; asks for up to 64 MiB and a tenth of a second. */
export async function matches(password: string, hash: Hash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash), hash.hash);
}

/** What nobody's password matches, at the cost of a new line: an unknown name must take as long. */
export function nobody(): Hash {
  return { ...standard, salt: randomBytes(16), hash: randomBytes(hashLength) };
}

/** Every line that is none is a problem. */
export async function readUsers(path: string): Promise<ReadUsers> {
  const read = await readPrivateFile(path, largestFile);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const users = new Map<string, Hash>();
  const problems: string[] = [];
  for (const [index, text] of read.text.split('\n').entries()) {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const parsed = parseLine(trimmed);
    const at = `${path}:${index + 1}`;
    // Never the line itself: it may hold a password that somebody forgot to hash.
    if (parsed === null) problems.push(`${at}: is no line of 'bouncemx submission hash'`);
    else if (users.has(parsed.name)) problems.push(`${at}: this name has a line already`);
    else users.set(parsed.name, parsed.hash);
  }
  return problems.length === 0 ? { ok: true, users } : { ok: false, problems };
}

function parseLine(text: string): { readonly name: string; readonly hash: Hash } | null {
  const found = line.exec(text);
  if (found === null) return null;
  const [, name = '', n, r, p, salt = '', hash = ''] = found;
  const [cost, blockSize, parallelization] = [Number(n), Number(r), Number(p)];
  const powerOfTwo = cost > 1 && (cost & (cost - 1)) === 0;
  const bounded = blockSize > 0 && parallelization > 0 && parallelization <= 4 && 128 * cost * blockSize <= mostMemory;
  if (!powerOfTwo || !bounded) return null;
  return {
    name,
    hash: {
      cost,
      blockSize,
      parallelization,
      salt: Buffer.from(salt, 'base64url'),
      hash: Buffer.from(hash, 'base64url'),
    },
  };
}

function derive(password: string, { salt, hash, ...cost }: Hash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, { ...cost, maxmem: 2 * mostMemory }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
