import { expect, test } from 'vitest';
import { ownEvent, type Attempted } from '../../../src/core/sending/own-event.ts';
import { dayAt, report, verdict } from '../../helpers/mail-events.ts';

const attempted: Attempted = {
  dispatchId: '018f0000-0000-7000-8000-000000000001',
  attempt: 2,
  recipient: 'ann@example.com',
  recipientOriginal: 'Ann@example.com',
  messageId: 'm1@sender.example',
  campaign: 'spring',
  sendingDomain: 'sender.example',
  provider: 'example.com',
  returnPath: 'b-token@bounce.sender.example',
  startedAt: dayAt(10),
};
const event = (fields: Partial<Attempted> = {}): ReturnType<typeof ownEvent> =>
  ownEvent({ ...attempted, ...fields }, report({ status: '5.1.1' }), verdict('user_not_found'));

test('a reply acts on the recipient of its attempt, with the strongest proof', () => {
  expect(event()).toMatchObject({
    proof: 'own',
    acts: true,
    recipient: 'ann@example.com',
    recipientOriginal: 'Ann@example.com',
    campaign: 'spring',
    sendingDomain: 'sender.example',
    provider: 'example.com',
    source: 'reply',
    reversePath: 'b-token@bounce.sender.example',
    redirected: false,
    receivedAt: dayAt(10),
    sentAt: dayAt(10),
    dispatch: { id: attempted.dispatchId, attempt: 2 },
  });
});

test('it counts as a later report of the same message to the same recipient does', () => {
  expect(event().messageKey).toBe('m1@sender.example');
  expect(event({ attempt: 3 }).messageKey).toBe(event().messageKey);
});

test('recording one answer twice gives one event, and each attempt one of its own', () => {
  expect(event()).toEqual(event());
  const others = [event(), event({ attempt: 3 }), event({ dispatchId: '018f0000-0000-7000-8000-000000000002' })];
  for (const name of ['id', 'arrivalId'] as const) expect(new Set(others.map((each) => each[name])).size).toBe(3);
  expect(new Set(others.map(({ eventKey }) => eventKey.toString('hex'))).size).toBe(3);
});

test('its ids are UUIDv7 of the time of the attempt', () => {
  const { id, arrivalId } = event();
  const time = dayAt(10).getTime().toString(16).padStart(12, '0');
  for (const uuid of [id, arrivalId]) {
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(uuid.replaceAll('-', '').slice(0, 12)).toBe(time);
  }
  expect(id).not.toBe(arrivalId);
});
