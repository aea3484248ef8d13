import { describe, expect, it } from '@jest/globals';
import { newEndpoint } from '../../src/api/endpoint-state.ts';
import { checkPins, trustOf } from '../../src/api/endpoint-trust.ts';

const print = (pair: string): string => Array.from({ length: 32 }, () => pair).join(':');
const [A, B, C] = [print('AA'), print('BB'), print('CC')];
const configured = { ...newEndpoint('https://pve1.example.com:8006', null), isConfigured: true };
const pve1 = { ...configured, node: 'pve1' };
const pve2 = newEndpoint('https://192.0.2.2:8006', 'pve2');

describe('how an address is trusted', () => {
  it('by fingerprint: its own pins before the general ones', () => {
    const pins = { pve2: B.toLowerCase(), 'https://192.0.2.2:8006': C };
    expect(trustOf(pve2, { fingerprint: A, pins }, [])).toEqual({ fingerprint: `${C},${B}` });
    expect(trustOf(pve2, { fingerprint: `${A},${C}`, pins: { pve2: B, pve1: A } }, [])).toEqual({ fingerprint: B });
    expect(trustOf(configured, { fingerprint: A }, [])).toEqual({ fingerprint: A });
    const byUrl = { 'https://PVE1.example.com:8006/': A, 'https://192.0.2.9:8006': C };
    expect(trustOf(configured, { fingerprint: B, pins: byUrl }, [])).toEqual({ fingerprint: A });
  });

  it('by the pin of any node at a configured address, which may move from one to another', () => {
    for (const one of [configured, pve1]) {
      expect(trustOf(one, { fingerprint: '', pins: { pve1: A, pve2: B } }, [])).toEqual({ fingerprint: `${A},${B}` });
      expect(trustOf(one, { fingerprint: C, pins: { pve2: B } }, [])).toEqual({ fingerprint: `${C},${B}` });
    }
  });

  it('not at all when it was learnt and has no pin, but by a list of several', () => {
    expect(trustOf(pve2, { fingerprint: A }, [])).toBeNull();
    expect(trustOf(pve2, { fingerprint: '', pins: { pve1: A } }, [])).toBeNull();
    expect(trustOf(pve2, { fingerprint: `${A}, ${B}` }, [])).toEqual({ fingerprint: `${A},${B}` });
  });

  it('by its node’s names beside its IP address when authorities vouch for it', () => {
    expect(trustOf(pve2, { ca: 'PEM' }, [pve1, pve2])).toEqual({ ca: 'PEM', names: ['pve2', 'pve2.example.com'] });
    expect(trustOf(pve2, {}, [configured, pve2])).toEqual({ names: ['pve2'] });
    expect(trustOf(pve1, { ca: 'PEM' }, [pve1])).toEqual({ ca: 'PEM', names: [] });
    expect(trustOf(pve2, { insecure: true }, [pve1])).toMatchObject({ insecure: true });
  });

  it.each([
    ['evil.example.net', pve1],
    ['*', pve1],
    ['pve2.', pve1],
    ['192.0.2.9', pve1],
    ['p v', pve1],
  ])('by no name that is more than that of a host: %j', (name, known) => {
    expect(trustOf({ ...pve2, node: name }, { ca: 'PEM' }, [known])).toEqual({ ca: 'PEM', names: [] });
  });

  it('by no domain that the cluster chose', () => {
    const named = { ...configured, node: 'pve1.example' };
    expect(trustOf(pve2, {}, [named])).toEqual({ names: ['pve2'] });
  });

  it.each([
    [{ pins: { pve1: 'AB:CD' } }],
    [{ fingerprint: 'x' }],
    [{ fingerprint: '', pins: {} }],
    [{ fingerprint: A, pins: { 'ftp://x': B } }],
  ])('is refused when it cannot be right: %j', (tls) => {
    expect(() => checkPins(tls)).toThrow(expect.objectContaining({ code: 'configuration' }));
  });
});
