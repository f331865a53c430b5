/** docs/sending.md says what the code does: its tables and its configuration are held to core and config. */
import { expect, test } from 'vitest';
import { parse } from 'smol-toml';
import { sections, tables } from '../src/config/options.ts';
import { categoryNames, type Category } from '../src/core/classify/categories.ts';
import { dispatchStates, isFinal, steer, type Steering } from '../src/core/sending/dispatch.ts';
import { nextStep } from '../src/core/sending/next-step.ts';
import { waitBefore } from '../src/core/sending/schedules.ts';
import { dayAt, mailEvent } from './helpers/mail-events.ts';
import { blocksOf, readPage, rowsOf } from './helpers/pages.ts';

const page = readPage('docs/sending.md');

test('the table of states has every state, whether it is final, and where each wish leads', () => {
  const rows = rowsOf(page, 'state');
  expect(rows.map(([state]) => state).sort()).toEqual([...dispatchStates].sort());
  const wishes: Steering[] = ['retry', 'cancel', 'resolveSent', 'resolveResend'];
  for (const state of dispatchStates) {
    const [, , final, ...leads] = rows.find(([name]) => name === state) ?? [];
    expect({ state, final, leads }).toEqual({
      state,
      final: isFinal(state) ? 'yes' : 'no',
      leads: wishes.map((wish) => steer(state, wish) ?? ''),
    });
  }
});

test('the table of failures has every category that fails, what follows and when', () => {
  const rows = rowsOf(page, 'category');
  const none: Category[] = ['delivery_delay', 'vacation_reply'];
  expect(rows.map(([category]) => category).sort()).toEqual(
    categoryNames.filter((name) => !none.includes(name)).sort(),
  );
  const standing = { attempt: 1, retries: 0, lateRetry: false, expiresAt: dayAt(17), provider: 'x.test', stored: true };
  for (const [category, state, delays] of rows) {
    const event = mailEvent({ category: category as Category });
    const step = nextStep({ ...standing, state: 'sent' }, event, 1, false, [], dayAt(10), 0.5);
    const waits: number[] = [];
    for (let retry = 1; step?.state === 'waiting'; retry++) {
      const blocked = event.verdict.type === 'block_bounce';
      const asked = { category: category as Category, blocked, provider: 'x.test', retry, late: false };
      const wait = waitBefore([], asked, 0.5);
      if (wait === null) break;
      waits.push(wait / 1000);
    }
    expect([category, state, delays]).toEqual([category, step?.state, waits.join(' ')]);
  }
});

test('every option in its examples is one', () => {
  const known: Readonly<Record<string, object>> = {
    ...sections,
    ...Object.fromEntries(Object.entries(tables).map(([name, { options }]) => [name, options])),
  };
  const examples = blocksOf(page)
    .filter(({ language }) => language === 'toml')
    .map(({ text }) => parse(text));
  expect(examples.length).toBeGreaterThan(4);
  for (const example of examples)
    for (const [section, content] of Object.entries(example))
      for (const each of [content].flat())
        for (const name of Object.keys(each as object)) expect(Object.keys(known[section] ?? {})).toContain(name);
});
