import { describe, expect, it } from '@jest/globals';
import { comparePanel } from '../../src/services/reconcile/compare-panel.ts';
import { Owners } from '../../src/services/reconcile/owners.ts';
import { ReconcileWorld } from '../../src/services/reconcile/reconcile-world.ts';
import type { PanelRecord, PanelScope } from '../../src/types/panel.ts';
import { RUN, STATUS } from '../campaign/reconcile-world.ts';
import { guestRow } from '../exports/guests.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const UUID = '4c4c4544-0046-3610-8052-b4c04f4c4e32';

/** A guest of a cluster, and the computer that it is to BigFix. */
async function load(problems: Readonly<Record<string, 'failed'>> = {}): Promise<ReconcileWorld> {
  const guest = { ...guestRow({ vmid: 100, name: 'web' }), providerName: 'prod', identity: { uuid: UUID } };
  const computer = { ...guestRow({ name: 'WEB' }), id: 'c', nativeId: '4711', vmid: null, providerName: 'bigfix' };
  const rows = [guest, { ...computer, identity: { uuid: UUID } }];
  const statuses = ['prod', 'bigfix'].map((providerName) => ({
    ...STATUS,
    providerName,
    lastListedAt: NOW,
    lastRun: { ...RUN, outcome: problems[providerName] ?? ('complete' as const) },
  }));
  return ReconcileWorld.load({
    inventory: { listGuests: async () => rows, syncStatus: async () => statuses },
    repository: { moves: async () => new Map() },
    reportingProviders: async () => new Set(['bigfix']),
    clock: () => NOW,
  });
}

function compare(world: ReconcileWorld, records: readonly Partial<PanelRecord>[], scope: Partial<PanelScope> = {}) {
  const machine = { provider: null, nativeId: null, uuid: null, macs: [], addresses: [], name: null };
  const sold = { owner: null, state: null, cores: null, memoryBytes: null, diskBytes: null, package: null };
  const whole = records.map((over, index) => ({ id: `r${index}`, ...machine, ...sold, isBilled: null, ...over }));
  const { found, counts } = comparePanel({
    panel: { id: 'p', name: 'cmdb', type: 'file' },
    scope: { providers: [], selectors: [], ...scope },
    records: whole,
    known: new Map(),
    readAt: NOW,
    isFirst: true,
    world,
    owners: new Owners([], []),
    now: NOW,
  });
  return { counts, found: found.map(({ kind, subject }) => `${kind} ${subject}`) };
}

describe('a machine that also reports to another provider', () => {
  it('is there once for a panel that names no provider', async () => {
    const world = await load();
    expect(compare(world, [{ uuid: UUID }])).toEqual({ counts: { records: 1, guests: 1, matched: 1 }, found: [] });
    expect(compare(world, []).found).toEqual(['external-server prod/100 (web)']);
  });

  it('is compared as what reports where the panel names that provider', async () => {
    const world = await load();
    const scope = { providers: ['bigfix'] };
    expect(compare(world, [{ nativeId: '4711' }], scope).found).toEqual([]);
    expect(compare(world, [], scope).found).toEqual(['external-server bigfix/4711 (WEB)']);
  });

  it('holds nothing back for panels that are not about its provider', async () => {
    const orphan = [{ uuid: UUID }, { nativeId: '999' }];
    expect(compare(await load({ bigfix: 'failed' }), orphan).found).toEqual(['orphaned-record r1']);
    expect(compare(await load({ prod: 'failed' }), orphan).found).toEqual([]);
  });
});
