/** `npm run bench -- smtp [--rounds N] [--messages N] [--peers sink,postfix,haraka,bouncemx]` */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { benchSmtp } from './smtp.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '5000' },
    peers: { type: 'string', default: 'sink,postfix,haraka,bouncemx' },
  },
});

const benches: Readonly<Record<string, () => Promise<void>>> = {
  smtp: async () =>
    await benchSmtp({
      rounds: Number(values.rounds),
      messages: Number(values.messages),
      peers: values.peers.split(','),
    }),
};

const bench = benches[positionals[0] ?? ''];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')} [--rounds N] [--messages N] [--peers a,b]`);
  process.exitCode = 64;
} else {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit', cwd: new URL('../../', import.meta.url) });
  await bench();
}
