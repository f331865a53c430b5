import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SmtpClient } from '../helpers/smtp-client.ts';
import { foreignDomain, greeted, mint, send, testIntake, track } from './setup.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const MiB = 1_048_576;

describe('an accepted report', () => {
  it('is committed with its envelope, its octets and what its address proves', async () => {
    const on = await testIntake();
    const client = await greeted(on, 'EHLO Peer.Test');
    const content = 'Received: from a by b; x\r\nSubject: x\r\n\r\nb\u00f6dy\r\n';
    const rcpt = mint('User@Example.com');
    expect(await send(client, rcpt, content, 'daemon@peer.test')).toBe('250 2.0.0 Stored a1-0');
    const [arrival] = on.arrivals();
    const digest = createHash('sha256')
      .update(content.slice(content.indexOf('Subject')))
      .digest();
    const token = rcpt.slice(2, rcpt.indexOf('@'));
    expect(arrival).toEqual({
      source: 'smtp',
      reversePath: 'daemon@peer.test',
      forwardPath: rcpt,
      bound: {
        proof: 'verp',
        form: 'selfContained',
        keyId: 1,
        sendingDomain: 'shop.test',
        recipient: 'user@example.com',
        messageTag: '0123456789',
        rowId: null,
        day: 20_000,
      },
      peer: { address: '127.0.0.1', helo: 'peer.test', tls: false, trusted: false },
      arrivalKey: createHash('sha256').update(`${token}\0`).update(digest).digest(),
      raw: Buffer.from(content),
      size: Buffer.byteLength(content),
      truncated: false,
    });
    const line = on.logged.find((text) => text.includes('"accepted"')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ arrivalId: 'a1-0', source: 'smtp', proof: 'verp', duplicate: false });
  });

  it('keeps its key through another hop and another spelling of its address, and is counted as a duplicate', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    await send(client, mint(), 'Received: one\r\n\tfolded\r\nReturn-Path: <>\r\nSubject: x\r\n\r\nb\r\n');
    await send(client, mint().toUpperCase(), 'Received: two\r\nSubject: x\r\n\r\nb\r\n');
    await send(client, mint(), 'Received: two\r\nSubject: y\r\n\r\nb\r\n');
    const [a, b, c] = on.arrivals().map(({ arrivalKey }) => arrivalKey.toString('hex'));
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    const { values } = await on.metrics.duplicates.get();
    expect(values).toMatchObject([{ value: 1, labels: { source: 'smtp' } }]);
  });

  it('is one group for all RCPTs of a transaction, with one buffer, and a repeated RCPT is one arrival', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    await client.command('MAIL FROM:<a@b.test>');
    for (const rcpt of [mint(), mint('other@example.com'), mint(), mint().toUpperCase()])
      expect(await client.command(`RCPT TO:<${rcpt}>`)).toBe('250 2.1.5 Ok');
    await client.command('DATA');
    client.write('x\r\n');
    expect(await client.command('.')).toBe('250 2.0.0 Stored a1-0');
    const [group = []] = on.groups;
    expect(group.map(({ bound }) => bound?.recipient)).toEqual(['user@example.com', 'other@example.com']);
    expect(group[0]?.raw).toBe(group[1]?.raw);
  });

  it('may come by a foreign form where the domain lists it, without proof, and long', async () => {
    const on = await testIntake({ relays: ['127.0.0.0/8'] });
    const client = await greeted(on);
    const rcpt = `news+${'u'.repeat(60)}=example.com@${foreignDomain.name}`;
    expect(await send(client, rcpt)).toMatch(/^250/);
    expect(on.arrivals()[0]).toMatchObject({
      bound: { proof: 'unsigned', recipient: `${'u'.repeat(60)}@example.com` },
      peer: { trusted: true },
    });
    expect(await send(client, `nothing@${foreignDomain.name}`)).toMatch(/^550 5\.1\.1/);
  });
});

