/** `bouncemx verp keygen`: makes, rotates and exports keys. Besides `serve` the only place where keys come into being. */
import { parseArgs } from 'node:util';
import { ensureKeys, rotateKeyFile } from '../config/keys.ts';
import { loadOptions } from '../config/load.ts';
import type { DomainOptions } from '../config/options.ts';
import { findSending, sendingsOf, type Sending } from '../config/sending-domains.ts';
import { dayOf, formatKey, signingKey, type KeyRing } from '../core/verp/key-ring.ts';
import { CommandFailure, exit, UsageError, type Io } from './command.ts';

/** Says what it made on stderr; stdout is for `--export` alone, so that it can be piped to a sending host. */
export async function keygen(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      domain: { type: 'string' },
      rotate: { type: 'boolean', default: false },
      export: { type: 'boolean', default: false },
      config: { type: 'string' },
    },
  });
  const loaded = loadOptions({ ...(values.config === undefined ? {} : { file: values.config }), env: io.env });
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.join('\n'));
  const { domain: domains, verp } = loaded.options;
  const sendings = values.domain === undefined ? sendingsOf(domains) : [one(domains, values.domain)];

  const names = sendings.map(({ sendingDomain }) => sendingDomain);
  const today = dayOf(new Date());
  const made = values.rotate
    ? await rotateKeyFile(verp.keyFile, names, today, Math.floor(verp.validity / 86_400_000))
    : await ensureKeys(verp.keyFile, names, today);
  if (!made.ok) throw new CommandFailure(exit.configuration, made.problems.join('\n'));

  for (const key of made.made) io.err(`made key ${key.id} for ${key.sendingDomain} in ${verp.keyFile}\n`);
  if (made.made.length === 0) io.err(`nothing to make: ${names.join(', ')} can sign (${verp.keyFile})\n`);
  else io.err('a running daemon knows it from the next SIGHUP on: sign nothing with it before\n');
  if (values.export) await io.out(exported(sendings, made.ring));
  return exit.ok;
}

function one(domains: readonly DomainOptions[], sendingDomain: string): Sending {
  const sending = findSending(domains, sendingDomain);
  if (sending === null)
    throw new UsageError(
      `${sendingDomain} is no sending domain of the configuration; [[domain]] sendingDomains lists them`,
    );
  return sending;
}

/** A key file for the sending host: its own signing keys, and what else minting needs to know. */
function exported(sendings: readonly Sending[], ring: KeyRing): string {
  return sendings
    .flatMap(({ domain, sendingDomain }) => {
      const key = signingKey(ring, sendingDomain);
      return key === null ? [] : [`# return-paths: ${domain.prefix}-<token>@${domain.name}\n${formatKey(key)}\n`];
    })
    .join('');
}
