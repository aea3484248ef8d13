import { describe, expect, it } from '@jest/globals';
import { parseConfigUpdate } from '../../src/providers/proxmox/config-update.ts';
import type { LogEntry, Task } from '../../src/providers/proxmox/records/record.ts';
import type { Observation } from '../../src/types/observation.ts';
import { logLine } from '../helpers/records.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { container, minute, observe, task, vm } from '../helpers/sync-state.ts';

let uid = 0;

function line(minutes: number, message: string, user = 'admin@pve', node = 'pve1'): LogEntry {
  uid++;
  const at = minute(minutes);
  return logLine({ ref: `${node}/${uid}`, at, actor: user, text: message, update: parseConfigUpdate(message, null) });
}

function by(user: string, one: Task): Task {
  return { ...one, actor: user };
}

const STOPPED = { name: 'vm-100', node: 'pve1', status: 'stopped', memory: 2048, 'smbios1.uuid': 'uuid-100' };
const OFF = vm(100, { document: STOPPED });
const ON = vm(100);

/** What a run tells at minute 10, after one at minute 0. */
function told(before: Partial<Observation>, after: Partial<Observation>): string[] {
  const runs = new SyncRuns();
  runs.run(observe(0, before));
  return tell(runs.run(observe(10, after)).plan);
}

const RESTART = [task('qmstop', 100, 3), by('bob@pve', task('qmstart', 100, 5))];
const BACK = [line(3, 'update VM 100: -memory 8192'), line(5, 'update VM 100: -memory 2048', 'bob@pve')];

describe('steps from the log', () => {
  it('are those of a restart and of a value that was set back', () => {
    expect(told({ guests: [ON] }, { guests: [ON], records: RESTART })).toEqual([
      'guest changed from-log status:running→stopped by admin@pve',
      'guest changed from-log status:stopped→running by bob@pve',
    ]);
    expect(told({ guests: [OFF] }, { guests: [OFF], records: BACK })).toEqual([
      'guest changed from-log memory:2048→8192 by admin@pve',
      'guest changed from-log memory:8192→2048 by bob@pve',
    ]);
  });

  it('are those of a state that was asked of HA and taken back', () => {
    const managed = { ...STOPPED, 'ha.state': 'started' };
    const guests = [vm(100, { document: managed })];
    const asked = [task('hastop', 100, 3), by('bob@pve', task('hastart', 100, 5))];
    expect(told({ guests }, { guests, records: asked })).toEqual([
      'guest changed from-log ha.state:started→stopped by admin@pve',
      'guest changed from-log ha.state:stopped→started by bob@pve',
    ]);
    // The state is that of HA only where HA looks after the guest.
    expect(told({ guests: [OFF] }, { guests: [OFF], records: asked })).toEqual([]);
    const out = [task('hastop', 100, 3)];
    expect(told({ guests }, { guests, records: out })).toEqual([]);
  });

  it.each<[string, Partial<Observation>]>([
    ['a start that failed', { records: [task('qmstop', 100, 3), task('qmstart', 100, 5, { outcome: 'failed' })] }],
    ['an outcome that is not known', { records: [...RESTART, task('qmstop', 100, 6, { outcome: 'unknown' })] }],
    ['a start of what runs already: it went down by itself', { records: [task('qmstart', 100, 5)] }],
    [
      'a node whose tasks could not be read',
      {
        records: RESTART,
        scopes: [
          { scope: 'guests', coverage: 'complete', count: 1 },
          { scope: 'tasks/pve1', coverage: 'error', count: 0 },
        ],
      },
    ],
  ])('are not told of %s', (_what, over) => {
    expect(told({ guests: [ON] }, { guests: [ON], ...over })).toEqual([]);
  });

  it.each<[string, readonly LogEntry[]]>([
    [
      'does not end where the machine is',
      [BACK[0], line(5, 'update VM 100: -memory 4096')].flatMap((one) => one ?? []),
    ],
    [
      'can be read in several ways',
      [line(3, 'update VM 100: -description see -memory 8192 there -memory 8192'), ...BACK],
    ],
    ['was changed by hand in between', [line(5, 'update VM 100: -memory 2048')]],
  ])('are not told of a value that %s', (_what, log) => {
    expect(told({ guests: [OFF] }, { guests: [OFF], records: log })).toEqual([]);
  });

  it('are not told of what happened before the first observation', () => {
    const old = {
      records: [
        task('qmstop', 101, -3),
        task('qmstart', 101, -2),
        task('qmcreate', 300, -2),
        task('qmdestroy', 300, -1),
        ...BACK.map((one) => ({ ...one, at: minute(-1) })),
      ],
    };
    expect(told({ guests: [OFF, vm(101)], ...old }, { guests: [OFF, vm(101)], ...old })).toEqual([]);
  });

  it('are not told where a right that was given shows old records for the first time', () => {
    const guests = [OFF, vm(101)];
    const scopes = ['log', 'tasks/pve1'].map((scope) => ({ scope, coverage: 'filtered', count: 0 }) as const);
    const runs = new SyncRuns();
    runs.run(observe(0, { guests, scopes: [{ scope: 'guests', coverage: 'complete', count: 2 }, ...scopes] }));
    const tasks = [
      task('qmstop', 101, -3),
      task('qmstart', 101, -2),
      task('qmcreate', 300, -20),
      task('qmdestroy', 300, -10),
    ];
    const seen = observe(10, { guests, records: [...tasks, ...BACK.map((one) => ({ ...one, at: minute(-5) }))] });
    const whole = ['tasks/pve1', 'tasks/pve2'].map((scope) => ({ scope, coverage: 'complete', count: 1 }) as const);
    expect(tell(runs.run({ ...seen, scopes: [...seen.scopes, ...whole] }).plan)).toEqual([]);
  });

  it('are told once by runs that read the same records again', () => {
    const runs = new SyncRuns();
    runs.run(observe(0, { guests: [ON, container(200)] }));
    const read = {
      guests: [ON, container(200)],
      records: [...RESTART, task('qmcreate', 300, 3), task('qmdestroy', 300, 4)],
    };
    expect(tell(runs.run(observe(10, read)).plan)).toHaveLength(4);
    for (const minutes of [11, 20, 30]) expect(tell(runs.run(observe(minutes, read)).plan)).toEqual([]);
  });

  it('are told of a guest that went and came twice, and of none that a failed task would have made', () => {
    const tasks = [
      task('qmcreate', 300, 2),
      by('bob@pve', task('qmdestroy', 300, 3)),
      task('qmcreate', 301, 3, { outcome: 'failed' }),
      task('vzrestore', 300, 4),
      by('bob@pve', task('vzdestroy', 300, 5)),
    ];
    expect(told({ guests: [ON] }, { guests: [ON], records: tasks })).toEqual([
      'guest created from-log by admin@pve',
      'guest removed from-log by bob@pve',
      'guest created from-log by admin@pve',
      'guest removed from-log by bob@pve',
    ]);
  });

  it('are not told of a guest that is there, hidden or not decided', () => {
    const tasks = [task('qmcreate', 100, 2), task('qmdestroy', 100, 3)];
    expect(told({ guests: [ON] }, { guests: [ON], records: tasks })).toEqual([]);
  });
});
