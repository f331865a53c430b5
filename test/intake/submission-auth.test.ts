import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUser } from '../../src/config/submission-users.ts';
import type { SmtpClient } from '../helpers/smtp-client.ts';
import {
  greeted,
  mail,
  password,
  plain,
  secured,
  submit,
  testSubmission,
  type TestSubmission,
} from './submission-setup.ts';

let on: TestSubmission;
beforeAll(async () => {
  on = await testSubmission({ users: true, smtp: { maxConnectionsPerPeer: 500 } });
});
afterAll(() => on.close());

async function login(client: SmtpClient, user = 'shop', given = password): Promise<string> {
  return client.command(`AUTH PLAIN ${plain(user, given)}`);
}

describe('AUTH', () => {
  it('is offered and taken under TLS alone', async () => {
    const client = await greeted(on);
    expect(client.seen.join(' ')).toContain('STARTTLS');
    expect(client.seen.join(' ')).not.toContain('AUTH');
    expect(await login(client)).toBe('530 5.7.0 Not without TLS');
    expect(await client.command('AUTH LOGIN')).toBe('530 5.7.0 Not without TLS');
    expect(await client.command('MAIL FROM:<a@shop.test>')).toBe('530 5.7.0 Authentication required');
    const under = await secured(on);
    expect(under.seen.join(' ')).toContain('AUTH PLAIN LOGIN');
    expect(await login(under)).toBe('235 2.7.0 Welcome');
  });

  it('by PLAIN or LOGIN lets mail in, under the name of the user', async () => {
    const client = await secured(on);
    expect(await client.command('AUTH PLAIN')).toBe('334 ');
    expect(await client.command(plain('shop', password))).toBe('235 2.7.0 Welcome');
    expect(await login(client)).toBe('503 5.5.1 You are authenticated already');
    expect(await submit(client)).toMatch(/^250 2\.0\.0 Taken as/);
    const other = await secured(on);
    expect(await other.command('AUTH LOGIN')).toBe('334 VXNlcm5hbWU6');
    expect(await other.command(Buffer.from('shop').toString('base64'))).toBe('334 UGFzc3dvcmQ6');
    expect(await other.command(Buffer.from(password).toString('base64'))).toBe('235 2.7.0 Welcome');
    expect(await on.database.db.query('select distinct submitter from messages')).toEqual([{ submitter: 'user:shop' }]);
  });

  it('that is wrong is answered after a pause, one and the same for a name and a password, and cut at the third', async () => {
    const client = await secured(on);
    const since = performance.now();
    expect(await login(client, 'shop', 'wrong')).toBe('535 5.7.8 Authentication credentials invalid');
    expect(performance.now() - since).toBeGreaterThan(990);
    expect(await login(client, 'nobody', password)).toBe('535 5.7.8 Authentication credentials invalid');
    expect(await client.command('MAIL FROM:<a@shop.test>')).toBe('530 5.7.0 Authentication required');
    expect(await login(client, 'shop', `${password}\0`)).toMatch(/^501 /);
    expect(await login(client, 'x'.repeat(256), 'x'.repeat(1025))).toBe('421 4.7.0 Too many wrong passwords, closing');
    await client.closed();
  });

  it('of a pool whose connections come together is right for all of them', async () => {
    // What was known is forgotten: the first of them has to wait for its check.
    await on.reloadUsers();
    const clients = await Promise.all(Array.from({ length: 6 }, () => secured(on)));
    const replies = await Promise.all(clients.map((client) => login(client)));
    expect(new Set(replies)).toEqual(new Set(['235 2.7.0 Welcome']));
  });

  it('of a peer that tries many passwords at once is put off: one check of it is under way', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => secured(on)));
    const replies = await Promise.all(clients.map((client, i) => login(client, 'shop', `wrong ${i}`)));
    expect(replies.filter((reply) => reply === '454 4.7.0 Temporary authentication failure').length).toBeGreaterThan(0);
    expect(replies.every((reply) => /^(?:454|535) /.test(reply))).toBe(true);
    // Who was right before is not kept out by them.
    const busy = login(await secured(on), 'shop', 'wrong');
    expect(await login(await secured(on))).toBe('235 2.7.0 Welcome');
    await busy;
  });

  it('has no other mechanism, can be given up, and its tokens are read with care', async () => {
    const client = await secured(on);
    for (const mechanism of ['CRAM-MD5', 'XOAUTH2', 'GSSAPI', 'EXTERNAL', 'constructor', ''])
      expect(await client.command(`AUTH ${mechanism}`)).toBe('504 5.5.4 Unrecognized authentication type');
    await client.command('AUTH PLAIN');
    expect(await client.command('*')).toBe('501 5.7.0 Authentication aborted');
    for (const token of ['!!!', '=', 'AAAA', Buffer.from('a\0b').toString('base64'), 'x y'])
      expect(await client.command(`AUTH PLAIN ${token}`), token).toMatch(/^501 /);
    expect(await login(client)).toBe('235 2.7.0 Welcome');
  });

  it('follows the users file when it is read anew, and a broken one changes nothing', async () => {
    writeFileSync(on.files.users, `${await formatUser('shop', password)}${await formatUser('other', 'second')}`);
    await on.reloadUsers();
    expect(await login(await secured(on), 'other', 'second')).toBe('235 2.7.0 Welcome');
    writeFileSync(on.files.users, 'other:second\n');
    await on.reloadUsers();
    expect(await login(await secured(on), 'other', 'second')).toBe('235 2.7.0 Welcome');
    expect(on.lines.filter(({ event }) => event === 'reloadFailed')).toMatchObject([{ what: 'users' }]);
    writeFileSync(on.files.users, await formatUser('shop', password));
    await on.reloadUsers();
    expect(await login(await secured(on), 'other', 'second')).toMatch(/^535 /);
  });

  it('leaves no password and no token in the log', () => {
    const all = JSON.stringify(on.lines);
    for (const secret of [password, plain('shop', password), Buffer.from(password).toString('base64'), 'second'])
      expect(all).not.toContain(secret);
  });
});

