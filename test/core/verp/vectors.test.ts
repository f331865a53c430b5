/** The tables of docs/verp.md hold: for the code, and for the minting examples in each language that runs here. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeReturnPath,
  encodeOpaqueReturnPath,
  encodeReturnPath,
  messageTagOf,
  parseKeyRing,
  type KeyRing,
} from '../../../src/core/verp/index.ts';
import { symbols } from '../../../src/core/verp/symbols.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/verp.md'), 'utf8');
const validityDays = 45;

/** The first table below a heading, without its head: one array of cells a row, code marks taken off. */
function tableBelow(heading: string): string[][] {
  const lines = page.slice(page.indexOf(`\n${heading}\n`)).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|---'));
  const rows = lines.slice(start + 1);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/u, '$1')),
  );
}

const keyText = /```\n(1 news\.example[^`]*)```/.exec(page)?.[1] ?? '';
function ringOfPage(): KeyRing {
  const parsed = parseKeyRing(keyText);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.ring;
}
const ring = ringOfPage();

const minting = tableBelow('### Minting').map(
  ([number = '', key = '', day = '', name = '', prefix = '', recipient = '', messageId = '', address = '']) => ({
    number,
    key: Number(key),
    day: Number(day),
    name,
    prefix,
    recipient,
    messageId,
    address,
  }),
);
const reading = tableBelow('### Reading').map(([number = '', what = '', address = '', day = '', result = '']) => ({
  number,
  what,
  address,
  day: Number(day),
  result,
}));

describe('the test vectors of docs/verp.md', () => {
  it('are there', () => {
    expect(minting.length).toBeGreaterThanOrEqual(12);
    expect(reading.length).toBeGreaterThanOrEqual(24);
  });

  it.each(minting)('minting $number: $recipient', ({ key: id, day, name, prefix, recipient, messageId, address }) => {
    const key = ring.byId.get(id);
    if (key === undefined) throw new Error(`no key ${id} on the page`);
    const given = { domain: { name, prefix }, key, day, messageTag: messageTagOf(messageId) };
    if (recipient.startsWith('row ')) {
      expect(encodeOpaqueReturnPath({ ...given, rowId: recipient.slice(4) })).toBe(address);
    } else {
      const encoded = encodeReturnPath({ ...given, recipient });
      expect(encoded.ok ? encoded.address : encoded.why).toBe(address);
    }
  });

  it.each(reading)('reading $number: $what', ({ address, day, result }) => {
    const at = address.lastIndexOf('@');
    const name = address.slice(at + 1);
    const domain =
      name === 'bounce.example' ? { name, prefix: 'b', foreign: ['srs', 'batv'] } : { name, prefix: 'r2', foreign: [] };
    const read = decodeReturnPath(address.slice(0, at), domain, ring, day, validityDays);
    expect(read.ok ? (read.bound.recipient ?? `row ${read.bound.rowId ?? ''}`) : read.why).toBe(result);
  });

  it('the table of symbols is the one of the code', () => {
    for (const [value, symbol] of symbols.entries())
      if (value >= 37) expect(page).toContain(`| ${value} | \`${symbol}\` |\n`);
    expect(symbols.slice(1, 37).join('')).toBe('abcdefghijklmnopqrstuvwxyz0123456789');
  });
});

const examples = [
  { language: 'TypeScript', needs: [process.execPath, '--version'], run: [process.execPath, 'mint.ts'] },
  { language: 'Python', needs: ['python3', '--version'], run: ['python3', 'mint.py'] },
  { language: 'shell', needs: ['openssl', 'version'], run: ['sh', 'mint.sh'] },
  { language: 'PHP', needs: ['php', '--version'], run: ['php', 'mint.php'] },
  { language: 'Go', needs: ['go', 'version'], run: ['go', 'run', 'mint.go'] },
] as const;

function installed([program, argument]: readonly [string, string]): boolean {
  try {
    execFileSync(program, [argument], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What it prints; `tooLong` where it says so and exits 1; else its complaint. */
async function output([program, ...script]: readonly [string, ...string[]], args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...script, ...args], { cwd: join(root, 'examples/verp') });
    return stdout.trim();
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    return code === 1 && stderr?.startsWith('tooLong') === true ? 'tooLong' : String(stderr);
  }
}

describe('the minting examples', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'bouncemx-verp-'));
    writeFileSync(join(directory, 'keys'), `# keys\n${keyText}`, { mode: 0o600 });
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  for (const { language, needs, run } of examples) {
    const missing = !installed(needs);
    if (missing) process.stderr.write(`skipped: examples/verp in ${language}: ${needs[0]} is not installed\n`);
    it.skipIf(missing)(
      `in ${language} make the vectors' return-paths`,
      async () => {
        const selfContained = minting.filter(({ recipient }) => !recipient.startsWith('row '));
        for (const { key, day, name, prefix, recipient, messageId, address } of selfContained) {
          const sendingDomain = ring.byId.get(key)?.sendingDomain ?? '';
          const args = [join(directory, 'keys'), sendingDomain, name, prefix, recipient, messageId, String(day)];
          const printed = await output(run, args);
          expect(printed, `${recipient} in ${language}`).toBe(address);
        }
      },
      120_000,
    );
  }
});
