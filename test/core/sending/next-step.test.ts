/** Every state of a dispatch × every kind of word × the attempt that it speaks of. */
import { describe, expect, test } from 'vitest';
import type { Category } from '../../../src/core/classify/categories.ts';
import type { MailEvent } from '../../../src/core/event.ts';
import { dispatchStates, isFinal, type DispatchState } from '../../../src/core/sending/dispatch.ts';
import { nextStep, type Standing, type Step } from '../../../src/core/sending/next-step.ts';
import type { Schedules } from '../../../src/core/sending/schedules.ts';
import { dayAt, mailEvent, type EventFields } from '../../helpers/mail-events.ts';

const now = dayAt(10);
const seconds = (n: number): Date => new Date(now.getTime() + n * 1000);

const words = {
  delivered: { category: null, type: 'delivery', report: { reportAction: 'delivered' } },
  relayed: { category: null, type: 'none', report: { reportAction: 'relayed' } },
  delayed: { category: 'delivery_delay', report: { reportAction: 'delayed' } },
  vacation: { category: 'vacation_reply' },
  complaint: { category: null, type: 'spam_complaint' },
  unsubscribe: { category: null, type: 'unsubscribe' },
  challenge: { category: null, type: 'challenge_response' },
  hard: { category: 'user_not_found' },
  hardElsewhere: { category: 'user_not_found', redirected: true },
  soft: { category: 'mailbox_full' },
  softElsewhere: { category: 'mailbox_full', redirected: true },
  late: { category: 'connection_timeout', report: { status: '4.4.7' } },
  block: { category: 'spam_filter' },
  reputation: { category: 'reputation_block' },
  unknownSoft: { category: 'unknown', type: 'soft_bounce' },
  loop: { category: 'server_error', report: { status: '5.4.6' } },
} as const satisfies Record<string, EventFields>;
type Word = keyof typeof words;

const sentOnce: Standing = {
  state: 'sent',
  attempt: 1,
  retries: 0,
  lateRetry: false,
  expiresAt: dayAt(17),
  provider: 'example.com',
  stored: true,
};

function step(
  word: Word,
  standing: Partial<Standing>,
  about = 2,
  stopped = false,
  schedules: Schedules = [],
): Step | null {
  const whole: Standing = { ...sentOnce, attempt: 2, ...standing };
  return nextStep(whole, mailEvent(words[word]), about, stopped, schedules, now, 0.5);
}

const failing: readonly Word[] = [
  'hard',
  'hardElsewhere',
  'soft',
  'softElsewhere',
  'late',
  'block',
  'reputation',
  'unknownSoft',
  'loop',
];
/** Where the newest attempt leads; all other words change nothing. */
const afterNewest: Partial<Record<Word, DispatchState>> = {
  delivered: 'delivered',
  hard: 'bounced',
  hardElsewhere: 'bounced',
  soft: 'waiting',
  softElsewhere: 'bounced',
  late: 'waiting',
  block: 'bounced',
  reputation: 'waiting',
  unknownSoft: 'waiting',
  loop: 'bounced',
};
const endOnly: Partial<Record<Word, DispatchState>> = { delivered: 'delivered', hard: 'bounced' };
const deliveredOnly: Partial<Record<Word, DispatchState>> = { delivered: 'delivered' };
const allBounce = Object.fromEntries(failing.map((word) => [word, 'bounced'])) as Partial<Record<Word, DispatchState>>;
const othersProve = Object.fromEntries(
  (Object.keys(words) as Word[]).filter((word) => !failing.includes(word)).map((word) => [word, 'sent']),
) as Partial<Record<Word, DispatchState>>;

