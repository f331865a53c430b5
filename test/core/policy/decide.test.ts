import { describe, expect, test } from 'vitest';
import { categoryNames, categories, types, type Category } from '../../../src/core/classify/categories.ts';
import { decide, type Outcome } from '../../../src/core/policy/decide.ts';
import type { History } from '../../../src/core/policy/history.ts';
import { numberReport } from '../../../src/core/policy/ledger.ts';
import { counted, dayAt, history, mailEvent, policy, type EventFields } from '../../helpers/mail-events.ts';

const now = dayAt(10);

function decided(fields: EventFields, before: History = history(), options = policy): Outcome {
  const event = mailEvent(fields);
  const prior = before.counted.find((row) => row.messageKey === event.messageKey);
  const { row } = numberReport(prior, event, 20);
  return decide(event, before, event.recipient === null ? null : row, options, now);
}

describe('the six actions', () => {
  test('each category has the action of its table and the effect that belongs to it', () => {
    const effects = Object.fromEntries(
      categoryNames.map((category) => {
        const { action, suppression, retry, review, senderFault } = decided({ category });
        expect(action).toBe(categories[category].action);
        const effect = [
          suppression?.level ?? 'none',
          retry === null ? '' : 'retry',
          review === null ? '' : `review ${review.priority}`,
          senderFault === null ? '' : `${senderFault.severity}${senderFault.alert ? ' alert' : ''}`,
        ];
        return [category, effect.filter((each) => each !== '').join(', ')];
      }),
    );
    expect(effects).toEqual({
      invalid_address: 'hard_suppressed, medium',
      domain_not_found: 'hard_suppressed, medium',
      user_not_found: 'hard_suppressed, low',
      mailbox_disabled: 'hard_suppressed',
      mailbox_moved: 'soft_suppressed',
      suppressed_by_provider: 'soft_suppressed',
      mailbox_full: 'temporarily_suppressed, retry',
      server_error: 'none, retry, low',
      connection_timeout: 'none, retry',
      system_full: 'none, retry',
      rate_limiting: 'none, retry, low',
      tls_failure: 'none, retry',
      delivery_delay: 'none',
      message_too_large: 'none, review 50, low',
      protocol_error: 'none, review 50, low',
      relay_denied: 'none, review 50, low',
      policy_rejection: 'none, review 70, medium',
      content_filter: 'none, review 50, low',
      spam_filter: 'none, review 80, high',
      virus_detected: 'none, review 50, low',
      authentication_failed: 'none, low',
      reputation_block: 'none, retry, critical alert',
      vacation_reply: 'none',
      unknown: 'none, review 50',
    });
  });

  test('complaints and unsubscribes suppress for good, also where hard bounces must be consecutive', () => {
    const options = { ...policy, removeImmediately: false };
    for (const [type, reason] of [
      ['spam_complaint', 'complaint'],
      ['unsubscribe', 'unsubscribe'],
    ] as const) {
      const outcome = decided({ category: null, type }, history(), options);
      expect(outcome).toMatchObject({ action: 'remove_immediately', reason, cancelRetries: null });
      expect(outcome.suppression).toMatchObject({ level: 'hard_suppressed', expiresAt: null, type });
    }
  });

  test('auto-replies, challenges, deliveries and what says nothing never suppress or schedule', () => {
    for (const [type, action, reason] of [
      ['auto_reply', 'no_action', 'nothingToDo'],
      ['challenge_response', 'flag_for_review', 'challenge'],
      ['delivery', 'no_action', 'delivered'],
      ['none', 'no_action', 'nothingToDo'],
    ] as const)
      expect(decided({ category: null, type })).toMatchObject({ action, reason, suppression: null, retry: null });
  });

  test('a bounce without a category goes to a person', () => {
    expect(decided({ category: null, type: 'block_bounce' })).toMatchObject({ action: 'flag_for_review', retry: null });
  });
});

describe('what is not proved', () => {
  test('a bounce that may not act reaches review and changes nothing', () => {
    const outcome = decided({ acts: false, proof: 'none', recipient: null });
    expect(outcome).toMatchObject({
      action: 'flag_for_review',
      reason: 'unproved',
      review: { priority: 50 },
      suppression: null,
      changed: false,
      senderFault: null,
      retry: null,
      cancelRetries: null,
    });
  });

  test('of what is not proved a person sees bounces, complaints and unsubscribes', () => {
    const seen = types.filter((type) => decided({ acts: false, category: null, type }).review !== null);
    expect(seen).toEqual(['hard_bounce', 'soft_bounce', 'block_bounce', 'unsubscribe', 'spam_complaint']);
  });

  test('prose from somebody who answers, on a good token, changes nothing either', () => {
    const outcome = decided({ acts: false });
    expect(outcome).toMatchObject({ action: 'flag_for_review', reason: 'unproved', suppression: null });
    expect(outcome.history.counted[0]).toMatchObject({ type: 'none' });
  });

  test('evidence beside an event that acts, and what says nothing, ask nobody', () => {
    expect(decided({ acts: false, flags: ['evidence'] })).toMatchObject({ action: 'no_action', reason: 'evidence' });
    expect(decided({ acts: false, category: null })).toMatchObject({ action: 'no_action', reason: 'nothingToDo' });
  });

  test('an unreadable mail is looked at by a person, proved or not', () => {
    const fields = { category: null, flags: ['unparseable'] };
    expect(decided(fields)).toMatchObject({ action: 'flag_for_review', reason: 'unreadable' });
    expect(decided({ ...fields, acts: false })).toMatchObject({ action: 'flag_for_review', reason: 'unreadable' });
  });
});

