/**
 * Mail that is no report, in test/fixtures/non-reports: newsletters, answers that quote a bounce, trackers, lists, receipts, statistics,
 * spam. All was written for these tests.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/core/report/read.ts';

const folder = fileURLToPath(new URL('../../fixtures/non-reports/', import.meta.url));
const files = readdirSync(folder);

const kindsOf = (raw: Buffer) => readMessage(raw, { truncated: false }).reports.map((one) => one.kind);

describe('mail that is no report', () => {
  it('is here in more than two hundred forms', () => {
    expect(files.length).toBeGreaterThan(200);
  });

  it.each(files)('%s is none', (file) => {
    expect(kindsOf(readFileSync(`${folder}${file}`))).toEqual(['none']);
  });

  it.each(files)('%s is none without its return path', (file) => {
    const text = readFileSync(`${folder}${file}`, 'latin1');
    expect(kindsOf(Buffer.from(text.replace(/^Return-Path: [^\r]*\r\n/u, ''), 'latin1'))).toEqual(['none']);
  });
});
