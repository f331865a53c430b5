import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/commands/check.ts';
import type { DnsRecord, Finding } from '../../src/commands/check-finding.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { a, mx, startDns, tlsa, txt } from './dns-server.ts';

let folder = '';
let database: TestDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-check-'));
  database = await testDatabase();
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

async function run(env: Record<string, string>, ...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const out = (more: string): Promise<void> => {
    text += more;
    return Promise.resolve();
  };
  const io = { stdin: Readable.from([]), out, err: () => undefined, env };
  return { code: await command.run(args, io), text };
}
interface Said {
  readonly code: number;
  readonly ok: boolean;
  readonly findings: Finding[];
  readonly records: DnsRecord[];
}
async function json(env: Record<string, string>, ...args: string[]): Promise<Said> {
  const { code, text } = await run(env, '--json', ...args);
  return { code, ...(JSON.parse(text) as Omit<Said, 'code'>) };
}
function environment(extra: Record<string, string> = {}): Record<string, string> {
  return {
    BOUNCEMX_DATA_DIR: join(folder, 'data'),
    BOUNCEMX_DATABASE_URL: database.url,
    BOUNCEMX_SMTP_LISTEN: '127.0.0.1:0',
    BOUNCEMX_HTTP_LISTEN: '127.0.0.1:0',
    BOUNCEMX_SMTP_HOSTNAME: 'mx.bounce.example',
    ...extra,
  };
}
function level({ findings }: Said, area: Finding['area'], text: RegExp): string {
  return findings.find((finding) => finding.area === area && text.test(finding.text))?.level ?? 'absent';
}
function certificate(name: string, host: string, ...more: string[]): { cert: string; key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  execFileSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert,
      '-subj', '/CN=x', '-addext', `subjectAltName=DNS:${host}`, ...(more.length > 0 ? more : ['-days', '90'])],
    { stdio: 'pipe' },
  );
  chmodSync(key, 0o600);
  return { cert, key };
}
const tlsFiles = (cert: string, key: string): Record<string, string> => ({
  BOUNCEMX_SMTP_TLS_CERT_FILE: cert,
  BOUNCEMX_SMTP_TLS_KEY_FILE: key,
});

describe('bouncemx check', () => {
  it('exits 78 with every problem of the configuration', async () => {
    const { code, findings } = await json({ BOUNCEMX_SMTP_LISTEN: 'x', BOUNCEMX_HTTP_LISTEN: 'y' });
    expect([code, findings.map((finding) => finding.level)]).toEqual([78, ['fail', 'fail']]);
    expect((await run({ BOUNCEMX_X: '1' })).text).toMatch(/^fail configuration BOUNCEMX_X/);
  });

  it('makes nothing and warns of what serve would make', async () => {
    const said = await json(
      environment({ BOUNCEMX_DATA_DIR: join(folder, 'untouched'), BOUNCEMX_DATABASE_URL: '' }),
      '--no-dns',
    );
    expect(said).toMatchObject({ code: 0, ok: true });
    expect(level(said, 'keys', /verp\.keys is not there yet/)).toBe('warn');
    expect(level(said, 'keys', /admin\.key is not there yet/)).toBe('warn');
    expect(() => readFileSync(join(folder, 'untouched', 'verp.keys'))).toThrow('ENOENT');
  });

  it('fails on keys that others can read, keys that are none, and a data directory that is open', async () => {
    const data = join(folder, 'open');
    mkdirSync(data, { mode: 0o755 });
    writeFileSync(join(data, 'verp.keys'), '1 other.example 2026-01-01 active x\n', { mode: 0o600 });
    writeFileSync(join(data, 'admin.key'), 'secret\n', { mode: 0o644 });
    const said = await json(environment({ BOUNCEMX_DATA_DIR: data }), '--no-dns');
    expect(said.code).toBe(1);
    expect(level(said, 'keys', /64 hexadecimal/)).toBe('fail');
    expect(level(said, 'keys', /admin\.key: mode 0644/)).toBe('fail');
    expect(level(said, 'keys', /open to others/)).toBe('warn');
    writeFileSync(join(data, 'verp.keys'), `1 other.example 2026-01-01 active ${'0'.repeat(64)}\n`);
    writeFileSync(join(data, 'admin.key'), 'secret\n');
    chmodSync(join(data, 'admin.key'), 0o600);
    const better = await json(environment({ BOUNCEMX_DATA_DIR: data }), '--no-dns');
    expect(level(better, 'keys', /bounce\.localhost has no active key/)).toBe('warn');
    expect(level(better, 'keys', /admin\.key: the API key/)).toBe('ok');
  });
});

