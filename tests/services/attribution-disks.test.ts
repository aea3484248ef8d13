import { describe, expect, it } from '@jest/globals';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import type { LogEntry, Task } from '../../src/providers/proxmox/records/record.ts';
import type { Patch } from '../../src/types/document.ts';
import { change, edit, evidence, note, task, told } from './attribution-evidence.ts';

const ALICE = 'alice@pve';
const BOB = 'bob@pve!cli';

function rows(vmid: number, patch: Patch, ...given: readonly (Task | LogEntry)[]): string[] {
  return told(attributeChanges([change(patch, { guest: { vmid } })], evidence(...given)));
}

describe('a disk that is given to another guest', () => {
  const given = task('qmmove 105-scsi0>106-scsi3', BOB, 150, 151);
  const lost: Patch = [
    ['boot', null, ''],
    ['boot.order', 'scsi0', null],
    ['scsi0.file', 'fast:105/vm-105-disk-0.raw', null],
    ['scsi0.size', 64, null],
  ];
  const taken: Patch = [
    ['scsi3.file', null, 'fast:106/vm-106-disk-1.raw'],
    ['scsi3.size', null, 64],
  ];

  it('changes both guests', () => {
    expect(rows(105, lost, given)).toEqual([
      'boot boot.order: bob@pve!cli likely task qmmove',
      'scsi0.file scsi0.size: bob@pve!cli exact task qmmove',
    ]);
    expect(rows(106, taken, given)).toEqual(['scsi3.file scsi3.size: bob@pve!cli exact task qmmove']);
  });

  it('says nothing of other disks and guests', () => {
    expect(rows(105, [['scsi1.file', 'a:1', null]], given)).toEqual(['scsi1.file: unknown']);
    expect(rows(106, [['scsi0.file', 'a:1', 'b:1']], given)).toEqual(['scsi0.file: unknown']);
    expect(rows(103, taken, given)).toEqual(['scsi3.file scsi3.size: unknown']);
  });

  it('is not put down to an edit before the window', () => {
    const before = edit(105, ALICE, 98, { deleted: ['scsi0'] });
    expect(rows(105, lost, before)).toEqual(['boot boot.order scsi0.file scsi0.size: unknown']);
  });

  it('knows those of containers', () => {
    const known = evidence(task('move_volume 201-mp0>202-mp1', BOB, 150, 151));
    const of = (vmid: number, patch: Patch) =>
      told(attributeChanges([change(patch, { guest: { kind: 'lxc', vmid } })], known));
    expect(of(201, [['mp0.file', 'a:1', null]])).toEqual(['mp0.file: bob@pve!cli exact task move_volume']);
    expect(of(202, [['mp1.file', null, 'a:1']])).toEqual(['mp1.file: bob@pve!cli exact task move_volume']);
  });
});

describe('disks that two users changed', () => {
  it('are told apart by the lines that name them', () => {
    const patch: Patch = [
      ['scsi0.size', 1, 2],
      ['scsi1.size', 1, 3],
    ];
    const given = [
      task('resize 100', ALICE, 150),
      note('update VM 100: resize --disk scsi0 --size +1G', ALICE, 150),
      task('resize 100', BOB, 160),
      note('update VM 100: resize --disk scsi1 --size +2G', BOB, 160),
    ];
    expect(rows(100, patch, ...given)).toEqual([
      'scsi0.size: alice@pve exact task resize',
      'scsi1.size: bob@pve!cli exact task resize',
    ]);
  });

  it('are told apart when they were moved', () => {
    const given = [
      task('qmmove 100', ALICE, 150, 155),
      note('move disk VM 100: move --disk scsi0 --storage fast', ALICE, 150),
      task('qmmove 100', BOB, 160, 165),
      note('move disk VM 100: move --disk scsi1 --storage fast', BOB, 160),
    ];
    expect(rows(100, [['scsi1.file', 'a:1', 'fast:1']], ...given)).toEqual([
      'scsi1.file: bob@pve!cli exact task qmmove',
    ]);
  });
});

