import { describe, expect, it } from '@jest/globals';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import type { Task } from '../../src/providers/proxmox/records/record.ts';
import type { Patch } from '../../src/types/document.ts';
import { at, change, evidence, task, told } from './attribution-evidence.ts';

const ALICE = 'alice@pve';
const BOB = 'bob@pve!cli';
const ROOT = 'root@pam';
const STARTED: Patch = [['status', 'stopped', 'running']];
const STOPPED: Patch = [['status', 'running', 'stopped']];
const SUSPENDED: Patch = [['status', 'running', 'suspended']];
const MOVED: Patch = [['node', 'pve1', 'pve2']];

type Case = readonly [string, Patch, readonly Task[], string];

describe('a power state', () => {
  const cases: readonly Case[] = [
    ['after a start', STARTED, [task('qmstart 100', BOB, 150, 151)], 'bob@pve!cli exact task qmstart'],
    ['after a stop', STOPPED, [task('qmstop 100', BOB, 150)], 'bob@pve!cli exact task qmstop'],
    [
      'after a shutdown that began before the window',
      STOPPED,
      [task('qmshutdown 100', BOB, 40, 150)],
      'bob@pve!cli exact task qmshutdown',
    ],
    ['while a shutdown runs', STOPPED, [task('qmshutdown 100', BOB, 150, null)], 'bob@pve!cli likely task qmshutdown'],
    [
      'while shutdowns of two users run',
      STOPPED,
      [task('qmshutdown 100', BOB, 150, null), task('qmshutdown 100', ALICE, 151, null)],
      'unknown',
    ],
    ['after a failed start', STARTED, [task('qmstart 100', BOB, 150, 150, { state: 'failed' })], 'unknown'],
    ['after the other task', STARTED, [task('qmstop 100', BOB, 150)], 'unknown'],
    [
      'after a stop and a start',
      STARTED,
      [task('qmstop 100', ALICE, 140), task('qmstart 100', BOB, 150)],
      'bob@pve!cli exact task qmstart',
    ],
    [
      'that a later task left again',
      STOPPED,
      [task('qmstop 100', ALICE, 140), task('qmstart 100', BOB, 150)],
      'unknown',
    ],
    [
      'while the next task has begun',
      STOPPED,
      [task('qmstop 100', ALICE, 140), task('qmstart 100', BOB, 199, null)],
      'alice@pve exact task qmstop',
    ],
    [
      'after two stops, the second of a stopped guest',
      STOPPED,
      [task('qmstop 100', ALICE, 140), task('qmstop 100', BOB, 150)],
      'alice@pve likely task qmstop',
    ],
    [
      'after a shutdown by a daemon and a stop',
      STOPPED,
      [task('qmshutdown 100', ROOT, 90, 140), task('qmstop 100', BOB, 150)],
      'unknown',
    ],
    [
      'after two starts, between which it was off by itself',
      STARTED,
      [task('qmstart 100', ALICE, 140), task('qmstart 100', BOB, 150)],
      'bob@pve!cli likely task qmstart',
    ],
    [
      'after a start and a reboot',
      STARTED,
      [task('qmstart 100', ALICE, 140), task('qmreboot 100', BOB, 150)],
      'alice@pve exact task qmstart',
    ],
    [
      'after a reboot in whose middle it was seen',
      STARTED,
      [task('qmreboot 100', BOB, 90, 150)],
      'bob@pve!cli exact task qmreboot',
    ],
    ['in the middle of a reboot', STOPPED, [task('qmreboot 100', BOB, 190, null)], 'bob@pve!cli likely task qmreboot'],
    ['after a reboot that ended', STOPPED, [task('qmstop 100', ALICE, 140), task('qmreboot 100', BOB, 150)], 'unknown'],
    ['of a guest suspended to memory', SUSPENDED, [task('qmpause 100', BOB, 150)], 'bob@pve!cli exact task qmpause'],
    ['of a guest suspended to disk', STOPPED, [task('qmsuspend 100', BOB, 150)], 'bob@pve!cli exact task qmsuspend'],
    [
      'of a guest started, then suspended where that does not show',
      STARTED,
      [task('qmstart 100', ALICE, 140), task('qmpause 100', BOB, 150)],
      'alice@pve exact task qmstart',
    ],
    ['after a resume', STARTED, [task('qmresume 100', BOB, 150)], 'bob@pve!cli exact task qmresume'],
    ['after a reset', STARTED, [task('qmreset 100', BOB, 150)], 'unknown'],
    [
      'while a backup has a stopped VM started',
      STARTED,
      [task('vzdump 100', ROOT, 150, null)],
      'root@pam likely job vzdump',
    ],
    [
      "after a user's backup that had started it",
      STOPPED,
      [task('vzdump 100', BOB, 90, 150)],
      'bob@pve!cli likely task vzdump',
    ],
    ['with a backup that began and ended in the window', STOPPED, [task('vzdump 100', BOB, 110, 150)], 'unknown'],
    ['with a backup of several guests', STARTED, [task('vzdump ', ROOT, 150, null)], 'unknown'],
    ['seconds after a task', STOPPED, [task('qmstop 100', BOB, 91)], 'unknown'],
    ['long after a task', STOPPED, [task('qmstop 100', BOB, 60)], 'unknown'],
    ['of a rolled back guest', STOPPED, [task('qmrollback 100', BOB, 150)], 'bob@pve!cli likely task qmrollback'],
    ['started by root@pam', STARTED, [task('qmstart 100', ROOT, 150)], 'root@pam exact task qmstart'],
  ];
  it.each(cases)('%s', (_when, patch, tasks, who) => {
    const event = tasks.some((one) => one.native === 'qmrollback') ? ' [rolled-back]' : '';
    expect(told(attributeChanges([change(patch)], evidence(...tasks)))).toEqual([`status${event}: ${who}`]);
  });

  it('of a container has tasks of its own', () => {
    const container = { guest: { kind: 'lxc' as const, vmid: 200 } };
    const rows = (patch: Patch, one: Task) => told(attributeChanges([change(patch, container)], evidence(one)));
    expect(rows(STARTED, task('vzstart 200', BOB, 150))).toEqual(['status: bob@pve!cli exact task vzstart']);
    expect(rows(STOPPED, task('vzshutdown 200', BOB, 150))).toEqual(['status: bob@pve!cli exact task vzshutdown']);
    expect(rows(STOPPED, task('vzreboot 200', BOB, 150, null))).toEqual(['status: bob@pve!cli likely task vzreboot']);
  });

  it('takes effect when the task ended', () => {
    const [row] = attributeChanges([change(STARTED)], evidence(task('qmstart 100', BOB, 150, 157)));
    expect(row?.attribution.effectiveAt).toEqual(at(157));
  });
});

