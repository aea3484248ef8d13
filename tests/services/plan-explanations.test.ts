import { describe, expect, it } from '@jest/globals';
import { lateRecords } from '../../src/services/sync/plan-explanations.ts';
import { planOnce } from '../../src/services/sync/plan-once.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import type { SyncPlan, Unexplained, UnexplainedChange } from '../../src/types/plan.ts';
import { logLine } from '../helpers/records.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { minute, observe, task, vm } from '../helpers/sync-state.ts';

const STOPPED = { ...vm(100).document, status: 'stopped' };
const ALICE = { actor: 'alice@pve' };
const BOB = { actor: 'bob@pve' };

/** Nobody tells of the log, nor of the tasks of pve1, where the guests are. */
const UNREAD = [
  ...observe(0).scopes.filter(({ scope }) => scope !== 'log'),
  ...['log', 'tasks/pve1'].map((scope) => ({ scope, coverage: 'error', count: 0, message: 'no answer' }) as const),
];

/** A run at minute 0, and one that read from minute 5 to 6 and could not read the records. */
function unexplained(guests: readonly GuestObservation[]): { runs: SyncRuns; changes: UnexplainedChange[] } {
  const runs = new SyncRuns();
  runs.run(observe(0, { guests: [vm(100), vm(101)] }));
  const { plan } = runs.run(observe(5, { guests, observedAt: minute(6), scopes: UNREAD }));
  return { runs, changes: toStored(plan) };
}

function toStored({ changes }: SyncPlan): UnexplainedChange[] {
  return changes.map(({ attribution, ...change }, index) => {
    expect(attribution).toMatchObject({ source: 'none', notBefore: minute(0) });
    return { ...change, rev: 2, seq: index + 1, observedAt: minute(6), readFrom: minute(5), notBefore: minute(0) };
  });
}

/** Plans the next run as if the changes were stored. `since`: the times since which unexplained ones were loaded. */
async function planNext(runs: SyncRuns, changes: readonly UnexplainedChange[], seen: Observation) {
  const since: Date[] = [];
  const repository = {
    operationCalls: async () => [],
    recordedEvidence: async () => ({ refs: runs.refs, vagueVmids: new Set<number>() }),
    unexplained: async (_providerId: string, time: Date): Promise<Unexplained> => {
      since.push(time);
      return { changes, records: runs.known.recentRecords };
    },
  };
  const { plan } = await planOnce(repository, runs.known, seen, runs.optionsOf(seen));
  return { plan, since };
}

async function explain(
  { runs, changes }: ReturnType<typeof unexplained>,
  ...records: readonly AuditRecord[]
): Promise<string[]> {
  const guests = runs.known.guests.map(({ vmid, document, identity }) => vm(vmid ?? 0, { document, identity }));
  const { plan } = await planNext(runs, changes, observe(10, { guests, records }));
  return plan.explanations.map(({ seq, attribution: { actor, confidence } }) => `${seq}: ${actor} ${confidence}`);
}

function cloneOf100(vmid: number): GuestObservation {
  return vm(vmid, { identity: { uuid: `new-${vmid}`, ctime: 1100, vmgenid: `new-${vmid}` } });
}

