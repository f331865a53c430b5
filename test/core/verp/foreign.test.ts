/** Return-paths that others make, and what stands wrapped round one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/core/address.ts';
import { decodeForeign } from '../../../src/core/verp/foreign.ts';
import { createKeyRing } from '../../../src/core/verp/key-ring.ts';
import { decodeReturnPath, encodeReturnPath } from '../../../src/core/verp/return-path.ts';

const all = { name: 'bounce.example', prefix: 'b', foreign: ['postfix', 'ezmlm', 'srs', 'batv'] };
const recipientOf = (localPart: string, foreign: readonly string[] = all.foreign): string | null =>
  decodeForeign(localPart, { ...all, foreign })?.recipient ?? null;

describe('a foreign return-path', () => {
  it.each([
    ['list+ada=example.org', 'ada@example.org'],
    ['list-bounces+Ada=EXAMPLE.org', 'ada@example.org'],
    ['list+ada+tag=example.org', 'ada+tag@example.org'],
    ['list+a=b=example.org', 'a=b@example.org'],
    ['list-ada=example.org', 'ada@example.org'],
    ['list-return-17-ada-lovelace=example.org', 'ada-lovelace@example.org'],
    ['a-list-RETURN-17-ada=example.org', 'ada@example.org'],
    ['prvs=1034abcdef=list+ada=example.org', 'ada@example.org'],
    ['SRS0=Hh1a=TT=bounce.example=list+ada=example.org', 'ada@example.org'],
    ['srs0-Hh1a=TT=BOUNCE.example=list+ada=example.org', 'ada@example.org'],
    ['SRS1=Zz=fwd.example==Hh1a=TT=bounce.example=list+ada=example.org', 'ada@example.org'],
    ['SRS1+Zz=fwd.example=-Hh1a=TT=bounce.example=list+ada=example.org', 'ada@example.org'],
    ['SRS0=h=t=bounce.example=prvs=1034abcdef=list+ada=example.org', 'ada@example.org'],
  ])('%s names %s', (localPart, recipient) => {
    expect(recipientOf(localPart)).toBe(recipient);
  });

  it.each([
    '',
    'list',
    'list+ada',
    'list=example.org',
    '+ada=example.org',
    'list+=example.org',
    'list+ada=',
    'list+ada=no_host',
    'list+a b=example.org',
    'SRS0=h=t=other.example=list+ada=example.org',
    'SRS0=h=t=bounce.example',
    'SRS0=h',
    'SRS1=h=fwd.example',
    'SRS2=h=t=bounce.example=list+ada=example.org',
    'prvs=xyz=ada',
  ])('%j names nobody', (localPart) => {
    expect(recipientOf(localPart)).toBeNull();
  });

  it('is read only in a domain that lists its form', () => {
    expect(recipientOf('list+ada=example.org', ['ezmlm'])).toBeNull();
    expect(recipientOf('list-ada=example.org', ['postfix'])).toBeNull();
    expect(recipientOf('prvs=1034abcdef=list-ada=example.org', ['ezmlm'])).toBeNull();
    expect(recipientOf('list+ada=example.org', [])).toBeNull();
  });

  it('never proves anything', () => {
    expect(decodeForeign('list+ada=example.org', all)).toEqual({
      proof: 'unsigned',
      form: 'foreign',
      keyId: null,
      sendingDomain: null,
      recipient: 'ada@example.org',
      messageTag: null,
      rowId: null,
      day: null,
    });
  });

  it('that is wrapped five times is left alone', () => {
    expect(recipientOf(`${'prvs=1034abcdef='.repeat(4)}list+ada=example.org`)).toBe('ada@example.org');
    expect(recipientOf(`${'prvs=1034abcdef='.repeat(5)}list+ada=example.org`)).toBeNull();
    expect(decodeReturnPath(`${'prvs=1034abcdef='.repeat(5)}b-aaaa`, all, createKeyRing([]), 0, 45)).toEqual({
      ok: false,
      why: 'notVerp',
    });
  });

  it('names an address in identity form or nobody, whatever the local part', () => {
    const words = ['SRS0=', 'SRS1=', '=', '-', '+', 'prvs=1034abcdef=', '-return-1-', 'bounce.example', 'ada', 'x.org'];
    const localPart = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 5 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(localPart, (parts) => {
        const recipient = recipientOf(parts.join(''));
        if (recipient !== null) expect(identityOf(recipient)).toBe(recipient);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a wrapping round a signed return-path', () => {
  const key = {
    id: 1,
    sendingDomain: 'news.example',
    secret: Buffer.alloc(32, 1),
    createdDay: 1,
    state: 'active' as const,
  };
  const encoded = encodeReturnPath({ domain: all, key, day: 100, messageTag: '0123456789', recipient: 'ada@x.org' });
  const localPart = encoded.ok ? (encoded.address.split('@')[0] ?? '') : '';
  const decode = (text: string, foreign: readonly string[]) =>
    decodeReturnPath(text, { ...all, foreign }, createKeyRing([key]), 100, 45);

  it.each([
    ['batv', `prvs=1034abcdef=${localPart}`],
    ['srs', `SRS0=Hh1a=TT=bounce.example=${localPart}`],
    ['srs', `SRS1=Zz=fwd.example==Hh1a=TT=bounce.example=${localPart}`],
  ])('is taken off where the domain lists %s, and the token is the same', (form, wrapped) => {
    expect(decode(wrapped, [form])).toEqual(decode(localPart, []));
    expect(decode(wrapped, [form]).ok).toBe(true);
    expect(decode(wrapped, [])).toEqual({ ok: false, why: 'notVerp' });
  });

  it('that names another domain makes it an address of somebody else', () => {
    expect(decode(`SRS0=h=t=other.example=${localPart}`, ['srs'])).toEqual({ ok: false, why: 'notVerp' });
  });
});