describe('what a server changes along with a drive', () => {
  it('is not put down to who changed another one', () => {
    const line = edit(100, BOB, 150, { set: { 'scsi2.file': 'local:8' } });
    expect(rows(100, [['boot.order', 'scsi0;net0', 'net0;scsi0']], line)).toEqual(['boot.order: unknown']);
    expect(rows(100, [['unused0.file', null, 'local:x']], line)).toEqual(['unused0.file: unknown']);
  });

  it('follows the drive, by whoever changed it', () => {
    const patch: Patch = [
      ['scsi1.file', 'local:x', null],
      ['scsi2.file', 'local:y', null],
      ['unused0.file', null, 'local:x'],
      ['boot.order', 'scsi1;net0', 'net0'],
    ];
    const given = [edit(100, BOB, 150, { deleted: ['scsi1'] }), edit(100, ALICE, 151, { deleted: ['scsi2'] })];
    expect(rows(100, patch, ...given)).toEqual([
      'scsi1.file: bob@pve!cli exact log update VM',
      'unused0.file boot.order: bob@pve!cli likely log update VM',
      'scsi2.file: alice@pve exact log update VM',
    ]);
  });

  it('is unknown when the drive went by hand, or two of the boot order by two users', () => {
    expect(
      rows(
        100,
        [
          ['scsi1.file', 'local:x', null],
          ['unused0.file', null, 'local:x'],
        ],
        edit(100, BOB, 150, { set: { memory: 1 } }),
      ),
    ).toEqual(['scsi1.file unused0.file: unknown']);
    const patch: Patch = [
      ['scsi1.file', 'local:x', null],
      ['scsi2.file', 'local:y', null],
      ['boot.order', 'scsi1;scsi2', null],
    ];
    const given = [edit(100, BOB, 150, { deleted: ['scsi1'] }), edit(100, ALICE, 151, { deleted: ['scsi2'] })];
    expect(rows(100, patch, ...given).at(-1)).toBe('boot.order: unknown');
  });
});

describe('a task of which it is not known how it ended', () => {
  const unknown = { state: 'unknown' as const };

  it('is likely when nothing else explains the change', () => {
    const size: Patch = [['scsi0.size', 1, 2]];
    expect(rows(100, size, task('resize 100', BOB, 150, 151, unknown))).toEqual([
      'scsi0.size: bob@pve!cli likely task resize',
    ]);
    expect(
      rows(100, size, task('resize 100', BOB, 150, 151, unknown), task('resize 100', ALICE, 152, 153, unknown)),
    ).toEqual(['scsi0.size: unknown']);
    expect(rows(100, [['status', 'stopped', 'running']], task('qmstart 100', BOB, 150, 151, unknown))).toEqual([
      'status: bob@pve!cli likely task qmstart',
    ]);
  });

  it("leaves another's explanation no more than likely", () => {
    const given = [task('resize 100', ALICE, 140, 141), task('resize 100', BOB, 150, 151, unknown)];
    expect(rows(100, [['scsi0.size', 1, 2]], ...given)).toEqual(['scsi0.size: alice@pve likely task resize']);
    const same = [task('resize 100', BOB, 140, 141), task('resize 100', BOB, 150, 151, unknown)];
    expect(rows(100, [['scsi0.size', 1, 2]], ...same)).toEqual(['scsi0.size: bob@pve!cli exact task resize']);
  });

  it('is likely to have made or removed a guest', () => {
    const made = change([['name', null, 'a']], { kind: 'created' });
    const gone = change([['name', 'a', null]], { kind: 'removed' });
    const tell = (given: typeof made, ...of: readonly Task[]) => told(attributeChanges([given], evidence(...of)));
    expect(tell(made, task('qmcreate 100', BOB, 150, 151, unknown))).toEqual([
      'created: bob@pve!cli likely task qmcreate',
    ]);
    expect(tell(gone, task('qmdestroy 100', BOB, 150, 151, unknown))).toEqual([
      'removed: bob@pve!cli likely task qmdestroy',
    ]);
    expect(
      tell(gone, task('qmdestroy 100', BOB, 150, 151, unknown), task('qmdestroy 100', ALICE, 152, 153, unknown)),
    ).toEqual(['removed: unknown']);
  });
});

describe('a restore that failed', () => {
  const failed = task('qmrestore 100', BOB, 150, 151, { state: 'failed' });
  const husk: Patch = [
    ['memory', 112, 128],
    ['name', 'mail', null],
    ['scsi0.file', 'fast:1', null],
  ];

  it('likely emptied the guest whose disks are gone', () => {
    expect(rows(100, husk, failed)).toEqual(['memory name scsi0.file: bob@pve!cli likely task qmrestore']);
  });

  it('did nothing to a guest that has its disks', () => {
    expect(rows(100, [['memory', 112, 128]], failed)).toEqual(['memory: unknown']);
  });

  it('does not explain what another record explains', () => {
    const line = edit(100, ALICE, 160, { set: { memory: 128 } });
    const both = rows(100, husk, failed, line);
    expect(both).not.toContainEqual(expect.stringContaining('exact'));
    expect(both).toContain('name scsi0.file: bob@pve!cli likely task qmrestore');
  });

  it('likely left a guest that is new', () => {
    const made = change([['memory', null, 128]], { kind: 'created' });
    expect(told(attributeChanges([made], evidence(failed)))).toEqual(['created: bob@pve!cli likely task qmrestore']);
  });
});

