import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressKey, loginDelayMs } from '../../src/services/people/login-delay.ts';
import { Passwords, requireStrong } from '../../src/services/people/passwords.ts';
import { isWithin, narrow, seesGuest, seesProvider, toScope } from '../../src/services/people/scope.ts';
import type { AccessScope } from '../../src/types/principal.ts';

const WEAK = { log2N: 4, r: 8, p: 1 };

describe('a scope', () => {
  const prod: AccessScope = { providers: ['p1'], pools: ['prod'], tags: ['shop'] };

  it('lets see guests of its providers in its pools or with its tags', () => {
    const guest = { providerId: 'p1', pool: null, tags: [] };
    expect(seesGuest(prod, { ...guest, pool: 'prod' })).toBe(true);
    expect(seesGuest(prod, { ...guest, tags: ['web', 'Shop'] })).toBe(true);
    expect(seesGuest(prod, guest)).toBe(false);
    expect(seesGuest(prod, { ...guest, providerId: 'p2', pool: 'prod' })).toBe(false);
    expect(seesGuest({ ...prod, pools: [], tags: [] }, guest)).toBe(true);
    expect(seesGuest(null, guest)).toBe(true);
    expect([seesProvider(prod, 'p1'), seesProvider(prod, 'p2'), seesProvider(null, 'p2')]).toEqual([true, false, true]);
  });

  it('that restricts nothing is none', () => {
    expect(toScope({ providers: [], tags: [] })).toBe(null);
    expect(toScope({ tags: ['A', 'a'] })).toEqual({ providers: [], pools: [], tags: ['a'] });
  });

  const texts = (...all: string[]) => fc.uniqueArray(fc.constantFrom(...all));
  const scopes = fc.option(fc.record({ providers: texts('p1', 'p2'), pools: texts('a', 'b'), tags: texts('x', 'y') }));
  const guests = fc.record({
    providerId: fc.constantFrom('p1', 'p2', 'p3'),
    pool: fc.option(fc.constantFrom('a', 'b', 'c')),
    tags: texts('x', 'y', 'z'),
  });

  it('narrowed by another one lets see nothing that either hides', () => {
    fc.assert(
      fc.property(scopes, scopes, guests, (user, token, guest) => {
        if (!seesGuest(narrow(user, token), guest)) return;
        expect([seesGuest(user, guest), seesGuest(token, guest)]).toEqual([true, true]);
      }),
      { numRuns: 5000 },
    );
  });

  it('within another one lets see nothing that the other hides, and narrows it to itself', () => {
    fc.assert(
      fc.property(scopes, scopes, guests, (outer, inner, guest) => {
        if (!isWithin(outer, inner)) return;
        if (seesGuest(inner, guest)) expect(seesGuest(outer, guest)).toBe(true);
        expect(seesGuest(narrow(outer, inner), guest)).toBe(seesGuest(inner, guest));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the delay of logins', () => {
  it('doubles after a few failures, up to a limit', () => {
    const delays = (of: 'account' | 'address') => [1, 3, 4, 5, 6, 10, 11, 12, 40, 5000].map((n) => loginDelayMs(of, n));
    expect(delays('account')).toEqual([0, 0, 1000, 2000, 4000, 60_000, 60_000, 60_000, 60_000, 60_000]);
    expect(delays('address')).toEqual([0, 0, 0, 0, 0, 0, 1000, 2000, 900_000, 900_000]);
  });

  it.each([
    ['192.0.2.7', 'address/192.0.2.7'],
    ['::ffff:192.0.2.7', 'address/192.0.2.7'],
    ['2001:db8:0:7:1:2:3:4', 'address/2001:db8:0:7::/64'],
    ['2001:DB8::1', 'address/2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::', 'address/2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'address/fe80:0:0:0::/64'],
    ['::1', 'address/0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', 'address/64:ff9b:0:0::/64'],
    ['unix', 'address/unix'],
  ])('counts %s as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('a password', () => {
  it('is stored as a hash with its strength, and told apart from others', async () => {
    const passwords = new Passwords(WEAK);
    const stored = await passwords.hash('correct horse battery');
    expect(stored).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await passwords.hash('correct horse battery')).not.toBe(stored);
    expect(await passwords.isRight('correct horse battery', stored)).toBe(true);
    expect(await passwords.isRight('correct horse batterz', stored)).toBe(false);
  });

  it('is compared by the strength it was stored with, in whichever form it was typed', async () => {
    const stored = await new Passwords({ log2N: 5, r: 4, p: 2 }).hash('Zoe\u0308 has a password');
    expect(await new Passwords(WEAK).isRight('Zoë has a password', stored)).toBe(true);
  });

  it.each([
    null,
    '',
    '$scrypt$ln=30,r=32,p=1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'secret',
  ])('is never right for %j, which costs as much', async (stored) => {
    const passwords = new Passwords(WEAK);
    expect(await passwords.isRight('secret', stored)).toBe(false);
    expect(passwords.count).toBe(1);
  });

  it('waits while two others are compared, and is refused behind a hundred', async () => {
    const passwords = new Passwords(WEAK);
    const all = await Promise.allSettled(Array.from({ length: 110 }, () => passwords.isRight('x', null)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(102);
    expect(all.at(-1)).toMatchObject({ reason: { code: 'limit', message: 'too many logins at the same time' } });
    expect(await passwords.isRight('x', null)).toBe(false);
  });

  it.each([
    ['short', 'the password has 5 characters, fewer than 12'],
    ['x'.repeat(1025), 'the password has 1025 characters, more than 1024'],
    ['abababababab', /hardly any different characters/],
    ['my name is Alice', /the name of the user/],
  ])('like %s is refused', (password, message) => {
    expect(() => requireStrong(password, 'alice')).toThrow(message);
    expect(() => requireStrong('a long sentence', 'al')).not.toThrow();
  });
});
