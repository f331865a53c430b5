import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { SmtpClient } from '../helpers/smtp-client.ts';
import { mint, socketPath, testIntake, today, track } from '../intake/setup.ts';
import { play, readScript } from './player.ts';

const folder = import.meta.dirname;
const words = {
  token: mint(),
  token2: mint('other@example.com'),
  TOKEN: mint().toUpperCase(),
  expired: mint('user@example.com', today - 47),
  forged: mint('user@example.com', today, Buffer.alloc(32, 8)),
  long: 'x'.repeat(65),
};

describe('dialogues', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.smtp')))
    it(`go as written in ${file}`, async () => {
      const script = readScript(readFileSync(join(folder, file), 'utf8'), words);
      const on = await testIntake({
        ...script.options,
        ...(script.lmtp ? { listen: [], lmtpListen: [socketPath()] } : {}),
      });
      await play(script, track(new SmtpClient(on.address)));
    });
});
