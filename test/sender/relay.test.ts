/** One relay at the wire, and whatever it does: each ends in time, and as a value that says whether the mail may be out. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import type { Category } from '../../src/core/classify/categories.ts';
import { classify } from '../../src/core/classify/classify.ts';
import { tell } from '../../src/core/sending/relay-reply.ts';
import { createRelay } from '../../src/sender/relay.ts';
import { signMessage } from '../../src/sender/dkim.ts';
import type { Outcome, Transaction } from '../../src/sender/transaction.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { scripted, startTls, type Session } from './hostile-peer.ts';
import { deadline, mail, open, relayTo, sendInTime } from './relay-setup.ts';
import { relayAt } from './setup.ts';

test('a message that is taken is told with the words of the relay, and the DSN options are said', async () => {
  const { peer, relay } = await relayTo(scripted({ '.': '250 2.0.0 queued as 4711\r\n' }));
  expect(await sendInTime(relay)).toEqual({ outcome: 'sent', replyCode: 250, text: '250 2.0.0 queued as 4711' });
  expect(peer.heard()).toContain('EHLO mx.bounce.example\r\n');
  expect(peer.heard()).toContain(
    `MAIL FROM:<b-token@bounce.example> RET=HDRS ENVID=0193d0a0-0000-7000-8000-000000000001\r\n`,
  );
  expect(peer.heard()).toContain('RCPT TO:<ann@one.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann@one.example\r\n');
});

test('a relay without DSN hears nothing of it', async () => {
  const { peer, relay } = await relayTo(scripted({}, '250 relay.test\r\n'));
  expect((await sendInTime(relay)).outcome).toBe('sent');
  expect(peer.heard()).toContain('MAIL FROM:<b-token@bounce.example>\r\nRCPT TO:<ann@one.example>\r\nDATA\r\n');
});

test.each([
  ['MAIL', 'mail', '553 5.7.1 not your sender'],
  ['RCPT', 'rcpt', '550 5.1.1 no such user'],
  ['DATA', 'data', '554 5.7.1 no'],
  ['.', 'data', '552 5.2.2 mailbox full'],
])('a refusal at %s is told with its place, and the connection is used on', async (verb, phase, reply) => {
  let answers = 0;
  const { peer, relay } = await relayTo(scripted({ [verb]: () => (++answers === 1 ? `${reply}\r\n` : okay(verb)) }));
  expect(await sendInTime(relay)).toEqual({
    outcome: 'refused',
    phase,
    replyCode: Number(reply.slice(0, 3)),
    text: reply,
  });
  expect((await sendInTime(relay)).outcome).toBe('sent');
  expect(peer.connections()).toBe(1);
});

const okay = (verb: string): string => (verb === 'DATA' ? '354 go on\r\n' : '250 ok\r\n');

test('a refusal among pipelined commands is told with its place', async () => {
  const pipelining = '250-relay.test\r\n250-PIPELINING\r\n250 DSN\r\n';
  const refused = await relayTo(scripted({ RCPT: '550 5.1.1 no\r\n', DATA: '503 5.5.1 no\r\n' }, pipelining));
  expect(await sendInTime(refused.relay)).toMatchObject({ outcome: 'refused', phase: 'rcpt', replyCode: 550 });
  const busy = await relayTo(
    scripted(
      {
        RCPT: ({ socket }: Session) => {
          socket.end('421 4.7.0 too many from you\r\n');
          return null;
        },
      },
      pipelining,
    ),
  );
  expect(await sendInTime(busy.relay)).toMatchObject({ outcome: 'refused', phase: 'rcpt', replyCode: 421 });
});

test('a relay that never says a word, or one octet at a time, costs no more than the deadline', async () => {
  const silent = await relayTo(() => undefined);
  const drip = await relayTo(async ({ socket }) => {
    for (const octet of '220 relay.test with much patience '.repeat(5)) {
      if (socket.destroyed) return;
      socket.write(octet);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const [first, second] = await Promise.all([sendInTime(silent.relay), sendInTime(drip.relay)]);
  expect(first).toMatchObject({ outcome: 'trouble', phase: 'connect', sent: 'none' });
  expect(second).toMatchObject({ outcome: 'trouble', phase: 'connect', sent: 'none' });
});

test('a reply without an end costs no more than the deadline', async () => {
  const { relay } = await relayTo(
    scripted({
      MAIL: (session) => {
        const timer = setInterval(() => session.say('250-wait\r\n'), 20);
        session.socket.on('close', () => {
          clearInterval(timer);
        });
        return null;
      },
    }),
  );
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', phase: 'mail', sent: 'none' });
});

test('a line of 200 MB is cut off', async () => {
  const { relay } = await relayTo(
    scripted({
      EHLO: ({ socket }) => {
        const chunk = Buffer.alloc(1024 * 1024, 'x');
        let left = 200;
        const more = (): void => {
          while (left-- > 0 && !socket.destroyed) if (!socket.write(chunk)) return void socket.once('drain', more);
        };
        more();
        return null;
      },
    }),
  );
  const before = process.memoryUsage().rss;
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', sent: 'none' });
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});

test('421 at the greeting is the relay’s trouble, with its words', async () => {
  const { relay } = await relayTo(({ socket }) => void socket.end('421 4.3.2 not now\r\n'));
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', replyCode: 421, sent: 'none' });
});

test('a connection that is cut behind the final dot leaves it open whether the mail was taken', async () => {
  const { relay } = await relayTo(
    scripted({
      '.': ({ socket }) => {
        socket.resetAndDestroy();
        return null;
      },
    }),
  );
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', phase: 'data', sent: 'unknown' });
});

test('silence behind the final dot does too, and so does what is no reply', async () => {
  const silent = await relayTo(scripted({ '.': () => null }));
  const odd = await relayTo(scripted({ '.': 'what?\r\n' }));
  expect(await sendInTime(silent.relay)).toMatchObject({ outcome: 'trouble', phase: 'data', sent: 'unknown' });
  expect(await sendInTime(odd.relay)).toMatchObject({ outcome: 'trouble', phase: 'data', sent: 'unknown' });
});

test.each(['MAIL', 'RCPT', 'DATA'])('a connection that is cut at %s has sent nothing', async (verb) => {
  const cut = ({ socket }: Session): null => {
    socket.resetAndDestroy();
    return null;
  };
  const { relay } = await relayTo(scripted({ [verb]: cut }));
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', sent: 'none' });
});

test('a relay that stops reading a large message has not got it', async () => {
  const { relay } = await relayTo(
    scripted({
      DATA: ({ socket }) => {
        socket.pause();
        socket.write('354 go on\r\n');
        return null;
      },
    }),
  );
  const raw = Buffer.concat([mail.raw, Buffer.alloc(30 * 1024 * 1024, 'line after line\r\n')]);
  expect(await sendInTime(relay, { raw })).toMatchObject({ outcome: 'trouble', phase: 'data', sent: 'none' });
});

test.each([
  ['250 2.0.0 taken', { outcome: 'trouble', phase: 'data', sent: 'unknown' }],
  ['552 5.3.4 too large', { outcome: 'refused', phase: 'data', replyCode: 552 }],
  ['452 4.3.1 no room', { outcome: 'refused', phase: 'data', replyCode: 452 }],
])('an answer of %s in the middle of a message lets no command of the next one stand in it', async (reply, wanted) => {
  const hasty = async (session: Session): Promise<void> => {
    session.say('220 relay.test\r\n');
    for (let line = await session.line(); line !== ''; line = await session.line()) {
      session.say(line === 'DATA' ? '354 go on\r\n' : '250 ok\r\n');
      if (line !== 'DATA') continue;
      const first = await session.line();
      if (first === 'Subject: large') session.say(`${reply}\r\n`);
      await session.body();
      session.say('250 2.0.0 taken\r\n');
    }
  };
  const { peer, relay } = await relayTo(hasty, { connections: 1 });
  const raw = Buffer.concat([
    Buffer.from('Subject: large\r\n\r\n'),
    Buffer.alloc(4 * 1024 * 1024, 'again and again\r\n'),
  ]);
  const early = await sendInTime(relay, { raw });
  const next = await sendInTime(relay, { to: 'bob@two.example' });
  expect(early).toMatchObject({ ...wanted, text: expect.stringContaining(reply) as string });
  expect(next.outcome).toBe('sent');
  expect(peer.heard()).not.toMatch(/again\r\n(?:MAIL|RSET|QUIT)/);
  expect(peer.connections()).toBe(2);
});

test('no answer to RSET keeps nobody waiting beyond the time that an attempt has', async () => {
  const { relay } = await relayTo(scripted({ RCPT: '550 5.1.1 no\r\n', RSET: () => null }), { connections: 1 });
  const [first, second] = await Promise.all([sendInTime(relay), sendInTime(relay, { to: 'bob@two.example' })]);
  expect(first.outcome).toBe('refused');
  expect(second).toMatchObject({ outcome: 'trouble', sent: 'none' });
});

test('more replies than commands end the connection, not the process', async () => {
  const { relay } = await relayTo(scripted({ RSET: '250 ok\r\n', MAIL: '250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n' }));
  const outcome = await sendInTime(relay);
  expect(['trouble', 'refused']).toContain(outcome.outcome);
  expect(outcome).not.toMatchObject({ outcome: 'sent' });
});

test('without STARTTLS nothing is sent where TLS is required, and no octet of a password', async () => {
  const { peer, relay } = await relayTo(scripted({}, `250-relay.test\r\n250 AUTH PLAIN LOGIN\r\n`), {
    requireTls: true,
    user: 'someone',
    password: 'canary-4711',
  });
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', phase: 'starttls', sent: 'none' });
  expect(peer.heard()).not.toMatch(/AUTH|MAIL|canary/i);
  expect(peer.heard()).not.toContain(Buffer.from('\0someone\0canary-4711').toString('base64'));
});

const starting = (cert: { cert: string; key: string }): ((session: Session) => Promise<void>) => {
  return async (session) => {
    session.say('220 relay.test\r\n');
    await session.line();
    session.say('250-relay.test\r\n250 STARTTLS\r\n');
    await session.line();
    session.say('220 go on\r\n');
    const secure = startTls(session, cert);
    for (;;) {
      const line = await secure.line();
      if (line === '') return;
      if (line.startsWith('EHLO')) secure.say('250-relay.test\r\n250-AUTH PLAIN\r\n250 DSN\r\n');
      else if (line.startsWith('AUTH')) secure.say('535 5.7.8 wrong\r\n');
      else secure.say('250 ok\r\n');
    }
  };
};

test('garbage after STARTTLS is the relay’s trouble', async () => {
  const { relay } = await relayTo(
    async (session) => {
      session.say('220 relay.test\r\n');
      await session.line();
      session.say('250-relay.test\r\n250 STARTTLS\r\n');
      await session.line();
      session.say('220 go on\r\n250 injected\r\nno TLS at all, but much of it\r\n'.repeat(3));
    },
    { requireTls: true },
  );
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', phase: 'starttls', sent: 'none' });
});

test('a certificate that nobody vouches for, and one for another name, are refused before AUTH', async () => {
  const cert = selfSigned('somebody.else');
  const unknown = await relayTo(starting(cert), { requireTls: true, user: 'u', password: 'p' });
  const other = await relayTo(starting(cert), { requireTls: true, user: 'u', password: 'p', ca: cert.cert });
  expect(await sendInTime(unknown.relay)).toMatchObject({ outcome: 'trouble', phase: 'starttls', sent: 'none' });
  const outcome = await sendInTime(other.relay);
  expect(outcome).toMatchObject({ outcome: 'trouble', phase: 'starttls', sent: 'none' });
  expect(outcome).toHaveProperty('text', expect.stringContaining('ALTNAME'));
  for (const { peer } of [unknown, other]) expect(peer.heard()).not.toContain('AUTH');
});

test('TLS from the first octet checks the certificate too', async () => {
  const cert = selfSigned('somebody.else');
  const { relay } = await relayTo(scripted({}), { implicitTls: true, ca: cert.cert }, { cert, implicit: true });
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', phase: 'starttls', sent: 'none' });
});

test('refused credentials, and AUTH that is not offered, are the relay’s trouble', async () => {
  const refused = await relayTo(scripted({ AUTH: '535 5.7.8 wrong\r\n' }, '250-relay.test\r\n250 AUTH PLAIN\r\n'), {
    user: 'u',
    password: 'p',
  });
  const none = await relayTo(scripted({}), { user: 'u', password: 'p' });
  expect(await sendInTime(refused.relay)).toMatchObject({ outcome: 'trouble', phase: 'auth', replyCode: 535 });
  expect(await sendInTime(none.relay)).toMatchObject({ outcome: 'trouble', phase: 'auth', replyCode: null });
});

test('what the relay does not offer and the message needs is refused in plain words, without a transaction', async () => {
  const { peer, relay } = await relayTo(scripted({}, '250-relay.test\r\n250 SIZE 1000\r\n'));
  const rules = loadShippedRules();
  const cases: [Partial<Transaction>, Record<string, unknown>, Category][] = [
    [{ smtputf8: true }, { replyCode: 550, text: /SMTPUTF8/ }, 'protocol_error'],
    [{ to: 'jürgen@one.example' }, { replyCode: 550, text: /SMTPUTF8/ }, 'protocol_error'],
    [{ eightBit: true }, { replyCode: 554, text: /8BITMIME/ }, 'protocol_error'],
    [{ raw: Buffer.alloc(2000, 'x') }, { replyCode: 552, text: /2000/ }, 'message_too_large'],
  ];
  for (const [transaction, wanted, category] of cases) {
    const outcome = await sendInTime(relay, transaction);
    expect(outcome).toMatchObject({ outcome: 'refused', phase: 'data', ...wanted });
    // Nobody else reads these words but the rules: they must say what they mean.
    const told = tell(outcome as Extract<Outcome, { outcome: 'refused' }>, mail.to, 'relay.test:25');
    expect(told.about === 'delivery' && classify(told.report, rules).category).toBe(category);
  }
  expect(peer.heard()).not.toContain('MAIL');
});

test('SMTPUTF8 and 8BITMIME are asked for where they are needed, once', async () => {
  const { peer, relay } = await relayTo(scripted({}));
  await sendInTime(relay, { smtputf8: true, eightBit: true });
  await sendInTime(relay);
  const mails = peer.heard().match(/^MAIL .*$/gm) ?? [];
  expect(mails[0]).toMatch(/ BODY=8BITMIME .*SMTPUTF8$/);
  expect(mails[1]).not.toMatch(/SMTPUTF8|8BITMIME/);
});

test('a name that no server of names answers for costs no more than the deadline', async () => {
  const relay = createRelay({
    // TEST-NET-1 (RFC 5737) would be refused at once here; a name under .invalid is never found, or never answered.
    settings: relayAt(25, { host: 'relay.invalid' }),
    hostname: 'mx.bounce.example',
    deadline,
  });
  open.push(relay);
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'trouble', phase: 'connect', sent: 'none' });
});

test('a message is signed with DKIM where the relay does not', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signed = await signMessage(mail.raw, { domain: 'sender.example', selector: 's1', key });
  expect(signed.toString()).toMatch(
    /^DKIM-Signature: v=1;[\s\S]*d=sender\.example;[\s\S]*s=s1;[\s\S]*\r\nSubject: hello\r\n/,
  );
  expect(signed.subarray(-mail.raw.length)).toEqual(mail.raw);
});
