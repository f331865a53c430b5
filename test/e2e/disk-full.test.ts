/** A real small disk that fills up: mail is refused for a while, nothing acknowledged is lost, and room alone repairs it. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDaemon, type Daemon } from './support/daemon.ts';
import { until } from './support/ports.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const disk = await mkdtemp('/tmp/bmx-disk-');
let mounted = false;
try {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600m,mode=755', 'tmpfs', disk], { stdio: 'pipe' });
  mounted = true;
} catch (error) {
  if (process.env['BOUNCEMX_REQUIRE_PEERS'] === '1') throw error;
  process.stderr.write('skipped (disk full): no small disk can be mounted here\n');
}

describe.skipIf(!mounted)('a disk that is full', { timeout: 120_000 }, () => {
  let daemon: Daemon;
  let serial = 0;

  const deliver = async (): Promise<{ about: string; reply: string }> => {
    const about = `d${++serial}@r.test`;
    const [returnPath = ''] = await daemon.mint([about]);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const report = failureReport({
      to: returnPath,
      about,
      diagnostic: '550 5.1.1 user unknown',
      status: '5.1.1',
      unique: about,
    });
    const reply = await peer.deliver('', returnPath, report);
    peer.close();
    return { about, reply };
  };
  const fill = async (leave: number): Promise<string> => {
    const { bavail, bsize } = await statfs(disk);
    const file = join(disk, 'ballast');
    await writeFile(file, Buffer.alloc(Math.max(0, bavail * bsize - leave), 1));
    return file;
  };
  const suppressed = async (about: string): Promise<void> => {
    await until(`${about} to be suppressed`, async () => {
      const { body } = await daemon.api<{ level: string }>(`/v1/suppressions/${encodeURIComponent(about)}`);
      return body.level === 'hard_suppressed';
    });
  };

  beforeAll(async () => {
    await chmod(disk, 0o755);
    daemon = await startDaemon({
      BOUNCEMX_DATA_DIR: join(disk, 'var'),
      BOUNCEMX_DATA_MIN_FREE: '64MiB',
      BOUNCEMX_SMTP_COMMIT_DEADLINE: '3s',
    });
  }, 120_000);
  afterAll(async () => {
    await daemon.stop();
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
  });

  it('makes it refuse mail with 452 4.3.1 before the database meets the end of it, and take mail again by itself', async () => {
    expect((await deliver()).reply).toMatch(/^250/);
    const ballast = await fill(32 * 1024 * 1024);
    await until('mail to be refused', async () => (await deliver()).reply.startsWith('452 4.3.1 '));
    await rm(ballast);
    const taken = await until('mail to be taken', async () => {
      const { about, reply } = await deliver();
      return reply.startsWith('250') ? about : null;
    });
    await suppressed(taken);
    expect(daemon.child().exitCode).toBeNull();
  });

  it('gives no 250 that is not on it, also when it fills up at once', async () => {
    const ballast = await fill(0);
    const acknowledged: string[] = [];
    for (let i = 0; i < 30; i++) {
      const { about, reply } = await deliver().catch(() => ({ about: '', reply: '451 minting needs the disk too' }));
      expect(reply).toMatch(/^(?:250|45[12]) /);
      if (reply.startsWith('250')) acknowledged.push(about);
    }
    await rm(ballast);
    const taken = await until(
      'mail to be taken',
      async () => {
        const { about, reply } = await deliver();
        return reply.startsWith('250') ? about : null;
      },
      60_000,
    );
    for (const about of [...acknowledged, taken]) await suppressed(about);
  });
});
