import { expect, test } from 'vitest';
import {
  dispatchStates,
  isFinal,
  steer,
  type DispatchState,
  type Steering,
} from '../../../src/core/sending/dispatch.ts';

const final: readonly DispatchState[] = [
  'bounced',
  'delivered',
  'assumed_delivered',
  'expired',
  'suppressed',
  'cancelled',
];

test.each(dispatchStates)('whether %s is final is decided', (state) => {
  expect(isFinal(state)).toBe(final.includes(state));
});

const allowed: Record<Steering, Partial<Record<DispatchState, DispatchState>>> = {
  retry: {
    queued: 'queued',
    waiting: 'queued',
    indeterminate: 'queued',
    bounced: 'queued',
    expired: 'queued',
    suppressed: 'queued',
    cancelled: 'queued',
  },
  cancel: { queued: 'cancelled', claimed: 'cancelled', waiting: 'cancelled', indeterminate: 'cancelled' },
  resolveSent: { indeterminate: 'sent' },
  resolveResend: { indeterminate: 'queued' },
};

test.each(Object.keys(allowed) as Steering[])('%s is possible where it makes sense, and nowhere else', (wish) => {
  for (const state of dispatchStates) expect(steer(state, wish)).toBe(allowed[wish][state] ?? null);
});

test('what may be on the wire is neither cancelled nor sent again by anybody', () => {
  for (const wish of Object.keys(allowed) as Steering[]) expect(steer('sending', wish)).toBeNull();
});
