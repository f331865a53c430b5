/**
 * What the kinds of single options cannot say: syntax of listeners and names, pairs that belong together, and the orders
 * of time that promises stand on (keys outlive return-paths, leases outlive statements).
 */
import { asciiDomain } from '../core/address.ts';
import type { Flaw } from './flaw.ts';
import { isPeer, isSocketPath, longestSocketPath, parseHostPort } from './listeners.ts';
import type { Options } from './options.ts';
import { checkSending } from './sending-checks.ts';
import { formatDuration } from './values.ts';

const day = 86_400_000;
const foreignForms = ['postfix', 'ezmlm', 'srs', 'batv'];

/** Every flaw of options that are each right by themselves. */
export function crossCheck(options: Options): Flaw[] {
  return [...listeners(options), ...pairs(options), ...times(options), ...domains(options), ...checkSending(options)];
}

function listeners({ smtp, http, database }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  const hostPorts = (path: string, entries: readonly string[]): void => {
    for (const entry of entries)
      if (parseHostPort(entry) === null)
        flaws.push({ path, text: `'${entry}' is no host:port, such as '127.0.0.1:2525' or '[::1]:2525'` });
  };
  hostPorts('smtp.listen', smtp.listen);
  hostPorts('http.listen', http.listen);
  hostPorts(
    'smtp.lmtpListen',
    smtp.lmtpListen.filter((entry) => !isSocketPath(entry)),
  );
  for (const entry of smtp.lmtpListen)
    if (isSocketPath(entry) && Buffer.byteLength(entry) > longestSocketPath)
      flaws.push({ path: 'smtp.lmtpListen', text: `'${entry}' is longer than a socket's path may be (107 octets)` });
  for (const name of ['relays', 'proxyFrom'] as const)
    for (const entry of smtp[name])
      if (!isPeer(entry))
        flaws.push({
          path: `smtp.${name}`,
          text: `'${entry}' is no address and no CIDR block, such as '192.0.2.0/24'`,
        });
  if (!/^0?[0-7]{3}$/.test(smtp.lmtpSocketMode))
    flaws.push({ path: 'smtp.lmtpSocketMode', text: `expected a file mode in octal, such as '0666'` });
  if (smtp.hostname !== '' && asciiDomain(smtp.hostname) === null)
    flaws.push({ path: 'smtp.hostname', text: `'${smtp.hostname}' is no host name` });
  if (http.url !== '' && !/^https?:$/.test(URL.parse(http.url)?.protocol ?? ''))
    flaws.push({ path: 'http.url', text: `expected an http:// or https:// URL` });
  if (database.url !== '' && !/^postgres(?:ql)?:$/.test(URL.parse(database.url)?.protocol ?? ''))
    flaws.push({ path: 'database.url', text: `expected postgres://user@host:port/database` });
  return flaws;
}

function pairs({ smtp, verp, http, database, pipeline }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  if ((smtp.tlsCertFile === '') !== (smtp.tlsKeyFile === ''))
    flaws.push({
      path: smtp.tlsCertFile === '' ? 'smtp.tlsKeyFile' : 'smtp.tlsCertFile',
      text: 'smtp.tlsCertFile and smtp.tlsKeyFile belong together: give both or none',
    });
  if (verp.keyFile === '') flaws.push({ path: 'verp.keyFile', text: 'expected a path' });
  if (http.adminKeyFile === '') flaws.push({ path: 'http.adminKeyFile', text: 'expected a path' });
  if (database.passwordFile !== '' && database.url === '')
    flaws.push({ path: 'database.passwordFile', text: 'is for database.url, which is empty (embedded server)' });
  if (smtp.keepSize > smtp.maxSize)
    flaws.push({ path: 'smtp.keepSize', text: 'must not be greater than smtp.maxSize' });
  if (smtp.inFlightBytes < smtp.keepSize)
    flaws.push({ path: 'smtp.inFlightBytes', text: 'must not be less than smtp.keepSize' });
  if (pipeline.batchBytes < smtp.keepSize)
    flaws.push({ path: 'pipeline.batchBytes', text: 'must not be less than smtp.keepSize' });
  if (smtp.maxConnectionsPerPeer > smtp.maxConnections)
    flaws.push({ path: 'smtp.maxConnectionsPerPeer', text: 'must not be greater than smtp.maxConnections' });
  return flaws;
}

function times({ smtp, verp, database, pipeline, policy, retention }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  const atLeast = (path: string, value: number, least: number, of: string): void => {
    if (value < least)
      flaws.push({ path, text: `is ${formatDuration(value)}, must be at least ${formatDuration(least)} (${of})` });
  };
  if (verp.validity > 365 * day) flaws.push({ path: 'verp.validity', text: 'must be at most 365d' });
  atLeast('retention.keys', retention.keys, verp.validity + 15 * day, 'verp.validity + 15d: a late duplicate is known');
  atLeast('retention.counts', retention.counts, policy.softWindow, 'policy.softWindow');
  atLeast('retention.counts', retention.counts, verp.validity, 'verp.validity');
  atLeast('retention.events', retention.events, retention.counts, 'retention.counts: what counts can be explained');
  atLeast(
    'database.queryTimeout',
    database.queryTimeout,
    database.statementTimeout + 1,
    'over database.statementTimeout',
  );
  atLeast('pipeline.lease', pipeline.lease, database.queryTimeout * 2, 'twice database.queryTimeout');
  atLeast('smtp.idleTimeout', smtp.idleTimeout, smtp.commitDeadline + 1, 'over smtp.commitDeadline');
  atLeast('smtp.sessionTimeout', smtp.sessionTimeout, smtp.transactionTimeout, 'smtp.transactionTimeout');
  if (smtp.commitDeadline > 25_000)
    flaws.push({ path: 'smtp.commitDeadline', text: 'must be at most 25s: a stop waits 30s for the last reply' });
  return flaws;
}

function domains({ domain }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  const seen = new Set<string>();
  domain.forEach(({ name, prefix, sendingDomains, foreign }, i) => {
    const at = (option: string): string => `domain[${i}].${option}`;
    const ascii = asciiDomain(name);
    if (ascii === null) flaws.push({ path: at('name'), text: `'${name}' is no domain name` });
    else if (seen.has(ascii)) flaws.push({ path: at('name'), text: `'${name}' is listed twice` });
    else seen.add(ascii);
    if (!/^[a-z0-9]{1,8}$/i.test(prefix))
      flaws.push({ path: at('prefix'), text: `'${prefix}' must be letters and digits, 1 to 8 of them` });
    for (const sending of sendingDomains)
      if (asciiDomain(sending) === null)
        flaws.push({ path: at('sendingDomains'), text: `'${sending}' is no domain name` });
    for (const form of foreign)
      if (!foreignForms.includes(form))
        flaws.push({ path: at('foreign'), text: `'${form}' is none of ${foreignForms.join(', ')}` });
  });
  return flaws;
}
