import { describe, expect, it } from '@jest/globals';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import { destroyTask, lifecycleOf } from '../../src/providers/proxmox/attribution/lifecycle-tasks.ts';
import type { Task } from '../../src/providers/proxmox/records/record.ts';
import type { Evidence } from '../../src/types/evidence.ts';
import type { GuestIdentity } from '../../src/types/guest.ts';
import { at, change, ctime, evidence, task, told } from './attribution-evidence.ts';

const ALICE = 'alice@pve';
const BOB = 'bob@pve!cli';
const WINDOW = { notBefore: at(100), notAfter: at(200) };
const CREATED = [['name', null, 'web']] as const;

function created(
  guest: { kind?: 'qemu' | 'lxc'; vmid?: number; identity?: GuestIdentity } = {},
  event: 'restored' | null = null,
) {
  return change(CREATED, { kind: 'created', event, guest });
}

function sources(
  known: Evidence,
  ...of: readonly { vmid: number; kind?: 'qemu' | 'lxc'; identity?: GuestIdentity }[]
): Evidence {
  return { ...known, sources: of.map((one) => ({ kind: 'qemu', identity: {}, name: null, ...one })) };
}

describe('a creation', () => {
  const cases: readonly [string, ReturnType<typeof created>, readonly Task[], string][] = [
    [
      'by the task of its vmid',
      created(),
      [task('qmcreate 100', BOB, 150)],
      'created: bob@pve!cli exact task qmcreate',
    ],
    [
      'of a container',
      created({ kind: 'lxc' }),
      [task('vzcreate 100', BOB, 150)],
      'created: bob@pve!cli exact task vzcreate',
    ],
    ['of the other kind', created({ kind: 'lxc' }), [task('qmcreate 100', BOB, 150)], 'created: unknown'],
    ['that still runs', created(), [task('qmcreate 100', BOB, 150, null)], 'created: bob@pve!cli likely task qmcreate'],
    ['that failed', created(), [task('qmcreate 100', BOB, 150, 151, { state: 'failed' })], 'created: unknown'],
    [
      'with warnings',
      created(),
      [task('qmcreate 100', BOB, 150, 151, { state: 'warning' })],
      'created: bob@pve!cli exact task qmcreate',
    ],
    [
      'that began long before and ended in the window',
      created(),
      [task('qmrestore 100', BOB, 10, 150)],
      'created [restored]: bob@pve!cli exact task qmrestore',
    ],
    [
      'at another time than the task',
      created({ identity: { ctime: ctime(10) } }),
      [task('qmcreate 100', BOB, 150)],
      'created: unknown',
    ],
    [
      'at the time of the task',
      created({ identity: { ctime: ctime(151) } }),
      [task('qmcreate 100', BOB, 150)],
      'created: bob@pve!cli exact task qmcreate',
    ],
    [
      'of what was restored, with the time of the original',
      created({ identity: { ctime: ctime(10) } }),
      [task('qmrestore 100', BOB, 150)],
      'created [restored]: bob@pve!cli exact task qmrestore',
    ],
    [
      'undone and repeated',
      created(),
      [task('qmcreate 100', ALICE, 120), task('qmdestroy 100', ALICE, 130), task('qmcreate 100', BOB, 150)],
      'created: bob@pve!cli exact task qmcreate',
    ],
    [
      'undone and repeated by who knows',
      created(),
      [task('qmcreate 100', ALICE, 120), task('qmdestroy 100', ALICE, 130)],
      'created: unknown',
    ],
    [
      'within one second of the removal',
      created(),
      [task('qmcreate 100', BOB, 130), task('qmdestroy 100', ALICE, 130)].toReversed(),
      'created: bob@pve!cli exact task qmcreate',
    ],
  ];
  it.each(cases)('%s', (_what, given, tasks, row) => {
    const inOrder = tasks.length === 2 && tasks[0]?.native === 'qmdestroy';
    const known = inOrder
      ? [
          { ...tasks[0], ...later(tasks[0], 0) },
          { ...tasks[1], ...later(tasks[1], 1) },
        ]
      : tasks;
    expect(told(attributeChanges([given], evidence(...(known as Task[]))))).toEqual([row]);
  });

  function later(one: Task | undefined, hundredths: number): Partial<Task> {
    const parts = (one?.ref ?? '').split(':');
    parts[3] = (0xa00 + hundredths).toString(16);
    return { ref: parts.join(':') };
  }
});

