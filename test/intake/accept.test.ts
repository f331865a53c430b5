import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from '../../src/core/verp/index.ts';
import { createDoor } from '../../src/intake/accept.ts';
import { refusals } from '../../src/intake/smtp-replies.ts';
import { domain, foreignDomain, now } from './setup.ts';

const door = () =>
  createDoor({ domains: [domain, foreignDomain], ring: () => createKeyRing([]), validity: 86_400_000, now });

describe('the door', () => {
  it('refuses every string that is no address of ours, and never throws', () => {
    const odd = fc.constantFrom(
      '@',
      '<',
      '>',
      '"',
      '\\',
      '\0',
      '\u202e',
      'ü',
      ' ',
      '%',
      '!',
      '.',
      '..',
      'b-',
      '[',
      ']',
      ':',
    );
    const local = fc.array(fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 8 });
    const at = fc.constantFrom('@bounce.test', '@BOUNCE.test', '@lists.test', '@elsewhere.test', '@bounce.test.', '');
    const one = door();
    fc.assert(
      fc.property(local, at, (parts, host) => {
        const judged = one.judge(parts.join('') + host);
        const lower = parts.join('').toLowerCase();
        if (lower === 'postmaster' || lower === 'abuse') return;
        expect(judged.ok && judged.admitted.kind === 'postmaster').toBe(false);
        if (judged.ok) expect(judged.admitted).toMatchObject({ bound: { proof: 'unsigned' } });
        else
          expect([refusals.badRecipient, refusals.noSuchReturnPath, refusals.relayingDenied]).toContain(judged.refusal);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes local parts up to 64 octets, longer ones only for foreign forms', () => {
    const one = door();
    const refusal = (address: string) => {
      const judged = one.judge(address);
      return judged.ok ? null : judged.refusal;
    };
    expect(refusal(`${'x'.repeat(64)}@bounce.test`)).toBe(refusals.noSuchReturnPath);
    expect(refusal(`${'x'.repeat(65)}@bounce.test`)).toBe(refusals.badRecipient);
    expect(refusal(`${'x'.repeat(250)}@lists.test`)).toBe(refusals.noSuchReturnPath);
    expect(refusal(`${'x'.repeat(251)}@lists.test`)).toBe(refusals.badRecipient);
    for (const bad of ['.x', 'x.', 'x..y', '', 'x y', '\ufffd'])
      expect(refusal(`${bad}@bounce.test`)).toBe(refusals.badRecipient);
  });

  it('takes no mail for postmaster for ten minutes after the store was full', () => {
    let at = now().getTime();
    const one = createDoor({
      domains: [domain],
      ring: () => createKeyRing([]),
      validity: 1,
      now: () => new Date(at),
    });
    expect(one.judge('Postmaster').ok).toBe(true);
    one.pausePostmaster();
    expect(one.judge('postmaster@bounce.test')).toEqual({ ok: false, refusal: refusals.postmasterFull });
    at += 600_000;
    expect(one.judge('abuse@bounce.test').ok).toBe(true);
  });
});
