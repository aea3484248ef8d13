import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseEndpoint } from '../../src/api/choose-endpoint.ts';
import { afterAnswer, afterFailure, isProven, newEndpoint } from '../../src/api/endpoint-state.ts';
import type { EndpointReport } from '../../src/types/endpoint.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

function endpoint(url: string, changes: Partial<EndpointReport> = {}): EndpointReport {
  return { ...newEndpoint(`https://${url}:8006`, null), ...changes };
}

const configured = (url: string, changes: Partial<EndpointReport> = {}) =>
  endpoint(url, { isConfigured: true, ...changes });
const proven = (url: string, node: string) => endpoint(url, { node, lastOkAt: at(-60) });
const failed = (seconds: number, retryIn: number) => ({
  failures: 1,
  lastFailedAt: at(-seconds),
  retryAt: at(retryIn),
});

function chosen(endpoints: readonly EndpointReport[], node?: string, tried: readonly string[] = []): string | null {
  const urls = new Set(tried.map((url) => `https://${url}:8006`));
  return chooseEndpoint(endpoints, { node, tried: urls, now: NOW })?.url.slice(8, -5) ?? null;
}

describe('the address for a call', () => {
  it('is the first configured one that does not wait', () => {
    expect(chosen([configured('a'), configured('b')])).toBe('a');
    expect(chosen([configured('a', failed(5, 25)), configured('b')])).toBe('b');
    expect(chosen([configured('a', failed(35, 0)), configured('b')])).toBe('a');
    expect(chosen([proven('x', 'pve3'), configured('a')])).toBe('a');
  });

  it('is the node’s own when that has proven itself', () => {
    const all = [configured('a', { node: 'pve1' }), proven('b', 'pve2'), endpoint('c', { node: 'pve3' })];
    expect(chosen(all, 'pve1')).toBe('a');
    expect(chosen(all, 'pve2')).toBe('b');
    expect(chosen(all, 'pve3')).toBe('a');
    expect(chosen(all, 'pve2', ['b'])).toBe('a');
    expect(chosen(all, 'pve9')).toBe('a');
  });

  it('is a learnt one when the configured ones fail, those first that have answered before', () => {
    const all = [configured('a', failed(5, 25)), endpoint('c', { node: 'pve3' }), proven('b', 'pve2')];
    expect(chosen(all)).toBe('b');
    expect(chosen(all, undefined, ['b'])).toBe('c');
  });

  it('is the one whose time comes first while all wait', () => {
    const all = [configured('a', failed(300, 300)), configured('b', failed(200, 100))];
    expect(chosen(all)).toBe('b');
    expect(chosen(all, undefined, ['b'])).toBe('a');
  });

  it('is none that has failed a moment ago, nor a stranger that waits', () => {
    expect(chosen([configured('a', failed(1, 29)), configured('b', failed(1, 30))], undefined, ['a'])).toBeNull();
    expect(chosen([configured('a', failed(1, 29)), endpoint('c', failed(900, 29))], undefined, ['a'])).toBeNull();
    expect(chosen([configured('a')], undefined, ['a'])).toBeNull();
  });

  it('is always there for a first try, and never one that was tried', () => {
    const some = fc.record({
      isConfigured: fc.boolean(),
      node: fc.constantFrom(null, 'pve1', 'pve2'),
      failures: fc.nat(5),
      retry: fc.option(fc.integer({ min: -100, max: 100 })),
      ok: fc.option(fc.integer({ min: -100, max: 0 })),
    });
    const scene = fc.tuple(fc.array(some, { maxLength: 6 }), fc.nat(5), fc.constantFrom(undefined, 'pve1', 'pve2'));
    fc.assert(
      fc.property(scene, ([rows, triedCount, node]) => {
        const all = [
          configured('always', failed(500, 500)),
          ...rows.map(({ retry, ok, ...row }, index) =>
            endpoint(`e${index}`, {
              ...row,
              retryAt: retry === null ? null : at(retry),
              lastOkAt: ok === null ? null : at(ok),
            }),
          ),
        ];
        expect(chooseEndpoint(all, { node, tried: new Set(), now: NOW })).not.toBeNull();
        const tried = new Set(all.slice(0, triedCount).map(({ url }) => url));
        expect(tried.has(chooseEndpoint(all, { node, tried, now: NOW })?.url ?? '')).toBe(false);
      }),
      { seed: 20261121 },
    );
  });
});

describe('what is known of an address', () => {
  it('waits twice as long after each failure, an hour at most, and a fifth more or less by chance', () => {
    const waits = (random: number): number[] => {
      let one = newEndpoint('https://a:8006', null);
      return Array.from({ length: 10 }, () => {
        one = afterFailure(one, { at: NOW, error: 'refused', shown: null, random });
        return ((one.retryAt?.getTime() ?? 0) - NOW.getTime()) / 1000;
      });
    };
    expect(waits(0.5)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    expect(waits(0).slice(0, 2)).toEqual([24, 48]);
    expect(waits(1).slice(0, 2)).toEqual([36, 72]);
  });

  it('is forgiven by one answer', () => {
    const shown = { fingerprint: 'AA', endsAt: null };
    const bad = afterFailure(configured('a'), { at: NOW, error: 'refused', shown, random: 0 });
    expect(bad).toMatchObject({ failures: 1, error: 'refused', fingerprint: 'AA', lastFailedAt: NOW });
    const good = afterAnswer(bad, at(5), null);
    expect(good).toMatchObject({ failures: 0, error: null, retryAt: null, lastOkAt: at(5), fingerprint: 'AA' });
    expect(good.lastFailedAt).toEqual(NOW);
    expect(isProven(endpoint('x'))).toBe(false);
    expect(isProven(afterAnswer(endpoint('x'), NOW, { fingerprint: 'BB', endsAt: null }))).toBe(true);
  });

  it('has the end of the certificate that it showed last, and of no other', () => {
    const first = afterAnswer(endpoint('x'), NOW, { fingerprint: 'AA', endsAt: at(100) });
    expect(first).toMatchObject({ fingerprint: 'AA', certificateEndsAt: at(100) });
    expect(afterAnswer(first, at(1), null)).toMatchObject({ fingerprint: 'AA', certificateEndsAt: at(100) });
    const same = { fingerprint: 'AA', endsAt: null };
    expect(afterFailure(first, { at: at(1), error: 'expired', shown: same, random: 0 })).toMatchObject({
      certificateEndsAt: at(100),
    });
    const other = { fingerprint: 'BB', endsAt: null };
    expect(afterAnswer(first, at(1), other)).toMatchObject({ fingerprint: 'BB', certificateEndsAt: null });
  });
});
