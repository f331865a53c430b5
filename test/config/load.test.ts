import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOptions, type LoadedOptions } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bmx-config-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
function write(text: string): string {
  files += 1;
  const path = join(folder, `${files}.toml`);
  writeFileSync(path, text);
  return path;
}
function load(text: string, env: Record<string, string> = {}): LoadedOptions {
  return loadOptions({ file: write(text), env });
}
function good(loaded: LoadedOptions): Options {
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.options;
}
/** Problems without the path of the file. */
function problems(loaded: LoadedOptions): string[] {
  return loaded.ok ? [] : loaded.problems.map((problem) => problem.replace(/^\S+\/\d+\.toml/, 'file'));
}

describe('without any configuration', () => {
  it('gives the documented defaults with units read and paths absolute', () => {
    const options = good(loadOptions({ env: { BOUNCEMX_DATA_DIR: '/srv/data' } }));
    expect(options.smtp.listen).toEqual(['127.0.0.1:2525']);
    expect(options.smtp.lmtpListen).toEqual(['/srv/data/lmtp.sock']);
    expect(options.smtp.maxSize).toBe(26_214_400);
    expect(options.verp).toEqual({ keyFile: '/srv/data/verp.keys', validity: 45 * 86_400_000 });
    expect(options.http.adminKeyFile).toBe('/srv/data/admin.key');
    expect(options.smtp.tlsCertFile).toBe('');
    expect(options.domain).toEqual([{ name: 'bounce.localhost', prefix: 'b', sendingDomains: [], foreign: [] }]);
  });

  it('leaves the standard LMTP socket out where its path would be too long for a socket, and refuses one that was asked for', () => {
    const deep = `/srv/${'d'.repeat(110)}`;
    expect(good(loadOptions({ env: { BOUNCEMX_DATA_DIR: deep } })).smtp.lmtpListen).toEqual([]);
    const asked = loadOptions({ env: { BOUNCEMX_DATA_DIR: deep, BOUNCEMX_SMTP_LMTP_LISTEN: 'other.sock' } });
    expect(problems(asked)[0]).toContain('BOUNCEMX_SMTP_LMTP_LISTEN');
  });

  it('says so when the file that was named cannot be read', () => {
    const loaded = loadOptions({ file: join(folder, 'absent.toml'), env: {} });
    expect(problems(loaded)[0]).toContain('absent.toml: ENOENT');
  });
});

describe('the file', () => {
  it('sets options, domains and lists', () => {
    const options = good(
      load(`
[smtp]
listen = ['0.0.0.0:25', '[::]:25']
idleTimeout = '90s'
[policy]
reputationFloor = 12.5
[[domain]]
name = 'Bounce.Example.COM'
prefix = 'R'
[[domain]]
name = 'bücher.example'
`),
    );
    expect(options.smtp.listen).toEqual(['0.0.0.0:25', '[::]:25']);
    expect(options.smtp.idleTimeout).toBe(90_000);
    expect(options.policy.reputationFloor).toBe(12.5);
    expect(options.domain.map(({ name, prefix }) => [name, prefix])).toEqual([
      ['bounce.example.com', 'r'],
      ['xn--bcher-kva.example', 'b'],
    ]);
  });

  it('reports all problems at once, each with line, column and what would be right', () => {
    const loaded = load(
      `[smtp]
maxSzie = '25MiB'
  idleTimeout = 60
listen = ['one',
  'two']

[stmp]
[http]
maxSize = '1MiB'
[log]
level = 'loud'
[database]
connections = 1
[[domain]]
prefix = 'b'
nmae = 'x'
`,
      { BOUNCEMX_SMTP_LISTN: 'x:1', BOUNCEMX_PIPELINE_ENABLED: 'yes' },
    );
    expect(problems(loaded)).toEqual([
      'file:2:1: smtp.maxSzie: no such option; did you mean smtp.maxSize?',
      "file:3:3: smtp.idleTimeout: expected a duration with its unit (ms, s, m, h, d), such as '10m', at least 1ms, at most 1d, not 60",
      'file:7:1: stmp: no such section; did you mean smtp?',
      'file:9:1: http.maxSize: no such option; did you mean smtp.maxSize?',
      `file:11:1: log.level: expected one of 'debug', 'info', 'warn', 'error', not "loud"`,
      'file:13:1: database.connections: expected a whole number, at least 3, at most 200, not 1',
      'file:14:1: domain[0]: needs a name, the return-path domain',
      'file:16:1: domain[0].nmae: no such option; did you mean domain.name?',
      'BOUNCEMX_SMTP_LISTN: no such variable; did you mean BOUNCEMX_SMTP_LISTEN?',
      'BOUNCEMX_PIPELINE_ENABLED: expected true or false, not "yes"',
    ]);
  });

  it('names the place of a syntax error', () => {
    expect(problems(load(`[smtp]\nlisten = [`))[0]).toMatch(/^file:2:\d+: /);
  });

  it('refuses what is no section, no table and no list of domains', () => {
    expect(problems(load(`smtp = 1\ndomain = 'x'`))).toEqual([
      'file:1:1: smtp: expected a section: [smtp]',
      'file:2:1: domain: expected [[domain]] sections, 1 to 1000 of them',
    ]);
    expect(problems(load(`domain = [1]`))).toEqual(['file:1:1: domain[0]: expected a [[domain]] section']);
  });

  it('refuses a file of more than 1 MiB', () => {
    expect(problems(load('#'.repeat(1_100_000)))).toEqual(['file: larger than 1 MiB']);
  });

  it('never takes a name of Object.prototype for an option', () => {
    expect(problems(load(`[smtp]\n__proto__ = 1\nconstructor = 1\n[toString]\n`))).toHaveLength(3);
  });
});

