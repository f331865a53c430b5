/**
 * Mail on disk, one message at a time: files, Maildirs (new and cur), mailboxes (mbox), folders of any of these, and stdin.
 * What cannot be read is an entry with an error, never an exception. At most one message is held in memory, and of that the
 * first MiB, which is what the daemon keeps.
 */
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export type MailFile =
  | { readonly source: string; readonly raw: Buffer; readonly truncated: boolean }
  | { readonly source: string; readonly error: string };

const kept = 1024 * 1024;
/** A message larger than what the daemon accepts is no report. */
const maxMessage = 25 * 1024 * 1024;
const maxDepth = 20;

/** The messages under the given paths, in the order of names. `-` is stdin, one message or a mailbox. */
export async function* mailFiles(paths: readonly string[], stdin: Readable): AsyncGenerator<MailFile> {
  for (const path of paths) {
    if (path === '-') yield* mailbox('-', stdin);
    else yield* walk(path, 0);
  }
}

async function* walk(path: string, depth: number): AsyncGenerator<MailFile> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) {
      if (depth >= maxDepth) yield { source: path, error: `folders nested deeper than ${maxDepth}` };
      else yield* folder(path, depth);
    } else if (!facts.isFile()) yield { source: path, error: 'not a regular file' };
    else if (await isMailbox(path)) yield* mailbox(path, createReadStream(path));
    else if (facts.size > maxMessage) yield { source: path, error: `larger than ${maxMessage} octets` };
    else yield await readOne(path, facts.size);
  } catch (error) {
    yield { source: path, error: reason(error) };
  }
}

async function* folder(path: string, depth: number): AsyncGenerator<MailFile> {
  const entries = await readdir(path, { withFileTypes: true });
  const names = new Set(entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name));
  const isMaildir = names.has('cur') && names.has('new');
  for (const name of entries.map((entry) => entry.name).sort()) {
    // In a Maildir, tmp holds what is still being written, and files beside the three folders are the server's.
    if (isMaildir && !(name === 'cur' || name === 'new' || (name.startsWith('.') && names.has(name)))) continue;
    if (name.startsWith('.') && !isMaildir) continue;
    yield* walk(join(path, name), depth + 1);
  }
}

async function readOne(path: string, size: number): Promise<MailFile> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(Math.min(size, kept));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { source: path, raw: buffer.subarray(0, filled), truncated: size > kept };
  } finally {
    await file.close();
  }
}

/** By name and beginning: a single message may begin with a `From ` line too, and quote others. */
async function isMailbox(path: string): Promise<boolean> {
  if (/\.(?:eml|msg|txt)$/iu.test(path)) return false;
  const file = await open(path);
  try {
    const start = Buffer.alloc(200);
    const { bytesRead } = await file.read(start, 0, 200, 0);
    return isSeparator(start.toString('latin1', 0, bytesRead).split('\n', 1)[0] ?? '');
  } finally {
    await file.close();
  }
}

const separator = /^From \S{0,320} {1,4}[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d/u;

function isSeparator(line: string): boolean {
  return separator.test(line);
}

/** The messages of a mailbox (mboxrd or mboxo), or the one message of a stream. */
async function* mailbox(source: string, stream: Readable): AsyncGenerator<MailFile> {
  let pieces: Buffer[] = [];
  let size = 0;
  let number = 0;
  let afterEmpty = true;
  let rest: Buffer = Buffer.alloc(0);
  const name = (): string => (number === 1 ? source : `${source}#${number}`);
  const take = (): MailFile => {
    number += 1;
    const raw = Buffer.concat(pieces);
    const whole = size;
    pieces = [];
    size = 0;
    if (whole > maxMessage) return { source: name(), error: `larger than ${maxMessage} octets` };
    return { source: name(), raw: raw.subarray(0, kept), truncated: whole > kept };
  };
  const add = (line: Buffer): void => {
    size += line.length;
    if (size - line.length < kept) pieces.push(line);
  };
  try {
    for await (const chunk of stream) {
      const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      let data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        const line = data.subarray(0, end + 1);
        data = data.subarray(end + 1);
        if (afterEmpty && line.length < 500 && line[0] === 70 && isSeparator(line.toString('latin1'))) {
          if (size > 0) yield take();
          continue;
        }
        afterEmpty = line.length <= 2 && (line.length === 1 || line[0] === 13);
        add(line);
      }
      // A line without end is added as it comes, so that it cannot grow here.
      rest = data.length > 65_536 ? Buffer.alloc(0) : data;
      if (data.length > 65_536) add(data);
    }
    if (rest.length > 0) add(rest);
    if (size > 0 || number === 0) yield take();
  } catch (error) {
    number += 1;
    yield { source: name(), error: reason(error) };
  }
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? `cannot be read: ${error.code}`
    : 'cannot be read';
}