describe('mail to postmaster and abuse', () => {
  it('is stored apart and never as a report', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    for (const rcpt of ['postmaster', 'POSTMASTER@bounce.test', 'Abuse@Bounce.Test'])
      expect(await send(client, rcpt, 'Subject: hello\r\n\r\nx\r\n', 'a@b.test')).toBe('250 2.0.0 Stored');
    expect(on.groups).toHaveLength(0);
    expect(on.postmaster.map(({ forwardPath, subject, body }) => [forwardPath, subject, body.toString()])).toEqual(
      ['postmaster', 'POSTMASTER@bounce.test', 'Abuse@Bounce.Test'].map((rcpt) => [
        rcpt,
        'hello',
        'Subject: hello\r\n\r\nx\r\n',
      ]),
    );
  });

  it('is 452 when the day is full, then already at RCPT, and 552 above 10 MiB', async () => {
    let full = false;
    const on = await testIntake(
      {},
      {
        storePostmaster: () => Promise.resolve(full ? 'full' : 'stored'),
      },
    );
    const client = await greeted(on);
    expect(await send(client, 'postmaster', Buffer.alloc(10 * MiB + 2, 'x\r\n'))).toMatch(/^552 5\.3\.4/);
    full = true;
    expect(await send(client, 'postmaster')).toBe('452 4.2.2 No more mail for this mailbox today');
    await client.command('MAIL FROM:<>');
    expect(await client.command('RCPT TO:<abuse@bounce.test>')).toBe('452 4.2.2 No more mail for this mailbox today');
  });
});

describe('the greeting', () => {
  it('comes without the 100 ms of the library', async () => {
    const on = await testIntake();
    // The fastest of many: a busy machine may delay some, a timer delays all.
    const times: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      const since = performance.now();
      const client = on.client();
      await client.reply();
      times.push(performance.now() - since);
      client.close();
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });

  it('is 421 for every peer that has talked before it', async () => {
    const on = await testIntake({ maxConnectionsPerPeer: 1000 });
    for (let i = 0; i < 100; i += 1) {
      const client = on.client();
      client.write('EHLO peer.test\r\nMAIL FROM:<>\r\n');
      expect(await client.line()).toBe('421 4.7.0 You talk before the greeting');
      await client.closed();
    }
    expect(await on.refusals('earlyTalker')).toBe(100);
  });
});

