/**
 * A private Dovecot that speaks LMTP: mailboxes as Maildir below one folder, a quota for each, users in a file that it reads
 * again whenever it changes. It needs root, since its parts run as users of their own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { idOf } from './accounts.ts';
import { freePort, until } from './ports.ts';
import { SmtpPeer } from './smtp-peer.ts';

export interface Dovecot {
  readonly port: number;
  /** Who has a mailbox: the local part, and octets that it may hold. It counts from the next delivery on. */
  setUsers(users: ReadonlyMap<string, number>): Promise<void>;
  /** The messages in the mailbox of a local part. */
  mailbox(user: string): Promise<string[]>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Where it was unpacked instead of installed, its /usr is laid over the machine's, for it alone. */
function overlay(): string {
  const unpacked = process.env['BOUNCEMX_TEST_DOVECOT'];
  return unpacked === undefined ? '' : `mount -t overlay dovecot -o lowerdir=${unpacked}/usr:/usr /usr && `;
}

export async function startDovecot(): Promise<Dovecot> {
  const folder = await mkdtemp('/tmp/bmx-dovecot-');
  await chmod(folder, 0o755);
  const port = await freePort();
  // Its own accounts exist only where the package is installed; those of Postfix do as well.
  const [uid, gid] = [await idOf('passwd', 'postfix'), await idOf('group', 'postfix')];
  const mail = join(folder, 'mail');
  await mkdir(mail);
  await chown(mail, uid, gid);
  const users = join(folder, 'users');
  const file = join(folder, 'dovecot.conf');
  await writeFile(users, '');
  await writeFile(
    file,
    `protocols = lmtp
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
listen = 127.0.0.1
hostname = mailboxes.test
ssl = no
default_internal_user = postfix
default_internal_group = postfix
default_login_user = nobody
first_valid_uid = 1
auth_cache_size = 0
auth_username_format = %Ln
mail_location = maildir:~/Maildir
mail_fsync = never
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
}
userdb {
  driver = passwd-file
  args = username_format=%n ${users}
}
passdb {
  driver = static
  args = nopassword=y
}
service lmtp {
  process_limit = 10
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
}
`,
  );
  const child = spawn('unshare', ['-m', 'sh', '-c', `${overlay()}exec /usr/sbin/dovecot -F -c ${file}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await until('Dovecot', async () => {
    if (child.exitCode !== null) throw new Error(errors);
    const peer = new SmtpPeer(port);
    const reply = await peer.reply();
    peer.close();
    return reply.startsWith('220');
  });
  return {
    port,
    async setUsers(all) {
      const lines = [...all].map(
        ([user, octets]) => `${user}:{PLAIN}x:${uid}:${gid}::${mail}/${user}::userdb_quota_rule=*:bytes=${octets}`,
      );
      await writeFile(users, `${lines.join('\n')}\n`);
    },
    async mailbox(user) {
      const box = join(mail, user, 'Maildir/new');
      const names = await readdir(box).catch(() => []);
      return await Promise.all(names.map((name) => readFile(join(box, name), 'utf8')));
    },
    log: async () => await readFile(join(folder, 'log'), 'utf8').catch(() => ''),
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : null;
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
