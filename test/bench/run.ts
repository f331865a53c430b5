/**
 * `npm run bench -- smtp [--rounds N] [--messages N] [--peers sink,postfix,haraka,bouncemx]`
 * `npm run bench -- parse [--rounds N] [--memory MESSAGES]`
 * `npm run bench -- send [--rounds N] [--messages N] [--connections 10] [--concurrency 100]`
 * `npm run bench -- linear`
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { benchLinear } from './linear.ts';
import { benchParse } from './parse.ts';
import { benchSend } from './send.ts';
import { benchSmtp } from './smtp.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '5000' },
    memory: { type: 'string', default: '0' },
    connections: { type: 'string', default: '10' },
    concurrency: { type: 'string', default: '100' },
    peers: { type: 'string', default: 'sink,postfix,haraka,bouncemx' },
  },
});

const benches: Readonly<Record<string, () => Promise<void>>> = {
  smtp: async () => {
    // The packaged daemon is what is measured.
    execFileSync(process.execPath, ['scripts/build.mjs'], {
      stdio: 'inherit',
      cwd: new URL('../../', import.meta.url),
    });
    await benchSmtp({
      rounds: Number(values.rounds),
      messages: Number(values.messages),
      peers: values.peers.split(','),
    });
  },
  send: async () => {
    await benchSend({
      rounds: Number(values.rounds),
      messages: Number(values.messages),
      connections: Number(values.connections),
      concurrency: Number(values.concurrency),
    });
  },
  linear: () => {
    benchLinear();
    return Promise.resolve();
  },
  parse: async () => await benchParse({ rounds: Number(values.rounds), memory: Number(values.memory) }),
};

const bench = benches[positionals[0] ?? ''];
if (bench === undefined) {
  console.error(
    `usage: npm run bench -- ${Object.keys(benches).join('|')} [--rounds N] [--messages N] [--peers a,b] [--memory N]`,
  );
  process.exitCode = 64;
} else await bench();