/** What is not listed changes nothing. `newest`: a word about attempt 2 of 2; `older`: about attempt 1 of 2. */
const table: Record<DispatchState, Record<'newest' | 'older', Partial<Record<Word, DispatchState>>>> = {
  // Given back, or waiting for a retry: what is said now is about an attempt that is over.
  queued: { newest: endOnly, older: endOnly },
  claimed: { newest: endOnly, older: endOnly },
  waiting: { newest: endOnly, older: endOnly },
  sending: { newest: afterNewest, older: deliveredOnly },
  sent: { newest: afterNewest, older: endOnly },
  indeterminate: { newest: { ...othersProve, ...afterNewest }, older: endOnly },
  assumed_delivered: { newest: { ...deliveredOnly, ...allBounce }, older: endOnly },
  bounced: { newest: {}, older: {} },
  delivered: { newest: {}, older: {} },
  expired: { newest: deliveredOnly, older: deliveredOnly },
  suppressed: { newest: deliveredOnly, older: deliveredOnly },
  cancelled: { newest: deliveredOnly, older: deliveredOnly },
};

describe.each(dispatchStates)('a dispatch that is %s', (state) => {
  test.each(Object.keys(words) as Word[])('is moved by %s as the table says', (word) => {
    expect(step(word, { state }, 2)?.state ?? null).toBe(table[state].newest[word] ?? null);
    expect(step(word, { state }, 1)?.state ?? null).toBe(table[state].older[word] ?? null);
  });

  test('is never sent again once it is final', () => {
    if (!isFinal(state)) return;
    for (const word of Object.keys(words) as Word[]) {
      const next = step(word, { state })?.state;
      expect(next === undefined || isFinal(next)).toBe(true);
    }
  });
});

test('two words about one attempt lead to one end, whichever comes first', () => {
  const pairs = (Object.keys(words) as Word[]).flatMap((a) =>
    (Object.keys(words) as Word[]).map((b) => [a, b] as const),
  );
  const end = (first: Word, then: Word): DispatchState => {
    const state = step(first, {})?.state ?? 'sent';
    return step(then, { state })?.state ?? state;
  };
  // Contradictions aside: what bounced did not arrive, so the first of the two stands.
  const contradicts = (a: Word, b: Word): boolean => a === 'delivered' && allBounce[b] !== undefined;
  // A failure for good stands beside a try that was granted: the harder one wins, except where only a list's member failed.
  const mild = (a: Word, b: Word): boolean =>
    afterNewest[a] === 'waiting' && afterNewest[b] === 'bounced' && b !== 'hard';
  for (const [a, b] of pairs)
    if (![contradicts, mild].some((excused) => excused(a, b) || excused(b, a))) expect(end(a, b)).toBe(end(b, a));
});

