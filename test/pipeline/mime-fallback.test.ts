import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../src/core/report/read.ts';
import { readArrival } from '../../src/pipeline/mime-fallback.ts';

const folder = fileURLToPath(new URL('../fixtures/mail/', import.meta.url));

describe('reading an arrival', () => {
  it('gives what the scanner gives for all well-formed mail', async () => {
    for (const file of readdirSync(folder)) {
      const raw = readFileSync(folder + file);
      expect(await readArrival(raw, false)).toEqual(readMessage(raw, { truncated: false }));
    }
  });

  it('reads a mail without any header as no report', async () => {
    const read = await readArrival(Buffer.from('just words'), false);
    expect(read.reports[0]?.kind).toBe('none');
    expect(read.flags).toContain('odd:header');
  });

  it('asks the other parser where a boundary never comes', async () => {
    const html = `<p>${'<blockquote>'.repeat(20_000)}`;
    const raw = Buffer.from(
      `From: a@example.com\nSubject: x\nContent-Type: multipart/mixed; boundary=never\n\n${html}`,
    );
    expect((await readArrival(raw, true)).flags).toEqual(expect.arrayContaining(['odd:boundary', 'truncated']));
  });

  it('says that nobody could read a mail whose header has no end', async () => {
    const raw = Buffer.from(`no header here\n${'X: y\n'.repeat(100_000)}`);
    const read = await readArrival(raw, false);
    expect(read.reports[0]?.kind).toBe('none');
  });
});
