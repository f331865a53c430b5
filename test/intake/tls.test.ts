import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../helpers/certificate.ts';
import { greeted, mint, send, testIntake, type TestIntake } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'bmx-tls-'));
const file = (name: string): string => join(folder, name);
const files = { tlsCertFile: file('cert.pem'), tlsKeyFile: file('key.pem') };

const made = { one: selfSigned('one.test'), two: selfSigned('two.test') };

function use(name: 'one' | 'two', key = name): void {
  writeFileSync(files.tlsCertFile, made[name].cert);
  writeFileSync(files.tlsKeyFile, made[key].key);
}

async function subject(on: TestIntake): Promise<string> {
  const client = await greeted(on);
  await client.command('STARTTLS');
  await client.secure();
  const name = client.tls?.getPeerCertificate().subject.CN;
  client.close();
  return String(name);
}

describe('STARTTLS', () => {
  it('is not offered without a certificate of our own', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    expect(client.seen.join('\n')).not.toContain('STARTTLS');
    expect(await client.command('STARTTLS')).toBe('500 5.5.2 Command not recognized');
  });

  it('does not let the daemon start with a key that is not the certificate’s, or with no file', async () => {
    use('one', 'two');
    await expect(testIntake(files)).rejects.toThrow(/key values mismatch/);
    await expect(testIntake({ ...files, tlsKeyFile: file('absent') })).rejects.toThrow(/ENOENT/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'takes %s, forgets what came before it, and marks the arrival',
    async (version) => {
      use('one');
      const on = await testIntake(files);
      const client = await greeted(on);
      await client.command('MAIL FROM:<>');
      expect(await client.command('STARTTLS')).toBe('220 2.0.0 Go ahead');
      expect(await client.secure({ minVersion: version, maxVersion: version })).toBe(version);
      expect(await client.command(`RCPT TO:<${mint()}>`)).toMatch(/^503 5\.5\.1/);
      const before = client.seen.length;
      await client.command('EHLO peer.test');
      expect(client.seen.slice(before)).not.toContain('250-STARTTLS');
      expect(await client.command('STARTTLS')).toBe('503 5.5.1 TLS is active already');
      expect(await send(client, mint())).toMatch(/^250/);
      expect(on.arrivals()[0]?.peer.tls).toBe(true);
      expect((await on.metrics.certificateExpiry.get()).values[0]?.value).toBeGreaterThan(Date.now() / 1000);
    },
  );

  it('refuses TLS 1.1', async () => {
    use('one');
    const on = await testIntake(files);
    const client = await greeted(on);
    await client.command('STARTTLS');
    // Without the security level the client itself would refuse.
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(client.secure(old)).rejects.toThrow(/alert protocol version/);
    await expect.poll(() => on.refusals('tls')).toBe(1);
  });

  it.each(['MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\n', `${'NOOP\r\n'.repeat(300)}MAIL FROM:<>\r\n`, 'MAIL FRO'])(
    'runs nothing that was sent before the handshake (%#)',
    async (injected) => {
      use('one');
      const on = await testIntake({ ...files, maxCommands: 1000 });
      for (let i = 0; i < 10; i += 1) {
        const client = await greeted(on);
        client.write(`STARTTLS\r\n${injected}`);
        expect(await client.line()).toBe('220 2.0.0 Go ahead');
        const before = client.seen.length;
        await client.secure();
        expect(await client.command('EHLO peer.test')).toMatch(/^250 /);
        expect(await client.command('RCPT TO:<postmaster>')).toBe('503 5.5.1 MAIL first');
        expect(client.seen.length - before).toBeLessThanOrEqual(6);
        client.close();
      }
    },
  );

  it('takes a new certificate on reload, and keeps the old one when the new one is bad', async () => {
    use('one');
    const on = await testIntake(files);
    const session = await greeted(on);
    expect(await subject(on)).toBe('one.test');
    use('two');
    await on.intake.reloadTls();
    expect(await subject(on)).toBe('two.test');
    writeFileSync(files.tlsCertFile, 'no certificate');
    await on.intake.reloadTls();
    expect(await subject(on)).toBe('two.test');
    expect(on.logged.some((line) => line.includes('"reloadFailed"'))).toBe(true);
    expect(await send(session, mint())).toMatch(/^250/);
  });

  it('survives garbage instead of a handshake, and half of one', async () => {
    use('one');
    const on = await testIntake({ ...files, sessionTimeout: 800 });
    for (const start of [Buffer.from('garbage\r\n'), Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])])
      for (let i = 0; i < 10; i += 1) {
        const client = await greeted(on);
        await client.command('STARTTLS');
        client.write(start);
        if (i % 2 === 0) client.close();
      }
    await expect.poll(async () => (await on.metrics.connectionsOpen.get()).values[0]?.value, { timeout: 3000 }).toBe(0);
    expect(await send(await greeted(on), mint())).toMatch(/^250/);
  });
});
