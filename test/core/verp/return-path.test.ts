/** Return-paths: what is minted reads back, and nothing else does. */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/core/address.ts';
import { createKeyRing, type VerpKey } from '../../../src/core/verp/key-ring.ts';
import {
  decodeReturnPath,
  encodeOpaqueReturnPath,
  encodeReturnPath,
  messageTagOf,
} from '../../../src/core/verp/return-path.ts';
import { encodeSymbols } from '../../../src/core/verp/symbols.ts';

const key: VerpKey = {
  id: 77,
  sendingDomain: 'news.example',
  secret: Buffer.alloc(32, 7),
  createdDay: 20_000,
  state: 'active',
};
const ring = createKeyRing([key]);
const domain = { name: 'bounce.example', prefix: 'b', foreign: [] };
const day = 20_485;
const messageTag = '0123456789';
const minting = { domain, key, day, messageTag };

const localPartOf = (address: string): string => address.slice(0, address.lastIndexOf('@'));
const decode = (localPart: string, today = day) => decodeReturnPath(localPart, domain, ring, today, 45);
function mint(recipient: string, tag = messageTag): string {
  const encoded = encodeReturnPath({ ...minting, messageTag: tag, recipient });
  if (!encoded.ok) throw new Error(encoded.why);
  return localPartOf(encoded.address);
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789.-_+';
const local = fc.string({ unit: fc.constantFrom(...Array.from(letters)), minLength: 1, maxLength: 30 });
const host = fc.oneof(
  fc.constantFrom('gmail.com', 'GMX.de', 'yahoo.co.uk', 'outlook.fr', 'x.co', 'mail.protonmail.com'),
  fc.domain(),
);
const recipients = fc.tuple(local, host).map(([user, name]) => `${user}@${name}`);
const minted = fc.record({
  recipient: recipients,
  day: fc.integer({ min: 0, max: 65_535 }),
  messageTag: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 10, maxLength: 10 }),
  id: fc.integer({ min: 1, max: 4095 }),
  prefix: fc.constantFrom('b', 'B', 'r2', 'bounces1'),
});

/** Each character in a case of its own. */
const inCases = (text: string, cases: readonly boolean[]): string =>
  Array.from(text, (character, i) => (cases[i % cases.length] === true ? character.toUpperCase() : character)).join('');