describe('hard bounces', () => {
  test('a redirected one counts and keeps mail back for days, but never removes', () => {
    const outcome = decided({ redirected: true });
    expect(outcome).toMatchObject({ action: 'flag_for_review', reason: 'redirected', reputation: 92, retry: null });
    expect(outcome.suppression).toMatchObject({ level: 'temporarily_suppressed', expiresAt: dayAt(17) });
  });

  test('one that the receiver calls temporary does not remove', () => {
    const outcome = decided({ verdict: { permanence: 'transient' } });
    expect(outcome).toMatchObject({ action: 'flag_for_review', reason: 'transient' });
    expect(outcome.suppression?.level).toBe('temporarily_suppressed');
  });

  test('one that nothing confirms does not remove', () => {
    const outcome = decided({ verdict: { permanence: 'unknown' } });
    expect(outcome).toMatchObject({ action: 'flag_for_review', reason: 'unconfirmed' });
    expect(outcome.suppression?.level).toBe('temporarily_suppressed');
  });

  test('where they must be consecutive the first ones only count', () => {
    const options = { ...policy, removeImmediately: false };
    const before = history({ counted: [counted('user_not_found', { messageKey: 'm0', at: dayAt(9) })] });
    const second = decided({}, before, options);
    expect(second).toMatchObject({ action: 'no_action', reason: 'notYetConsecutive', consecutiveHard: 2 });
    const third = decided({ messageKey: 'm2' }, second.history, options);
    expect(third).toMatchObject({ action: 'remove_immediately', reason: 'consecutiveHard' });
    expect(third.suppression?.level).toBe('hard_suppressed');
  });

  test('about mail sent before a lift they do nothing; about mail sent after it they suppress again', () => {
    const lifted = history({ liftedAt: dayAt(5) });
    expect(decided({ sentAt: dayAt(4) }, lifted)).toMatchObject({ reason: 'sentBeforeLift', suppression: null });
    expect(decided({ category: null, type: 'spam_complaint', sentAt: dayAt(4) }, lifted)).toMatchObject({
      action: 'no_action',
      reason: 'sentBeforeLift',
      suppression: null,
    });
    expect(decided({ sentAt: dayAt(6) }, lifted).suppression?.level).toBe('hard_suppressed');
  });
});

describe('the same again', () => {
  test('a second report of the same outcome has no second consequence', () => {
    const first = decided({ category: 'spam_filter' });
    expect(first.review).not.toBeNull();
    const second = decided({ category: 'spam_filter' }, first.history);
    expect(second).toMatchObject({ action: 'no_action', reason: 'alreadyCounted', review: null, senderFault: null });
    expect(second.messages).toBe(1);
  });

  test('a second report of a suppressed recipient leaves the suppression as it is', () => {
    const first = decided({});
    expect(first.changed).toBe(true);
    expect(decided({}, first.history)).toMatchObject({ changed: false, reason: 'alreadyCounted' });
  });

  test('a suppression that has ended comes back with the next report', () => {
    const ended = counted('mailbox_full', { at: dayAt(1), lastAt: dayAt(1) });
    const before = history({
      counted: [ended],
      suppression: {
        level: 'temporarily_suppressed',
        since: dayAt(1),
        expiresAt: dayAt(8),
        category: 'mailbox_full',
        type: 'soft_bounce',
        rule: null,
        eventIds: [],
      },
    });
    const outcome = decided({ category: 'mailbox_full' }, before);
    expect(outcome).toMatchObject({ prior: null, changed: true, action: 'retry_with_delay' });
    expect(outcome.suppression).toMatchObject({ expiresAt: dayAt(17) });
  });

  test('a change of category alone is written too', () => {
    const before = decided({ category: 'mailbox_disabled' }).history;
    const outcome = decided({ category: 'user_not_found' }, before);
    expect(outcome).toMatchObject({ changed: true, reason: 'category' });
    expect(outcome.suppression).toMatchObject({ category: 'user_not_found', expiresAt: null });
  });
});

describe('retries', () => {
  test('a delayed report says only that the MTA still tries', () => {
    const outcome = decided({ category: 'mailbox_full', report: { reportAction: 'delayed' } });
    expect(outcome).toMatchObject({ action: 'no_action', reason: 'delayed', retry: null, suppression: null });
    expect(outcome.history.counted[0]).toMatchObject({ type: 'none' });
  });

  test('none for a recipient whose level stops them', () => {
    const planned = decided({ category: 'mailbox_full', messageKey: 'm0' });
    expect(planned.retry).not.toBeNull();
    const gone = decided({}, planned.history);
    expect(gone.cancelRetries).toBe('recipient');
    expect(decided({ category: 'server_error', messageKey: 'm2' }, gone.history)).toMatchObject({ retry: null });
  });

  test('none for a message that has arrived or has failed for good', () => {
    const arrived = decided({ category: null, type: 'delivery' });
    expect(decided({ category: 'server_error' }, arrived.history).retry).toBeNull();
    const failed = decided({ redirected: true }).history;
    expect(decided({ category: 'server_error' }, failed).retry).toBeNull();
    const waiting = decided({ category: 'server_error' }).history;
    expect(decided({ category: null, type: 'delivery' }, waiting).cancelRetries).toBe('message');
    expect(decided({ redirected: true }, waiting).cancelRetries).toBe('message');
    expect(decided({ category: 'spam_filter' }, waiting).cancelRetries).toBeNull();
  });
});

test('a fault of the sender needs a sending domain to weigh on', () => {
  const category: Category = 'reputation_block';
  expect(decided({ category, sendingDomain: null }).senderFault).toBeNull();
  expect(decided({ category }, history(), { ...policy, alertSeverity: 'low' }).senderFault?.alert).toBe(true);
  expect(decided({ category: 'spam_filter' }).senderFault?.alert).toBe(false);
});
