import { describe, expect, it } from '@jest/globals';
import { rules } from '../../src/providers/azure/rules.ts';
import { planExplanations } from '../../src/services/sync/plan-explanations.ts';
import type { AuditRecord, AuditVerb } from '../../src/types/audit-record.ts';
import type { Evidence, UnattributedChange } from '../../src/types/evidence.ts';
import type { KnownGuest, UnexplainedChange } from '../../src/types/plan.ts';
import type { RunFacts } from '../../src/types/run-facts.ts';
import { NOW } from './azure-world.ts';

const HANDLE = '/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web';

function minute(at: number): Date {
  return new Date(NOW.getTime() + at * 60_000);
}

function record(at: number, verb: AuditVerb, actor: string, part: Partial<AuditRecord> = {}): AuditRecord {
  return {
    source: 'event',
    ref: `event/${at}`,
    verb,
    native: verb,
    target: HANDLE,
    targetName: 'web',
    place: 's',
    actor,
    credential: null,
    at: minute(at),
    endedAt: minute(at + 1),
    outcome: 'ok',
    text: null,
    pid: null,
    ...part,
  };
}

const guest = { kind: 'vm' as const, nativeId: 'id', vmid: null, node: 's/w', identity: { handle: HANDLE } };

function change(kind: 'created' | 'changed', createdAt: number): UnattributedChange {
  return {
    resourceType: 'guest',
    resourceId: 'r',
    kind,
    event: null,
    patch: [['status', kind === 'created' ? null : 'running', 'stopped']],
    guest: { ...guest, isHaManaged: false, document: { created: minute(createdAt).toISOString() } },
    notBefore: minute(0),
    notAfter: minute(60),
  };
}

function actorsOf(records: readonly AuditRecord[], ...changes: UnattributedChange[]): (string | null)[] {
  return rules.attribute(changes, { records, clockSkewMs: 0, sources: [] }).map(({ attribution }) => attribution.actor);
}

describe('a machine that has the name of another one', () => {
  const former = [record(1, 'create', 'alice'), record(10, 'destroy', 'bob')];

  it('was made by whoever made it, and not by the maker of the one before', () => {
    expect(actorsOf([...former, record(20, 'create', 'carol')], change('created', 20.5))).toEqual(['carol']);
    expect(actorsOf(former, change('created', 20.5))).toEqual([null]);
  });

  it('was made by the one maker that there is, before the time that it tells', () => {
    expect(actorsOf([record(20, 'create', 'carol')], change('created', 20.5))).toEqual(['carol']);
  });

  it('is not told of what was done to the one before, by a record that comes late either', () => {
    const stop = record(5, 'stop', 'alice', { sets: { status: 'stopped' } });
    const { guest: _, notBefore: __, ...rest } = change('changed', 20.5);
    const seen: UnexplainedChange = {
      ...rest,
      rev: 1,
      seq: 0,
      notBefore: minute(0),
      readFrom: minute(60),
      observedAt: minute(61),
    };
    const actors = (createdAt: number): (string | null)[] => {
      const known = {
        guests: [
          { ...guest, id: 'r', document: { created: minute(createdAt).toISOString() } } as unknown as KnownGuest,
        ],
      };
      const evidence: Evidence = { records: [stop], clockSkewMs: 0, sources: [] };
      const found = planExplanations({ changes: [seen], records: [] }, [stop], { known, evidence, rules });
      return found.map(({ attribution }) => attribution.actor);
    };
    expect(actors(-60)).toEqual(['alice']);
    expect(actors(20.5)).toEqual([]);
  });
});

describe('the records of a run', () => {
  it('are sorted once, however many machines are missing and have changed', () => {
    let walks = 0;
    const records = [record(10, 'destroy', 'bob')];
    const each = records[Symbol.iterator].bind(records);
    Object.defineProperty(records, Symbol.iterator, {
      value: () => {
        walks += 1;
        return each();
      },
    });
    const evidence: Evidence = { records, clockSkewMs: 0, sources: [] };
    const window = { notBefore: minute(0), notAfter: minute(60) };
    for (const created of [-3, -2, -1]) {
      const document = { created: minute(created).toISOString() };
      const found = rules.findDestruction({ ...guest, document }, window, { evidence } as unknown as RunFacts);
      expect(found).toEqual({ actor: 'bob' });
    }
    rules.attribute([change('created', 20.5), change('changed', 20.5)], evidence);
    expect(walks).toBe(1);
  });
});
