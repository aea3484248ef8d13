import { describe, expect, it } from '@jest/globals';
import { pathWildcard } from '../../src/types/path-wildcard.ts';
import { compileFilter } from '../../src/types/wildcard.ts';

describe('wildcard', () => {
  it.each([
    ['web*', 'web-01', true],
    ['web*', 'my-web', false],
    ['web-?1', 'web-01', true],
    ['web-?1', 'web-1', false],
    ['a.b', 'axb', false],
    ['a+(b)[c]', 'a+(b)[c]', true],
    ['*', '', true],
    ['Web', 'web', true],
    ['*end', 'line one\nline end', true],
  ])('%s on %j: %j', (pattern, text, matches) => {
    expect(compileFilter(pattern)(text)).toBe(matches);
  });

  it('ignores case', () => {
    expect(compileFilter('WEB*')('web-01')).toBe(true);
    expect(compileFilter('ÄB?')('äbc')).toBe(true);
  });

  it('takes any of several patterns', () => {
    const matches = compileFilter(['pve1', 'pve3']);
    expect(['pve1', 'pve2', 'pve3'].filter(matches)).toEqual(['pve1', 'pve3']);
  });

  it('lets everything through when there is no pattern, but matches no missing value when there is one', () => {
    expect(compileFilter(undefined)(null)).toBe(true);
    expect(compileFilter([])('x')).toBe(true);
    expect(compileFilter('*')(null)).toBe(false);
  });
});

describe('pathWildcard', () => {
  it.each([
    ['memory', 'memory', true],
    ['net*.bridge', 'net0.bridge', true],
    ['net*.bridge', 'net0.tag', false],
    ['net0', 'net0.bridge', true],
    ['net0', 'net01.bridge', false],
    ['net*', 'net12.bridge', true],
    ['NET0', 'net0.bridge', true],
    ['memory', 'pending.memory', true],
    ['net1', 'pending.delete.net1', true],
    ['net1', 'pending.net1.bridge', true],
    ['memory', 'pending.balloon', false],
  ])('%s on %s: %j', (pattern, path, matches) => {
    expect(pathWildcard(pattern)(path)).toBe(matches);
  });
});
