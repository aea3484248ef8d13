import { describe, expect, it } from '@jest/globals';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import type { LogEntry, Task } from '../../src/providers/proxmox/records/record.ts';
import type { Patch } from '../../src/types/document.ts';
import { at, change, edit, evidence, note, task, told } from './attribution-evidence.ts';

interface Case {
  when: string;
  patch: Patch;
  given: readonly (Task | LogEntry)[];
  rows: readonly string[];
}

const MEMORY: Patch = [['memory', 512, 4096]];
const ALICE = 'alice@pve';
const BOB = 'bob@pve!cli';
const BY_ALICE = 'alice@pve exact log update VM';
const BY_BOB = 'bob@pve!cli exact log update VM';

function run(cases: readonly Case[]): void {
  it.each(cases.map((one) => [one.when, one] as const))('%s', (_when, { patch, given, rows }) => {
    expect(told(attributeChanges([change(patch)], evidence(...given)))).toEqual(rows);
  });
}

describe('a configuration key and the lines of the cluster log', () => {
  run([
    {
      when: 'is set to the value that a line names',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { set: { memory: 4096 } })],
      rows: [`memory: ${BY_BOB}`],
    },
    {
      when: 'is compared as text where types differ',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { set: { memory: '4096' } })],
      rows: [`memory: ${BY_BOB}`],
    },
    {
      when: "is another guest's",
      patch: MEMORY,
      given: [edit(101, BOB, 150, { set: { memory: 4096 } })],
      rows: ['memory: unknown'],
    },
    {
      when: 'is written outside the window',
      patch: MEMORY,
      given: [edit(100, BOB, 97, { set: { memory: 4096 } }), edit(100, BOB, 203, { set: { memory: 4096 } })],
      rows: ['memory: unknown'],
    },
    {
      when: 'is written in the second before the window',
      patch: MEMORY,
      given: [edit(100, BOB, 99, { set: { memory: 4096 } })],
      rows: ['memory: unknown'],
    },
    {
      when: 'is set to something else',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { set: { memory: 2048 } })],
      rows: ['memory: unknown'],
    },
    {
      when: 'belongs to its last writer',
      patch: MEMORY,
      given: [edit(100, ALICE, 150, { set: { memory: 2048 } }), edit(100, BOB, 160, { set: { memory: 4096 } })],
      rows: [`memory: ${BY_BOB}`],
    },
    {
      when: 'likely belongs to the first of two who wrote the value that stayed',
      patch: MEMORY,
      given: [edit(100, ALICE, 150, { set: { memory: 4096 } }), edit(100, BOB, 160, { set: { memory: 4096 } })],
      rows: ['memory: alice@pve likely log update VM'],
    },
    {
      when: 'belongs to who wrote it twice',
      patch: MEMORY,
      given: [edit(100, ALICE, 150, { set: { memory: 4096 } }), edit(100, ALICE, 160, { set: { memory: 4096 } })],
      rows: [`memory: ${BY_ALICE}`],
    },
    {
      when: "is likely the writer's when a later line may be from after it was read",
      patch: MEMORY,
      given: [edit(100, ALICE, 150, { set: { memory: 4096 } }), edit(100, BOB, 200, { set: { memory: 1024 } })],
      rows: ['memory: alice@pve likely log update VM'],
    },
    {
      when: "is likely the writer's when the task of a later line failed",
      patch: MEMORY,
      given: [
        edit(100, ALICE, 150, { set: { memory: 4096 } }),
        edit(100, BOB, 160, { set: { memory: 1024 } }),
        task('qmconfig 100', BOB, 160, 161, { state: 'failed' }),
      ],
      rows: ['memory: alice@pve likely log update VM'],
    },
    {
      when: 'is unknown when a later line set something else in time',
      patch: MEMORY,
      given: [edit(100, ALICE, 150, { set: { memory: 4096 } }), edit(100, BOB, 160, { set: { memory: 1024 } })],
      rows: ['memory: unknown'],
    },
    {
      when: 'was seen before when an equal line lies just before the window',
      patch: MEMORY,
      given: [edit(100, ALICE, 99, { set: { memory: 4096 } }), edit(100, BOB, 160, { set: { memory: 4096 } })],
      rows: [`memory: ${BY_BOB}`],
    },
    {
      when: 'goes to the user whose line names it',
      patch: [
        ['name', 'a', 'b'],
        ['onboot', null, 1],
        ['tags', null, ['new', 'web']],
      ],
      given: [
        edit(100, ALICE, 150, { set: { name: 'b' } }),
        edit(100, BOB, 151, { set: { onboot: 1, tags: ['web', 'new'] } }),
      ],
      rows: [`name: ${BY_ALICE}`, `onboot tags: ${BY_BOB}`],
    },
    {
      when: 'is deleted',
      patch: [['description', 'now', null]],
      given: [edit(100, BOB, 150, { deleted: ['description'] })],
      rows: [`description: ${BY_BOB}`],
    },
    {
      when: 'is set after it was deleted',
      patch: [['description', 'now', 'then']],
      given: [
        edit(100, ALICE, 150, { deleted: ['description'] }),
        edit(100, BOB, 151, { set: { description: 'then' } }),
      ],
      rows: [`description: ${BY_BOB}`],
    },
    {
      when: 'is emptied',
      patch: [['tags', ['a'], null]],
      given: [edit(100, BOB, 150, { set: { tags: [] } })],
      rows: [`tags: ${BY_BOB}`],
    },
    {
      when: 'is not deleted by a line that deletes it when it is there',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { deleted: ['memory'] })],
      rows: ['memory: unknown'],
    },
    {
      when: 'is reverted by its only writer',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { reverted: ['memory'] })],
      rows: [`memory: ${BY_BOB}`],
    },
    {
      when: 'is unknown when several touched what one reverted',
      patch: MEMORY,
      given: [edit(100, ALICE, 140, { set: { memory: 4096 } }), edit(100, BOB, 150, { reverted: ['memory'] })],
      rows: ['memory: unknown'],
    },
    {
      when: 'has a part that the line leaves out',
      patch: [['net0.tag', 10, null]],
      given: [edit(100, BOB, 150, { set: { 'net0.bridge': 'vmbr0' } })],
      rows: [`net0.tag: ${BY_BOB}`],
    },
    {
      when: 'has a part that the line cannot have set',
      patch: [['net0.tag', null, 10]],
      given: [edit(100, BOB, 150, { set: { 'net0.bridge': 'vmbr0' } })],
      rows: ['net0.tag: unknown'],
    },
    {
      when: 'has a MAC address that the server made',
      patch: [
        ['net0.macaddr', null, 'BC:24:11:00:00:01'],
        ['net0.bridge', null, 'vmbr0'],
      ],
      given: [edit(100, BOB, 150, { set: { 'net0.bridge': 'vmbr0' } })],
      rows: [`net0.macaddr net0.bridge: ${BY_BOB}`],
    },
    {
      when: 'has a MAC address of which two may be the cause',
      patch: [['net0.macaddr', null, 'BC:24:11:00:00:01']],
      given: [
        edit(100, ALICE, 150, { keys: ['net0'] }),
        edit(100, BOB, 151, { set: { 'net0.macaddr': 'BC:24:11:00:00:01' } }),
      ],
      rows: ['net0.macaddr: unknown'],
    },
    {
      when: 'has a volume that the server allocated',
      patch: [
        ['scsi1.file', null, 'local:100/vm-100-disk-1.raw'],
        ['scsi1.size', null, 2 ** 35],
      ],
      given: [edit(100, BOB, 150, { set: { 'scsi1.file': 'local:32' } })],
      rows: [`scsi1.file scsi1.size: ${BY_BOB}`],
    },
    {
      when: 'has a volume on another storage than was asked for',
      patch: [['scsi1.file', null, 'fast:vm-100-disk-1']],
      given: [edit(100, BOB, 150, { set: { 'scsi1.file': 'local:32' } })],
      rows: ['scsi1.file: unknown'],
    },
    {
      when: 'has another volume than the line names',
      patch: [['scsi1.file', null, 'local:vm-100-disk-1']],
      given: [edit(100, BOB, 150, { set: { 'scsi1.file': 'local:vm-100-disk-2' } })],
      rows: ['scsi1.file: unknown'],
    },
    {
      when: 'is masked differently in the line',
      patch: [['sshkeys', null, '«hidden:1a2b3c4d»']],
      given: [edit(100, BOB, 150, { set: { sshkeys: '«hidden:00000000»' } })],
      rows: [`sshkeys: ${BY_BOB}`],
    },
    {
      when: 'is masked in a line and gone',
      patch: [['sshkeys', '«hidden:1a2b3c4d»', null]],
      given: [edit(100, BOB, 150, { set: { sshkeys: '«hidden:00000000»' } })],
      rows: ['sshkeys: unknown'],
    },
    {
      when: 'has letters that the log cannot hold',
      patch: [['description', null, 'Größe 10, zweite\nZeile']],
      given: [edit(100, BOB, 150, { set: { description: 'Gr\\u00f6\\u00dfe 10, zweite#010Zeile' } })],
      rows: [`description: ${BY_BOB}`],
    },
    {
      when: 'is likely when a line that can be read in two ways names its value',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { set: { memory: 4096 }, isAmbiguous: true })],
      rows: ['memory: bob@pve!cli likely log update VM'],
    },
    {
      when: 'is unknown when such a line names another value',
      patch: MEMORY,
      given: [edit(100, BOB, 150, { set: { memory: 1 }, isAmbiguous: true })],
      rows: ['memory: unknown'],
    },
    {
      when: 'is unknown when such lines are of several users',
      patch: MEMORY,
      given: [
        edit(100, BOB, 150, { set: { memory: 4096 }, isAmbiguous: true }),
        edit(100, ALICE, 151, { set: { memory: 4096 }, isAmbiguous: true }),
      ],
      rows: ['memory: unknown'],
    },
    {
      when: "is likely the clear line's when another can be read in two ways",
      patch: MEMORY,
      given: [
        edit(100, ALICE, 140, { set: { memory: 4096 }, isAmbiguous: true }),
        edit(100, BOB, 150, { set: { memory: 4096 } }),
      ],
      rows: ['memory: bob@pve!cli likely log update VM'],
    },
    {
      when: 'is not explained by the asynchronous task alone',
      patch: MEMORY,
      given: [task('qmconfig 100', BOB, 150)],
      rows: ['memory: unknown'],
    },
    {
      when: 'has no trace for a pool',
      patch: [
        ['pool', 'a', 'b'],
        ['ha.state', null, 'started'],
      ],
      given: [edit(100, BOB, 150, { set: { memory: 4096 } })],
      rows: ['pool ha.state: unknown'],
    },
  ]);

  it('orders lines of one second by their number', () => {
    const first = edit(100, ALICE, 150, { set: { memory: 2048 } });
    const second = edit(100, BOB, 150, { set: { memory: 4096 } });
    expect(told(attributeChanges([change(MEMORY)], evidence(second, first)))).toEqual([`memory: ${BY_BOB}`]);
  });

  it('says which line, when, and since when the value was unseen', () => {
    const line = edit(100, BOB, 150, { set: { memory: 4096 } });
    expect(attributeChanges([change(MEMORY)], evidence(line))[0]?.attribution).toEqual({
      actor: 'bob@pve',
      token: 'cli',
      source: 'log',
      via: 'update VM',
      ref: line.ref,
      confidence: 'exact',
      effectiveAt: at(150),
      notBefore: at(100),
    });
  });

  it("shifts the window by the skew of the server's clock", () => {
    const line = edit(100, BOB, 450, { set: { memory: 4096 } });
    const known = { ...evidence(line), clockSkewMs: 300_000 };
    expect(told(attributeChanges([change(MEMORY)], known))).toEqual([`memory: ${BY_BOB}`]);
    expect(told(attributeChanges([change(MEMORY)], { ...known, clockSkewMs: 0 }))).toEqual(['memory: unknown']);
  });

  it('leaves what was seen for the first time, nodes and storages without an actor', () => {
    const known = evidence(edit(100, BOB, 150, { set: { memory: 4096 } }));
    expect(told(attributeChanges([change(MEMORY, { notBefore: null })], known))).toEqual(['memory: unknown']);
    const node = { ...change([['status', 'online', 'offline']]), resourceType: 'node' as const, guest: null };
    expect(told(attributeChanges([node], known))).toEqual(['status: unknown']);
  });

  it("finds no trace of a container's edit, and gives the window", () => {
    const given = change([['memory', 256, 640]], { guest: { kind: 'lxc', vmid: 201 } });
    const [row] = attributeChanges([given], evidence(edit(201, BOB, 150, { set: { memory: 640 } })));
    expect(row?.attribution).toMatchObject({ actor: null, confidence: 'none', effectiveAt: null, notBefore: at(100) });
  });
});