describe('nobody relays through it', () => {
  it('without AUTH, whatever the addresses look like', async () => {
    const before = await on.stored();
    const senders = [
      ...[
        '',
        'a@shop.test',
        'news@shop.test',
        'postmaster@shop.test',
        'a@bounce.test',
        'root',
        'a@localhost',
        'a@[127.0.0.1]',
      ],
      ...['"a"@shop.test', 'a%evil.test@shop.test', '@shop.test:a@evil.test', 'shop.test!a', 'a@mx.test', 'shop'],
    ];
    const client = await greeted(on);
    for (const from of senders)
      expect(await client.command(`MAIL FROM:<${from}>`), from).toMatch(/^(?:530 5\.7\.0 |501 |553 )/);
    for (const parameters of ['AUTH=<>', 'AUTH=shop', 'BODY=8BITMIME', 'SMTPUTF8', 'SIZE=1', 'XFORWARD=1'])
      expect(await client.command(`MAIL FROM:<a@shop.test> ${parameters}`), parameters).toMatch(
        /^(?:530 5\.7\.0 |501 |555 )/,
      );
    for (const command of ['RCPT TO:<a@evil.test>', 'DATA', 'BDAT 3 LAST', 'XCLIENT ADDR=127.0.0.1 LOGIN=shop'])
      expect(await client.command(command), command).toMatch(/^5\d\d /);
    const pipelined = await greeted(on);
    pipelined.write(`MAIL FROM:<a@shop.test>\r\nRCPT TO:<a@evil.test>\r\nDATA\r\n`);
    for (let i = 0; i < 3; i += 1) expect(await pipelined.reply()).toMatch(/^5\d\d /);
    const tls = await secured(on);
    expect(await tls.command('MAIL FROM:<a@shop.test>')).toBe('530 5.7.0 Authentication required');
    expect(await on.stored()).toEqual(before);
  });

  it('by commands put before a handshake: what was known before it is forgotten', async () => {
    const client = await greeted(on);
    client.write(`STARTTLS\r\nAUTH PLAIN ${plain('shop', password)}\r\nMAIL FROM:<a@shop.test>\r\n`);
    expect(await client.reply()).toMatch(/^220 /);
    await client.secure();
    await client.command('EHLO app.test');
    expect(await client.command('MAIL FROM:<a@shop.test>')).toBe('530 5.7.0 Authentication required');
  });

  it('under the name of a domain that is none of ours, even where AUTH was right', async () => {
    const client = await secured(on);
    await login(client);
    const before = await on.stored();
    for (const from of [
      ...[
        'a@evil.test',
        'a@shop.test.evil.test',
        'a@sub.shop.test',
        'a@evilshop.test',
        'a@bounce.test',
        '"news@shop.test" <a@evil.test>',
      ],
      ...[
        '<a@evil.test>',
        'a@shop.test <a@evil.test>',
        'a@',
        '',
        '<>',
        'undisclosed:;',
        'a@shop.test@evil.test',
        'a@[127.0.0.1]',
      ],
      ...['a@evil.test (news@shop.test)', '=?utf-8?q?=3Cnews@shop.test=3E?= <a@evil.test>', 'a@shop.test\u0000'],
      ...['a@evil.test (<news@shop.test>)', 'a@evil.test, news@shop.test', '<a@evil.test>, <news@shop.test>'],
    ])
      expect(await submit(client, mail.replace('Shop <news@shop.test>', from)), from).toMatch(/^550 5\.(?:7\.1|6\.0) /);
    expect(await submit(client, `From: a@evil.test\r\n${mail}`)).toMatch(/^550 5\.(?:7\.1|6\.0) /);
    expect(await submit(client, mail.replace('\r\n\r\n', '\r\nFrom: a@evil.test\r\n\r\n'))).toMatch(
      /^550 5\.(?:7\.1|6\.0) /,
    );
    expect(await on.stored()).toEqual(before);
  });
});
