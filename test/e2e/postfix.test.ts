/** Real Postfix on both sides: as the sender whose mail fails, as the front MX by SMTP and LMTP, and through pipe(8) to inject. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { domain, projectRoot, startDaemon, type Daemon } from './support/daemon.ts';
import { startFarEnd, type FarEnd } from './support/far-end.ts';
import { missing } from './support/peers.ts';
import { until } from './support/ports.ts';
import { startPostfix, type Postfix } from './support/postfix.ts';

interface Suppression {
  readonly suppressed: boolean;
  readonly level: string;
  readonly since: string | null;
  readonly category: string | null;
  readonly rule: string | null;
  readonly eventIds: readonly string[];
}
interface EventItem {
  readonly id: string;
  readonly receivedAt: string;
  readonly recipient: string | null;
  readonly type: string;
  readonly category: string | null;
  readonly status: string | null;
  readonly proof: string;
  readonly source: string;
  readonly reportAction: string | null;
}

const mail = 'From: news@sender.test\nTo: somebody\nSubject: November\nMessage-ID: <n1@sender.test>\n\nHello.\n';

async function suppressionOf(daemon: Daemon, address: string): Promise<Suppression> {
  return (await daemon.api<Suppression>(`/v1/suppressions/${encodeURIComponent(address)}`)).body;
}
async function eventsOf(daemon: Daemon, address: string): Promise<readonly EventItem[]> {
  return (await daemon.api<{ items: EventItem[] }>(`/v1/events?recipient=${encodeURIComponent(address)}`)).body.items;
}

describe.skipIf(missing('postfix'))('a real Postfix', { timeout: 120_000 }, () => {
  let daemon: Daemon;
  let farEnd: FarEnd;
  let postfix: Postfix;

  beforeAll(async () => {
    daemon = await startDaemon();
    farEnd = await startFarEnd();
    postfix = await startPostfix([
      `transport_maps = inline:{ {${domain}=smtp:[127.0.0.1]:${daemon.smtpPort}}, {far.test=smtp:[127.0.0.1]:${farEnd.port}}, {closed.test=smtp:[127.0.0.1]:1} }`,
      'default_transport = error:5.4.4 no route to this domain',
      'maximal_queue_lifetime = 3s',
      'bounce_queue_lifetime = 30s',
      'delay_warning_time = 1s',
    ]);
  }, 120_000);
  afterAll(async () => {
    await postfix.stop();
    await farEnd.close();
    await daemon.stop();
  });

  it('has its report about an unknown user suppress that recipient, with rule and evidence, within a second of the 250', async () => {
    const [returnPath] = await daemon.mint(['gone@far.test']);
    await postfix.sendmail(returnPath ?? '', 'gone@far.test', mail);
    const suppression = await until('the suppression', async () => {
      const answer = await suppressionOf(daemon, 'gone@far.test');
      return answer.suppressed ? answer : null;
    });
    const visible = Date.now();
    expect(suppression).toMatchObject({ level: 'hard_suppressed', category: 'user_not_found' });
    expect(suppression.rule).toMatch(/^[a-z0-9-]+\//);
    const [event] = await eventsOf(daemon, 'gone@far.test');
    expect(event).toMatchObject({ type: 'hard_bounce', status: '5.1.1', proof: 'verp', source: 'smtp' });
    expect(suppression.eventIds).toContain(event?.id);
    // receivedAt is the clock of the database on this machine: the row's commit, just before the 250.
    expect(visible - Date.parse(event?.receivedAt ?? '')).toBeLessThanOrEqual(1000);
    expect(await postfix.log()).toMatch(new RegExp(`to=<${returnPath ?? ''}>.*status=sent \\(250 2`));

    const metrics = (await daemon.api<string>('/metrics')).body;
    expect(metrics).toMatch(
      /bouncemx_events_total\{type="hard_bounce",category="user_not_found",provider="far\.test"\} 1\n/,
    );
  });

  it('is told of a full mailbox as a soft bounce that keeps new mail back for a while and intends a retry', async () => {
    const [returnPath] = await daemon.mint(['full@far.test']);
    await postfix.sendmail(returnPath ?? '', 'full@far.test', mail);
    const [event] = await until('the event', async () => {
      const events = await eventsOf(daemon, 'full@far.test');
      return events.length > 0 ? events : null;
    });
    expect(event).toMatchObject({ type: 'soft_bounce', category: 'mailbox_full' });
    expect(await suppressionOf(daemon, 'full@far.test')).toMatchObject({
      suppressed: true,
      level: 'temporarily_suppressed',
    });
    const retries = (await daemon.api<{ items: { recipient: string; state: string }[] }>('/v1/retries')).body.items;
    expect(retries).toContainEqual(expect.objectContaining({ recipient: 'full@far.test', state: 'waiting' }));
  });

  it('does not harm the recipient when a block list refuses the sender', async () => {
    const [returnPath] = await daemon.mint(['blocked@far.test']);
    await postfix.sendmail(returnPath ?? '', 'blocked@far.test', mail);
    const [event] = await until('the event', async () => {
      const events = await eventsOf(daemon, 'blocked@far.test');
      return events.length > 0 ? events : null;
    });
    expect(event).toMatchObject({ type: 'block_bounce', category: 'reputation_block' });
    expect(await suppressionOf(daemon, 'blocked@far.test')).toMatchObject({ suppressed: false, level: 'none' });
    const alerts = (await daemon.api<{ items: { severity: string }[] }>('/v1/alerts')).body.items;
    expect(alerts).toContainEqual(expect.objectContaining({ severity: 'critical' }));
  });

  it('sends a delay notice that is recorded and changes nothing, and then the final failure', async () => {
    const [returnPath] = await daemon.mint(['late@closed.test']);
    await postfix.sendmail(returnPath ?? '', 'late@closed.test', mail);
    const events = await until(
      'both reports',
      async () => {
        const found = await eventsOf(daemon, 'late@closed.test');
        return found.length >= 2 ? found : null;
      },
      60_000,
    );
    expect(events.map((event) => event.reportAction).sort()).toEqual(['delayed', 'failed']);
    const delayed = events.find((event) => event.reportAction === 'delayed');
    expect(delayed).toMatchObject({ type: 'soft_bounce', category: 'delivery_delay' });
    expect((await suppressionOf(daemon, 'late@closed.test')).level).toBe('none');
  });
});

describe.skipIf(missing('postfix'))('a front Postfix that relays the return-path domain', { timeout: 120_000 }, () => {
  let daemon: Daemon;
  let front: Postfix;
  let bin: string;
  const run = promisify(execFile);

  beforeAll(async () => {
    daemon = await startDaemon({ BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32' });
    // pipe(8) runs as nobody, who may not be able to enter this checkout: it gets a copy of what `inject` needs.
    bin = await mkdtemp('/tmp/bmx-inject-');
    await chmod(bin, 0o755);
    for (const part of ['dist', 'config', 'package.json'])
      await cp(join(projectRoot, part), join(bin, part), { recursive: true });
    for (const part of ['smol-toml', 'tldts', 'tldts-core']) {
      await cp(join(projectRoot, 'node_modules', part), join(bin, 'node_modules', part), { recursive: true });
    }
    await copyFile(process.execPath, join(bin, 'node'));
    await run('chmod', ['-R', 'a+rX', bin]);
    await chmod(join(daemon.lmtpSocket, '..'), 0o755);
    front = await startPostfix(
      [
        `relay_domains = ${domain}`,
        `transport_maps = regexp:{ {/^via-lmtp\\+(.*)@/ lmtp:inet:127.0.0.1:${daemon.lmtpPort}} }`,
        'default_transport = error:5.4.4 no route',
        `relay_transport = smtp:[127.0.0.1]:${daemon.smtpPort}`,
        'smtpd_recipient_restrictions = permit_auth_destination,reject',
        'bouncemx_destination_recipient_limit = 1',
      ],
      [
        `bouncemx unix - n n - - pipe user=nobody argv=${bin}/node ${bin}/dist/main.js inject --socket ${daemon.lmtpSocket} --recipient \${original_recipient} --sender \${sender}`,
      ],
    );
  }, 120_000);
  afterAll(async () => {
    await front.stop();
    await daemon.stop();
    await rm(bin, { recursive: true, force: true });
  });

  const report = async (about: string, returnPath: string): Promise<string> => {
    const { failureReport } = await import('./support/smtp-peer.ts');
    return failureReport({
      to: returnPath,
      about,
      diagnostic: `550 5.1.1 <${about}>: user unknown`,
      status: '5.1.1',
      unique: about.replace('@', '.'),
    });
  };
  const deliver = async (about: string, returnPath: string): Promise<string> => {
    const { SmtpPeer } = await import('./support/smtp-peer.ts');
    const peer = new SmtpPeer(front.port);
    await peer.greet().catch(async (error: unknown) => {
      throw new Error(`no greeting from Postfix\n${await front.log()}`, { cause: error });
    });
    const reply = await peer.deliver('', returnPath, await report(about, returnPath));
    peer.close();
    return reply;
  };
  const suppressed = async (about: string): Promise<void> => {
    await until(
      `${about} to be suppressed`,
      async () => (await suppressionOf(daemon, about)).level === 'hard_suppressed',
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await front.log()}`);
    });
  };
  const use = async (transport: string): Promise<void> => {
    const etc = join(front.folder, 'etc');
    await run('/usr/sbin/postconf', ['-c', etc, '-e', `relay_transport=${transport}`]);
    await run('/usr/sbin/postfix', ['-c', etc, 'reload']);
  };

  it('hands reports over by SMTP', async () => {
    const [returnPath] = await daemon.mint(['smtp@far.test']);
    expect(await deliver('smtp@far.test', returnPath ?? '')).toMatch(/^250/);
    await suppressed('smtp@far.test');
  });

  it('hands reports over by LMTP', async () => {
    await use(`lmtp:inet:127.0.0.1:${daemon.lmtpPort}`);
    const [returnPath] = await daemon.mint(['lmtp@far.test']);
    expect(await deliver('lmtp@far.test', returnPath ?? '')).toMatch(/^250/);
    await suppressed('lmtp@far.test');
    expect((await eventsOf(daemon, 'lmtp@far.test'))[0]?.source).toBe('lmtp');
  });

  it('hands reports to inject through pipe(8) as an unprivileged user', async () => {
    await use('bouncemx:');
    const [returnPath] = await daemon.mint(['pipe@far.test']);
    expect(await deliver('pipe@far.test', returnPath ?? '')).toMatch(/^250/);
    await suppressed('pipe@far.test');
  });
});
