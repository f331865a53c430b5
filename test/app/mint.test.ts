import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMint } from '../../src/app/mint.ts';
import { createKeyRing, dayOf, decodeReturnPath } from '../../src/core/verp/index.ts';
import type { DomainOptions } from '../../src/config/options.ts';
import type { MintRequest, MintResult } from '../../src/http/parts.ts';
import { findReturnPaths } from '../../src/store/return-paths.ts';
import { testDatabase, type TestDatabase } from '../helpers/database.ts';

const now = new Date('2026-03-01T12:00:00Z');
const domains: DomainOptions[] = [
  { name: 'bounce.test', prefix: 'b', sendingDomains: ['one.example', 'two.example'], foreign: [] },
  { name: 'other.test', prefix: 'r', sendingDomains: [], foreign: [] },
];
const ring = createKeyRing(
  ['one.example', 'other.test'].map((sendingDomain, i) => ({
    id: i + 1,
    sendingDomain,
    secret: Buffer.alloc(32, i + 1),
    createdDay: dayOf(now) - 1,
    state: 'active' as const,
  })),
);
const request: MintRequest = {
  recipient: 'Someone@Example.com',
  messageId: null,
  campaign: null,
  sendingDomain: null,
  form: null,
};

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await database.close();
});

async function mint(...requests: Partial<MintRequest>[]): Promise<readonly MintResult[]> {
  const minting = createMint({ db: database.db, domains, ring: () => ring, now: () => now });
  return minting(requests.map((each) => ({ ...request, ...each })));
}
function bound(result: MintResult | undefined, domain = domains[0]) {
  if (result?.ok !== true || domain === undefined) throw new Error(`not minted: ${JSON.stringify(result)}`);
  const decoded = decodeReturnPath(result.address.split('@')[0] ?? '', domain, ring, dayOf(now), 45);
  if (!decoded.ok) throw new Error(decoded.why);
  return decoded.bound;
}

describe('minting', () => {
  it('is self-contained where the recipient fits, in the domain of the sending domain', async () => {
    const [first, second] = await mint({}, { sendingDomain: 'other.test', messageId: '<m1@x>' });
    expect(first).toMatchObject({ ok: true, form: 'selfContained' });
    expect(bound(first)).toMatchObject({ recipient: 'someone@example.com', sendingDomain: 'one.example', keyId: 1 });
    expect(bound(second, domains[1])).toMatchObject({ sendingDomain: 'other.test', keyId: 2 });
  });

  it('gives two mails to one person two addresses, and one message the same one', async () => {
    const [a, b, c, d] = await mint({}, {}, { messageId: '<m@x>' }, { messageId: 'm@x' });
    expect(a).not.toEqual(b);
    expect(c).toEqual(d);
  });

  it('is opaque where a campaign must be kept or the recipient does not fit, and the row is there', async () => {
    const long = `${'a'.repeat(60)}@${'very-long-label.'.repeat(4)}example.com`;
    const results = await mint({ campaign: 'spring', messageId: '<m@x>' }, { recipient: long }, { form: 'opaque' });
    expect(results.map((result) => (result.ok ? result.form : result.problem))).toEqual(['opaque', 'opaque', 'opaque']);
    const rowId = bound(results[0]).rowId ?? '';
    expect((await findReturnPaths(database.db, [rowId])).get(rowId)).toEqual({
      rowId,
      recipient: 'someone@example.com',
      recipientOriginal: 'Someone@Example.com',
      messageId: '<m@x>',
      campaign: 'spring',
      sendingDomain: 'one.example',
      dispatch: null,
    });
  });

  it('says of each that cannot be why, and makes the others', async () => {
    const long = `${'a'.repeat(60)}@${'very-long-label.'.repeat(4)}example.com`;
    const results = await mint(
      { recipient: 'nobody' },
      { sendingDomain: 'stranger.example' },
      { sendingDomain: 'two.example' },
      { recipient: long, form: 'selfContained' },
      {},
    );
    expect(results.map((result) => (result.ok ? 'made' : result.problem))).toEqual([
      'invalidAddress',
      'unknownSendingDomain',
      'noKey',
      'tooLong',
      'made',
    ]);
  });
});
