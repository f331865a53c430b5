import { describe, expect, it } from 'vitest';
import { providerOf } from '../../src/core/provider.ts';

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
