/** The promise that policy rests on: what is known decides, not the order in which it came. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Category, EventType } from '../../../src/core/classify/categories.ts';
import type { MailEvent } from '../../../src/core/event.ts';
import { decide, type Outcome } from '../../../src/core/policy/decide.ts';
import { joinCounted, numberReport } from '../../../src/core/policy/ledger.ts';
import type { Counted, History } from '../../../src/core/policy/history.ts';
import type { PolicyOptions } from '../../../src/core/policy/options.ts';
import { rankOf } from '../../../src/core/policy/suppression.ts';
import { counted, dayAt, history, mailEvent, policy } from '../../helpers/mail-events.ts';

const now = dayAt(200);

interface Sketch {
  readonly what: readonly [EventType | null, Category | null];
  readonly day: number;
  readonly message: number;
  readonly redirected: boolean;
  readonly transient: boolean;
  readonly sent: number;
}

const outcomes: Sketch['what'][] = [
  [null, 'user_not_found'],
  [null, 'domain_not_found'],
  [null, 'mailbox_disabled'],
  [null, 'mailbox_moved'],
  [null, 'suppressed_by_provider'],
  [null, 'mailbox_full'],
  [null, 'mailbox_full'],
  [null, 'server_error'],
  [null, 'spam_filter'],
  [null, 'reputation_block'],
  ['spam_complaint', null],
  ['unsubscribe', null],
  ['delivery', null],
  ['auto_reply', 'vacation_reply'],
];

const sketch = (allowed: readonly Sketch['what'][]): fc.Arbitrary<Sketch> =>
  fc.record({
    what: fc.constantFrom(...allowed),
    // Often on the same day, so that equal times are common.
    day: fc.oneof(fc.integer({ min: 0, max: 199 }), fc.constantFrom(190, 195, 199)),
    message: fc.integer({ min: 1, max: 7 }),
    redirected: fc.boolean(),
    transient: fc.boolean(),
    sent: fc.integer({ min: 0, max: 199 }),
  });

function eventOf({ what: [type, category], day, message, redirected, transient, sent }: Sketch): MailEvent {
  return mailEvent({
    receivedAt: dayAt(day),
    messageKey: `m${message}`,
    category,
    ...(type === null ? {} : { type }),
    ...(transient ? { verdict: { permanence: 'transient' } } : {}),
    redirected,
    sentAt: dayAt(sent),
  });
}

function play(events: readonly MailEvent[], start: History, options: PolicyOptions): { last: Outcome; all: Outcome[] } {
  let current = start;
  const all: Outcome[] = [];
  for (const event of events) {
    const prior = current.counted.find((row) => row.messageKey === event.messageKey);
    const { row } = numberReport(prior, event, 1000);
    const outcome = decide(event, current, row, options, now);
    all.push(outcome);
    current = outcome.history;
  }
  const last = all.at(-1);
  if (last === undefined) throw new Error('no events');
  return { last, all };
}

/** Reports are numbered as they come: that alone depends on the order. */
const unnumbered = (row: Counted): Counted => ({ ...row, reports: 0, windowAt: dayAt(0) });

/** What remains, without what numbers reports by their coming. */
function remains({ last }: { last: Outcome }): unknown {
  return {
    suppression: last.suppression,
    reputation: last.reputation,
    consecutiveHard: last.consecutiveHard,
    ledger: last.history.counted.map(unnumbered).toSorted((a, b) => (a.messageKey < b.messageKey ? -1 : 1)),
  };
}

const shuffled = (allowed: readonly Sketch['what'][]) =>
  fc
    .array(sketch(allowed), { minLength: 1, maxLength: 14 })
    .map((sketches) => sketches.map(eventOf))
    .chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
      ),
    );

test('any order of the same events leaves the same suppression, ledger and reputation', () => {
  fc.assert(
    fc.property(shuffled(outcomes), fc.option(fc.integer({ min: 0, max: 199 })), ([events, other], lifted) => {
      const start = history({ liftedAt: lifted === null ? null : dayAt(lifted) });
      expect(remains(play(other, start, policy))).toEqual(remains(play(events, start, policy)));
    }),
    { numRuns: 500 },
  );
});

test('any order leaves the same where hard bounces must be consecutive, as long as no delivery lies between', () => {
  const options = { ...policy, removeImmediately: false };
  fc.assert(
    fc.property(shuffled(outcomes.filter(([type]) => type !== 'delivery')), ([events, other]) => {
      expect(remains(play(other, history(), options))).toEqual(remains(play(events, history(), options)));
    }),
    { numRuns: 300 },
  );
});

test('a level never falls, whatever comes', () => {
  fc.assert(
    fc.property(shuffled(outcomes), fc.boolean(), ([events], removeImmediately) => {
      const { all } = play(events, history(), { ...policy, removeImmediately });
      const ranks = all.map(({ suppression }) => rankOf(suppression?.level ?? 'none'));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

test('joining rows of one message is commutative, associative and idempotent', () => {
  const row = sketch(outcomes).map((each) => numberReport(undefined, eventOf({ ...each, message: 1 }), 1000).row);
  fc.assert(
    fc.property(row, row, row, (a, b, c) => {
      expect(unnumbered(joinCounted(a, b))).toEqual(unnumbered(joinCounted(b, a)));
      expect(unnumbered(joinCounted(joinCounted(a, b), c))).toEqual(unnumbered(joinCounted(a, joinCounted(b, c))));
      expect(joinCounted(a, a)).toEqual(a);
    }),
    { numRuns: 500 },
  );
});

test('a delivery between hard bounces that comes in its time starts the count anew', () => {
  const options = { ...policy, removeImmediately: false };
  const hard = (day: number, messageKey: string) => mailEvent({ receivedAt: dayAt(day), messageKey });
  const delivered = mailEvent({ receivedAt: dayAt(182), messageKey: 'm3', category: null, type: 'delivery' });
  const broken = play([hard(180, 'm1'), hard(181, 'm2'), delivered, hard(183, 'm4')], history(), options);
  expect(broken.last.consecutiveHard).toBe(1);
  expect(broken.last.suppression?.level).not.toBe('hard_suppressed');
  const whole = play([hard(180, 'm1'), hard(181, 'm2'), hard(183, 'm4')], history(), options);
  expect(whole.last).toMatchObject({ action: 'remove_immediately', reason: 'consecutiveHard' });
  expect(whole.last.suppression).toMatchObject({ level: 'hard_suppressed', since: dayAt(183) });
});

test('the newest known day of sending is kept, from whichever report knows it', () => {
  const known = counted('mailbox_full', { sentAt: dayAt(3) });
  const later = counted('mailbox_full', { sentAt: dayAt(4) });
  const unknown = counted('mailbox_full');
  expect(joinCounted(known, unknown).sentAt).toEqual(dayAt(3));
  expect(joinCounted(unknown, known).sentAt).toEqual(dayAt(3));
  expect(joinCounted(known, later).sentAt).toEqual(dayAt(4));
  expect(joinCounted(later, known).sentAt).toEqual(dayAt(4));
});

test('a ledger row keeps the first and the newest report of its weight', () => {
  const full = counted('mailbox_full', { at: dayAt(1) });
  const gone = counted('user_not_found', { at: dayAt(3) });
  expect(joinCounted(full, gone)).toMatchObject({ category: 'user_not_found', at: dayAt(1), lastAt: dayAt(3) });
  expect(joinCounted(gone, counted('server_error', { at: dayAt(9) }))).toMatchObject({
    at: dayAt(3),
    lastAt: dayAt(3),
  });
});
