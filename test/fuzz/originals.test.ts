/**
 * Mutated messages handed over, sent and caught at the wire: one RCPT each, that of the dispatch, the fields and the body as
 * they were given, and nothing of the machine's own files. `BOUNCEMX_FUZZ_ORIGINALS=10000` is the bar.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHandOver } from '../../src/app/hand-over.ts';
import { byAddress } from '../../src/app/providers.ts';
import { createKeyRing } from '../../src/core/verp/index.ts';
import { startRelayPeer, type RelayPeer } from '../e2e/support/relay-peer.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';
import { relayAt, senderOptions, sendWith, until } from '../sender/setup.ts';
import { mutated, seedMessages } from './mutate.ts';

const count = Number(process.env['BOUNCEMX_FUZZ_ORIGINALS'] ?? 500);
const seed = Number(process.env['BOUNCEMX_FUZZ_SEED'] ?? 42);
/** Ours to take out, to add, or to replace where it can't be read. */
const own = new Set(['bcc', 'resent-bcc', 'return-path', 'message-id', 'date', 'bouncemx-dispatch']);

let database: TestDatabase;
let relay: RelayPeer;
beforeAll(async () => {
  database = await testDatabase();
  relay = await startRelayPeer();
});
afterAll(async () => {
  await relay.close();
  await database.close();
});

/** As any reader takes it apart: names of the fields that are not ours, and all behind the empty line. */
function parts(message: string): { fields: string[]; body: string } {
  const end = message.indexOf('\r\n\r\n');
  const fields = (end < 0 ? message : message.slice(0, end))
    .split('\r\n')
    .filter((line) => line !== '' && !/^[ \t]/.test(line))
    .map((line) =>
      line
        .slice(0, Math.max(0, line.indexOf(':')))
        .trimEnd()
        .toLowerCase(),
    )
    .filter((name) => !own.has(name));
  return { fields, body: end < 0 ? '' : message.slice(end + 4) };
}

it(
  `${count} mutated messages reach the wire as they are, each with its one recipient`,
  { timeout: 600_000 },
  async () => {
    const options = senderOptions({ sender: { concurrency: 100 }, care: { concurrency: 100 } });
    const key = {
      id: 1,
      sendingDomain: 'sender.example',
      secret: Buffer.alloc(32, 7),
      createdDay: 1,
      state: 'active',
    } as const;
    const ring = createKeyRing([key]);
    const handOver = createHandOver({
      db: database.db,
      options: {
        ...options,
        relay: [
          {
            url: 'smtp://127.0.0.1:25',
            sendingDomains: [],
            passwordFile: '',
            caFile: '',
            connections: 5,
            dkimDomain: '',
            dkimSelector: '',
            dkimKeyFile: '',
          },
        ],
      },
      ring: () => ring,
      providers: byAddress,
      now: () => new Date(),
      wake: () => undefined,
    });
    const given = new Map<string, string>();
    let left = count;
    for (const { octets } of mutated(seedMessages(), seed)) {
      const id = String(left);
      // Its own From goes: two of them are none of ours.
      const text = octets.toString('latin1').replace(/^from[ \t]*:/gim, 'X-From:');
      const raw = `From: news@sender.example\r\nX-Serial: ${id}\r\n${text}`;
      const recipient = `r${id}@far.test`;
      const handed = await handOver({
        raw: Buffer.from(raw, 'latin1'),
        recipients: [recipient],
        origin: 'api',
        submitter: 'api:test',
        envelopeSender: '',
        sendingDomain: null,
        stream: null,
        campaign: null,
        idempotency: null,
      });
      if (handed.ok) given.set(recipient, raw);
      else expect(['badHeader', 'noHeader', 'headerTooLong', 'loop', 'tooManyReceived']).toContain(handed.why);
      left -= 1;
      if (left === 0) break;
    }
    expect(given.size).toBeGreaterThan(count * 0.5);
    const { sender } = sendWith(database, [relayAt(relay.port)], options);
    await until('all of them', () => Promise.resolve(relay.taken.length >= given.size), 300_000);
    await sender.close();
    expect(relay.asked).toHaveLength(given.size);
    expect(relay.taken).toHaveLength(given.size);
    for (const { to, from, message } of relay.taken) {
      const [recipient = ''] = to;
      const raw = given.get(recipient)?.replace(/\r\n|\r|\n/g, '\r\n');
      expect([to.length, raw !== undefined]).toEqual([1, true]);
      expect(from).toMatch(/^b-[a-z2-7]+@bounce\.example$/);
      const [wire, was] = [parts(`${message}\r\n`), parts(raw ?? '')];
      expect(wire.fields).toEqual(was.fields);
      expect(wire.body.replace(/(?:\r\n)+$/, '')).toBe(was.body.replace(/(?:\r\n)+$/, ''));
      expect(message).toMatch(/^Bouncemx-Dispatch: /);
      expect(message).not.toMatch(/root:.*:0:0:/);
    }
  },
);
