import { describe, expect, test } from 'vitest';
import { foldAgain, levelAgain } from '../../../src/core/policy/again.ts';
import { decide, planOf } from '../../../src/core/policy/decide.ts';
import { numberReport } from '../../../src/core/policy/ledger.ts';
import { counted, dayAt, history, mailEvent, policy, verdict } from '../../helpers/mail-events.ts';

const now = dayAt(12);

describe('the row of a message folded anew', () => {
  test('is the row that the same events made when they came', () => {
    const soft = mailEvent({ category: 'mailbox_full', receivedAt: dayAt(9) });
    const hard = mailEvent({ receivedAt: dayAt(10), sentAt: dayAt(8) });
    const first = numberReport(undefined, soft, 20).row;
    const { row } = numberReport(first, hard, 20);
    expect(foldAgain(row, [hard, soft])).toEqual(row);
  });

  test('keeps when the mail was sent and how many reports came', () => {
    const row = counted('user_not_found', { sentAt: dayAt(5), reports: 7, windowAt: dayAt(9) });
    const event = { ...mailEvent({ verdict: verdict('spam_filter') }), sentAt: null };
    expect(foldAgain(row, [event])).toMatchObject({
      category: 'spam_filter',
      type: 'block_bounce',
      conclusive: false,
      sentAt: dayAt(5),
      reports: 7,
      windowAt: dayAt(9),
    });
    expect(foldAgain(null, [event])).toMatchObject({ category: 'spam_filter', sentAt: null, reports: 1 });
  });
});

describe('the level after verdicts changed', () => {
  const hardRow = counted('user_not_found');
  const softRow = counted('spam_filter');
  const { suppression } = decide(mailEvent(), history(), numberReport(undefined, mailEvent(), 20).row, policy, now);
  const suppressed = history({ counted: [hardRow], suppression });

  test('falls where the ledger explained it and does so no longer', () => {
    expect(levelAgain(suppressed, [softRow], true, policy, now)).toEqual({
      prior: suppression,
      suppression: null,
      changed: true,
    });
  });

  test('stays where one of its events is not known, or the ledger never asked for so much', () => {
    expect(levelAgain(suppressed, [softRow], false, policy, now)).toMatchObject({ suppression, changed: false });
    const full = { ...suppressed, counted: [counted('mailbox_full')] };
    expect(levelAgain(full, [softRow], true, policy, now)).toMatchObject({ suppression, changed: false });
    const nothing = { ...suppressed, counted: [] };
    expect(levelAgain(nothing, [hardRow], true, policy, now).suppression?.level).toBe('hard_suppressed');
  });

  test('rises where the new verdicts ask for it, and not because something else did', () => {
    expect(levelAgain(history({ counted: [softRow] }), [hardRow], false, policy, now)).toMatchObject({
      prior: null,
      suppression: { level: 'hard_suppressed', eventIds: [hardRow.eventId] },
      changed: true,
    });
    expect(levelAgain(history({ counted: [hardRow] }), [hardRow, softRow], false, policy, now)).toEqual({
      prior: null,
      suppression: null,
      changed: false,
    });
  });

  test('of mail that was sent before a lift stays none', () => {
    const lifted = history({ counted: [softRow], liftedAt: dayAt(11) });
    expect(levelAgain(lifted, [hardRow], true, policy, now)).toMatchObject({ suppression: null, changed: false });
  });
});

test('an event that may not act asks for a person at most', () => {
  const event = mailEvent({ acts: false, category: 'reputation_block' });
  expect(planOf(event, null, history(), policy)).toEqual({
    action: 'flag_for_review',
    reason: 'unproved',
    senderFault: null,
  });
  expect(planOf({ ...event, acts: true }, counted('reputation_block'), history(), policy)).toMatchObject({
    action: 'update_reputation',
    senderFault: { severity: 'critical' },
  });
  expect(planOf({ ...event, acts: true }, null, history(), policy).action).toBe('flag_for_review');
});
