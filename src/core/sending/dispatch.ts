/**
 * A dispatch: one message to one recipient, and where it stands (docs/sending.md has the table). Pure: the store keeps it,
 * the sender moves it, reports move it.
 *
 *   queued ─▶ claimed(lease) ─▶ sending ─▶ sent ─▶ delivered | bounced | assumed_delivered
 *     ▲           │ lease over     │ │ refused       └▶ waiting (a report, and a retry is worth it)
 *     └───────────┘                │ └▶ waiting(until) | bounced
 *                                  └▶ indeterminate (lease over: nobody knows whether the relay has it)
 *
 * `claimed` may be taken over: nothing was said to the relay yet. `sending` never is.
 */

export const dispatchStates = [
  'queued',
  'claimed',
  'sending',
  'sent',
  'waiting',
  'bounced',
  'delivered',
  'assumed_delivered',
  'expired',
  'suppressed',
  'indeterminate',
  'cancelled',
] as const;
export type DispatchState = (typeof dispatchStates)[number];

/** Nothing more is sent for it; its share of the raw message is not needed any longer. */
export function isFinal(state: DispatchState): boolean {
  switch (state) {
    case 'bounced':
    case 'delivered':
    case 'assumed_delivered':
    case 'expired':
    case 'suppressed':
    case 'cancelled':
      return true;
    case 'queued':
    case 'claimed':
    case 'sending':
    case 'sent':
    case 'waiting':
    case 'indeterminate':
      return false;
  }
}

/** What a person may ask for, and where it ends; null where it makes no sense any more. */
export type Steering = 'retry' | 'cancel' | 'resolveSent' | 'resolveResend';

/**
 * - `retry`: send now (waiting, queued), or again (indeterminate, bounced, expired, suppressed, cancelled) where the raw message is still kept.
 * - `cancel`: nothing more goes out; a mail on the wire can't be called back.
 * - `resolveSent`, `resolveResend`: what a person found out about an indeterminate one.
 */
export function steer(state: DispatchState, wish: Steering): DispatchState | null {
  switch (wish) {
    case 'retry':
      return state === 'claimed' ||
        state === 'sending' ||
        state === 'sent' ||
        state === 'delivered' ||
        state === 'assumed_delivered'
        ? null
        : 'queued';
    case 'cancel':
      return state === 'queued' || state === 'waiting' || state === 'claimed' || state === 'indeterminate'
        ? 'cancelled'
        : null;
    case 'resolveSent':
      return state === 'indeterminate' ? 'sent' : null;
    case 'resolveResend':
      return state === 'indeterminate' ? 'queued' : null;
  }
}