describe('values that do not go together', () => {
  const cases: readonly [string, string, string][] = [
    ['a listener without a port', `[smtp]\nlisten = ['localhost']`, 'smtp.listen'],
    ['a port above 65535', `[http]\nlisten = ['127.0.0.1:70000']`, 'http.listen'],
    ['an IPv6 listener that is no address', `[http]\nlisten = ['[1.2.3.4]:80']`, 'http.listen'],
    ['an LMTP listener that is neither', `[smtp]\nlmtpListen = ['a:b:c']`, 'smtp.lmtpListen'],
    ['a relay that is a name', `[smtp]\nrelays = ['mx.example.com']`, 'smtp.relays'],
    ['a CIDR block beyond its family', `[smtp]\nproxyFrom = ['10.0.0.0/33']`, 'smtp.proxyFrom'],
    ['a file mode that is none', `[smtp]\nlmtpSocketMode = '9'`, 'smtp.lmtpSocketMode'],
    ['a host name that is none', `[smtp]\nhostname = 'a b'`, 'smtp.hostname'],
    ['an API URL of another scheme', `[http]\nurl = 'ftp://x'`, 'http.url'],
    ['a database URL of another scheme', `[database]\nurl = 'mysql://x'`, 'database.url'],
    ['a certificate without its key', `[smtp]\ntlsCertFile = 'c.pem'`, 'smtp.tlsCertFile'],
    ['a key without its certificate', `[smtp]\ntlsKeyFile = 'k.pem'`, 'smtp.tlsKeyFile'],
    ['no key file', `[verp]\nkeyFile = ''`, 'verp.keyFile'],
    ['no admin key file', `[http]\nadminKeyFile = ''`, 'http.adminKeyFile'],
    ['a password for the embedded server', `[database]\npasswordFile = 'p'`, 'database.passwordFile'],
    ['keeping more than is accepted', `[smtp]\nmaxSize = '1MB'\nkeepSize = '2MB'`, 'smtp.keepSize'],
    ['less memory than one message', `[smtp]\ninFlightBytes = '1KB'`, 'smtp.inFlightBytes'],
    ['a batch smaller than one message', `[pipeline]\nbatchBytes = '1KB'`, 'pipeline.batchBytes'],
    ['more connections a peer than in all', `[smtp]\nmaxConnections = 10`, 'smtp.maxConnectionsPerPeer'],
    ['keys shorter than return-paths live', `[retention]\nkeys = '59d'`, 'retention.keys'],
    ['a ledger shorter than its window', `[retention]\ncounts = '89d'`, 'retention.counts'],
    ['events shorter than the ledger', `[retention]\nevents = '119d'`, 'retention.events'],
    ['giving up before the server does', `[database]\nqueryTimeout = '10s'`, 'database.queryTimeout'],
    ['a lease shorter than a statement', `[pipeline]\nlease = '20s'`, 'pipeline.lease'],
    ['silence shorter than a commit', `[smtp]\nidleTimeout = '20s'`, 'smtp.idleTimeout'],
    ['a session shorter than a transaction', `[smtp]\nsessionTimeout = '1m'`, 'smtp.sessionTimeout'],
    ['a commit longer than a stop', `[smtp]\ncommitDeadline = '26s'`, 'smtp.commitDeadline'],
    [
      'return-paths of more than a year',
      `[verp]\nvalidity = '400d'\n[retention]\nkeys = '500d'\ncounts = '500d'`,
      'verp.validity',
    ],
    ['a domain that is none', `[[domain]]\nname = 'a b'`, 'domain[0].name'],
    ['a domain listed twice', `[[domain]]\nname = 'a.example'\n[[domain]]\nname = 'A.example.'`, 'domain[1].name'],
    ['a prefix with a hyphen', `[[domain]]\nname = 'a.example'\nprefix = 'b-'`, 'domain[0].prefix'],
    [
      'a sending domain that is none',
      `[[domain]]\nname = 'a.example'\nsendingDomains = ['@']`,
      'domain[0].sendingDomains',
    ],
    ['an unknown foreign form', `[[domain]]\nname = 'a.example'\nforeign = ['x']`, 'domain[0].foreign'],
  ];
  it.each(cases)('%s is refused', (_, text, path) => {
    const found = problems(load(text));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^file:\d+:\d+: /);
    expect(found[0]).toContain(` ${path}: `);
  });

  it('what goes together is accepted', () => {
    const text = `[smtp]
relays = ['192.0.2.1', '2001:db8::/32']
lmtpListen = ['127.0.0.1:24', '/run/x/lmtp.sock']
tlsCertFile = 'c.pem'
tlsKeyFile = '/etc/k.pem'
[database]
url = 'postgresql://u@db.example/b'
passwordFile = 'p'
[[domain]]
name = 'a.example'
foreign = ['postfix', 'srs']
sendingDomains = ['example.com']`;
    const options = good(load(text, { BOUNCEMX_DATA_DIR: '/d' }));
    expect(options.smtp.tlsCertFile).toBe('/d/c.pem');
    expect(options.smtp.tlsKeyFile).toBe('/etc/k.pem');
    expect(options.smtp.lmtpListen).toEqual(['127.0.0.1:24', '/run/x/lmtp.sock']);
  });
});

