/**
 * DNS of a return-path domain: MX, SPF (RFC 7208), MTA-STS (RFC 8461), TLS-RPT (RFC 8460), DANE (RFC 7672). What it should
 * say, and whether it does. A resolver that does not answer is no fault of the configuration: "not looked up".
 */
import { createHash, type X509Certificate } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import type { DnsRecord, Finding } from './check-finding.ts';

/** Null where DNS is not to be asked. */
export type Ask = Resolver | null;

type Wanted = Omit<DnsRecord, 'state' | 'found'> & {
  /** What stands now; null where nobody answered. */
  readonly look: (resolver: Resolver) => Promise<string[]>;
  readonly fits: (found: string) => boolean;
};

const patience = 2000;
const absent = ['ENODATA', 'ENOTFOUND'];

/** `server`: an address with or without port; else the system's resolvers. */
export function createResolver(server: string | null): Resolver {
  const resolver = new Resolver({ timeout: patience, tries: 1 });
  if (server !== null) resolver.setServers([server]);
  return resolver;
}

/** The policy that belongs under https://mta-sts.<domain>/.well-known/mta-sts.txt. */
export function stsPolicy(mx: string): string {
  return `version: STSv1\nmode: enforce\nmx: ${mx}\nmax_age: 604800\n`;
}

/** What a domain needs, and what it has. `certificate`: that of STARTTLS, or null. */
export async function checkDomain(
  domain: string,
  mx: string,
  certificate: X509Certificate | null,
  ask: Ask,
): Promise<{ records: DnsRecord[]; findings: Finding[] }> {
  if (domain === 'localhost' || domain.endsWith('.localhost'))
    return {
      records: [],
      findings: [{ level: 'ok', area: 'dns', text: `${domain} is for this machine alone and needs no records` }],
    };
  const records = await Promise.all(wantedFor(domain, mx, certificate).map((wanted) => lookUp(wanted, ask)));
  return { records, findings: [...records.map(findingOf), ...(await checkHost(mx, ask))] };
}

function wantedFor(domain: string, mx: string, certificate: X509Certificate | null): Wanted[] {
  const text = (name: string, starts: string, value: string, why: string): Wanted => ({
    domain,
    name,
    type: 'TXT',
    value: `"${value}"`,
    why,
    look: async (resolver) =>
      (await resolver.resolveTxt(name)).map((parts) => parts.join('')).filter((entry) => entry.startsWith(starts)),
    fits: () => true,
  });
  const records: Wanted[] = [
    {
      domain,
      name: domain,
      type: 'MX',
      value: `10 ${mx}.`,
      why: 'bounces come here',
      look: async (resolver) => (await resolver.resolveMx(domain)).map((each) => `${each.priority} ${each.exchange}.`),
      fits: (found) => found.toLowerCase().endsWith(` ${mx}.`),
    },
    text(domain, 'v=spf1', 'v=spf1 ip4:<each sending host> -all', 'the hosts that send with this return-path'),
    text(
      `_smtp._tls.${domain}`,
      'v=TLSRPTv1',
      `v=TLSRPTv1; rua=mailto:postmaster@${domain}`,
      'reports of TLS failures',
    ),
  ];
  if (certificate === null) return records;
  const id = createHash('sha256').update(stsPolicy(mx)).digest('hex').slice(0, 20);
  const name = `_25._tcp.${mx}`;
  const key = keyDigest(certificate);
  return [
    ...records,
    text(`_mta-sts.${domain}`, 'v=STSv1', `v=STSv1; id=${id}`, 'senders insist on TLS (with the policy below)'),
    {
      domain,
      name,
      type: 'TLSA',
      value: `3 1 1 ${key}`,
      why: 'DANE; only with DNSSEC, and before the key changes',
      look: async (resolver) =>
        (await resolver.resolveTlsa(name)).map(
          ({ certUsage, selector, match, data }) =>
            `${certUsage} ${selector} ${match} ${Buffer.from(data).toString('hex')}`,
        ),
      fits: (found) => found === `3 1 1 ${key}`,
    },
  ];
}

/** SHA-256 of the public key (TLSA 3 1 1): a renewed certificate over the same key keeps it. */
function keyDigest(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}

async function lookUp({ look, fits, ...record }: Wanted, ask: Ask): Promise<DnsRecord> {
  const found = await answer(ask, look);
  if (found === null) return { ...record, state: 'notLookedUp', found: [] };
  const state = found.length === 0 ? 'missing' : found.some(fits) ? 'stands' : 'differs';
  return { ...record, state, found };
}

/** Null where nobody answered, [] where there is no such record. */
async function answer(ask: Ask, look: (resolver: Resolver) => Promise<string[]>): Promise<string[] | null> {
  if (ask === null) return null;
  try {
    return await look(ask);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return absent.includes(code) ? [] : null;
  }
}

function findingOf({ name, type, state, found, why }: DnsRecord): Finding {
  const what = `${type} of ${name}`;
  const needed = type === 'MX';
  switch (state) {
    case 'stands':
      return { level: 'ok', area: 'dns', text: `${what} stands` };
    case 'differs':
      return { level: needed ? 'fail' : 'warn', area: 'dns', text: `${what} is ${found.join(', ')} (${why})` };
    case 'missing':
      return { level: needed ? 'fail' : 'warn', area: 'dns', text: `${what} is missing (${why})` };
    case 'notLookedUp':
      return { level: 'warn', area: 'dns', text: `${what} was not looked up` };
  }
}

async function checkHost(mx: string, ask: Ask): Promise<Finding[]> {
  const [four, six] = await Promise.all([
    answer(ask, (resolver) => resolver.resolve4(mx)),
    answer(ask, (resolver) => resolver.resolve6(mx)),
  ]);
  if (four === null && six === null) return [{ level: 'warn', area: 'dns', text: `${mx} was not looked up` }];
  const addresses = [...(four ?? []), ...(six ?? [])];
  return addresses.length === 0
    ? [{ level: 'fail', area: 'dns', text: `${mx} has no address; smtp.hostname names the MX` }]
    : [{ level: 'ok', area: 'dns', text: `${mx} is ${addresses.join(', ')}` }];
}
