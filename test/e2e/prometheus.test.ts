/** A real Prometheus scrapes the daemon; promtool judges the names. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, startDaemon, type Daemon } from './support/daemon.ts';
import { missing, peerPath } from './support/peers.ts';
import { freePort, until } from './support/ports.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

describe.skipIf(missing('prometheus', 'promtool'))('a real Prometheus', { timeout: 60_000 }, () => {
  let daemon: Daemon;
  let folder: string;

  beforeAll(async () => {
    daemon = await startDaemon();
    folder = await mkdtemp('/tmp/bmx-prometheus-');
    const [returnPath] = await daemon.mint(['gone@far.test']);
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const report = failureReport({
      to: returnPath ?? '',
      about: 'gone@far.test',
      diagnostic: '550 5.1.1 user unknown',
      status: '5.1.1',
      unique: 'p1',
    });
    expect(await peer.deliver('', returnPath ?? '', report)).toMatch(/^250/);
    peer.close();
  }, 120_000);
  afterAll(async () => {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds nothing to criticise in the names and help texts of our own metrics', async () => {
    const { body } = await daemon.api<string>('/metrics');
    const own = body.split('\n').filter((line) => /^(?:# (?:HELP|TYPE) )?bouncemx_/.test(line));
    expect(own.length).toBeGreaterThan(30);
    execFileSync(peerPath('promtool'), ['check', 'metrics'], { input: `${own.join('\n')}\n` });
  });

  it('accepts the recording and alerting rules', () => {
    execFileSync(peerPath('promtool'), ['check', 'rules', join(projectRoot, 'config/prometheus/bouncemx.rules.yml')]);
  });

  it('scrapes the daemon and answers with its events', async () => {
    const port = await freePort();
    await writeFile(
      join(folder, 'prometheus.yml'),
      `global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: bouncemx\n  static_configs: [{targets: ['127.0.0.1:${daemon.httpPort}']}]\n`,
    );
    const prometheus: ChildProcess = spawn(
      peerPath('prometheus'),
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    try {
      const value = await until(
        'a scraped sample',
        async () => {
          const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent('sum(bouncemx_events_total{type="hard_bounce"})')}`;
          const answer = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
          return answer.data.result[0]?.value[1];
        },
        30_000,
      );
      expect(Number(value)).toBe(1);
    } finally {
      const ended = once(prometheus, 'exit');
      prometheus.kill('SIGTERM');
      await ended;
    }
  });
});