describe('the environment', () => {
  it('overrides the file, with commas between the entries of lists', () => {
    const options = good(
      load(`[smtp]\nlisten = ['127.0.0.1:1']\n[[domain]]\nname = 'a.example'\nprefix = 'x'`, {
        BOUNCEMX_SMTP_LISTEN: '127.0.0.1:2, 127.0.0.1:3',
        BOUNCEMX_PIPELINE_ENABLED: 'false',
        BOUNCEMX_SMTP_MAX_RECIPIENTS: '7',
        BOUNCEMX_RETENTION_RAW: '10d',
        BOUNCEMX_DOMAIN: 'b.example',
        BOUNCEMX_TEST_ANYTHING: 'is for tests',
        BOUNCEMX_HTTP_URL: 'http://127.0.0.1:1',
        HOME: '/root',
      }),
    );
    expect(options.smtp.listen).toEqual(['127.0.0.1:2', '127.0.0.1:3']);
    expect(options.pipeline.enabled).toBe(false);
    expect(options.smtp.maxRecipients).toBe(7);
    expect(options.retention.raw).toBe(864_000_000);
    expect(options.domain).toEqual([{ name: 'b.example', prefix: 'x', sendingDomains: [], foreign: [] }]);
  });

  it('empties a list with an empty value', () => {
    expect(good(loadOptions({ env: { BOUNCEMX_HTTP_LISTEN: '' } })).http.listen).toEqual([]);
  });

  it('names its variable where the value breaks a rule between options', () => {
    expect(problems(loadOptions({ env: { BOUNCEMX_RETENTION_KEYS: '1d' } }))[0]).toMatch(
      /^BOUNCEMX_RETENTION_KEYS: is 1d/,
    );
  });

  it('refuses a domain name for many domains, and one that is none', () => {
    const two = `[[domain]]\nname = 'a.example'\n[[domain]]\nname = 'b.example'`;
    expect(problems(load(two, { BOUNCEMX_DOMAIN: 'c.example' }))[0]).toContain('the file lists 2');
    expect(problems(loadOptions({ env: { BOUNCEMX_DOMAIN: 'a b' } }))[0]).toContain('is no domain name');
  });

  it('finds the file by BOUNCEMX_CONFIG', () => {
    const path = write(`[log]\nlevel = 'warn'`);
    const loaded = loadOptions({ env: { BOUNCEMX_CONFIG: path } });
    expect(good(loaded).log.level).toBe('warn');
    expect(loaded.ok && loaded.file).toBe(path);
  });
});

describe('systemd credentials', () => {
  it('stand in for path options that are not set', () => {
    const directory = join(folder, 'credentials');
    mkdirSync(directory);
    for (const name of ['tls-cert', 'tls-key', 'verp-keys']) writeFileSync(join(directory, name), 'x');
    const options = good(load(`[verp]\nkeyFile = '/etc/own.keys'`, { CREDENTIALS_DIRECTORY: directory }));
    expect(options.smtp.tlsCertFile).toBe(join(directory, 'tls-cert'));
    expect(options.smtp.tlsKeyFile).toBe(join(directory, 'tls-key'));
    expect(options.verp.keyFile).toBe('/etc/own.keys');
    expect(options.http.adminKeyFile).toMatch(/admin\.key$/);
  });
});
