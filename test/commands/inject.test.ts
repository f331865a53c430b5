import fc from 'fast-check';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { command } from '../../src/commands/inject.ts';
import { deliver, stuffed } from '../../src/commands/lmtp-client.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'bmx-lmtp-'));
const path = join(folder, 'lmtp.sock');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let server: Server | null = null;
afterEach(() => {
  server?.close();
  server = null;
  rmSync(path, { force: true });
});

const good: Record<string, string> = {
  connect: '220 mx.test LMTP\r\n',
  LHLO: '250-mx.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n',
  MAIL: '250 2.1.0 ok\r\n',
  RCPT: '250 2.1.5 ok\r\n',
  DATA: '354 go\r\n',
  message: '250 2.0.0 stored\r\n',
};

/** An LMTP server that answers by the script (null: it hangs up) and keeps what it was told. */
async function peer(
  changes: Record<string, string | null> = {},
): Promise<{ commands: string[]; message: () => string }> {
  const script = { ...good, ...changes };
  const commands: string[] = [];
  let message = '';
  server = createServer((socket) => {
    let inData = false;
    let rest = '';
    const answer = (stage: string): void => {
      const text = script[stage];
      if (text === null || text === undefined) socket.end();
      else socket.write(text);
    };
    socket.on('error', () => undefined);
    answer('connect');
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1');
      if (inData) {
        if (!rest.endsWith('\r\n.\r\n') && rest !== '.\r\n') return;
        message = rest;
        rest = '';
        inData = false;
        answer('message');
        return;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0) return;
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      commands.push(line);
      const verb = line.slice(0, 4);
      if (verb === 'QUIT') socket.end('221 bye\r\n');
      else {
        inData = verb === 'DATA' && script['DATA'] === good['DATA'];
        answer(verb);
      }
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return { commands, message: () => message };
}

const inject = (
  args: string[] = [],
  stdin: string | Buffer = 'Subject: x\n\nbody\n',
  env: Record<string, string> = {},
) => run(command, ['--recipient', 'b-token@bounce.test', '--socket', path, ...args], env, stdin);

test('a message is handed over with its envelope, and 0 means that it is stored', async () => {
  const { commands, message } = await peer();
  expect(await inject()).toMatchObject({ code: 0, out: '', err: '' });
  expect(commands.slice(0, 4)).toEqual(['LHLO localhost', 'MAIL FROM:<>', 'RCPT TO:<b-token@bounce.test>', 'DATA']);
  expect(message()).toBe('Subject: x\r\n\r\nbody\r\n.\r\n');
});

test.each([
  ['', ''],
  ['<>', ''],
  ['MAILER-DAEMON', ''],
  ['person@example.org', 'person@example.org'],
  ['<person@example.org>', 'person@example.org'],
])('the sender %j goes out as <%s>', async (sender, sent) => {
  const { commands } = await peer();
  expect((await inject(['--sender', sender])).code).toBe(0);
  expect(commands[1]).toBe(`MAIL FROM:<${sent}>`);
});

test('an address outside of ASCII asks for SMTPUTF8', async () => {
  const { commands } = await peer();
  expect((await inject(['--sender', 'jörg@example.org'])).code).toBe(0);
  expect(Buffer.from(commands[1] ?? '', 'latin1').toString()).toBe('MAIL FROM:<jörg@example.org> SMTPUTF8');
});

test('the octets of a message are kept: 8 bits, dots, a missing last line end', async () => {
  const { message } = await peer();
  await inject([], Buffer.from('.one\n..two\r\n\xe9\xff\n.\nlast', 'latin1'));
  expect(message()).toBe('..one\r\n...two\r\n\xe9\xff\r\n..\r\nlast\r\n.\r\n');
});

test.each<[string, number, Record<string, string | null>]>([
  ['a greeting 421', 75, { connect: '421 4.3.2 too many\r\n' }],
  ['a greeting 554', 75, { connect: '554 no\r\n' }],
  ['no LHLO', 75, { LHLO: '500 5.5.1 what\r\n' }],
  ['MAIL 451', 75, { MAIL: '451 4.3.0 later\r\n' }],
  ['MAIL 552', 69, { MAIL: '552 5.3.4 too big\r\n' }],
  ['RCPT 450', 75, { RCPT: '450 4.2.0 later\r\n' }],
  ['RCPT 550', 67, { RCPT: '550 5.1.1 no such address\r\n' }],
  ['DATA 451', 75, { DATA: '451 4.3.0 later\r\n' }],
  ['DATA 554', 69, { DATA: '554 5.5.0 no\r\n' }],
  ['a final 451', 75, { message: '451 4.3.0 later\r\n' }],
  ['a final 552', 69, { message: '552 5.3.4 too big\r\n' }],
  ['a hang-up instead of the last reply', 75, { message: null }],
  ['a hang-up at once', 75, { connect: null }],
  ['no LMTP at all', 75, { connect: 'HTTP/1.1 400 Bad Request\r\n' }],
  ['an endless reply', 75, { connect: `220-${'x'.repeat(100_000)}` }],
])('%s is exit code %i', async (_, code, changes) => {
  await peer(changes);
  const ran = await inject();
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(path);
});

test('no daemon is 75', async () => {
  expect((await inject()).code).toBe(75);
});

test('a silent peer is given up', async () => {
  const sockets: Socket[] = [];
  server = createServer((socket) => sockets.push(socket));
  server.listen(path);
  await once(server, 'listening');
  const outcome = await deliver(path, { sender: '', recipient: 'a@b.test' }, Buffer.from('x'), {
    connect: 100,
    reply: 100,
    final: 100,
  });
  expect(outcome).toMatchObject({ stage: 'connect', code: 0, text: 'no reply within 0 s' });
  for (const socket of sockets) socket.destroy();
});

test.each([
  ['', 67],
  ['<>', 67],
  ['a@b.test\r\nRCPT TO:<evil@x.test>', 67],
  ['a@b.test> <c@d.test', 67],
  [`${'a'.repeat(1001)}@b.test`, 67],
])('the recipient %j never reaches the dialogue', async (recipient, code) => {
  const { commands } = await peer();
  expect((await run(command, ['--recipient', recipient, '--socket', path])).code).toBe(code);
  expect(commands).toEqual([]);
});

test('wrong use is 64', async () => {
  expect((await run(command, [])).code).toBe(64);
  expect((await inject(['--sender', 'a\nb'])).code).toBe(64);
  expect((await inject(['--to', 'x'])).code).toBe(64);
});

test('the socket comes from the environment, else from the configuration; a broken one is 75, so that nothing bounces', async () => {
  const { commands } = await peer();
  const args = ['--recipient', 'b-token@bounce.test'];
  expect((await run(command, args, { BOUNCEMX_LMTP_SOCKET: path }, 'x')).code).toBe(0);
  expect((await run(command, args, { BOUNCEMX_DATA_DIR: folder }, 'x')).code).toBe(0);
  expect(commands.filter((line) => line === 'DATA')).toHaveLength(2);
  const config = join(folder, 'broken.toml');
  writeFileSync(config, 'nonsense = true\n');
  expect((await run(command, [...args, '--config', config], {}, 'x')).code).toBe(75);
  const tcp = { BOUNCEMX_DATA_DIR: folder, BOUNCEMX_SMTP_LMTP_LISTEN: '127.0.0.1:2526' };
  expect((await run(command, args, tcp, 'x')).code).toBe(75);
});

test('whatever a message holds, its lines come out of the dots as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('.', '\r', '\n', '\r\n', 'a', '\0', '\xff')), (parts) => {
      const text = parts.join('');
      const wire = stuffed(Buffer.from(text, 'latin1')).toString('latin1');
      expect(wire.endsWith('\r\n.\r\n') || wire === '.\r\n').toBe(true);
      const body = wire.slice(0, -3);
      expect(body.includes('\r\n.\r\n')).toBe(false);
      const lines = body.split('\r\n').map((line) => (line.startsWith('.') ? line.slice(1) : line));
      const wanted = text.replaceAll('\r\n', '\n').split('\n');
      expect(lines.join('\n').replace(/\n$/u, '')).toBe(wanted.join('\n').replace(/\n$/u, ''));
    }),
  );
});