describe('the database', () => {
  it('is asked for its version, its durability and its schema', async () => {
    const said = await json(environment(), '--no-dns');
    expect(level(said, 'database', /PostgreSQL \d+/)).toBe('ok');
    expect(level(said, 'database', /schema is up to date/)).toBe('ok');
    // The tests' own server runs without fsync, which must not pass; somebody else's may have it on.
    const [row] = await database.db.query<{ fsync: string }>(`select current_setting('fsync') as fsync`);
    const durable = row?.fsync === 'on';
    expect(level(said, 'database', /fsync is off/)).toBe(durable ? 'absent' : 'fail');
    if (!durable) expect(said.code).toBe(1);
  });

  it('without the schema is a warning, away is a failure, and its password is never shown', async () => {
    const empty = await testDatabase('empty');
    const said = await json(environment({ BOUNCEMX_DATABASE_URL: empty.url }), '--no-dns');
    expect(level(said, 'database', /schema lacks 0001/)).toBe('warn');
    await empty.close();
    const away = await run(environment({ BOUNCEMX_DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x' }), '--no-dns');
    expect(away.code).toBe(1);
    expect(away.text).toMatch(/^fail database {6}127\.0\.0\.1:1\/x: /m);
    expect(away.text).not.toContain('hidden');
    const file = { BOUNCEMX_DATABASE_PASSWORD_FILE: join(folder, 'absent') };
    expect(level(await json(environment(file), '--no-dns'), 'database', /no such file/)).toBe('fail');
  });

  it('embedded and not running is no failure', async () => {
    const said = await json(environment({ BOUNCEMX_DATABASE_URL: '' }), '--no-dns');
    expect(level(said, 'database', /embedded PostgreSQL/)).toBe('ok');
  });
});

describe('the certificate', () => {
  it('is fine when it fits its key, names the host and lasts', async () => {
    const { cert, key } = certificate('good', 'mx.bounce.example');
    const said = await json(environment(tlsFiles(cert, key)), '--no-dns');
    expect(level(said, 'tls', /^certificate for mx\.bounce\.example until/)).toBe('ok');
  });

  it('is told when it ends soon, names somebody else, or its key is open', async () => {
    const { cert, key } = certificate('soon', 'other.example', '-days', '3');
    chmodSync(key, 0o644);
    const said = await json(environment(tlsFiles(cert, key)), '--no-dns');
    expect(level(said, 'tls', /ends on/)).toBe('warn');
    expect(level(said, 'tls', /does not name mx\.bounce\.example/)).toBe('warn');
    expect(level(said, 'tls', /read by everybody/)).toBe('warn');
  });

  it('fails when it is over, when its key is another, and when there is none', async () => {
    const good = certificate('one', 'mx.bounce.example');
    const other = certificate('two', 'mx.bounce.example');
    const mixed = await json(environment(tlsFiles(good.cert, other.key)), '--no-dns');
    expect([mixed.code, level(mixed, 'tls', /is not the key of/)]).toEqual([1, 'fail']);
    const absent = await json(environment(tlsFiles(join(folder, 'no.crt'), good.key)), '--no-dns');
    expect(level(absent, 'tls', /no\.crt: /)).toBe('fail');
    const noKey = await json(environment(tlsFiles(good.cert, join(folder, 'no.key'))), '--no-dns');
    expect(level(noKey, 'tls', /no\.key: /)).toBe('fail');
  });
});

describe('submission', () => {
  const relay = { BOUNCEMX_RELAY_URL: 'smtp://127.0.0.1:1', BOUNCEMX_SUBMISSION_LISTEN: '127.0.0.1:0' };
  const file = async (name: string, text: string, extra: Record<string, string> = {}): Promise<Said> => {
    const path = join(folder, name);
    if (text !== '') writeFileSync(path, text, { mode: 0o600 });
    return json(environment({ ...relay, BOUNCEMX_SUBMISSION_USERS_FILE: path, ...extra }), '--no-dns');
  };
  const line = `shop:scrypt$32768$8$1$${'a'.repeat(22)}$${'b'.repeat(43)}\n`;
  const { cert, key } = selfSigned('mx.bounce.example');

  it('is tried like every listener, and says who may hand mail over', async () => {
    const [certFile, keyFile] = [join(folder, 'submission.crt'), join(folder, 'submission.key')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key, { mode: 0o600 });
    const tls = { BOUNCEMX_SMTP_TLS_CERT_FILE: certFile, BOUNCEMX_SMTP_TLS_KEY_FILE: keyFile };
    const good = await file('users', line, { ...tls, BOUNCEMX_SUBMISSION_NETWORKS: '192.0.2.0/24' });
    expect(level(good, 'ports', /submission 127\.0\.0\.1:0 is free/)).toBe('ok');
    expect(level(good, 'submission', /users: 1 user$/)).toBe('ok');
    expect(level(good, 'submission', /without AUTH from 192\.0\.2\.0\/24/)).toBe('ok');
    const two = await file('two-users', line + line.replace('shop', 'news'), tls);
    expect(level(two, 'submission', /two-users: 2 users/)).toBe('ok');
    expect(level(two, 'submission', /AUTH/)).toBe('absent');
    const nobody = await file('no-users', '# none yet\n', tls);
    expect(level(nobody, 'submission', /has no line/)).toBe('fail');
  });

  it('says which line of the file is none, that there is no file, and that AUTH is not offered without a certificate', async () => {
    const networks = { BOUNCEMX_SUBMISSION_NETWORKS: '127.0.0.1/32' };
    const bad = await file('bad-users', `${line}news:secret\n`, networks);
    expect(level(bad, 'submission', /bad-users:2: /)).toBe('fail');
    expect(JSON.stringify(bad)).not.toContain('secret');
    expect(level(bad, 'submission', /no certificate/)).toBe('warn');
    expect(level(await file('absent-users', '', networks), 'submission', /absent-users/)).toBe('fail');
  });

  it('is not spoken of where there is none', async () => {
    const said = await json(environment(), '--no-dns');
    expect(level(said, 'submission', /./)).toBe('absent');
    expect(level(said, 'ports', /submission/)).toBe('absent');
  });
});

describe('ports', () => {
  async function listening(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('are ours, free, taken by somebody, or not to be had', async () => {
    const smtp = createServer((peer) => peer.end('220 mx.bounce.example ESMTP\r\n'));
    const http = createHttpServer((_, response) => response.end('{"status":"ok"}'));
    const stranger = createServer((peer) => peer.end('hello\r\n'));
    const [ours, health, other] = [await listening(smtp), await listening(http), await listening(stranger)];
    const said = await json(
      environment({
        BOUNCEMX_SMTP_LISTEN: `${ours},${other},127.0.0.1:0,192.0.2.1:2525`,
        BOUNCEMX_HTTP_LISTEN: `${health},${other}`,
      }),
      '--no-dns',
    );
    for (const server of [smtp, http, stranger]) server.close();
    expect(level(said, 'ports', new RegExp(`smtp ${ours} is served`))).toBe('ok');
    expect(level(said, 'ports', new RegExp(`http ${health} is served`))).toBe('ok');
    expect(level(said, 'ports', new RegExp(`smtp ${other} is taken`))).toBe('fail');
    expect(level(said, 'ports', new RegExp(`http ${other} is taken`))).toBe('fail');
    expect(level(said, 'ports', /smtp 127\.0\.0\.1:0 is free/)).toBe('ok');
    expect(level(said, 'ports', /192\.0\.2\.1:2525: /)).toBe('fail');
  });
});

describe('DNS', () => {
  const host = 'mx.bounce.example';

  it('stands when every record is there', async () => {
    const { cert, key } = certificate('dns', host);
    const { publicKey } = new X509Certificate(readFileSync(cert));
    const digest = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex');
    const dns = await startDns({
      'MX bounce.example': [mx(10, host)],
      'A mx.bounce.example': [a(192, 0, 2, 1)],
      'TXT bounce.example': [txt('something else'), txt('v=spf1 ip4:192.0.2.7 -all')],
      'TXT _mta-sts.bounce.example': [txt('v=STSv1; id=1')],
      'TXT _smtp._tls.bounce.example': [txt('v=TLSRPTv1; rua=mailto:p@bounce.example')],
      'TLSA _25._tcp.mx.bounce.example': [tlsa(digest)],
    });
    const env = environment({ BOUNCEMX_DOMAIN: 'bounce.example', ...tlsFiles(cert, key) });
    const said = await json(env, '--resolver', dns.address);
    const { text } = await run(env, '--resolver', dns.address);
    dns.close();
    expect(said.records.map(({ type, name, state }) => `${type} ${name} ${state}`)).toEqual([
      'MX bounce.example stands',
      'TXT bounce.example stands',
      'TXT _smtp._tls.bounce.example stands',
      'TXT _mta-sts.bounce.example stands',
      'TLSA _25._tcp.mx.bounce.example stands',
    ]);
    expect(text).toContain(`_25._tcp.${host}. IN TLSA 3 1 1 ${digest}  ; stands`);
    expect(text).toContain('https://mta-sts.bounce.example/.well-known/mta-sts.txt\n  version: STSv1\n  mode: enforce');
  });

  it('that is missing or points elsewhere fails for the MX and warns for the rest', async () => {
    const dns = await startDns({ 'MX a.example': [mx(5, 'elsewhere.example')] });
    const file = join(folder, 'two.toml');
    writeFileSync(file, `[[domain]]\nname = 'a.example'\n[[domain]]\nname = 'b.example'\n`);
    const said = await json(environment(), '--config', file, '--resolver', dns.address);
    dns.close();
    expect(said.code).toBe(1);
    expect(level(said, 'dns', /MX of a\.example is 5 elsewhere\.example\./)).toBe('fail');
    expect(level(said, 'dns', /MX of b\.example is missing/)).toBe('fail');
    expect(level(said, 'dns', /TXT of b\.example is missing/)).toBe('warn');
    expect(level(said, 'dns', /mx\.bounce\.example has no address/)).toBe('fail');
  });

  it('that nobody answers for was not looked up, and that is no failure of ours', async () => {
    const said = await json(environment({ BOUNCEMX_DOMAIN: 'bounce.example' }), '--resolver', '127.0.0.1:1');
    expect(said.records.every(({ state }) => state === 'notLookedUp')).toBe(true);
    expect(said.findings.filter(({ area }) => area === 'dns').every((finding) => finding.level === 'warn')).toBe(true);
  });

  it('refuses a resolver that is no address', async () => {
    await expect(run(environment(), '--resolver', 'no address')).rejects.toThrow('no address of a resolver');
  });
});
