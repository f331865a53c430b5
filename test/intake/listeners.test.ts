import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SmtpClient } from '../helpers/smtp-client.ts';
import { greeted, mint, send, smtp, socketPath, testIntake, track } from './setup.ts';

describe('listeners', () => {
  it('are several of both kinds, on one address family and the other, and say where they are bound', async () => {
    const path = socketPath();
    const on = await testIntake({ listen: ['127.0.0.1:0', '[::1]:0'], lmtpListen: ['127.0.0.1:0', path] });
    const [smtp4, smtp6, lmtp, unix] = on.intake.listeners;
    expect([smtp4?.kind, smtp6?.kind, lmtp?.kind, unix?.kind]).toEqual(['smtp', 'smtp', 'lmtp', 'lmtp']);
    expect(smtp6?.address).toMatch(/^\[::1\]:\d+$/);
    expect(unix?.address).toBe(path);
    for (const { address, kind } of on.intake.listeners)
      expect(await track(new SmtpClient(address)).line()).toBe(`220 mx.test ${kind === 'smtp' ? 'ESMTP' : 'LMTP'}`);
  });

  it('name the machine in the greeting where nothing else is configured', async () => {
    const on = await testIntake({ hostname: '' });
    expect(await on.client().line()).toMatch(/^220 \S+ ESMTP$/);
  });

  it('that cannot be opened end the start, and those before them are closed again', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const path = socketPath();
    await expect(testIntake({ listen: [], lmtpListen: [path, `127.0.0.1:${port}`] })).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(path)).toBe(false);
    taken.close();
  });
});

describe('a Unix socket', () => {
  it('has the configured mode and takes reports of a local peer, from inject too', async () => {
    const path = socketPath();
    const on = await testIntake({ listen: [], lmtpListen: [path], lmtpSocketMode: '0622', maxConnectionsPerPeer: 1 });
    expect(statSync(path).mode & 0o777).toBe(0o622);
    for (const hello of ['LHLO front.test', 'LHLO localhost'])
      expect(await send(await greeted(on, hello), mint(), `${hello}\r\n`)).toMatch(/^250/);
    const front = await greeted(on, 'LHLO front.test');
    for (let i = 0; i < 20; i += 1) {
      await front.command('MAIL FROM:<>');
      expect(await front.command('RCPT TO:<b-x@bounce.test>')).toMatch(/^550 5\.1\.1/);
      await front.command('RSET');
    }
    expect(on.arrivals().map(({ source, peer }) => [source, peer.address, peer.trusted])).toEqual([
      ['lmtp', 'local', false],
      ['inject', 'local', false],
    ]);
  });

  it('that a killed process left behind is replaced; one that answers, or another file, is not', async () => {
    const path = socketPath();
    const left = spawn(process.execPath, ['-e', 'require("net").createServer().listen(process.argv[1])', path]);
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(testIntake({ listen: [], lmtpListen: [path] })).rejects.toThrow(/EADDRINUSE/);
    left.kill('SIGKILL');
    await once(left, 'exit');
    expect(existsSync(path)).toBe(true);
    const on = await testIntake({ listen: [], lmtpListen: [path] });
    expect(await on.client().line()).toMatch(/^220/);
    const file = socketPath();
    writeFileSync(file, 'something of value');
    await expect(testIntake({ listen: [], lmtpListen: [file] })).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(file)).toBe(true);
  });
});

describe('inherited sockets', () => {
  it('stand in for the configured addresses of their kind', async () => {
    const passed = createServer().listen(0, '127.0.0.1');
    await once(passed, 'listening');
    const address = passed.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const path = socketPath();
    const unix = createServer().listen(path);
    await once(unix, 'listening');
    const [fd, unixFd] = [passed, unix].map((server) => (server as unknown as { _handle: { fd: number } })._handle.fd);
    const script = `
      const { startIntake } = await import(process.argv[1] + '/src/intake/intake.ts');
      const { createLog } = await import(process.argv[1] + '/src/log.ts');
      const { createMetrics } = await import(process.argv[1] + '/src/metrics.ts');
      const { smtp } = JSON.parse(process.argv[2]);
      const intake = await startIntake({ options: { smtp, verp: { validity: 1 } }, domains: [], now: () => new Date(), diskLow: () => false,
        log: createLog({ level: 'error', addresses: 'masked' }), metrics: createMetrics({ providers: 1 }),
        inherited: [{ fd: 3, name: 'smtp' }, { fd: 4, name: 'lmtp' }, { fd: 99, name: 'http' }] });
      process.stdout.write(JSON.stringify(intake.listeners));
      process.stdin.resume().on('end', () => intake.close());
    `;
    const options = { ...smtp, listen: ['127.0.0.1:1'] };
    const root = join(import.meta.dirname, '../..');
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', script, root, JSON.stringify({ smtp: options })],
      { stdio: ['pipe', 'pipe', 'inherit', fd, unixFd] },
    );
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error('no pipes');
    passed.close();
    // A server that closes takes its socket's file with it, where it still has that name.
    renameSync(path, `${path}.passed`);
    unix.close();
    const [said] = (await once(stdout, 'data')) as [Buffer];
    expect(JSON.parse(said.toString())).toEqual([
      { kind: 'smtp', address: `127.0.0.1:${port}` },
      { kind: 'lmtp', address: 'fd:4' },
    ]);
    for (const [address, greeting] of [
      [`${path}.passed`, '220 mx.test LMTP'],
      [`127.0.0.1:${port}`, '220 mx.test ESMTP'],
    ] as const) {
      const client = track(new SmtpClient(address));
      expect(await client.line()).toBe(greeting);
      client.close();
    }
    stdin.end();
    expect((await once(child, 'exit'))[0]).toBe(0);
  });
});