describe('a self-contained return-path', () => {
  it('reads back as what was put in, in any case of letters, or does not fit', () => {
    fc.assert(
      fc.property(minted, fc.array(fc.boolean(), { minLength: 1, maxLength: 70 }), (given, cases) => {
        const own = { ...key, id: given.id };
        const place = { ...domain, prefix: given.prefix };
        const encoded = encodeReturnPath({ ...given, domain: place, key: own });
        const identity = identityOf(given.recipient);
        const symbols = encodeSymbols(identity ?? '') ?? Buffer.alloc(99);
        if (!encoded.ok) {
          expect(encoded.why).toBe('tooLong');
          // Not one octet is wasted: one recipient octet less would be at most 64.
          expect(given.prefix.length + 1 + Math.ceil(((19 + symbols.length) * 8) / 5)).toBeGreaterThan(64);
          return;
        }
        const localPart = localPartOf(encoded.address);
        expect(localPart.length).toBeLessThanOrEqual(64);
        const read = decodeReturnPath(inCases(localPart, cases), place, createKeyRing([own]), given.day, 45);
        expect(read).toEqual({
          ok: true,
          token: localPart.slice(given.prefix.length + 1),
          bound: {
            proof: 'verp',
            form: 'selfContained',
            keyId: given.id,
            sendingDomain: 'news.example',
            recipient: identity,
            messageTag: given.messageTag,
            rowId: null,
            day: given.day,
          },
        });
      }),
      { numRuns: 3000 },
    );
  });

  it('holds 25 symbols with a prefix of one character, and not 26', () => {
    expect(mint('max.mustermann1@beispiel.de')).toHaveLength(63);
    const encoded = encodeReturnPath({ ...minting, recipient: 'max.mustermann12@beispiel.de' });
    expect(encoded).toEqual({ ok: false, why: 'tooLong' });
  });

  it.each(["o'brien@example.org", 'ünï@example.org', 'a/b@example.org'])(
    'gives tooLong for %s, which has a character without a symbol',
    (recipient) => {
      expect(encodeReturnPath({ ...minting, recipient })).toEqual({ ok: false, why: 'tooLong' });
    },
  );

  it.each(['', 'ada', 'a b@example.org', 'ada@example.org\r\nRCPT TO:<eve@example.org>'])(
    'is not made for %j, which is no address',
    (recipient) => {
      expect(encodeReturnPath({ ...minting, recipient })).toEqual({ ok: false, why: 'badRecipient' });
    },
  );

  it('differs for two mails to one person on one day', () => {
    expect(mint('ada@example.org', messageTagOf('1@x'))).not.toBe(mint('ada@example.org', messageTagOf('2@x')));
  });

  it('is the same for a Message-ID with and without its brackets', () => {
    expect(messageTagOf('<1@x>')).toBe(messageTagOf('1@x'));
    expect(messageTagOf(' <1@x>\r\n')).toBe(messageTagOf('1@x'));
    expect(messageTagOf('<1@x')).not.toBe(messageTagOf('1@x'));
  });

  it.each(['', '012345678', '0123456789ab', '012345678G', '012345678A'])('is not made with the tag %j', (tag) => {
    expect(() => encodeReturnPath({ ...minting, messageTag: tag, recipient: 'ada@example.org' })).toThrow(RangeError);
  });
});

describe('an opaque return-path', () => {
  it('reads back as the row id that was put in', () => {
    const localPart = localPartOf(encodeOpaqueReturnPath({ ...minting, rowId: '00ff00ff00ff00ff' }));
    expect(decode(localPart.toUpperCase())).toMatchObject({
      ok: true,
      token: localPart.slice(2),
      bound: { form: 'opaque', recipient: null, rowId: '00ff00ff00ff00ff', messageTag, day, proof: 'verp' },
    });
  });

  it('fits with the longest prefix', () => {
    const address = encodeOpaqueReturnPath({
      ...minting,
      domain: { name: 'bounce.example', prefix: 'bounces1' },
      rowId: 'ffffffffffffffff',
    });
    expect(localPartOf(address).length).toBeLessThanOrEqual(64);
  });

  it.each(['', 'ff', '00FF00FF00FF00FF', 'zz'.repeat(8)])('is not made for the row id %j', (rowId) => {
    expect(() => encodeOpaqueReturnPath({ ...minting, rowId })).toThrow(RangeError);
  });
});

