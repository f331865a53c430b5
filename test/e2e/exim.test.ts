/** A real Exim as the sender whose mail fails: its report has its own ideas of fields (Status 5.0.0, X-Failed-Recipients). */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { domain, startDaemon, type Daemon } from './support/daemon.ts';
import { startFarEnd, type FarEnd } from './support/far-end.ts';
import { missing, peerPath } from './support/peers.ts';
import { freePort, until } from './support/ports.ts';
import { SmtpPeer } from './support/smtp-peer.ts';

// Exim insists on an account of this name; the machine has none where only the binary was unpacked.
const account = { name: 'Debian-exim', id: 59_871 };

describe.skipIf(missing('exim'))('a real Exim', { timeout: 60_000 }, () => {
  let daemon: Daemon;
  let farEnd: FarEnd;
  let exim: ChildProcess;
  let folder: string;
  let port: number;

  beforeAll(async () => {
    daemon = await startDaemon();
    farEnd = await startFarEnd();
    port = await freePort();
    folder = await mkdtemp('/tmp/bmx-exim-');
    await chmod(folder, 0o755);
    let { id } = account;
    try {
      id = Number(execFileSync('id', ['-u', account.name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    } catch {
      // not an account of this machine: the private copy of passwd gets it
    }
    for (const dir of ['spool', 'log']) {
      await mkdir(join(folder, dir));
      await chown(join(folder, dir), id, id);
    }
    for (const [file, line] of [
      ['passwd', `${account.name}:x:${id}:${id}::/:/usr/sbin/nologin`],
      ['group', `${account.name}:x:${id}:`],
    ] as const) {
      const text = await readFile(`/etc/${file}`, 'utf8');
      await writeFile(join(folder, file), text.includes(`${account.name}:`) ? text : `${text}${line}\n`);
    }
    await writeFile(
      join(folder, 'exim.conf'),
      `exim_path = ${peerPath('exim')}
primary_hostname = exim.sender.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
host_lookup =
tls_advertise_hosts =
acl_smtp_rcpt = acl_all
acl_smtp_data = acl_all
begin acl
acl_all:
  accept
begin routers
back:
  driver = manualroute
  domains = ${domain}
  transport = to_bouncemx
  route_data = 127.0.0.1
  self = send
far:
  driver = manualroute
  domains = far.test
  transport = to_far
  route_data = 127.0.0.1
  self = send
begin transports
to_bouncemx:
  driver = smtp
  port = ${daemon.smtpPort}
  allow_localhost
to_far:
  driver = smtp
  port = ${farEnd.port}
  allow_localhost
begin retry
* * F,2h,5s
`,
    );
    const script = `mount --bind ${folder}/passwd /etc/passwd && mount --bind ${folder}/group /etc/group && exec ${peerPath('exim')} -C ${folder}/exim.conf -bdf -q1s`;
    exim = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    exim.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    await until('Exim', async () => {
      const peer = new SmtpPeer(port);
      const reply = await peer.greet();
      peer.close();
      if (exim.exitCode !== null) throw new Error(errors);
      return reply.startsWith('250');
    });
  }, 120_000);
  afterAll(async () => {
    const ended = once(exim, 'exit');
    exim.kill('SIGTERM');
    await ended;
    await farEnd.close();
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has its report read, although its status says 5.0.0 where the receiver said 5.1.1', async () => {
    const [returnPath] = await daemon.mint(['gone@far.test']);
    const peer = new SmtpPeer(port);
    await peer.greet();
    expect(await peer.deliver(returnPath ?? '', 'gone@far.test', 'Subject: x\n\nHello.\n')).toMatch(/^250/);
    peer.close();
    const event = await until('the event', async () => {
      const { body } = await daemon.api<{ items: Record<string, unknown>[] }>('/v1/events?recipient=gone%40far.test');
      return body.items[0];
    });
    expect(event).toMatchObject({ type: 'hard_bounce', category: 'user_not_found', proof: 'verp', replyCode: 550 });
  });
});
