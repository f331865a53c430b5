/**
 * The files of operators' rules as they lie on the disk. Whoever can write one decides who gets no mail any more: a file or folder that
 * others may write, or a file that a stranger put there, is refused; so is what is no regular file, or too large to be meant.
 */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface FileText {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

const mostFiles = 100;
const largestFile = 256 * 1024;
const largestTogether = 1024 * 1024;
/** Mode bits of group and others. */
const writableByOthers = 0o022;
const tooLarge = { ok: false, problem: 'is larger than 256 KiB' } as const;

/** Every `*.toml` of the folder but hidden ones, by name. A folder that is not there holds none. */
export async function readRulesFolder(
  folder: string,
): Promise<{ readonly files: readonly FileText[]; readonly problems: readonly string[] }> {
  let names: string[];
  let owner: number;
  try {
    const { uid, mode } = await stat(folder);
    if ((mode & writableByOthers) !== 0)
      return { files: [], problems: [`${folder}: its group or others may write it; chmod go-w ${folder}`] };
    owner = uid;
    names = (await readdir(folder)).filter((name) => name.endsWith('.toml') && !name.startsWith('.')).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { files: [], problems: [] };
    return { files: [], problems: [`${folder}: cannot be read (${codeOf(error)})`] };
  }
  if (names.length > mostFiles) return { files: [], problems: [`${folder}: more than ${mostFiles} rule files`] };
  return readRuleFiles(
    names.map((name) => join(folder, name)),
    owner,
  );
}

/** These files. @param owner who may own them besides root and us; null: anybody. */
export async function readRuleFiles(
  paths: readonly string[],
  owner: number | null,
): Promise<{ readonly files: readonly FileText[]; readonly problems: readonly string[] }> {
  const files: FileText[] = [];
  const problems: string[] = [];
  let size = 0;
  for (const path of paths) {
    const read = await readRuleFile(path, owner);
    if (!read.ok) problems.push(`${path}${read.line === undefined ? '' : `:${read.line}`}: ${read.problem}`);
    else {
      size += read.size;
      if (size > largestTogether) {
        problems.push(`${path}: all rule files together are larger than 1 MiB`);
        break;
      }
      files.push({ name: basename(path), path, text: read.text });
    }
  }
  return { files, problems };
}

type ReadFile =
  | { readonly ok: true; readonly text: string; readonly size: number }
  | { readonly ok: false; readonly problem: string; readonly line?: number };

async function readRuleFile(path: string, owner: number | null): Promise<ReadFile> {
  let file: FileHandle;
  try {
    // Non-blocking: a pipe put in its place must not hang the start.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return { ok: false, problem: `cannot be read (${codeOf(error)})` };
  }
  try {
    // Of the open file, not of the path: nothing can be exchanged in between.
    const { size, mode, uid } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return { ok: false, problem: 'is not a regular file' };
    if ((mode & writableByOthers) !== 0)
      return { ok: false, problem: `its group or others may write it; chmod go-w ${path}` };
    if (owner !== null && ![0, owner, process.getuid?.()].includes(uid))
      return { ok: false, problem: `belongs to uid ${uid}, who is neither root nor owns the folder` };
    if (size > largestFile) return tooLarge;
    // It may grow meanwhile, and some files state no size: one octet more than is allowed tells.
    const octets = await readAtMost(file, largestFile + 1);
    if (octets.length > largestFile) return tooLarge;
    const text = octets.toString('utf8');
    return isUtf8(octets)
      ? { ok: true, text, size: octets.length }
      : { ok: false, problem: 'is not UTF-8', line: text.slice(0, text.indexOf('\ufffd')).split('\n').length };
  } catch (error) {
    return { ok: false, problem: `cannot be read (${codeOf(error)})` };
  } finally {
    await file.close();
  }
}

async function readAtMost(file: FileHandle, most: number): Promise<Buffer> {
  const octets = Buffer.alloc(most);
  let filled = 0;
  while (filled < most) {
    const { bytesRead } = await file.read(octets, filled, most - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return octets.subarray(0, filled);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