describe('what a server changes along with a drive', () => {
  const detach = edit(100, BOB, 150, { deleted: ['scsi1'] });
  run([
    {
      when: 'keeps a detached volume as unused',
      patch: [
        ['scsi1.file', 'local:x', null],
        ['unused0.file', null, 'local:x'],
        ['boot.order', 'scsi0;scsi1', 'scsi0'],
      ],
      given: [detach],
      rows: [`scsi1.file: ${BY_BOB}`, 'unused0.file boot.order: bob@pve!cli likely log update VM'],
    },
    {
      when: 'does not say whose drive it was when two touched drives',
      patch: [['unused0.file', null, 'local:x']],
      given: [detach, edit(100, ALICE, 151, { set: { 'scsi2.file': 'local:8' } })],
      rows: ['unused0.file: unknown'],
    },
    {
      when: 'is unknown when nobody touched a drive',
      patch: [['boot.order', 'a', 'b']],
      given: [edit(100, BOB, 150, { set: { memory: 1 } })],
      rows: ['boot.order: unknown'],
    },
    {
      when: 'keeps the volume that a move left behind',
      patch: [
        ['scsi0.file', 'local:x', 'fast:x'],
        ['unused0.file', null, 'local:x'],
      ],
      given: [task('qmmove 100', BOB, 150, 160)],
      rows: ['scsi0.file: bob@pve!cli exact task qmmove', 'unused0.file: bob@pve!cli likely task qmmove'],
    },
  ]);
});

