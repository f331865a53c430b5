/**
 * Secrets that live in files: the admin key of the API (made by the first `serve`) and passwords. A file that others can
 * read is refused: whoever put it there should know.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export type ReadSecret =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly missing: boolean; readonly problem: string };

const largest = 4096;

/** The first line of a file of mode 0600 (0440 where systemd handed it over as a credential). */
export async function readSecret(path: string): Promise<ReadSecret> {
  const read = await readPrivateFile(path, largest);
  if (!read.ok) return read;
  const secret = read.text.split('\n', 1)[0]?.trim() ?? '';
  return secret === '' || !/^[\x21-\x7e]+$/.test(secret)
    ? { ok: false, missing: false, problem: `${path}: its first line holds no secret (visible ASCII)` }
    : { ok: true, secret };
}

type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: boolean; readonly problem: string };

/** The text of a file that nobody else may read, of at most `most` octets. */
export async function readPrivateFile(path: string, most: number): Promise<ReadText> {
  const refuse = (problem: string, missing = false): ReadText => ({
    ok: false,
    missing,
    problem: `${path}: ${problem}`,
  });
  let file: FileHandle;
  try {
    // Non-blocking: a pipe put in its place must not hang the start.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    return refuse(code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`, code === 'ENOENT');
  }
  try {
    const facts = await file.stat();
    const mode = facts.mode & 0o777;
    const handedOver = facts.uid === 0 && process.getuid?.() !== 0 && (mode & 0o037) === 0;
    if (!facts.isFile()) return refuse('is not a regular file');
    if ((mode & 0o077) !== 0 && !handedOver)
      return refuse(`mode ${mode.toString(8).padStart(4, '0')} lets others read it; chmod 0600 ${path}`);
    if (facts.size > most) return refuse(`larger than ${most} octets`);
    return { ok: true, text: await file.readFile('utf8') };
  } finally {
    await file.close();
  }
}

/** Reads the admin key, or makes it where there is no file. Of two processes at once both get the same key. */
export async function ensureAdminKey(path: string): Promise<ReadSecret & { readonly made?: boolean }> {
  const present = await readSecret(path);
  if (present.ok || !present.missing) return present;
  const secret = `bmx_${randomBytes(32).toString('base64url')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${secret}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return { ok: true, secret, made: true };
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return readSecret(path);
    return { ok: false, missing: false, problem: `${path}: cannot be written (${codeOf(error)})` };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}
