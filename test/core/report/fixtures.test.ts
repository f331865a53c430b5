/**
 * What each report in test/fixtures/reports says: a folder a mail system, and in it `expected.json` with a row for each recipient of
 * each file. The mails were written for these tests, or produced by real mail servers on a test machine. A row without `type`
 * and `category` is about the reader alone: the words of its mail are nobody's rule.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { identityOf } from '../../../src/core/address.ts';
import { classify } from '../../../src/core/classify/classify.ts';
import { readMessage } from '../../../src/core/report/read.ts';

interface Row {
  readonly file: string;
  readonly recipient: string | null;
  readonly type?: string;
  readonly category?: string | null;
  readonly status: string | null;
  readonly replyCode: number | null;
  readonly action: string | null;
  /** The diagnostic, where it matters what is not taken for one; null where nothing was said. */
  readonly words?: string | null;
}

const folder = fileURLToPath(new URL('../../fixtures/reports/', import.meta.url));
const rules = loadShippedRules();

function rowsOf(system: string, file: string): Row[] {
  const read = readMessage(readFileSync(`${folder}${system}/${file}`), { truncated: false });
  return read.reports.map((report) => {
    const { type, category } = classify(report, rules);
    const recipient = report.finalRecipient === null ? null : identityOf(report.finalRecipient);
    const { status, replyCode, reportAction: action, diagnosticCode: words } = report;
    return { file, recipient, type, category, status, replyCode, action, words };
  });
}

describe.each(readdirSync(folder))('reports of %s', (system) => {
  const expected = JSON.parse(readFileSync(`${folder}${system}/expected.json`, 'utf8')) as Row[];
  const files = readdirSync(`${folder}${system}`).filter((file) => file.endsWith('.eml'));

  it('are all expected to say something', () => {
    expect([...new Set(expected.map((row) => row.file))].sort()).toEqual(files.sort());
  });

  it.each(files)('%s names its recipients, the reason, the codes and the action', (file) => {
    expect(rowsOf(system, file)).toMatchObject(expected.filter((row) => row.file === file));
  });
});
