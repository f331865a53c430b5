/**
 * Plays `*.smtp`: `C:` lines are sent with CRLF, `C"` lines are JSON strings sent as they are (several in a row leave in
 * one write), `S:` lines are expected (`*` stands for anything), `S.` expects the end of the connection. `#` comments;
 * `#! key=value` sets an option of the listener, `#! lmtp` takes the LMTP listener. `{token}` and the like are filled in.
 */
import { expect } from 'vitest';
import type { SmtpClient } from '../helpers/smtp-client.ts';

export interface Script {
  readonly lmtp: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly steps: readonly { readonly line: number; readonly kind: string; readonly text: string }[];
}

export function readScript(text: string, words: Readonly<Record<string, string>>): Script {
  const options: Record<string, unknown> = {};
  let lmtp = false;
  const steps: Script['steps'][number][] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw === '#! lmtp') lmtp = true;
    else if (raw.startsWith('#! ')) {
      const [key = '', value = ''] = raw.slice(3).split('=');
      options[key] = JSON.parse(value) as unknown;
    } else if (raw !== '' && !raw.startsWith('#')) {
      const line = raw.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
      const kind = line.slice(0, 2);
      steps.push({
        line: index + 1,
        kind,
        text: kind === 'C"' ? (JSON.parse(line.slice(1)) as string) : line.slice(3),
      });
    }
  }
  return { lmtp, options, steps };
}

export async function play(script: Script, client: SmtpClient): Promise<void> {
  let pending = '';
  for (const { line, kind, text } of script.steps) {
    if (kind === 'C:') pending += `${text}\r\n`;
    else if (kind === 'C"') pending += text;
    if (kind.startsWith('C')) continue;
    if (pending !== '') client.write(pending);
    pending = '';
    if (kind === 'S.') await client.closed();
    else if (kind === 'S:') {
      const got = await client.line();
      const [start = '', ...rest] = text.split('*');
      const fits =
        rest.length === 0 ? got === text : got?.startsWith(start) === true && got.endsWith(rest.at(-1) ?? '');
      if (!fits) expect.fail(`line ${line}: expected ${JSON.stringify(text)}, got ${JSON.stringify(got)}`);
    } else expect.fail(`line ${line}: neither C nor S`);
  }
}
