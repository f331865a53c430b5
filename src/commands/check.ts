/** `bouncemx check`: says what is missing before somebody else does. Changes nothing, needs no running daemon. */
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { loadOptions } from '../config/load.ts';
import { loadAllRules, loadShippedRules } from '../config/rules.ts';
import { asciiDomain } from '../core/address.ts';
import { createLog } from '../log.ts';
import { checkDatabase } from './check-database.ts';
import { checkDomain, createResolver, stsPolicy } from './check-dns.ts';
import type { DnsRecord, Finding } from './check-finding.ts';
import { checkKeys, checkPorts, checkTls } from './check-local.ts';
import { checkRelays } from './check-relays.ts';
import { checkSubmission } from './check-submission.ts';
import { exit, UsageError, type Command } from './command.ts';
import { printable } from './table.ts';

const help = `Say what is missing: configuration, keys, database, TLS, ports, submission, relays, DNS

Usage: bouncemx check [--config FILE] [--json] [--no-dns] [--resolver ADDRESS[:PORT]]

Changes nothing. Connects to each relay as the sender would, for 3 s at most, and sends nothing. Prints the DNS records that each return-path domain needs, and whether they stand.
  --config FILE     the configuration to check
  --json            one JSON document, for programs
  --no-dns          print the records, ask nobody
  --resolver ADDR   ask this resolver instead of the system's

Exit: 0 nothing failed, 1 something did, 64 wrong use, 78 the configuration cannot be loaded.
`;

export const command: Command = {
  summary: 'say what is missing: configuration, keys, database, TLS, ports, submission, relays, DNS',
  help,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
        'no-dns': { type: 'boolean', default: false },
        resolver: { type: 'string' },
      },
    });
    const loaded = loadOptions({ ...(values.config !== undefined && { file: values.config }), env: io.env });
    if (!loaded.ok) {
      const findings = loaded.problems.map((text): Finding => ({ level: 'fail', area: 'configuration', text }));
      await io.out(values.json ? json(findings, []) : findings.map(line).join(''));
      return exit.configuration;
    }
    const { options, file } = loaded;
    const resolver = values['no-dns'] ? null : resolverOf(values.resolver ?? null);
    const host = asciiDomain(options.smtp.hostname === '' ? hostname() : options.smtp.hostname) ?? 'localhost';
    // What the parts have to say they return; their log lines would only say it twice.
    const log = createLog(options.log, { write: () => undefined });

    const [keys, database, tls, ports, submission, relays] = await Promise.all([
      checkKeys(options),
      checkDatabase(options, log),
      checkTls(options, host, new Date()),
      checkPorts(options),
      checkSubmission(options),
      checkRelays(options, host),
    ]);
    const domains = await Promise.all(
      options.domain.map(({ name }) => checkDomain(name, host, tls.certificate, resolver)),
    );
    const findings: Finding[] = [
      { level: 'ok', area: 'configuration', text: file ?? 'defaults, no file' },
      ...(await checkRules(options.rules.directory)),
      ...keys,
      ...database,
      ...tls.findings,
      ...ports,
      ...submission,
      ...relays,
      ...domains.flatMap((each) => each.findings),
    ];
    const records = domains.flatMap((each) => each.records);
    await io.out(
      values.json
        ? json(findings, records)
        : findings.map(line).join('') + zone(records, host, tls.certificate !== null),
    );
    return findings.some(({ level }) => level === 'fail') ? exit.failed : exit.ok;
  },
};

function resolverOf(server: string | null): ReturnType<typeof createResolver> {
  try {
    return createResolver(server);
  } catch {
    throw new UsageError(`'${server ?? ''}' is no address of a resolver`);
  }
}

async function checkRules(folder: string): Promise<Finding[]> {
  const loaded = await loadAllRules(folder);
  if (!loaded.ok) return loaded.problems.map((text) => ({ level: 'fail', area: 'rules', text: printable(text) }));
  const { version, rules } = loaded.rules;
  const shipped = loadShippedRules().rules.length;
  const own = rules.length === shipped ? '' : `, ${rules.length - shipped} of them in ${folder}`;
  return [{ level: 'ok', area: 'rules', text: `version ${version}, ${rules.length} rules${own}` }];
}

function line({ level, area, text }: Finding): string {
  return `${level.padEnd(5)}${area.padEnd(14)}${text}\n`;
}

function json(findings: readonly Finding[], records: readonly DnsRecord[]): string {
  const ok = findings.every(({ level }) => level !== 'fail');
  return `${JSON.stringify({ ok, findings, records })}\n`;
}

const states: Readonly<Record<DnsRecord['state'], string>> = {
  stands: 'stands',
  differs: 'differs',
  missing: 'missing',
  notLookedUp: 'not looked up',
};

/** The records as lines of a zone file. */
function zone(records: readonly DnsRecord[], host: string, withTls: boolean): string {
  if (records.length === 0) return '';
  const lines = records.map(
    ({ name, type, value, why, state }) => `${name}. IN ${type} ${value}  ; ${states[state]}: ${why}\n`,
  );
  const domains = [...new Set(records.map(({ domain }) => domain))];
  const policies = domains.map(
    (domain) =>
      `\nhttps://mta-sts.${domain}/.well-known/mta-sts.txt\n${stsPolicy(host).replace(/^/gm, '  ').trimEnd()}\n`,
  );
  return `\nDNS records:\n${lines.join('')}${withTls ? policies.join('') : ''}`;
}