describe('a clone, whose task carries the vmid of its source', () => {
  const SOURCE = { vmid: 9000, identity: { ctime: ctime(5), uuid: 'source' } };
  const clone = { vmid: 111, identity: { ctime: ctime(5), uuid: 'new' } };
  const other = { vmid: 112, identity: { ctime: ctime(5), uuid: 'newer' } };
  const by = (user: string, source = 9000, type = 'qmclone') => task(`${type} ${source}`, user, 150, 151);
  const rows = (given: readonly ReturnType<typeof created>[], known: Evidence) => told(attributeChanges(given, known));

  it('is found by the creation time that it inherits', () => {
    expect(rows([created(clone)], sources(evidence(by(BOB)), SOURCE))).toEqual([
      'created [cloned]: bob@pve!cli exact task qmclone',
    ]);
  });

  it('is told from another that was cloned in the same window', () => {
    const known = sources(evidence(by(BOB), by(ALICE, 101)), SOURCE, { vmid: 101, identity: { ctime: ctime(6) } });
    const second = { vmid: 112, identity: { ctime: ctime(6) } };
    expect(rows([created(clone), created(second)], known)).toEqual([
      'created [cloned]: bob@pve!cli exact task qmclone',
      'created [cloned]: alice@pve exact task qmclone',
    ]);
  });

  it('is likely when one user made several, and names no single task', () => {
    const given = attributeChanges([created(clone), created(other)], sources(evidence(by(BOB), by(BOB)), SOURCE));
    expect(told(given)).toEqual(Array(2).fill('created [cloned]: bob@pve!cli likely task qmclone'));
    expect(given.map((row) => row.attribution.ref)).toEqual([null, null]);
  });

  it('is unknown when several users cloned the source', () => {
    expect(rows([created(clone), created(other)], sources(evidence(by(BOB), by(ALICE)), SOURCE))).toEqual(
      Array(2).fill('created: unknown'),
    );
  });

  it('is unknown when there are more new guests than clones', () => {
    expect(rows([created(clone), created(other)], sources(evidence(by(BOB)), SOURCE))).toEqual(
      Array(2).fill('created: unknown'),
    );
  });

  it("is unknown when its creation time is not the source's", () => {
    expect(rows([created({ ...clone, identity: { ctime: ctime(7) } })], sources(evidence(by(BOB)), SOURCE))).toEqual([
      'created: unknown',
    ]);
  });

  it('has a source that was made in the same window', () => {
    const source = created({ vmid: 110, identity: { ctime: ctime(120) } });
    const copy = created({ vmid: 111, identity: { ctime: ctime(120) } });
    expect(rows([source, copy], evidence(task('qmcreate 110', ALICE, 120), by(BOB, 110)))).toEqual([
      'created: alice@pve exact task qmcreate',
      'created [cloned]: bob@pve!cli exact task qmclone',
    ]);
  });

  it('is likely without creation times, when it is the only one', () => {
    const container = created({ kind: 'lxc', vmid: 202 });
    const known = sources(evidence(by(BOB, 200, 'vzclone')), { kind: 'lxc', vmid: 200 });
    expect(rows([container], known)).toEqual(['created [cloned]: bob@pve!cli likely task vzclone']);
    expect(rows([container, created({ kind: 'lxc', vmid: 203 })], known)).toEqual(Array(2).fill('created: unknown'));
    expect(rows([created({ vmid: 111 })], known)).toEqual(['created: unknown']);
  });

  it('is unknown without creation times, when a guest came and went unseen', () => {
    const known = sources(evidence(by(BOB, 200, 'vzclone'), task('vzdestroy 203', BOB, 180)), {
      kind: 'lxc',
      vmid: 200,
    });
    expect(rows([created({ kind: 'lxc', vmid: 202 })], known)).toEqual(['created: unknown']);
  });

  it('is no clone when it has the uuid of another guest: it was restored', () => {
    const twin = { vmid: 111, identity: { ctime: ctime(5), uuid: 'source' } };
    expect(rows([created(twin)], sources(evidence(by(BOB)), SOURCE))).toEqual(['created: unknown']);
  });

  it('keeps the event that the comparison found, and is likely while it runs', () => {
    const running = task('qmclone 9000', BOB, 150, null);
    expect(rows([created(clone, 'restored')], sources(evidence(running), SOURCE))).toEqual([
      'created [restored]: bob@pve!cli likely task qmclone',
    ]);
  });

  it('is not claimed by what was seen for the first time', () => {
    const first = change(CREATED, { kind: 'created', notBefore: null, guest: clone });
    expect(rows([first], sources(evidence(by(BOB)), SOURCE))).toEqual(['created: unknown']);
  });
});