describe('a configuration path and its own kind of task', () => {
  const size: Patch = [['scsi0.size', 1, 2]];
  const parent: Patch = [['parent', 'base', 'mid']];
  run([
    {
      when: 'is resized',
      patch: size,
      given: [task('resize 100', BOB, 150)],
      rows: ['scsi0.size: bob@pve!cli exact task resize'],
    },
    {
      when: 'is resized by one of two',
      patch: size,
      given: [task('resize 100', BOB, 150), task('resize 100', ALICE, 151)],
      rows: ['scsi0.size: unknown'],
    },
    {
      when: 'is not resized by who edits the disk',
      patch: size,
      given: [
        edit(100, ALICE, 140, { set: { 'scsi0.file': 'local:x', 'scsi0.size': 2 } }),
        task('resize 100', BOB, 150),
      ],
      rows: ['scsi0.size: bob@pve!cli exact task resize'],
    },
    {
      when: 'is moved',
      patch: [
        ['scsi0.file', 'local:x', 'fast:x'],
        ['scsi0.size', 1, 2],
      ],
      given: [task('qmmove 100', BOB, 150, 160)],
      rows: ['scsi0.file scsi0.size: bob@pve!cli exact task qmmove'],
    },
    {
      when: 'is likely moved while the move runs',
      patch: [['scsi0.file', 'local:x', 'fast:x']],
      given: [task('qmmove 100', BOB, 150, null)],
      rows: ['scsi0.file: bob@pve!cli likely task qmmove'],
    },
    {
      when: 'is moved by one and edited by another',
      patch: [['scsi0.file', 'local:x', 'fast:x']],
      given: [task('qmmove 100', BOB, 150), edit(100, ALICE, 160, { set: { 'scsi0.file': 'fast:x' } })],
      rows: ['scsi0.file: unknown'],
    },
    {
      when: 'is not explained by a failed task',
      patch: [['scsi0.file', 'local:x', 'fast:x']],
      given: [task('qmmove 100', BOB, 150, 160, { state: 'failed' })],
      rows: ['scsi0.file: unknown'],
    },
    {
      when: 'is explained by a task with warnings',
      patch: [['scsi0.file', 'local:x', 'fast:x']],
      given: [task('qmmove 100', BOB, 150, 160, { state: 'warning' })],
      rows: ['scsi0.file: bob@pve!cli exact task qmmove'],
    },
    {
      when: 'moves along with a migration to another storage',
      patch: [
        ['node', 'pve1', 'pve2'],
        ['scsi0.file', 'local:x', 'fast:x'],
      ],
      given: [task('qmigrate 100', BOB, 50, 160)],
      rows: ['node scsi0.file: bob@pve!cli exact task qmigrate'],
    },
    {
      when: 'becomes a template with its disk',
      patch: [
        ['template', null, true],
        ['scsi0.file', 'local:vm-100-disk-0', 'local:base-100-disk-0'],
      ],
      given: [task('qmtemplate 100', BOB, 150)],
      rows: ['template scsi0.file: bob@pve!cli exact task qmtemplate'],
    },
    {
      when: 'gets a new parent by a snapshot',
      patch: parent,
      given: [task('qmsnapshot 100', BOB, 150)],
      rows: ['parent: bob@pve!cli exact task qmsnapshot'],
    },
    {
      when: 'gets a new parent by one of two snapshots, as the log names them',
      patch: parent,
      given: [
        task('qmsnapshot 100', ALICE, 140),
        note('snapshot VM 100: first', ALICE, 140),
        task('qmsnapshot 100', BOB, 150),
        note('snapshot VM 100: mid', BOB, 150),
      ],
      rows: ['parent: bob@pve!cli exact task qmsnapshot'],
    },
    {
      when: 'gets an older parent when the newest snapshot is deleted',
      patch: parent,
      given: [
        task('qmsnapshot 100', ALICE, 140),
        note('snapshot VM 100: last', ALICE, 140),
        task('qmdelsnapshot 100', BOB, 150),
      ],
      rows: ['parent: bob@pve!cli exact task qmdelsnapshot'],
    },
    {
      when: 'has an unknown parent when a snapshot and a deletion by two are not told apart',
      patch: parent,
      given: [task('qmsnapshot 100', ALICE, 140), task('qmdelsnapshot 100', BOB, 150)],
      rows: ['parent: unknown'],
    },
    {
      when: 'loses its parent by a deletion',
      patch: [['parent', 'base', null]],
      given: [task('qmdelsnapshot 100', BOB, 150)],
      rows: ['parent: bob@pve!cli exact task qmdelsnapshot'],
    },
    {
      when: 'is suspended to disk',
      patch: [
        ['vmstate', null, 'local:s'],
        ['status', 'running', 'stopped'],
      ],
      given: [task('qmsuspend 100', BOB, 150, 160)],
      rows: ['vmstate status: bob@pve!cli exact task qmsuspend'],
    },
    {
      when: 'is resumed from disk',
      patch: [
        ['vmstate', 'local:s', null],
        ['status', 'stopped', 'running'],
      ],
      given: [task('qmstart 100', BOB, 150, 160)],
      rows: ['vmstate status: bob@pve!cli exact task qmstart'],
    },
  ]);

  it('knows those of containers', () => {
    const patch: Patch = [
      ['rootfs.file', 'local:x', 'fast:x'],
      ['mp0.size', 1, 2],
      ['parent', null, 'one'],
      ['template', null, true],
    ];
    const known = evidence(
      task('move_volume 201', BOB, 150),
      task('resize 201', ALICE, 151),
      task('vzsnapshot 201', BOB, 152),
      task('vztemplate 201', ALICE, 153),
    );
    expect(told(attributeChanges([change(patch, { guest: { kind: 'lxc', vmid: 201 } })], known))).toEqual([
      'rootfs.file: bob@pve!cli exact task move_volume',
      'mp0.size: alice@pve exact task resize',
      'parent: bob@pve!cli exact task vzsnapshot',
      'template: alice@pve exact task vztemplate',
    ]);
  });
});

