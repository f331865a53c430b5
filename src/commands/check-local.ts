/** What `check` finds on this machine: keys, certificate, listeners. Reads and tries, changes nothing. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { readKeys } from '../config/keys.ts';
import { isSocketPath, parseHostPort } from '../config/listeners.ts';
import type { Options } from '../config/options.ts';
import { readSecret } from '../config/secrets.ts';
import { sendingsOf } from '../config/sending-domains.ts';
import { signingKey } from '../core/verp/index.ts';
import { reason, type Finding } from './check-finding.ts';

const day = 86_400_000;
const soon = 14 * day;
const greetingPatience = 2000;

/** The key ring and the API key: there, readable for us alone, one active key for each sending domain. */
export async function checkKeys(options: Options): Promise<Finding[]> {
  const findings: Finding[] = [];
  const keys = await readKeys(options.verp.keyFile);
  if (keys.ok) {
    findings.push({ level: 'ok', area: 'keys', text: `${options.verp.keyFile}: ${keys.ring.keys.length} keys` });
    for (const { sendingDomain } of sendingsOf(options.domain))
      if (signingKey(keys.ring, sendingDomain) === null)
        findings.push({ level: 'warn', area: 'keys', text: `${sendingDomain} has no active key: serve makes one` });
  } else if (keys.missing)
    findings.push({ level: 'warn', area: 'keys', text: `${options.verp.keyFile} is not there yet: serve makes it` });
  else findings.push(...keys.problems.map((text): Finding => ({ level: 'fail', area: 'keys', text })));

  const admin = await readSecret(options.http.adminKeyFile);
  if (admin.ok) findings.push({ level: 'ok', area: 'keys', text: `${options.http.adminKeyFile}: the API key` });
  else if (admin.missing)
    findings.push({
      level: 'warn',
      area: 'keys',
      text: `${options.http.adminKeyFile} is not there yet: serve makes it`,
    });
  else findings.push({ level: 'fail', area: 'keys', text: admin.problem });

  const folder = await stat(options.data.dir).catch(() => null);
  if (folder !== null && (folder.mode & 0o066) !== 0)
    findings.push({ level: 'warn', area: 'keys', text: `${options.data.dir} is open to others; chmod 0711` });
  return findings;
}

/** The certificate of STARTTLS: fits its key, is valid for a while, names this host. */
export async function checkTls(
  { smtp }: Pick<Options, 'smtp'>,
  host: string,
  now: Date,
): Promise<{ findings: Finding[]; certificate: X509Certificate | null }> {
  const say = (level: Finding['level'], text: string): Finding => ({ level, area: 'tls', text });
  if (smtp.tlsCertFile === '')
    return { findings: [say('warn', 'no certificate: STARTTLS is not offered')], certificate: null };
  let certificate: X509Certificate;
  const findings: Finding[] = [];
  try {
    certificate = new X509Certificate(await readFile(smtp.tlsCertFile));
  } catch (error) {
    return { findings: [say('fail', `${smtp.tlsCertFile}: ${reason(error)}`)], certificate: null };
  }
  try {
    const key = createPrivateKey(await readFile(smtp.tlsKeyFile));
    if (!certificate.checkPrivateKey(key))
      findings.push(say('fail', `${smtp.tlsKeyFile} is not the key of ${smtp.tlsCertFile}`));
    if (((await stat(smtp.tlsKeyFile)).mode & 0o007) !== 0)
      findings.push(say('warn', `${smtp.tlsKeyFile} can be read by everybody; chmod 0600`));
  } catch (error) {
    findings.push(say('fail', `${smtp.tlsKeyFile}: ${reason(error)}`));
  }
  const left = certificate.validToDate.getTime() - now.getTime();
  const until = certificate.validToDate.toISOString().slice(0, 10);
  if (left <= 0) findings.push(say('fail', `the certificate ended on ${until}`));
  else if (left < soon) findings.push(say('warn', `the certificate ends on ${until}`));
  if (certificate.validFromDate > now) findings.push(say('fail', 'the certificate is not valid yet'));
  if (certificate.checkHost(host) === undefined)
    findings.push(say('warn', `the certificate does not name ${host} (${certificate.subjectAltName ?? 'no names'})`));
  if (findings.length === 0) findings.push(say('ok', `certificate for ${host} until ${until}`));
  return { findings, certificate };
}

/** Every listener: free, or taken by what looks like a bouncemx. */
export async function checkPorts({
  smtp,
  submission,
  http,
}: Pick<Options, 'smtp' | 'submission' | 'http'>): Promise<Finding[]> {
  const entries = [
    ...smtp.listen.map((entry) => ({ entry, kind: 'smtp' as const })),
    ...smtp.lmtpListen.filter((entry) => !isSocketPath(entry)).map((entry) => ({ entry, kind: 'lmtp' as const })),
    ...submission.listen.map((entry) => ({ entry, kind: 'submission' as const })),
    ...http.listen.map((entry) => ({ entry, kind: 'http' as const })),
  ];
  return Promise.all(entries.map(({ entry, kind }) => checkPort(entry, kind)));
}

async function checkPort(entry: string, kind: 'smtp' | 'lmtp' | 'submission' | 'http'): Promise<Finding> {
  const place = parseHostPort(entry) ?? { host: entry, port: 0 };
  const server = createServer();
  try {
    server.listen(place);
    await once(server, 'listening');
    return { level: 'ok', area: 'ports', text: `${kind} ${entry} is free` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EADDRINUSE') {
      const greeting = kind === 'http' ? await healthOf(place) : await greetingOf(place);
      return greeting === null
        ? { level: 'fail', area: 'ports', text: `${kind} ${entry} is taken by another program` }
        : { level: 'ok', area: 'ports', text: `${kind} ${entry} is served (${greeting})` };
    }
    const hint = code === 'EACCES' ? ': a port below 1024 needs CAP_NET_BIND_SERVICE or systemd/bouncemx.socket' : '';
    return { level: 'fail', area: 'ports', text: `${kind} ${entry}: ${reason(error)}${hint}` };
  } finally {
    server.close();
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** The first line of an SMTP or LMTP server, or null. */
async function greetingOf({ host, port }: Place): Promise<string | null> {
  const peer = connect({ host: dialable(host), port });
  peer.setTimeout(greetingPatience, () => peer.destroy(new Error('silent')));
  try {
    const [data] = (await once(peer, 'data')) as [Buffer];
    const line = data.toString('latin1').split('\r\n', 1)[0]?.slice(0, 200) ?? '';
    return line.startsWith('220 ') ? line.replace(/[^\x20-\x7e]/g, '?') : null;
  } catch {
    return null;
  } finally {
    peer.destroy();
  }
}

/** `healthy` where /healthz answers as ours does, or null. */
async function healthOf({ host, port }: Place): Promise<string | null> {
  const name = dialable(host);
  try {
    const answer = await fetch(`http://${name.includes(':') ? `[${name}]` : name}:${port}/healthz`, {
      signal: AbortSignal.timeout(greetingPatience),
      redirect: 'error',
    });
    const body: unknown = await answer.json();
    return answer.ok && typeof body === 'object' && body !== null && 'status' in body ? 'healthy' : null;
  } catch {
    return null;
  }
}

function dialable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}
