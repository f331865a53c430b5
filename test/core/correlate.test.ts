import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { correlate, type Minted } from '../../src/core/correlate.ts';
import type { Arrival, MailEvent, Report } from '../../src/core/event.ts';
import { arrival, bound, readMessage, report, verdict } from '../helpers/mail-events.ts';

const ann = 'ann@example.com';

function events(reports: readonly Report[], fields: Partial<Arrival> = {}, minted: Minted | null = null): MailEvent[] {
  const message = readMessage(reports);
  return correlate(
    arrival(fields),
    minted,
    message,
    reports.map(() => verdict('user_not_found')),
  );
}

function only(reports: readonly Report[], fields: Partial<Arrival> = {}, minted: Minted | null = null): MailEvent {
  const [event] = events(reports, fields, minted);
  if (event === undefined) throw new Error('no event');
  return event;
}

describe('who is proved', () => {
  test('the recipient in the token, whatever the body says', () => {
    const claims = fc.option(fc.oneof(fc.emailAddress(), fc.string(), fc.constant('Ann@EXAMPLE.com')));
    fc.assert(
      fc.property(fc.array(fc.tuple(claims, claims), { minLength: 1, maxLength: 5 }), (named) => {
        const all = events(
          named.map(([finalRecipient, originalRecipient]) => report({ finalRecipient, originalRecipient })),
        );
        const [first, ...others] = all;
        expect(first).toMatchObject({ recipient: ann, acts: true, proof: 'verp', provider: 'example.com' });
        for (const each of others)
          expect(each).toMatchObject({ recipient: null, messageKey: null, acts: false, proof: 'none', provider: null });
      }),
    );
  });

  test('an opaque token speaks of its row', () => {
    const opaque = { ...bound, form: 'opaque' as const, recipient: null, rowId: '0123456789abcdef' };
    const minted: Minted = {
      recipient: ann,
      recipientOriginal: 'Ann@example.com',
      messageId: 'm@sender.example',
      campaign: 'spring',
      sendingDomain: 'other.example',
      dispatch: null,
    };
    expect(only([report()], { bound: opaque }, minted)).toMatchObject({
      recipient: ann,
      recipientOriginal: 'Ann@example.com',
      messageId: 'm@sender.example',
      messageKey: 'm@sender.example',
      campaign: 'spring',
      sendingDomain: 'other.example',
      acts: true,
    });
    expect(only([report()], { bound: opaque })).toMatchObject({
      recipient: null,
      proof: 'none',
      acts: false,
      messageKey: null,
      sentAt: null,
    });
  });

  test('a message is what its tag says, or the local part where there is none', () => {
    expect(only([report()])).toMatchObject({ messageKey: 'tag:1:00112233aa', sentAt: new Date(20_450 * 86_400_000) });
    expect(only([report()], { bound: { ...bound, keyId: null } }).messageKey).toBe('tag::00112233aa');
    const foreign = { ...bound, form: 'foreign' as const, messageTag: null, day: null };
    const key = only([report()], { bound: foreign, forwardPath: 'List-Ann=example.com@bounce.example' });
    expect(key.messageKey).toMatch(/^token:[\da-f]{32}$/);
    expect(key.sentAt).toBeNull();
    expect(only([report()], { bound: foreign, forwardPath: 'list-ann=example.com@BOUNCE.example' }).messageKey).toBe(
      key.messageKey,
    );
    expect(only([report()], { bound: foreign, forwardPath: 'nonsense' }).messageKey).toMatch(/^token:/);
  });

  test('mail to postmaster and abuse is no event', () => {
    expect(events([report()], { bound: null })).toEqual([]);
  });
});

describe('what may act', () => {
  test('an unsigned return-path acts only from a listed relay', () => {
    const unsigned = { ...bound, proof: 'unsigned' as const };
    const { peer } = arrival();
    expect(only([report()], { bound: unsigned }).acts).toBe(false);
    expect(only([report()], { bound: unsigned, peer: { ...peer, trusted: true } }).acts).toBe(true);
  });

  test('with a reverse-path, only what has a machine-readable part', () => {
    const prose = report({ machineReadable: false });
    expect(only([prose], { reversePath: 'someone@example.net' }).acts).toBe(false);
    expect(only([report()], { reversePath: 'someone@example.net' }).acts).toBe(true);
    expect(only([prose], { reversePath: '' }).acts).toBe(true);
  });
});

describe('several recipients in one report', () => {
  const about = (finalRecipient: string | null, fields: Partial<Report> = {}): Report =>
    report({ finalRecipient, ...fields });

  test('the one that names the token’s recipient acts, by final or original recipient', () => {
    const all = events([about('bob@example.com'), about('ANN@Example.COM', { status: '5.1.1' })]);
    expect(all.map((event) => [event.report.finalRecipient, event.acts, event.flags])).toEqual([
      ['ANN@Example.COM', true, []],
      ['bob@example.com', false, ['evidence']],
    ]);
    const forwarded = about('a.smith@example.net', { originalRecipient: ann });
    expect(only([about('bob@example.com'), forwarded])).toMatchObject({ report: forwarded, redirected: false });
  });

  test('where none does, the first that failed acts', () => {
    const all = events([about('bob@example.com', { reportAction: 'delayed' }), about('eve@example.com')]);
    expect(all[0]).toMatchObject({ recipient: ann, redirected: true, report: { finalRecipient: 'eve@example.com' } });
    expect(only([about('bob@example.com', { reportAction: 'delayed' })]).report.reportAction).toBe('delayed');
  });

  test('the same claim twice is one piece of evidence', () => {
    expect(events([about(ann), about('bob@example.com'), about('bob@example.com')])).toHaveLength(2);
  });

  test('a report without a verdict is left out', () => {
    expect(correlate(arrival(), null, readMessage([report()]), [])).toEqual([]);
  });
});

describe('redirected', () => {
  test('only a delivery report that names people, and not the recipient', () => {
    expect(only([report({ finalRecipient: 'bob@example.com' })]).redirected).toBe(true);
    expect(only([report()]).redirected).toBe(false);
    expect(only([report({ kind: 'feedback', finalRecipient: 'bob@example.com' })]).redirected).toBe(false);
    expect(only([report({ finalRecipient: 'not an address' })]).redirected).toBe(true);
  });
});

describe('keys', () => {
  test('the same arrival read twice has the same ids and keys', () => {
    const same = arrival();
    const read = () => correlate(same, null, readMessage([report()]), [verdict('user_not_found')]);
    expect(read()).toEqual(read());
  });

  test('another action or another arrival is another event', () => {
    const same = arrival();
    const key = (each: Arrival, fields: Partial<Report>): string | undefined =>
      correlate(each, null, readMessage([report(fields)]), [verdict('user_not_found')])[0]?.eventKey.toString('hex');
    const keys = [
      key(same, {}),
      key(same, { reportAction: 'delayed' }),
      key(same, { reportAction: null, kind: 'feedback' }),
      key(arrival(), {}),
    ];
    expect(new Set(keys).size).toBe(4);
  });
});