describe('a guest that HA manages', () => {
  const cases: readonly Case[] = [
    [
      'is started by the user who asked for it',
      STARTED,
      [task('hastart 100', BOB, 140), task('qmstart 100', ROOT, 150)],
      'bob@pve!cli exact task hastart',
    ],
    [
      'is stopped by the user who asked for it before the window',
      STOPPED,
      [task('hastop 100', BOB, 90), task('qmshutdown 100', ROOT, 99, 110)],
      'bob@pve!cli exact task hastop',
    ],
    ['is started by HA itself', STARTED, [task('qmstart 100', ROOT, 150)], 'root@pam likely ha qmstart'],
    [
      'is started by HA long after somebody asked',
      STARTED,
      [task('hastart 100', BOB, 10), task('qmstart 100', ROOT, 150)],
      'root@pam likely ha qmstart',
    ],
    [
      'is started on request, by a task that is not known',
      STARTED,
      [task('hastart 100', BOB, 140)],
      'bob@pve!cli likely task hastart',
    ],
    [
      'is stopped though a start was asked for last',
      STOPPED,
      [task('hastop 100', BOB, 140), task('hastart 100', BOB, 150)],
      'unknown',
    ],
    ["is suspended by HA's user", SUSPENDED, [task('qmpause 100', ROOT, 150)], 'root@pam exact task qmpause'],
  ];
  it.each(cases)('%s', (_when, patch, tasks, who) => {
    const given = change(patch, { guest: { isHaManaged: true } });
    expect(told(attributeChanges([given], evidence(...tasks)))).toEqual([`status: ${who}`]);
  });

  const moves: readonly Case[] = [
    [
      'is moved by the user who asked for it',
      MOVED,
      [task('hamigrate 100', BOB, 140), task('qmigrate 100', ROOT, 150, 160)],
      'bob@pve!cli exact task hamigrate',
    ],
    ['is moved by HA itself', MOVED, [task('qmigrate 100', ROOT, 150, 160)], 'root@pam likely ha qmigrate'],
    [
      'is recovered on another node',
      MOVED,
      [task('qmstart 100', ROOT, 150, 160, { node: 'pve2' })],
      'root@pam likely ha qmstart',
    ],
    ['is on another node without a trace', MOVED, [task('qmstart 100', BOB, 150, 160, { node: 'pve2' })], 'unknown'],
  ];
  it.each(moves)('%s', (_when, patch, tasks, who) => {
    const given = change(patch, { event: 'migrated', guest: { isHaManaged: true } });
    expect(told(attributeChanges([given], evidence(...tasks)))).toEqual([`node [migrated]: ${who}`]);
  });
});

describe('a migration', () => {
  const cases: readonly Case[] = [
    ['by its task', MOVED, [task('qmigrate 100', BOB, 150, 160)], 'bob@pve!cli exact task qmigrate'],
    [
      'by the last of two',
      [['node', 'pve1', 'pve3']],
      [task('qmigrate 100', ALICE, 110, 120), task('qmigrate 100', BOB, 150, 160, { node: 'pve2' })],
      'bob@pve!cli exact task qmigrate',
    ],
    ['while it still runs', MOVED, [task('qmigrate 100', BOB, 150, null)], 'bob@pve!cli likely task qmigrate'],
    ['that failed', MOVED, [task('qmigrate 100', BOB, 150, 160, { state: 'failed' })], 'unknown'],
    ['away from where it is', MOVED, [task('qmigrate 100', BOB, 150, 160, { node: 'pve2' })], 'unknown'],
    ['without a trace', MOVED, [], 'unknown'],
  ];
  it.each(cases)('%s', (_when, patch, tasks, who) => {
    const given = change([...patch, ['pool', 'a', 'b']], { event: 'migrated' });
    const rows = told(attributeChanges([given], evidence(...tasks)));
    expect(rows).toEqual(
      who === 'unknown' ? ['node pool [migrated]: unknown'] : [`node [migrated]: ${who}`, 'pool: unknown'],
    );
  });
});