describe('a rollback or a restore over the guest', () => {
  const patch: Patch = [
    ['memory', 1024, 512],
    ['cores', 2, 1],
  ];
  const rollback = task('qmrollback 100', BOB, 150, 151);
  const own = note('rollback snapshot VM 100: before', BOB, 150);
  const BY_ROLLBACK = 'bob@pve!cli exact task qmrollback';
  run([
    { when: 'explains every key', patch, given: [rollback, own], rows: [`memory cores [rolled-back]: ${BY_ROLLBACK}`] },
    {
      when: 'is only likely where no log can be read',
      patch,
      given: [rollback],
      rows: ['memory cores [rolled-back]: bob@pve!cli likely task qmrollback'],
    },
    {
      when: 'may have brought what another wrote later again',
      patch,
      given: [rollback, own, edit(100, ALICE, 150, { set: { cores: 1 } })],
      rows: [`memory [rolled-back]: ${BY_ROLLBACK}`, 'cores: unknown'],
    },
    {
      when: 'does not explain what its own user set later',
      patch,
      given: [rollback, own, edit(100, BOB, 150, { set: { cores: 1 } })],
      rows: [`cores: ${BY_BOB}`, `memory [rolled-back]: ${BY_ROLLBACK}`],
    },
    {
      when: 'likely explains what was set to the same before',
      patch,
      given: [edit(100, ALICE, 149, { set: { cores: 1 } }), rollback, own],
      rows: [`memory [rolled-back]: ${BY_ROLLBACK}`, 'cores: bob@pve!cli likely task qmrollback'],
    },
    {
      when: 'explains what was set to something else before',
      patch,
      given: [edit(100, ALICE, 149, { set: { cores: 7 } }), rollback, own],
      rows: [`memory cores [rolled-back]: ${BY_ROLLBACK}`],
    },
    {
      when: 'explains nothing that was set later to something else',
      patch,
      given: [rollback, own, edit(100, ALICE, 160, { set: { cores: 4 } })],
      rows: [`memory [rolled-back]: ${BY_ROLLBACK}`, 'cores: unknown'],
    },
    {
      when: 'belongs to what was seen before when it ended before the window',
      patch,
      given: [task('qmrollback 100', BOB, 98, 99), own],
      rows: ['memory cores: unknown'],
    },
    {
      when: 'is a restore',
      patch,
      given: [task('qmrestore 100', BOB, 150, 151), edit(100, ALICE, 120, { set: { onboot: 1 } })],
      rows: ['memory cores [restored]: bob@pve!cli exact task qmrestore'],
    },
  ]);

  it('is told once, with the event that the comparison found', () => {
    const given = change(patch, { event: 'rolled-back' });
    expect(told(attributeChanges([given], evidence()))).toEqual(['memory cores [rolled-back]: unknown']);
    const empty = change([], { event: 'rolled-back' });
    expect(told(attributeChanges([empty], evidence(rollback)))).toEqual([
      ' [rolled-back]: bob@pve!cli exact task qmrollback',
    ]);
  });

  it('of a container is never more than likely', () => {
    const known = evidence(task('vzrollback 201', BOB, 150), own);
    const given = change([['memory', 2, 1]], { guest: { kind: 'lxc', vmid: 201 } });
    expect(told(attributeChanges([given], known))).toEqual([
      'memory [rolled-back]: bob@pve!cli likely task vzrollback',
    ]);
  });
});