describe('what does not verify', () => {
  it.each([
    ['an address without the prefix', 'ada', 'notVerp'],
    ['the prefix alone', 'b', 'notVerp'],
    ['nothing', '', 'notVerp'],
    ['the prefix and a hyphen', 'b-', 'malformed'],
    ['a token too short to hold anything', `b-${'a'.repeat(31)}`, 'malformed'],
    ['a prefix in letters that only look like it', 'ь-aaaa', 'notVerp'],
    ['form 0', `b-a${'a'.repeat(34)}`, 'malformed'],
    ['more than 64 octets', `b-c${'a'.repeat(70)}`, 'malformed'],
  ])('%s is %s', (_, localPart, why) => {
    expect(decode(localPart)).toEqual({ ok: false, why });
  });

  it('a token is good from the day before its own until its validity ends', () => {
    const localPart = mint('ada@example.org');
    const results = [-2, -1, 0, 45, 46].map((after) => decode(localPart, day + after));
    expect(results.map((result) => (result.ok ? 'ok' : result.why))).toEqual(['expired', 'ok', 'ok', 'ok', 'expired']);
  });

  it('a token of one return-path domain is worth nothing in another', () => {
    const other = { ...domain, name: 'rp.example' };
    expect(decodeReturnPath(mint('ada@example.org'), other, ring, day, 45)).toEqual({ ok: false, why: 'badSignature' });
  });

  it('a token of a key that is gone, and one that another secret signed under its id', () => {
    const localPart = mint('ada@example.org');
    const gone = createKeyRing([{ ...key, id: 78 }]);
    expect(decodeReturnPath(localPart, domain, gone, day, 45)).toEqual({ ok: false, why: 'unknownKey' });
    const forged = createKeyRing([{ ...key, secret: Buffer.alloc(32, 8) }]);
    expect(decodeReturnPath(localPart, domain, forged, day, 45)).toEqual({ ok: false, why: 'badSignature' });
  });

  it('a forged token of long ago has a bad signature: its day is not believed either', () => {
    const forger = { ...key, secret: Buffer.alloc(32, 9) };
    const encoded = encodeReturnPath({ ...minting, key: forger, day: 1, recipient: 'ada@example.org' });
    expect(decode(encoded.ok ? localPartOf(encoded.address) : '')).toEqual({ ok: false, why: 'badSignature' });
  });

  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  // Beside the alphabet: what stands outside of it, and what a careless reader folds to k and s.
  const characters = [...Array.from(alphabet), '0', '=', '\u212a', '\u017f'];

  it('each single-character change of 1,000 tokens', () => {
    let tried = 0;
    let verified = 0;
    for (let n = 0; n < 1000; n += 1) {
      const token = mint(`u${n}@${n % 2 === 0 ? 'gmail.com' : 'x.org'}`, messageTagOf(String(n))).slice(2);
      const changed = new Set<string>();
      for (let at = 0; at <= token.length; at += 1) {
        changed.add(token.slice(0, at) + token.slice(at + 1));
        for (const character of characters) {
          changed.add(token.slice(0, at) + character + token.slice(at));
          changed.add(token.slice(0, at) + character + token.slice(at + 1));
        }
      }
      changed.delete(token);
      tried += changed.size;
      for (const other of changed) if (decode(`b-${other}`).ok) verified += 1;
    }
    expect(tried).toBeGreaterThan(2_000_000);
    expect(verified).toBe(0);
  }, 180_000);

  it('1,000,000 random mutations', () => {
    const tokens = Array.from({ length: 100 }, (_, n) =>
      mint(`user${n}@example.org`, messageTagOf(String(n))).slice(2),
    );
    const known = new Set(tokens);
    let verified = 0;
    let signed = 0;
    for (let n = 0; n < 1_000_000; n += 1) {
      const token = tokens[n % tokens.length] ?? '';
      const other = tokens[randomInt(tokens.length)] ?? '';
      const at = randomInt(token.length);
      const by = alphabet.charAt(randomInt(32));
      // One character, two characters, a tail of another token, two neighbours changed over.
      const changed =
        n % 4 === 0
          ? token.slice(0, at) + by + token.slice(at + 1)
          : n % 4 === 1
            ? replaced(replaced(token, at, by), randomInt(token.length), alphabet.charAt(randomInt(32)))
            : n % 4 === 2
              ? token.slice(0, at) + other.slice(at)
              : token.slice(0, at) + token.charAt(at + 1) + token.charAt(at) + token.slice(at + 2);
      if (known.has(changed)) continue;
      const read = decode(`b-${changed}`);
      if (read.ok) verified += 1;
      else if (read.why === 'badSignature') signed += 1;
    }
    expect(verified).toBe(0);
    // Not all of them are refused for their form: the signature is what is tried.
    expect(signed).toBeGreaterThan(500_000);
  }, 180_000);
});

function replaced(token: string, at: number, by: string): string {
  return token.slice(0, at) + by + token.slice(at + 1);
}
