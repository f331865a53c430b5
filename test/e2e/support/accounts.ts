/** Accounts of the machine that peers run as. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The number of a user (`passwd`) or a group. Rejects where there is none of this name. */
export async function idOf(kind: 'passwd' | 'group', name: string): Promise<number> {
  const { stdout } = await promisify(execFile)('getent', [kind, name]);
  return Number(stdout.split(':')[2]);
}
