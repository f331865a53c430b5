import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greeted, mint, send, testIntake } from './setup.ts';

/** What some servers take for the end of DATA; the one that is, is CRLF.CRLF. */
const falseEnds = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\n.\r',
  '\r.\n',
  '\r\n.\0\r\n',
  '\r\n\0.\r\n',
  '\r\r\n.\r\r\n',
  '\r\n..\r\n',
  '\r\n. \r\n',
  '\r\n.\r\r\n',
];
const smuggled = `MAIL FROM:<x@y.test>\r\nRCPT TO:<${mint('victim@example.com')}>\r\nDATA\r\nforged\r\n`;

describe('the end of DATA', () => {
  for (const end of falseEnds)
    it(`is not ${JSON.stringify(end)}, wherever the writes are cut, and the octets are kept as they came`, async () => {
      const on = await testIntake();
      const content = `Subject: x\r\n\r\na${end}${smuggled}`;
      const cuts = Array.from({ length: end.length + 1 }, (_, i) => `Subject: x\r\n\r\na`.length + i);
      for (const cut of [...cuts, 0]) {
        const client = await greeted(on);
        for (const command of ['MAIL FROM:<>', `RCPT TO:<${mint()}>`, 'DATA']) await client.command(command);
        client.write(content.slice(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 2));
        client.write(content.slice(cut));
        expect(await client.command('.')).toMatch(/^250 2\.0\.0 Stored/);
        expect(await client.command('NOOP')).toBe('250 2.0.0 Ok');
      }
      expect(on.groups).toHaveLength(cuts.length + 1);
      // RFC 5321 §4.5.2: of two leading dots one is taken off.
      const kept = content.replaceAll('\n..', '\n.');
      for (const { raw } of on.arrivals()) expect(raw.toString('latin1')).toBe(kept);
    });

  it('is also not at the very start of DATA, where the transaction has no line yet', async () => {
    const on = await testIntake();
    for (const start of ['.\n', '\n.\n', '.\r', '..\r\n']) {
      const client = await greeted(on);
      expect(await send(client, mint(), `${start}${smuggled}`)).toMatch(/^250/);
    }
    expect(on.groups).toHaveLength(4);
  });

  it('is found however CR, LF, NUL and dots are mixed and cut', async () => {
    const on = await testIntake({ maxConnectionsPerPeer: 500 });
    const piece = fc.constantFrom('\r', '\n', '.', '\0', 'x', '\r\n', '\r\n..', 'MAIL FROM:<>\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 40 }), async (pieces, at) => {
        // Where the mix itself holds the true end it is no test.
        const content = `h: v\r\n${pieces.join('')}x\r\n`;
        fc.pre(!content.includes('\r\n.\r\n'));
        const client = await greeted(on);
        for (const command of ['MAIL FROM:<>', `RCPT TO:<${mint()}>`, 'DATA']) await client.command(command);
        const before = on.groups.length;
        client.write(content.slice(0, at));
        if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        client.write(content.slice(at));
        expect(await client.command('.')).toMatch(/^250/);
        client.close();
        expect(on.groups.length).toBe(before + 1);
        expect(on.groups.at(-1)?.[0]?.raw.toString('latin1')).toBe(content.replaceAll('\n..', '\n.'));
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('bareNewline = reject', () => {
  it('refuses a bare CR or LF with 550 5.6.0 and takes CRLF', async () => {
    const on = await testIntake({ bareNewline: 'reject' });
    const client = await greeted(on);
    for (const bad of ['a\nb\r\n', 'a\rb\r\n', 'a\r\r\nb\r\n', '\n\r\n'])
      expect(await send(client, mint(), bad)).toBe('550 5.6.0 Bare CR or LF in the message');
    expect(await send(client, mint(), 'a\r\nb\r\n\r\n')).toMatch(/^250/);
    expect(on.groups).toHaveLength(1);
    expect(await on.refusals('bareNewline')).toBe(4);
  });
});
