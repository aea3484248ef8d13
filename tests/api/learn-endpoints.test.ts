import { describe, expect, it } from '@jest/globals';
import { newEndpoint } from '../../src/api/endpoint-state.ts';
import { learnEndpoints } from '../../src/api/learn-endpoints.ts';
import type { EndpointReport } from '../../src/types/endpoint.ts';

const CONFIGURED: EndpointReport = { ...newEndpoint('https://pve1.example.com:8006', null), isConfigured: true };
const NODES = [
  { name: 'pve1', ip: '192.0.2.1', local: true },
  { name: 'pve2', ip: '192.0.2.2', local: false },
  { name: 'pve3', ip: '2001:db8::3', local: false },
];

function learn(
  known: readonly EndpointReport[] = [CONFIGURED],
  {
    nodes = NODES,
    url = CONFIGURED.url,
    remoteAddress = '192.0.2.1' as string | null,
    isVerified = true,
  }: {
    nodes?: Parameters<typeof learnEndpoints>[1];
    url?: string;
    remoteAddress?: string | null;
    isVerified?: boolean;
  } = {},
): string[] {
  const learnt = learnEndpoints(known, nodes, { via: { url, remoteAddress }, isVerified });
  return learnt.map((one) => `${one.node} ${one.url}${one.isConfigured ? ' configured' : ''}`);
}

describe('what /cluster/status tells of addresses', () => {
  it('is which node answered, and one address for each other node', () => {
    expect(learn()).toEqual([
      'pve1 https://pve1.example.com:8006 configured',
      'pve2 https://192.0.2.2:8006',
      'pve3 https://[2001:db8::3]:8006',
    ]);
  });

  it('keeps what is known of an address while the node has it, and forgets nodes that left', () => {
    const known = learnEndpoints([CONFIGURED], NODES, {
      via: { url: CONFIGURED.url, remoteAddress: '192.0.2.1' },
      isVerified: true,
    }).map((one) => ({ ...one, fingerprint: 'AA' }));
    const nodes = [NODES[0], { name: 'pve2', ip: '192.0.2.22' }].filter((node) => node !== undefined);
    const learnt = learnEndpoints(known, nodes, {
      via: { url: CONFIGURED.url, remoteAddress: '192.0.2.1' },
      isVerified: true,
    });
    expect(learnt).toMatchObject([
      { node: 'pve1', fingerprint: 'AA' },
      { node: 'pve2', url: 'https://192.0.2.22:8006', fingerprint: null },
    ]);
    expect(learnt).toHaveLength(2);
  });

  it('gives a configured address its node by its IP address, and learns no second one for it', () => {
    const byIp = { ...CONFIGURED, url: 'https://192.0.2.2:8006' };
    expect(learn([CONFIGURED, byIp])).toEqual([
      'pve1 https://pve1.example.com:8006 configured',
      'pve2 https://192.0.2.2:8006 configured',
      'pve3 https://[2001:db8::3]:8006',
    ]);
  });

  it('takes the port of the address that answered, 443 too', () => {
    const proxied = { ...CONFIGURED, url: 'https://pve.example.com' };
    expect(learn([proxied], { url: proxied.url })[1]).toBe('pve2 https://192.0.2.2');
  });

  it.each([
    ['a tunnel', { remoteAddress: '127.0.0.1' }],
    ['a tunnel over IPv6', { remoteAddress: '::1' }],
    ['an address whose certificate is not verified', { isVerified: false }],
    ['an unknown way', { remoteAddress: null }],
    ['plain HTTP', { url: 'http://pve1.example.com:8006' }],
  ])(
    'is no address to use behind %s',
    (_what, options: { url?: string; remoteAddress?: string | null; isVerified?: boolean }) => {
      const known = { ...CONFIGURED, url: options.url ?? CONFIGURED.url };
      expect(learn([known], options)).toEqual([`pve1 ${known.url} configured`]);
    },
  );

  it.each([
    ['elsewhere', { remoteAddress: '198.51.100.7' }],
    ['the same machine', { remoteAddress: '::ffff:192.0.2.1' }],
  ])('is used from %s', (_what, options) => expect(learn([CONFIGURED], options)).toHaveLength(3));

  it('is forgotten when certificates are not verified any more', () => {
    const known = [CONFIGURED, newEndpoint('https://192.0.2.2:8006', 'pve2')];
    expect(learn(known, { isVerified: false })).toEqual(['pve1 https://pve1.example.com:8006 configured']);
  });

  it('leaves learnt addresses alone while it comes through a tunnel', () => {
    const known = [
      CONFIGURED,
      newEndpoint('https://192.0.2.2:8006', 'pve2'),
      newEndpoint('https://192.0.2.9:8006', 'pve9'),
    ];
    expect(learn(known, { remoteAddress: '127.0.0.1' })).toEqual([
      'pve1 https://pve1.example.com:8006 configured',
      'pve2 https://192.0.2.2:8006',
    ]);
  });

  it('keeps the address of a node that is off, of which no IP address is told', () => {
    const known = [CONFIGURED, newEndpoint('https://192.0.2.2:8006', 'pve2')];
    const nodes = [NODES[0], { name: 'pve2', online: false }].filter((node) => node !== undefined);
    expect(learn(known, { nodes })).toContain('pve2 https://192.0.2.2:8006');
  });

  it('teaches nothing without a row for the node that answers, or without IP addresses', () => {
    expect(learn([CONFIGURED], { nodes: NODES.map((node) => ({ ...node, local: false })) })).toEqual([
      'null https://pve1.example.com:8006 configured',
    ]);
    expect(learn([CONFIGURED], { nodes: NODES.map(({ name, local }) => ({ name, local })) })).toHaveLength(1);
    for (const ip of ['no address at all', 'fe80::1%vmbr0']) {
      expect(learn([CONFIGURED], { nodes: [{ name: 'pve2', ip }, ...NODES.slice(0, 1)] })).toHaveLength(1);
    }
  });
});
