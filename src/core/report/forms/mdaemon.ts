/**
 * MDaemon: `Failed address:` lines, and a session transcript with a time before each line, `-->` for what was said and `<--`
 * for what was answered.
 */
import { findAddresses } from '../claim.ts';
import type { Notification } from '../letter.ts';
import type { Finding } from './form.ts';

const refusal = /<-- ?([45]\d\d[ -].*)/u;
const trouble = /\b(?:socket error|winsock error|dns error|error:|\*\s{1,3}unable|no mx|timed out|refused)/iu;

/** The failed addresses, each with what went wrong in the session; empty where there is no transcript. */
export function findInSession({ lines }: Notification): readonly Finding[] {
  const failed = lines
    .filter((line) => /^\s{0,4}failed address(?:es)?:/iu.test(line))
    .flatMap((line) => findAddresses(line, 10));
  const said = lines.flatMap((line) => refusal.exec(line)?.[1] ?? (trouble.test(line) ? line : []));
  return said.length === 0 ? [] : failed.map((address) => ({ address, text: said.slice(0, 20).join('\n') }));
}
