/**
 * A private Postfix on high ports of the loopback: its own configuration, queue and log below one folder.
 * It needs root, since Postfix runs its parts as its own users.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { idOf } from './accounts.ts';
import { freePort, until } from './ports.ts';

const run = promisify(execFile);

export interface Postfix {
  readonly port: number;
  readonly folder: string;
  log(): Promise<string>;
  /** Hands a message in through sendmail(1), for recipients that smtpd would refuse at RCPT. */
  sendmail(sender: string, recipient: string, message: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param settings lines of main.cf beyond the private basics (transport_maps, relay_domains, …)
 * @param services lines of master.cf beyond Postfix' own
 * @param ownPort where it takes mail, for peers that had to know before
 */
export async function startPostfix(
  settings: readonly string[],
  services: readonly string[] = [],
  ownPort?: number,
): Promise<Postfix> {
  const folder = await mkdtemp('/tmp/bmx-postfix-');
  await chmod(folder, 0o755);
  const port = ownPort ?? (await freePort());
  const [uid, gid] = [await idOf('passwd', 'postfix'), await idOf('group', 'postdrop')];
  const rootGroup = 0;
  const queue = join(folder, 'queue');
  const etc = join(folder, 'etc');
  for (const dir of [etc, queue, join(folder, 'data'), join(queue, 'pid')]) await mkdir(dir, { mode: 0o755 });
  await chown(join(folder, 'data'), uid, rootGroup);
  for (const dir of [
    'active',
    'bounce',
    'corrupt',
    'defer',
    'deferred',
    'flush',
    'hold',
    'incoming',
    'private',
    'saved',
    'trace',
  ]) {
    await mkdir(join(queue, dir), { mode: 0o700 });
    await chown(join(queue, dir), uid, rootGroup);
  }
  for (const [dir, mode] of [
    ['maildrop', 0o730],
    ['public', 0o710],
  ] as const) {
    await mkdir(join(queue, dir));
    await chown(join(queue, dir), uid, gid);
    await chmod(join(queue, dir), mode);
  }
  const main = [
    'compatibility_level = 3.6',
    `queue_directory = ${queue}`,
    `data_directory = ${join(folder, 'data')}`,
    'daemon_directory = /usr/lib/postfix/sbin',
    'command_directory = /usr/sbin',
    'mail_owner = postfix',
    'setgid_group = postdrop',
    `maillog_file = ${join(folder, 'mail.log')}`,
    `maillog_file_prefixes = ${folder}`,
    'myhostname = sender.test',
    'mydestination =',
    'local_recipient_maps =',
    'alias_maps =',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'mynetworks = 127.0.0.0/8',
    'smtp_dns_support_level = disabled',
    'smtpd_recipient_restrictions = permit_mynetworks,reject',
    'queue_run_delay = 1s',
    'minimal_backoff_time = 1s',
    'maximal_backoff_time = 1s',
    ...settings,
  ];
  const master = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 1 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    ...['error', 'retry'].map((name) => `${name} unix - - n - - error`),
    ...['smtp', 'lmtp', 'discard'].map((name) => `${name} unix - - n - - ${name}`),
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'proxymap unix - - n - - proxymap',
    'showq unix n - n - - showq',
    'postlog unix-dgram n - n - 1 postlogd',
    ...services,
  ];
  // The last setting of a name counts; Postfix would say so at every step it takes.
  const last = new Map(main.map((line) => [line.slice(0, line.indexOf('=')).trim(), line]));
  await writeFile(join(etc, 'main.cf'), `${[...last.values()].join('\n')}\n`);
  await writeFile(join(etc, 'master.cf'), `${master.join('\n')}\n`);
  await run('/usr/lib/postfix/sbin/master', ['-c', etc, '-w'], { timeout: 20_000 });
  const log = async (): Promise<string> => await readFile(join(folder, 'mail.log'), 'utf8').catch(() => '');

  return {
    port,
    folder,
    log,
    async sendmail(sender, recipient, message) {
      // postdrop waits for ever where its folder is missing: the limit makes that an error.
      const child = spawn('/usr/sbin/sendmail', ['-C', etc, '-f', sender, '-i', recipient], {
        stdio: ['pipe', 'ignore', 'pipe'],
        timeout: 20_000,
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      child.stdin.end(message);
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      if (code !== 0) throw new Error(`sendmail ended with ${String(code)}: ${errors}`);
    },
    async stop() {
      const pid = Number(await readFile(join(queue, 'pid/master.pid'), 'utf8'));
      process.kill(pid, 'SIGTERM');
      await until('Postfix to end', () => {
        try {
          process.kill(pid, 0);
          return Promise.resolve(false);
        } catch {
          return Promise.resolve(true);
        }
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