describe('a late record', () => {
  it('explains the change that it alone can have made', async () => {
    const stopped = unexplained([vm(100, { document: STOPPED }), vm(101)]);
    expect(await explain(stopped, task('qmstop', 100, 3, ALICE))).toEqual(['1: alice@pve exact']);
  });

  it('explains a clone', async () => {
    const one = unexplained([vm(100), vm(101), cloneOf100(110)]);
    expect(await explain(one, task('qmclone', 100, 3, ALICE))).toEqual(['1: alice@pve exact']);
  });

  it('of one clone explains neither of two', async () => {
    const two = unexplained([vm(100), vm(101), cloneOf100(110), cloneOf100(111)]);
    expect(two.changes).toMatchObject([{ kind: 'created' }, { kind: 'created' }]);
    expect(await explain(two, task('qmclone', 100, 3, ALICE))).toEqual([]);
  });

  it('of one clone does not explain the one of two that is left', async () => {
    const two = unexplained([vm(100), vm(101), cloneOf100(110), cloneOf100(111)]);
    two.runs.known = { ...two.runs.known, guests: two.runs.known.guests.filter(({ vmid }) => vmid !== 111) };
    expect(await explain(two, task('qmclone', 100, 3, ALICE))).toEqual([]);
  });

  it('explains no change of which it made only a part', async () => {
    const both = unexplained([vm(100, { document: { ...STOPPED, memory: 4096 } }), vm(101)]);
    expect(both.changes).toMatchObject([{ patch: [expect.anything(), expect.anything()] }]);
    expect(await explain(both, task('qmstop', 100, 3, ALICE))).toEqual([]);
  });

  it('explains no change that it made together with another one', async () => {
    const both = unexplained([vm(100, { document: { ...STOPPED, memory: 4096 } }), vm(101)]);
    const update = { vmid: 100, set: { memory: 4096 }, setKeys: ['memory'], deletedKeys: [], revertedKeys: [] };
    const edit = logLine({ ref: 'pve1/9', at: minute(2), ...BOB, update: { ...update, isAmbiguous: false } });
    expect(await explain(both, edit, task('qmstop', 100, 3, ALICE))).toEqual([]);
  });

  it('explains neither of two changes of one guest that one run saw', async () => {
    const { runs, changes } = unexplained([vm(100, { document: STOPPED }), vm(101)]);
    const twice = [1, 2].flatMap((seq) => changes.map((change) => ({ ...change, seq })));
    expect(await explain({ runs, changes: twice }, task('qmstop', 100, 3, ALICE))).toEqual([]);
  });

  it('does not let one that was known explain anything', async () => {
    const { runs, changes } = unexplained([vm(100, { document: STOPPED }), vm(101)]);
    const stop = task('qmstop', 100, 3, ALICE);
    runs.known = { ...runs.known, recentRecords: [stop] };
    expect(await explain({ runs, changes }, stop, task('qmstop', 101, 3, BOB))).toEqual([]);
  });

  it('explains nothing of a guest that has another record of the time in which the run read', async () => {
    const stopped = unexplained([vm(100, { document: STOPPED }), vm(101)]);
    const meanwhile = task('qmstop', 100, 5.5, BOB);
    expect(await explain(stopped, task('qmstop', 100, 3, ALICE), meanwhile)).toEqual([]);
    const ofOther = { ...meanwhile, target: '101' };
    expect(await explain(stopped, task('qmstop', 100, 3, ALICE), ofOther)).toEqual(['1: alice@pve exact']);
  });
});

describe('a record is late', () => {
  const known = {
    lastCompleteAt: minute(0),
    recentRecords: [],
    recentLines: { since: minute(-60), keys: new Set<string>() },
  };
  const isLate = (record: AuditRecord, over: Partial<Parameters<typeof lateRecords>[0]> = {}): boolean =>
    lateRecords({ ...known, ...over }, [record], { clockSkewMs: 0 }).length > 0;

  it('between the time since when the stored ones are known and the last whole run', () => {
    const minutes = [-61, -60, -1, 0, 1].filter((at) => isLate(task('qmstop', 100, at)));
    expect(minutes).toEqual([-60, -1]);
  });

  it('up to a day', () => {
    const recentLines = { ...known.recentLines, since: minute(-10_000) };
    const hours = [-25, -24, -23].filter((at) => isLate(task('qmstop', 100, at * 60), { recentLines }));
    expect(hours).toEqual([-24, -23]);
  });

  it('unless it is stored as one that ended', () => {
    const stop = task('qmstop', 100, -1);
    expect(isLate(stop, { recentRecords: [stop] })).toBe(false);
    expect(isLate(stop, { recentRecords: [{ ...stop, endedAt: null }] })).toBe(true);
  });

  it('only where a run has listed all guests', () => {
    expect(isLate(task('qmstop', 100, -1), { lastCompleteAt: null })).toBe(false);
  });
});

describe('unexplained changes are loaded', () => {
  const stop = task('qmstop', 100, 3);
  // It is never stored, as it repeats a task.
  const repeated = logLine({ ref: 'pve1/1', at: minute(3), text: 'starting task UPID:pve1:000A1B2C:00F3:' });
  const edit = logLine({ ref: 'pve1/2', at: minute(4), text: 'update VM 100: -memory 4096' });
  const guests = [vm(100, { document: STOPPED }), vm(101)];

  function settled(): SyncRuns {
    const runs = new SyncRuns();
    runs.run(observe(0, { guests: [vm(100), vm(101)] }));
    runs.run(observe(5, { guests, records: [stop, repeated, edit], scopes: UNREAD }));
    return runs;
  }

  it('by no run whose older records are all stored', async () => {
    const seen = observe(10, { guests, records: [stop, repeated, edit, task('qmstart', 101, 8)] });
    expect((await planNext(settled(), [], seen)).since).toEqual([]);
  });

  it('by a run with an older record that is not stored, since its time', async () => {
    const seen = observe(10, { guests, records: [stop, repeated, edit, task('qmstart', 101, 2)] });
    const { since } = await planNext(settled(), [], seen);
    expect(since).toHaveLength(1);
    expect(since[0]?.getTime()).toBeLessThanOrEqual(minute(2).getTime());
    expect(since[0]?.getTime()).toBeGreaterThan(minute(1).getTime());
  });

  it('by no partial run', async () => {
    const partialRead = { guests: new Set(['qemu/101']), listedCount: 2, isSettled: true };
    const seen = observe(10, { guests: [vm(101)], records: [task('qmstart', 101, 2)], partialRead });
    expect((await planNext(settled(), [], seen)).since).toEqual([]);
  });
});