describe('sizes', () => {
  it('are exact: the limit is taken, one octet more is 552 after the dot, and the session goes on', async () => {
    const on = await testIntake({ maxSize: 200_000, keepSize: 100_000 });
    const client = await greeted(on);
    const content = (size: number): Buffer => Buffer.concat([Buffer.alloc(size - 2, 'x'), Buffer.from('\r\n')]);
    expect(await send(client, mint(), content(199_999))).toMatch(/^250/);
    expect(await send(client, mint(), content(200_000))).toMatch(/^250/);
    expect(await send(client, mint(), content(200_001))).toBe('552 5.3.4 Message too large');
    expect(await send(client, mint(), content(399_000))).toBe('552 5.3.4 Message too large');
    expect(await send(client, mint())).toMatch(/^250/);
    expect(on.arrivals().map(({ size, truncated, raw }) => [size, truncated, raw.length])).toEqual([
      [199_999, true, 100_000],
      [200_000, true, 100_000],
      [20, false, 20],
    ]);
  });

  it('end in 421 and a closed connection beyond twice the limit, however long the peer goes on', async () => {
    const on = await testIntake({ maxSize: 200_000, keepSize: 100_000 });
    const client = await greeted(on);
    for (const command of ['MAIL FROM:<>', `RCPT TO:<${mint()}>`, 'DATA']) await client.command(command);
    let sent = 0;
    const block = Buffer.alloc(65_536, 'x');
    while (!client.socket.destroyed && sent < 200 * MiB && client.socket.writable) {
      sent += block.length;
      if (!client.socket.write(block))
        await Promise.race([
          new Promise((resolve) => client.socket.once('drain', resolve)),
          new Promise((resolve) => client.socket.once('close', resolve)),
        ]);
    }
    expect(sent).toBeLessThan(100 * MiB);
    expect(on.groups).toHaveLength(0);
    expect(await on.refusals('tooLarge')).toBe(1);
  });

  it('of a truncated message still tell whether it is the same again: what is dropped is hashed', async () => {
    const on = await testIntake({ maxSize: 200_000, keepSize: 100_000 });
    const client = await greeted(on);
    const content = (last: string): string => `Subject: x\r\n\r\n${'y'.repeat(150_000)}${last}\r\n`;
    await send(client, mint(), `Received: a\r\n${content('1')}`);
    await send(client, mint(), `Received: b\r\nReceived: c\r\n${content('1')}`);
    await send(client, mint(), content('2'));
    const keys = on.arrivals().map(({ arrivalKey }) => arrivalKey.toString('hex'));
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('give 452 while the memory for messages is used up, and room again after the commit', async () => {
    const held: (() => void)[] = [];
    const on = await testIntake(
      { inFlightBytes: 10_000 },
      {
        commit: (group) =>
          new Promise((resolve) => {
            held.push(() => {
              resolve(group.map(() => ({ outcome: 'stored', arrivalId: 'x' })));
            });
          }),
      },
    );
    const content = `${'x'.repeat(8000)}\r\n`;
    const first = await greeted(on);
    const waiting = send(first, mint(), content);
    while (held.length === 0) await sleep(5);
    const second = await greeted(on);
    expect(await send(second, mint(), content)).toBe('452 4.3.1 Too much mail at once, try again later');
    held.pop()?.();
    expect(await waiting).toMatch(/^250/);
    const third = send(second, mint(), content);
    while (held.length === 0) await sleep(5);
    held.pop()?.();
    expect(await third).toMatch(/^250/);
    expect((await on.metrics.inFlightBytes.get()).values[0]?.value).toBe(0);
  });

  it('of hops end a loop with 554', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    expect(await send(client, mint(), `${'Received: x\r\n'.repeat(51)}\r\n`)).toBe('554 5.4.6 Too many hops');
    expect(await send(client, mint(), `${'Received: x\r\n'.repeat(50)}\r\n`)).toMatch(/^250/);
  });
});

describe('floods', () => {
  it.each(['NOOP', 'RSET', 'VRFY x', 'HELO x'])('of %s end at the command budget', async (command) => {
    const on = await testIntake({ maxCommands: 200 });
    const client = await greeted(on);
    client.write(`${command}\r\n`.repeat(10_000));
    await client.closed();
    const replies = client.seen.filter((line) => line.charAt(3) === ' ');
    expect(replies.at(-1)).toBe('421 4.7.0 Too many commands without a message, closing');
    // greeting, EHLO, 199 commands, 421
    expect(replies).toHaveLength(202);
  });

  it('of commands are counted from the last accepted message', async () => {
    const on = await testIntake({ maxCommands: 10 });
    const client = await greeted(on);
    for (let i = 0; i < 10; i += 1) expect(await send(client, mint(), `${i}\r\n`)).toMatch(/^250/);
    for (let i = 0; i < 10; i += 1) expect(await client.command('NOOP')).toMatch(/^250/);
    expect(await client.command('NOOP')).toMatch(/^421 4\.7\.0/);
  });

  it('of RCPT: a hundred are taken, the others 452, and the session ends', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    await client.command('MAIL FROM:<a@b.test>');
    const rcpts = Array.from({ length: 1000 }, (_, i) => `RCPT TO:<${mint(`u${i}@example.com`)}>\r\n`);
    client.write(rcpts.join(''));
    await client.closed();
    expect(client.seen.filter((line) => line === '250 2.1.5 Ok')).toHaveLength(100);
    expect(client.seen.filter((line) => line.startsWith('452 4.5.3'))).toHaveLength(98);
    expect(client.seen.at(-1)).toMatch(/^421 4\.7\.0/);
  });

  it('of an endless command line end the connection after little was read', async () => {
    const on = await testIntake();
    const client = await greeted(on);
    let sent = 0;
    while (client.socket.writable && !client.socket.destroyed && sent < 400 * MiB) {
      sent += MiB;
      if (!client.socket.write(Buffer.alloc(MiB, 'x')))
        await Promise.race([
          new Promise((resolve) => client.socket.once('drain', resolve)),
          new Promise((resolve) => client.socket.once('close', resolve)),
        ]);
    }
    // the buffers of the system on both sides, and what the server reads
    expect(sent).toBeLessThan(40 * MiB);
    expect(await on.refusals('commandTooLong')).toBe(1);
  });

  it('of bad return-paths end in 421, except from a relay', async () => {
    const on = await testIntake({ maxBadTokens: 10 });
    const client = await greeted(on);
    await client.command('MAIL FROM:<a@b.test>');
    for (let i = 0; i < 10; i += 1)
      expect(await client.command(`RCPT TO:<b-x${i}@bounce.test>`)).toMatch(/^550 5\.1\.1/);
    expect(await client.command('RCPT TO:<b-x@bounce.test>')).toBe('421 4.7.0 Too many bad return-paths, closing');
    await client.closed();

    const relayed = await testIntake({ maxBadTokens: 10, maxCommands: 20, relays: ['127.0.0.1'] });
    const relay = await greeted(relayed);
    for (let i = 0; i < 30; i += 1) {
      await relay.command('MAIL FROM:<a@b.test>');
      expect(await relay.command('RCPT TO:<b-x@bounce.test>')).toMatch(/^550 5\.1\.1/);
      await relay.command('RSET');
    }
  });
});

