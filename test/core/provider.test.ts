import { describe, expect, it } from 'vitest';
import { providerOf, providerOfMx } from '../../src/core/provider.ts';

describe('the provider of an address', () => {
  it.each([
    ['user@mail.example.co.uk', 'example.co.uk'],
    ['user@example.com', 'example.com'],
    // A customer below a hoster's private suffix is the hoster's mailbox.
    ['user@someone.blogspot.com', 'blogspot.com'],
  ])('of %s is the organisational domain %s', (identity, provider) => {
    expect(providerOf(identity)).toBe(provider);
  });

  it.each([
    ['user@localhost', 'localhost'],
    ['user@[192.0.2.1]', '[192.0.2.1]'],
  ])('of %s, below no public suffix, is the domain itself', (identity, provider) => {
    expect(providerOf(identity)).toBe(provider);
  });

  it('is nobody where there is no domain', () => {
    expect(providerOf('user@')).toBeNull();
  });
});

describe('the provider of an MX', () => {
  const mx = (exchange: string, priority = 10) => ({ exchange, priority });
  it.each([
    ['a hosted domain', [mx('aspmx.l.google.com', 1), mx('alt1.aspmx.l.google.com', 5)], 'google.com'],
    ['a tenant of a provider', [mx('example-com.mail.protection.outlook.com', 0)], 'outlook.com'],
    ['a name in capitals with a final dot', [mx('MX.Example.CO.UK.')], 'example.co.uk'],
    ['a backup elsewhere', [mx('mx.backup.test', 20), mx('mx.example.org', 10)], 'example.org'],
    ['two of one preference', [mx('b.second.test'), mx('a.first.test')], 'first.test'],
  ])('of %s is its organisational domain', (_, records, provider) => {
    expect(providerOfMx(records)).toBe(provider);
    expect(providerOfMx(records.toReversed())).toBe(provider);
  });

  it.each([
    ['no record', []],
    ['a null MX', [mx('', 0)]],
    ['an address in place of a name', [mx('192.0.2.1')]],
    ['a name that lies', [mx("x'; drop.example.com\n")]],
    ['a bare suffix', [mx('co.uk')]],
  ])('is nobody for %s', (_, records) => {
    expect(providerOfMx(records)).toBeNull();
  });
});