describe('what may be hidden', () => {
  const line = edit(100, BOB, 150, { set: { memory: 4096 } });
  const start = task('qmstart 100', BOB, 150, 151);
  const patch: Patch = [
    ['memory', 512, 4096],
    ['status', 'stopped', 'running'],
  ];
  const tell = (log: boolean, nodes: readonly string[]) =>
    told(attributeChanges([change(patch)], { ...evidence(line, start), gaps: { log, nodes: new Set(nodes) } }));

  it('leaves nothing exact', () => {
    const [exactEdit, exactStart] = [
      'memory: bob@pve!cli exact log update VM',
      'status: bob@pve!cli exact task qmstart',
    ];
    expect(tell(false, ['pve2'])).toEqual([exactEdit, exactStart]);
    expect(tell(true, [])).toEqual(['memory: bob@pve!cli likely log update VM', exactStart]);
    expect(tell(false, ['pve1'])).toEqual([
      'memory: bob@pve!cli likely log update VM',
      'status: bob@pve!cli likely task qmstart',
    ]);
  });
});

describe('the state of an HA resource', () => {
  const stopped: Patch = [
    ['ha.state', 'started', 'stopped'],
    ['status', 'running', 'stopped'],
  ];

  it('is by who asked for it, as the power state is', () => {
    const given = change(stopped, { guest: { isHaManaged: true } });
    const known = evidence(task('hastop 100', BOB, 140), task('qmstop 100', 'root@pam', 150, 151));
    expect(told(attributeChanges([given], known))).toEqual(['ha.state status: bob@pve!cli exact task hastop']);
  });

  it.each<[string, Patch, readonly Task[]]>([
    ['is unknown without a request', [['ha.state', 'started', 'stopped']], [task('qmstop 100', BOB, 150)]],
    ['is unknown when the guest was given to HA', [['ha.state', null, 'started']], [task('hastart 100', BOB, 150)]],
    ['is unknown after the other request', [['ha.state', 'started', 'stopped']], [task('hastart 100', BOB, 150)]],
    [
      'is unknown after requests of two',
      [['ha.state', 'started', 'stopped']],
      [task('hastop 100', ALICE, 140), task('hastop 100', BOB, 150)],
    ],
  ])('%s', (_, patch, tasks) => {
    expect(rows(100, patch, ...tasks)).toEqual(['ha.state: unknown']);
  });

  it('is by the last of requests that differ', () => {
    const tasks = [task('hastart 100', ALICE, 130), task('hastop 100', BOB, 150)];
    expect(rows(100, [['ha.state', 'started', 'stopped']], ...tasks)).toEqual([
      'ha.state: bob@pve!cli exact task hastop',
    ]);
  });

  it('leaves the power state unknown when two asked for it', () => {
    const given = change([['status', 'running', 'stopped']], { guest: { isHaManaged: true } });
    const known = evidence(
      task('hastop 100', ALICE, 130),
      task('hastop 100', BOB, 140),
      task('qmstop 100', 'root@pam', 150, 151),
    );
    expect(told(attributeChanges([given], known))).toEqual(['status: unknown']);
  });
});

describe('the event of a change', () => {
  it('never goes to who did something else', () => {
    const given = [
      task('qmsnapshot 101', ALICE, 140),
      note('snapshot VM 101: base', ALICE, 140),
      task('qmrollback 101', BOB, 150, 151),
      note('rollback snapshot VM 101: base', BOB, 150),
    ];
    expect(rows(101, [['parent', null, 'base']], ...given)).toEqual([
      ' [rolled-back]: bob@pve!cli exact task qmrollback',
      'parent: unknown',
    ]);
  });

  it('goes to the field that nobody is known to have changed, where its task is not known', () => {
    const given = change(
      [
        ['memory', 1, 2],
        ['cores', 1, 2],
      ],
      { event: 'rolled-back' },
    );
    const known = evidence(edit(100, BOB, 150, { set: { memory: 2 } }));
    expect(told(attributeChanges([given], known))).toEqual([
      'memory: bob@pve!cli exact log update VM',
      'cores [rolled-back]: unknown',
    ]);
  });

  it('is no more than likely when two rolled back', () => {
    const given = [task('qmrollback 100', ALICE, 140, 141), task('qmrollback 100', BOB, 150, 151)];
    const empty = change([], { event: 'rolled-back' });
    expect(told(attributeChanges([empty], evidence(...given)))).toEqual([
      ' [rolled-back]: bob@pve!cli likely task qmrollback',
    ]);
  });
});
