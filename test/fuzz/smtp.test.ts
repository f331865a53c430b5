/** Mutated dialogues against a real listener: no crash, no hang, no session left, nobody proved who was not. Seeded. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readScript } from '../dialogues/player.ts';
import { SmtpClient } from '../helpers/smtp-client.ts';
import { greeted, mint, send, testIntake } from '../intake/setup.ts';
import { random } from './random.ts';

const sessions = Number(process.env['BOUNCEMX_FUZZ_SESSIONS'] ?? 3000);
const seed = Number(process.env['BOUNCEMX_FUZZ_SEED'] ?? 42);

const folder = join(import.meta.dirname, '..', 'dialogues');
const words = { token: mint(), token2: mint('other@example.com'), TOKEN: mint().toUpperCase() };
const seeds = readdirSync(folder)
  .filter((name) => name.endsWith('.smtp'))
  .map((name) => {
    const { steps } = readScript(readFileSync(join(folder, name), 'utf8'), words);
    return Buffer.from(
      steps
        .filter(({ kind }) => kind.startsWith('C'))
        .map(({ kind, text }) => (kind === 'C:' ? `${text}\r\n` : text))
        .join(''),
    );
  });
const inserts = [
  '\0',
  '\r',
  '\n',
  '.',
  '\r\n.\r\n',
  '\xff\xfe',
  '<',
  '>',
  '@',
  ' ',
  'A'.repeat(5000),
  'DATA\r\n',
  'RSET\r\n',
];

function mutate(octets: Buffer, pick: (below: number) => number): Buffer {
  let text = octets.toString('latin1');
  for (let i = pick(6); i > 0; i -= 1) {
    const at = pick(text.length + 1);
    const until = at + pick(40);
    const piece = text.slice(at, until);
    const insert = inserts[pick(inserts.length)] ?? '';
    const forms = [
      text.slice(0, at) + text.slice(until),
      text.slice(0, at) + piece + text.slice(at),
      text.slice(0, at) + insert + text.slice(at),
      text.slice(0, at) + String.fromCharCode(pick(256)) + text.slice(at + 1),
    ];
    text = forms[pick(forms.length)] ?? text;
  }
  return Buffer.from(text, 'latin1');
}

async function session(address: string, octets: Buffer, pick: (below: number) => number): Promise<void> {
  const client = new SmtpClient(address);
  try {
    // One in ten talks too soon.
    if (pick(10) > 0) await client.line();
    for (let at = 0; at < octets.length;) {
      const size = 1 + pick(pick(4) === 0 ? 5 : 400);
      client.write(octets.subarray(at, at + size));
      at += size;
      if (pick(3) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    if (pick(8) === 0) client.socket.resetAndDestroy();
    else client.socket.end();
    await client.closed();
  } finally {
    client.close();
  }
}

it(`${sessions} mutated sessions leave the listener as it was (seed ${seed})`, { timeout: 600_000 }, async () => {
  const on = await testIntake({ maxConnectionsPerPeer: 100, keepSize: 2000, maxSize: 10_000, maxBadTokens: 3 });
  const pick = random(seed);
  let left = sessions;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left > 0) {
        left -= 1;
        await session(on.address, mutate(seeds[pick(seeds.length)] ?? Buffer.alloc(0), pick), pick);
      }
    }),
  );
  await expect.poll(async () => (await on.metrics.connectionsOpen.get()).values[0]?.value, { timeout: 8000 }).toBe(0);
  expect((await on.metrics.inFlightBytes.get()).values[0]?.value).toBe(0);
  expect(on.logged.filter((line) => line.includes('"bug"'))).toEqual([]);
  expect(on.groups.length).toBeGreaterThan(0);
  for (const { bound } of on.arrivals()) expect(bound?.recipient).toMatch(/^(?:user|other)@example\.com$/);
  expect(await send(await greeted(on), mint())).toMatch(/^250/);
});
