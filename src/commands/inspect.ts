/**
 * `bouncemx inspect`: one message, explained to a person: its way and its parts, what was found where, every rule that could have
 * decided, and what would follow. Reads the message alone; keys and configuration only where a return-path is asked about.
 */
import { parseArgs } from 'node:util';
import { readKeys } from '../config/keys.ts';
import { loadOptions } from '../config/load.ts';
import type { Options } from '../config/options.ts';
import { asciiDomain } from '../core/address.ts';
import type { Bound } from '../core/event.ts';
import { explainMessage } from '../core/explain/explain.ts';
import { scanMessage } from '../core/mime.ts';
import { dayOf } from '../core/verp/key-ring.ts';
import { decodeReturnPath } from '../core/verp/return-path.ts';
import { readArrival } from '../pipeline/mime-fallback.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { inspectPage } from './inspect-page.ts';
import { mailFiles } from './mail-files.ts';
import { rulesWith } from './own-rules.ts';
import { labelled } from './table.ts';

const help = `bouncemx inspect: one message, explained

Usage: bouncemx inspect [--json] [--to RETURN-PATH] [PATH]

Reads one message from PATH, or from stdin, and says which way it took, what was found in it and where,
which rules could have decided, which one did and by which words, and what would follow for a recipient
without a history. Nothing is stored and nobody is suppressed.

  --to RETURN-PATH   the address that the message came to: says whom it proves (needs the key ring)
  --config FILE      the configuration with the domains, the key file, the policy and rules.directory
  --json             one JSON document, for programs: docs/inspect.md

Example: bouncemx inspect < report.eml
`;

export const command: Command = {
  summary: 'explain one message: what was found where, which rule, what would happen',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, to: { type: 'string' }, config: { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new UsageError('one message at a time; parse reads many');
    // Without either, the page is the same on every machine.
    const asked = values.to !== undefined || values.config !== undefined;
    const options = asked ? optionsOf(io.env, values.config) : optionsOf({}, '/dev/null');
    const proof = values.to === undefined ? null : await proofOf(values.to, options);
    const { raw, truncated } = await readOne(positionals[0] ?? '-', io);
    const message = scanMessage(raw);
    const read = await readArrival(raw, truncated);
    // The row of an opaque return-path is in the database alone: whoever the report names is taken for its recipient.
    const bound = proof?.ok === true && proof.bound.recipient !== null ? proof.bound : null;
    const assumed = { bound, policy: options.policy, now: new Date() };
    const rules = await rulesWith(asked ? options.rules.directory : '');
    const explanation = explainMessage(message, read, raw.length, rules, assumed);
    if (values.json === true) await io.out(`${JSON.stringify({ ...explanation, proof })}\n`);
    else await io.out(`${inspectPage(explanation)}${proof === null ? '' : describeProof(proof)}`);
    return exit.ok;
  },
};

async function readOne(path: string, io: Io): Promise<{ readonly raw: Buffer; readonly truncated: boolean }> {
  for await (const file of mailFiles([path], io.stdin)) {
    if ('error' in file) throw new CommandFailure(exit.failed, `${file.source}: ${file.error}`);
    return file;
  }
  throw new CommandFailure(exit.failed, `${path}: no message in it`);
}

function optionsOf(env: Io['env'], file: string | undefined): Options {
  const loaded = loadOptions({ env, ...(file === undefined ? {} : { file }) });
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.join('\n'));
  return loaded.options;
}

type Proof = { readonly ok: true; readonly bound: Bound } | { readonly ok: false; readonly why: string };

async function proofOf(address: string, { domain, verp }: Options): Promise<Proof> {
  const at = address.lastIndexOf('@');
  const name = asciiDomain(address.slice(at + 1));
  const ours = domain.find((each) => each.name === name);
  if (at < 1 || ours === undefined) return { ok: false, why: 'none of our return-path domains' };
  const keys = await readKeys(verp.keyFile);
  if (!keys.ok) throw new CommandFailure(exit.configuration, keys.problems.join('\n'));
  const validity = Math.floor(verp.validity / 86_400_000);
  const decoded = decodeReturnPath(address.slice(0, at), ours, keys.ring, dayOf(new Date()), validity);
  return decoded.ok ? { ok: true, bound: decoded.bound } : { ok: false, why: decoded.why };
}

function describeProof(proof: Proof): string {
  const rows: [string, string | null][] = proof.ok
    ? [
        ['proves', proof.bound.recipient ?? `the row ${proof.bound.rowId ?? ''} of an opaque return-path`],
        ['sending domain', proof.bound.sendingDomain],
      ]
    : [['proves', `nobody (${proof.why}): such mail is refused, or goes to review at most`]];
  return `\nReturn-path\n${labelled(rows)}`;
}
