import { describe, expect, it } from '@jest/globals';
import type { AbsenceProbe } from '../../src/types/observation.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { minute, observe, task, vm } from '../helpers/sync-state.ts';

function settled(count: number): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { guests: guests(count) }));
  return runs;
}

/** VMs from 100 on. */
function guests(count: number) {
  return Array.from({ length: count }, (_, index) => vm(100 + index));
}

/** The same answer about every vmid from 100 to 199. */
function all(probe: AbsenceProbe): Record<number, AbsenceProbe> {
  return Object.fromEntries(Array.from({ length: 100 }, (_, index) => [100 + index, probe]));
}

describe('the guard', () => {
  it.each([
    ['3 of 10', 10, 7, false],
    ['4 of 20, which is 20 %', 20, 16, false],
    ['4 of 19', 19, 15, true],
    ['5 of 20', 20, 15, true],
    ['the last one', 1, 0, true],
    ['the last three', 3, 0, true],
  ])('%s guests missing at once', (_, before, after, isHeld) => {
    const { plan, result } = settled(before).run(observe(5, { guests: guests(after) }), { probes: all('gone') });
    expect(plan.changes).toHaveLength(isHeld ? 0 : before - after);
    expect(result.held).toHaveLength(isHeld ? before - after : 0);
    expect(result.outcome).toBe(isHeld ? 'guarded' : 'complete');
  });

  it('holds what the server did not confirm, and says so', () => {
    const runs = settled(10);
    const { result } = runs.run(observe(5, { guests: guests(9) }), { probes: { 109: 'unknown' } });
    expect(result.held).toMatchObject([{ vmid: 109, presence: 'unobservable', state: 'unknown' }]);
    expect(result.summary).toMatchObject({ total: 10, removed: 0 });
    expect(result.warnings).toMatchObject([
      { code: 'held', message: expect.stringMatching(/^1 removal is held back: missing/) },
    ]);
    expect(runs.known.held).toMatchObject([{ runs: 1, firstHeldAt: minute(5) }]);
  });

  it('stores the rest of the run', () => {
    const changed = guests(2).map((guest) => ({ ...guest, document: { ...guest.document, memory: 1 } }));
    const { plan, result } = settled(10).run(observe(5, { guests: changed }), { probes: all('gone') });
    expect(plan.changes).toHaveLength(2);
    expect(result.warnings[0]?.message).toBe('8 removals are held back: 8 of 10 guests are missing at once');
  });

  it('does not count those that a task destroyed', () => {
    const tasks = guests(10)
      .slice(2)
      .map(({ nativeId }) => task('qmdestroy', Number(nativeId), 3));
    const { plan } = settled(10).run(observe(5, { guests: guests(2), records: tasks }));
    expect(tell(plan)).toEqual(Array.from({ length: 8 }, () => 'guest removed by admin@pve'));
  });

  it('forgets without a word what is back', () => {
    const runs = settled(10);
    runs.run(observe(5, { guests: guests(2) }), { probes: all('gone') });
    const { plan, result } = runs.run(observe(10, { guests: guests(10) }));
    expect(plan.changes).toEqual([]);
    expect(plan.held).toEqual([]);
    expect(result).toMatchObject({ outcome: 'complete', warnings: [], summary: { existing: 10 } });
  });

  it('records removals that are accepted', () => {
    const runs = settled(10);
    runs.run(observe(5, { guests: [] }), { probes: all('gone') });
    const { plan, result } = runs.run(observe(6, { guests: [] }), { probes: all('gone'), acceptRemovals: true });
    expect(plan.changes).toHaveLength(10);
    expect(plan.held).toEqual([]);
    expect(result.outcome).toBe('complete');
  });

  it('records removals that stay true for three complete runs over an hour', () => {
    const runs = settled(10);
    const missing = { guests: guests(2) };
    for (const at of [5, 25, 45])
      expect(runs.run(observe(at, missing), { probes: all('gone') }).plan.changes).toEqual([]);
    // A run that saw nothing neither counts nor starts anew.
    runs.run(observe(66, { ...missing, quorate: false }));
    expect(runs.known.held[0]).toMatchObject({ runs: 3, firstHeldAt: minute(5) });
    expect(runs.run(observe(67, missing), { probes: all('gone') }).plan.changes).toHaveLength(8);
    expect(runs.known.held).toEqual([]);
  });

  it('does not count two runs as three, however long they take', () => {
    const runs = settled(10);
    runs.run(observe(5, { guests: guests(2) }), { probes: all('gone') });
    expect(runs.run(observe(500, { guests: guests(2) }), { probes: all('gone') }).plan.changes).toEqual([]);
  });

  it('starts anew when the server says that the guests are there', () => {
    const runs = settled(10);
    runs.run(observe(5, { guests: guests(2) }), { probes: all('gone') });
    runs.run(observe(10, { guests: guests(2) }), { probes: all('exists') });
    expect(runs.known.held).toEqual([]);
  });

  it('holds no more what is few enough by now', () => {
    const runs = settled(10);
    runs.run(observe(5, { guests: guests(2) }), { probes: all('gone') });
    const { plan } = runs.run(observe(10, { guests: guests(8) }), { probes: all('gone') });
    expect(plan.changes).toHaveLength(2);
  });
});