describe('a removal', () => {
  const removed = (event: 'moved-cluster' | null = null) => change([['name', 'web', null]], { kind: 'removed', event });
  const cases: readonly [string, readonly Task[], string][] = [
    ['by the task of its vmid', [task('qmdestroy 100', BOB, 150)], 'removed: bob@pve!cli exact task qmdestroy'],
    ['in the second before the window', [task('qmdestroy 100', BOB, 99)], 'removed: unknown'],
    ["of the vmid's former guest", [task('qmdestroy 100', BOB, 98), task('qmcreate 100', BOB, 99)], 'removed: unknown'],
    ['that failed', [task('qmdestroy 100', BOB, 150, 150, { state: 'failed' })], 'removed: unknown'],
    [
      'of what came after it too',
      [task('qmdestroy 100', ALICE, 110), task('qmcreate 100', ALICE, 111), task('qmdestroy 100', BOB, 150)],
      'removed: alice@pve exact task qmdestroy',
    ],
    ['that is only a migration', [task('qmigrate 100', BOB, 150)], 'removed: unknown'],
    ['without a trace', [], 'removed: unknown'],
  ];
  it.each(cases)('%s', (_what, tasks, row) => {
    expect(told(attributeChanges([removed()], evidence(...tasks)))).toEqual([row]);
  });

  it("to another cluster is likely the migration's", () => {
    expect(told(attributeChanges([removed('moved-cluster')], evidence(task('qmigrate 100', BOB, 150))))).toEqual([
      'removed [moved-cluster]: bob@pve!cli likely task qmigrate',
    ]);
  });
});

describe('lifecycleOf and destroyTask', () => {
  const guest = { kind: 'qemu' as const, nativeId: '110' };

  it('find both halves of a reused vmid, in order', () => {
    const destroyed = task('qmdestroy 110', BOB, 102);
    const made = task('qmcreate 110', ALICE, 104);
    const life = lifecycleOf(guest, WINDOW, evidence(made, destroyed));
    expect(life).toEqual({ created: made, destroyed, restored: null, rolledBack: null, cloned: null });
    expect(destroyTask(guest, WINDOW, evidence(made, destroyed))).toBe(destroyed);
  });

  it('do not count what ended before the window, which the previous run has seen', () => {
    const known = evidence(task('vzdestroy 200', BOB, 98), task('vzcreate 200', BOB, 99));
    const life = lifecycleOf({ kind: 'lxc', nativeId: '200' }, WINDOW, known);
    expect(life).toEqual({ created: null, destroyed: null, restored: null, rolledBack: null, cloned: null });
    expect(destroyTask({ kind: 'lxc', nativeId: '200' }, WINDOW, known)).toBeNull();
  });

  it('take whole seconds for what they are', () => {
    const destroyed = task('qmdestroy 110', BOB, 100);
    const window = { notBefore: new Date(at(100).getTime() + 700), notAfter: at(200) };
    const known = evidence(destroyed, task('qmcreate 110', ALICE, 104));
    expect(lifecycleOf(guest, window, known).destroyed).toBe(destroyed);
  });

  it('find rollbacks and restores that ended well', () => {
    const known = evidence(
      task('qmrollback 110', BOB, 150),
      task('qmrestore 110', BOB, 160),
      task('qmcreate 110', BOB, 165, null),
    );
    expect(lifecycleOf(guest, WINDOW, known)).toMatchObject({
      rolledBack: { native: 'qmrollback' },
      restored: { native: 'qmrestore' },
      created: null,
    });
  });

  it('name a clone when one comes into question', () => {
    const known = sources(
      evidence(task('qmclone 9000', BOB, 150), task('qmclone 101', ALICE, 150)),
      { vmid: 9000, identity: { ctime: 5 } },
      { vmid: 101, identity: { ctime: 6 } },
    );
    expect(lifecycleOf({ ...guest, identity: { ctime: 5 } }, WINDOW, known).cloned?.actor).toBe('bob@pve');
    expect(lifecycleOf(guest, WINDOW, known).cloned).toBeNull();
    expect(lifecycleOf(guest, { notBefore: at(300), notAfter: at(400) }, known).cloned).toBeNull();
  });

  it('look at everything when the guest was never seen before', () => {
    const destroyed = task('qmdestroy 110', BOB, 2);
    expect(destroyTask(guest, { notBefore: null, notAfter: at(200) }, evidence(destroyed))).toBe(destroyed);
  });
});
