/**
 * The linear scanner reads all mail, mailparser the odd ones after it: what they say of one mail must be the same, or the door by
 * which a mail came in would decide what happens to its recipient.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify } from '../../src/core/classify/classify.ts';
import type { ReadMessage } from '../../src/core/event.ts';
import { scanMessage } from '../../src/core/mime.ts';
import { readScanned } from '../../src/core/report/read.ts';
import { readByMailparser } from '../../src/pipeline/mime-fallback.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const corpus = fileURLToPath(new URL('../../../shared/corpus/mail/', import.meta.url));
const present = existsSync(corpus);
if (!present)
  process.stdout.write('two-parsers.test.ts: ../shared/corpus is not here, the own fixtures alone are read\n');
const rules = loadShippedRules();

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What becomes events, and what they decide. */
function facts({ reports }: ReadMessage) {
  return reports.map((report) => {
    const { type, category } = classify(report, rules);
    const { kind, reportAction, status, replyCode, finalRecipient, originalRecipient } = report;
    return { kind, reportAction, status, replyCode, finalRecipient, originalRecipient, type, category };
  });
}

async function differences(folder: string): Promise<{ readonly read: number; readonly different: readonly string[] }> {
  const different: string[] = [];
  let read = 0;
  for (const file of filesOf(folder)) {
    const raw = readFileSync(file);
    const scanned = scanMessage(raw);
    // A structure that is not what the headers promise: there the two are asked together, and may differ.
    if (scanned.flags.some((flag) => flag.startsWith('odd:'))) continue;
    const other = await readByMailparser(raw, scanned);
    const ours = JSON.stringify(facts(readScanned(scanned, { truncated: false })));
    const theirs = other === null ? 'refused' : JSON.stringify(facts(readScanned(other, { truncated: false })));
    // mailparser joins all text parts: a report among them that is called text/plain is lost in it.
    const joined = scanned.parts.filter(({ type }) => type === 'text/plain').length > 1;
    if (ours !== theirs && joined) continue;
    read += 1;
    if (ours !== theirs) different.push(`${file.split(sep).slice(-2).join('/')}\n  ${ours}\n  ${theirs}`);
  }
  return { read, different };
}

describe('the scanner and mailparser', () => {
  it('say the same of every well-formed fixture', { timeout: 60_000 }, async () => {
    const { read, different } = await differences(fixtures);
    expect(different).toEqual([]);
    expect(read).toBeGreaterThan(70);
  });

  it.skipIf(!present)('say the same of every well-formed bounce that was published', { timeout: 60_000 }, async () => {
    const { read, different } = await differences(corpus);
    expect(different).toEqual([]);
    expect(read).toBeGreaterThan(400);
  });
});