describe('connections', () => {
  it('of one peer are limited, and a closed one makes room', async () => {
    const on = await testIntake({ maxConnectionsPerPeer: 2 });
    const first = await greeted(on);
    await greeted(on);
    const refused = on.client();
    expect(await refused.line()).toBe('421 4.7.0 Too many connections from your address');
    await refused.closed();
    await first.command('QUIT');
    first.close();
    await expect.poll(async () => await on.client().line()).toMatch(/^220/);
    expect(await on.refusals('tooManyFromPeer')).toBeGreaterThan(0);
  });

  it('leave one slot in ten for peers that hold none', async () => {
    const on = await testIntake({ maxConnections: 10, maxConnectionsPerPeer: 100 });
    for (let i = 0; i < 9; i += 1) expect(await on.client().line()).toMatch(/^220/);
    expect(await on.client().line()).toBe('421 4.3.2 Too many connections, try again later');
    const port = Number(on.address.split(':')[1]);
    const from = (localAddress: string): SmtpClient =>
      track(new SmtpClient(connect({ host: '127.0.0.1', port, localAddress })));
    expect(await from('127.0.0.2').line()).toMatch(/^220/);
    expect(await from('127.0.0.3').line()).toBe('421 4.3.2 Too many connections, try again later');
  });

  it('of peers that vanish in any state leave no session and no arrival', async () => {
    const on = await testIntake();
    const states = [
      [],
      ['EHLO x'],
      ['EHLO x', 'MAIL FROM:<>'],
      ['EHLO x', 'MAIL FROM:<>', `RCPT TO:<${mint()}>`],
      ['EHLO x', 'MAIL FROM:<>', `RCPT TO:<${mint()}>`, 'DATA'],
      ['EHLO x', 'MAIL FROM:<>', `RCPT TO:<${mint()}>`, 'DATA', 'Subject: half'],
    ];
    for (const commands of states)
      for (const end of ['fin', 'rst', 'half', 'garbage'] as const) {
        const client = on.client();
        await client.reply();
        for (const command of commands) {
          client.write(`${command}\r\n`);
          if (command !== 'Subject: half') await client.reply();
        }
        if (end === 'half') client.write('half a li');
        if (end === 'garbage') client.write(Buffer.from([0x16, 3, 1, 0, 255, 0, 0, 0x0a, 0x80]));
        if (end === 'rst') client.socket.resetAndDestroy();
        else if (end === 'fin') client.close();
        else client.socket.end();
      }
    await expect.poll(async () => (await on.metrics.connectionsOpen.get()).values[0]?.value, { timeout: 8000 }).toBe(0);
    expect(on.groups).toHaveLength(0);
    expect((await on.metrics.inFlightBytes.get()).values[0]?.value ?? 0).toBe(0);
    expect(await send(await greeted(on), mint())).toMatch(/^250/);
  });
});