describe('a retry', () => {
  test('comes by the schedule of its category, counted by what receivers said', () => {
    const waits = [0, 1, 2, 3].map((retries) => step('soft', { retries, attempt: 9 }, 9));
    expect(waits.map((each) => each?.dueAt)).toEqual([seconds(1800), seconds(7200), seconds(28_800), null]);
    expect(waits.map((each) => each?.retries)).toEqual([1, 2, 3, 3]);
    expect(waits.at(-1)?.state).toBe('bounced');
  });

  test('is not used up by attempts that the relay spoilt', () => {
    expect(step('soft', { retries: 0, attempt: 40 }, 40)).toMatchObject({ state: 'waiting', dueAt: seconds(1800) });
  });

  test('after the queue life of the relay comes once, a day later', () => {
    const first = step('late', {});
    expect(first).toMatchObject({ state: 'waiting', dueAt: dayAt(11), lateRetry: true });
    expect(step('late', { lateRetry: true, retries: 1 })).toMatchObject({ state: 'bounced', lateRetry: true });
    expect(step('soft', { lateRetry: true, retries: 1 })).toMatchObject({ state: 'waiting', lateRetry: true });
  });

  test('by a schedule of the operator comes even after a refusal, where the schedule names its category', () => {
    const named: Schedules = [{ category: 'spam_filter', provider: null, delays: [60_000] }];
    expect(step('block', {}, 2, false, named)).toMatchObject({ state: 'waiting', dueAt: seconds(60) });
    const all: Schedules = [{ category: null, provider: null, delays: [60_000] }];
    expect(step('block', {}, 2, false, all)?.state).toBe('bounced');
    expect(step('hard', {}, 2, false, [{ category: 'user_not_found', provider: null, delays: [1000] }])?.state).toBe(
      'bounced',
    );
  });

  test('of what ran in a circle is not made, whatever the schedule; the same status said of something else is no circle', () => {
    const named: Schedules = [{ category: 'server_error', provider: null, delays: [60_000] }];
    expect(step('loop', {}, 2, false, named)).toMatchObject({ state: 'bounced', dueAt: null, retries: 0 });
    const of = (category: Category, status: string): Step | null =>
      nextStep(sentOnce, mailEvent({ category, report: { status } }), 1, false, [], now, 0.5);
    expect(of('server_error', '5.4.14')?.state).toBe('bounced');
    expect(of('server_error', '4.4.6')?.state).toBe('waiting');
    expect(of('rate_limiting', '5.4.6')?.state).toBe('waiting');
  });

  test('is not made for who must not be mailed any more', () => {
    expect(step('soft', {}, 2, true)).toMatchObject({ state: 'suppressed', dueAt: null, retries: 0 });
  });

  test.each(['hard', 'hardElsewhere', 'softElsewhere', 'block'] as const)(
    'that would not come anyway is no reason to call a dispatch suppressed: %s',
    (word) => {
      expect(step(word, {}, 2, true)?.state).toBe('bounced');
    },
  );

  test('that would come after the message has expired is not made', () => {
    expect(step('soft', { expiresAt: seconds(1801) })?.state).toBe('waiting');
    expect(step('soft', { expiresAt: seconds(1800) })).toMatchObject({ state: 'expired', dueAt: null, retries: 0 });
    expect(step('late', { expiresAt: dayAt(11) })?.state).toBe('expired');
  });

  test('of a message that is not kept here is told to who has it', () => {
    expect(step('soft', { stored: false })).toEqual({
      state: 'bounced',
      dueAt: seconds(1800),
      retries: 1,
      lateRetry: false,
      tell: true,
    });
    for (const word of ['hard', 'block', 'softElsewhere'] as const)
      expect(step(word, { stored: false })).toMatchObject({ state: 'bounced', tell: false, dueAt: null });
    expect(step('soft', { stored: false }, 2, true)).toMatchObject({ state: 'suppressed', tell: false });
  });
});

test('a word about an attempt that we do not remember, as after a restored backup, counts as the newest', () => {
  expect(step('soft', { attempt: 1 }, 3)?.state).toBe('waiting');
});

test('a failure without a category and a delay that is called a failure change nothing', () => {
  const odd: MailEvent = mailEvent({ category: null, type: 'soft_bounce' });
  const delayed = mailEvent({ category: 'mailbox_full', report: { reportAction: 'delayed' } });
  for (const event of [odd, delayed]) expect(nextStep(sentOnce, event, 1, false, [], now, 0)).toBeNull();
});

test('a refusal by the relay itself is a failure whatever its words are taken for: nothing was sent', () => {
  const refused = (category: 'vacation_reply' | 'delivery_delay', permanence: 'transient' | 'permanent'): Step | null =>
    nextStep(
      { ...sentOnce, state: 'sending' },
      mailEvent({ category, verdict: { permanence }, report: { format: 'reply', reportAction: 'failed' } }),
      1,
      false,
      [],
      now,
      0.5,
    );
  for (const category of ['vacation_reply', 'delivery_delay'] as const)
    expect(refused(category, 'transient')).toMatchObject({ state: 'waiting', dueAt: seconds(1800), retries: 1 });
  expect(refused('vacation_reply', 'permanent')).toMatchObject({ state: 'bounced' });
});
