/** The connections of a relay, from the first one to the last: which are used, which are replaced, how they end. */
import { expect, test } from 'vitest';
import { scripted, type Session } from './hostile-peer.ts';
import { relayTo, sendInTime } from './relay-setup.ts';
import { relayAt, until } from './setup.ts';

test('an idle connection that the relay closed is replaced without a word', async () => {
  const sockets: Session[] = [];
  const { peer, relay } = await relayTo((session) => {
    sockets.push(session);
    return scripted({})(session);
  });
  expect((await sendInTime(relay)).outcome).toBe('sent');
  // It dies under the next transaction: nothing of it was said yet.
  sockets[0]?.socket.resetAndDestroy();
  expect((await sendInTime(relay)).outcome).toBe('sent');
  expect(peer.connections()).toBe(2);
});

test('a relay that takes fewer connections than allowed is used with those', async () => {
  let taken = 0;
  const { relay } = await relayTo((session) => {
    if (++taken > 2) {
      session.socket.end('421 4.7.0 too many connections\r\n');
      return;
    }
    return scripted({})(session);
  });
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => sendInTime(relay)));
  expect(outcomes.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'sent')).toEqual([]);
});

test('draining ends what only waits for a connection, and nothing that is on its way', async () => {
  const { relay, peer } = await relayTo(async (session) => {
    if (peer.connections() > 1) return;
    await scripted({
      '.': (own) => {
        setTimeout(() => {
          own.say('250 2.0.0 taken\r\n');
        }, 300);
        return '';
      },
    })(session);
  });
  const first = sendInTime(relay);
  await until('the body', () => Promise.resolve(peer.heard().includes('\r\n.\r\n')));
  const second = sendInTime(relay);
  await until('another connection', () => Promise.resolve(peer.connections() > 1));
  relay.drain();
  expect(await second).toMatchObject({ outcome: 'trouble', sent: 'none', text: 'stopping' });
  expect(await first).toMatchObject({ outcome: 'sent' });
  expect(await relay.open()).toMatchObject({ outcome: 'trouble', text: 'stopping' });
});

test('with other secrets what is on its way ends as it began, and nothing more goes over what was open', async () => {
  const plain = (password: string): string => Buffer.from(`\0someone\0${password}`).toString('base64');
  const settings = { user: 'someone', password: 'first' };
  const { peer, relay } = await relayTo(
    scripted(
      {
        AUTH: '235 2.7.0 welcome\r\n',
        '.': (session) => {
          setTimeout(() => {
            session.say('250 2.0.0 taken\r\n');
          }, 300);
          return '';
        },
      },
      '250-relay.test\r\n250 AUTH PLAIN\r\n',
    ),
    settings,
  );
  const first = sendInTime(relay);
  await until('the body', () => Promise.resolve(peer.heard().includes('\r\n.\r\n')));
  relay.renew(relayAt(peer.port, { ...settings, password: 'second' }));
  expect(await first).toMatchObject({ outcome: 'sent' });
  expect(peer.heard()).not.toContain(plain('second'));
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'sent' });
  relay.renew(relayAt(peer.port, { ...settings, password: 'third' }));
  expect(await sendInTime(relay)).toMatchObject({ outcome: 'sent' });
  expect(peer.heard().match(/^AUTH PLAIN .*$/gm)).toEqual(
    ['first', 'second', 'third'].map((password) => `AUTH PLAIN ${plain(password)}`),
  );
});

test('closing cuts what is on its way, as trouble', async () => {
  const { relay } = await relayTo(scripted({ '.': () => null }));
  const sending = sendInTime(relay);
  await new Promise((resolve) => setTimeout(resolve, 300));
  relay.close();
  expect(await sending).toMatchObject({ outcome: 'trouble', sent: 'unknown', text: 'stopping' });
});
