import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Host } from '../../src/protocol/resources.ts';
import { compileSelector } from '../../web/src/selectors/compile-selector.ts';
import { completeSelector } from '../../web/src/selectors/complete-selector.ts';
import { BlockList, isIP } from '../../web/src/selectors/net.ts';
import { toSelectable } from '../../web/src/selectors/to-selectable.ts';

const NOW = new Date('2026-11-27T12:00:00.000Z');

const host: Host = {
  id: 'h1',
  providerId: 'p1',
  kind: 'qemu',
  vmid: 105,
  nativeId: '105',
  name: 'web 1',
  node: 'pve1',
  status: 'running',
  tags: ['prod', 'eu'],
  cpus: 4,
  memoryBytes: 8 * 2 ** 30,
  addresses: ['10.1.2.3', 'fd00::5'],
  lastBackupAt: '2026-11-24T12:00:00.000Z',
  presence: 'present',
  firstSeenAt: '2026-11-20T12:00:00.000Z',
};

describe('addresses in the browser', () => {
  const parts = fc.array(fc.constantFrom('', '0', '1', 'ff', '255', '256', '01', 'fd00', 'abcde', '10.0.0.1'), {
    minLength: 1,
    maxLength: 9,
  });
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(parts, fc.constantFrom('.', ':')).map(([list, mark]) => list.join(mark)),
  );

  it('are those of Node', () => {
    fc.assert(fc.property(text, (address) => expect([address, isIP(address)]).toEqual([address, net.isIP(address)])));
  });

  it('are in the networks that Node says', () => {
    const family = fc.constantFrom(['ipv4', fc.ipV4(), 32] as const, ['ipv6', fc.ipV6(), 128] as const);
    const cases = family.chain(([name, address, most]) =>
      fc.tuple(fc.constant(name), address, address, fc.integer({ min: 0, max: most })),
    );
    fc.assert(
      fc.property(cases, ([name, network, address, length]) => {
        const [ours, theirs] = [new BlockList(), new net.BlockList()];
        ours.addSubnet(network, length, name);
        theirs.addSubnet(network, length, name);
        expect(ours.check(address, name)).toBe(theirs.check(address, name));
      }),
    );
  });
});

describe('a selector of the page', () => {
  it.each([
    ['web*', true],
    ['"web 1"', true],
    ['100-110', true],
    ['tag=prod,memory>=8G', true],
    ['tag=dev', false],
    ['ip=10.1.0.0/16', true],
    ['ip=fd00::/8', true],
    ['ip=public', false],
    ['backup.age>2d', true],
    ['created<2d', false],
    ['status!=running', false],
    ['presence=present,cpus<=4', true],
    ['provider=lab', true],
  ])('%s is answered here: %p', (text, isMeant) => {
    const compiled = compileSelector(text, NOW);
    const matches = compiled.kind === 'local' && compiled.selector.matches(toSelectable(host, provider('lab')));

    expect([compiled.kind, matches]).toEqual(['local', isMeant]);
  });

  it.each(['disk.size>1T', 'config.cores=4', 'status=io-error', 'presence=gone', 'tag=prod,snapshot=x'])(
    '%s is asked of the server',
    (text) => {
      expect(compileSelector(text, NOW).kind).toBe('remote');
    },
  );

  it('says where it is wrong', () => {
    expect(compileSelector('memroy>1', NOW)).toMatchObject({
      kind: 'wrong',
      lines: [expect.stringContaining("no field 'memroy'"), '  memroy>1', '  ^^^^^^'],
    });
  });
});

describe('completion', () => {
  const state = {
    version: '1',
    epoch: 'e',
    rev: 1,
    at: NOW.toISOString(),
    providers: [],
    nodes: [],
    storages: [],
    operations: [],
    hosts: [host],
  };
  const offered = (text: string) => completeSelector(text, state).map(({ value }) => value);

  it.each([
    ['mem', ['memory>']],
    ['tag=', ['tag=prod', 'tag=eu']],
    ['cpus>2,tag=p', ['cpus>2,tag=prod']],
    ['(status=run', ['(status=running']],
    ['name=w', ['name="web 1"']],
    ["name='x", []],
  ])('of %s', (text, values) => {
    expect(offered(text)).toEqual(values);
  });
});

function provider(name: string) {
  return {
    id: 'p1',
    name,
    type: 'proxmox',
    isEnabled: true,
    status: 'complete' as const,
    clusterName: null,
    schedule: { autoDiscover: true, discoverInterval: null, discoverCron: null },
    lastRun: null,
    lastCompleteAt: NOW.toISOString(),
    pauseReason: null,
    counts: { present: 1, unobservable: 0 },
    unobservable: [],
    incomplete: [],
    held: [],
    unavailableStorages: [],
  };
}
