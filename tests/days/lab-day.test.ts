import path from 'node:path';
import { expect, it } from '@jest/globals';
import { CliContext } from '../../src/cli/context.ts';
import { type Io, run } from '../../src/cli/run.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { toLines } from './recorded-history.ts';

const dir = tempDir();
const ALICE = 'alice@pve';
const BOB = 'root@pam!bob';
const EXIT_DONE = 0;

interface Scene {
  title: string;
  /** What is done between two runs; `tick` lets time pass. */
  acts: (lab: Lab, tick: () => void) => void;
  /** `qemu/900 memory 512 → 1024 by alice@pve`, in any order. */
  told: readonly string[];
}

const SCENES: readonly Scene[] = [
  { title: 'nothing', acts: () => undefined, told: [] },
  {
    title: 'a VM and a container are created',
    acts: (lab) => {
      lab
        .as(ALICE)
        .create('qemu', { vmid: 900, name: 'web', memory: 512, net0: 'virtio,bridge=vmbr0', scsi0: 'local:8' });
      lab.as(BOB).create('lxc', { vmid: 950, name: 'box', memory: 512 });
    },
    told: ['qemu/900 created by alice@pve', 'lxc/950 created by root@pam!bob'],
  },
  {
    title: 'two users change one VM, and a container changes without a trace',
    acts: (lab, tick) => {
      lab.as(ALICE).setConfig(900, { memory: 1024, description: 'Größe: 10 -cores 4' });
      tick();
      lab.as(BOB).setConfig(900, { memory: 2048, net0: 'virtio,bridge=vmbr0,tag=7' }, { async: true });
      tick();
      lab.as(ALICE).setConfig(900, { cores: 2, onboot: 1 });
      lab.as(BOB).setConfig(950, { memory: 1024 });
    },
    told: [
      'qemu/900 description – → Größe: 10 -cores 4 by alice@pve',
      'qemu/900 memory 512 → 2048 by root@pam!bob',
      'qemu/900 net0 by root@pam!bob',
      'qemu/900 cores – → 2 by alice@pve',
      'qemu/900 onboot – → 1 by alice@pve',
      'lxc/950 memory 512 → 1024 by unknown',
    ],
  },
  {
    title: 'power',
    acts: (lab, tick) => {
      lab.as(ALICE).start(900);
      tick();
      lab.as(BOB).reboot(900);
      lab.as(ALICE).start(950);
      tick();
      lab.as(BOB).shutdown(950);
      tick();
      lab.as(BOB).start(950);
    },
    told: [
      'qemu/900 status [from-log] stopped → running by alice@pve',
      'qemu/900 status [from-log] running → stopped by root@pam!bob',
      'qemu/900 status [from-log] stopped → running by root@pam!bob',
      'lxc/950 status [from-log] stopped → running by alice@pve',
      'lxc/950 status [from-log] running → stopped by root@pam!bob',
      'lxc/950 status [from-log] stopped → running by root@pam!bob',
    ],
  },
  {
    title: 'a second stop changes nothing',
    acts: (lab, tick) => {
      lab.as(BOB).stop(900);
      tick();
      lab.as(ALICE).stop(900);
    },
    told: ['qemu/900 status running → stopped by root@pam!bob'],
  },
  {
    title: 'disks',
    acts: (lab, tick) => {
      lab.as(ALICE).resize(900, 'scsi0', '+2G');
      tick();
      lab.as(BOB).setConfig(900, { scsi1: 'local:4' });
    },
    told: ['qemu/900 scsi0 by alice@pve', 'qemu/900 scsi1 by root@pam!bob'],
  },
  {
    title: 'a disk is moved',
    acts: (lab) => lab.as(ALICE).moveDisk(900, 'scsi0', 'backup'),
    told: ['qemu/900 scsi0 by alice@pve'],
  },
  {
    title: 'a snapshot, then a change',
    acts: (lab, tick) => {
      lab.as(ALICE).snapshot(900, 'before');
      lab.as(ALICE).snapshot(950, 'before');
      tick();
      lab.as(BOB).setConfig(900, { cores: 8 });
    },
    told: [
      'qemu/900 parent – → before by alice@pve',
      'lxc/950 parent – → before by alice@pve',
      'qemu/900 cores 2 → 8 by root@pam!bob',
    ],
  },
  {
    title: 'a rollback, then a change',
    acts: (lab, tick) => {
      lab.as(ALICE).rollback(900, 'before');
      tick();
      lab.as(BOB).setConfig(900, { onboot: 0 });
    },
    told: ['qemu/900 cores [rolled-back] 8 → 2 by alice@pve', 'qemu/900 onboot 1 → 0 by root@pam!bob'],
  },
  {
    title: 'clones',
    acts: (lab, tick) => {
      lab.as(BOB).clone(900, { newid: 901, name: 'copy', full: true });
      tick();
      lab.as(ALICE).clone(950, { newid: 951, name: 'twin', full: true });
    },
    told: ['qemu/901 created [cloned] by root@pam!bob', 'lxc/951 created [cloned] by alice@pve'],
  },
  {
    title: 'migrations',
    acts: (lab) => {
      lab.as(BOB).migrate(901, 'pve2');
      lab.as(ALICE).setPool(901, 'prod');
    },
    told: ['qemu/901 node [migrated] pve1 → pve2 by root@pam!bob', 'qemu/901 pool – → prod by unknown'],
  },
  {
    title: 'a vmid is reused, by two users',
    acts: (lab, tick) => {
      lab.as(ALICE).destroy(901);
      tick();
      lab.as(BOB).create('qemu', { vmid: 901, name: 'other', memory: 256 });
      lab.as(BOB).destroy(951);
      tick();
      lab.as(ALICE).create('lxc', { vmid: 951, name: 'another', memory: 256 });
    },
    told: [
      'qemu/901 removed [replaced] by alice@pve',
      'qemu/901 created by root@pam!bob',
      'lxc/951 removed [replaced] by root@pam!bob',
      'lxc/951 created by alice@pve',
    ],
  },
  {
    title: 'a backup, and a restore beside the original',
    acts: (lab, tick) => {
      const archive = lab.as(BOB).backup(901);
      tick();
      lab.as(ALICE).restore(archive, { vmid: 902, unique: true });
    },
    told: ['qemu/902 created [restored] by alice@pve'],
  },
  {
    title: 'a template',
    acts: (lab) => lab.as(BOB).template(902),
    told: ['qemu/902 template – → true by root@pam!bob'],
  },
  {
    title: 'removals',
    acts: (lab) => [902, 901].map((vmid) => lab.as(ALICE).destroy(vmid)),
    told: ['qemu/902 removed by alice@pve', 'qemu/901 removed by alice@pve'],
  },
];

it('names who did what to a cluster, window by window', async () => {
  let nowMs = Date.UTC(2026, 0, 5, 8);
  let ids = 0;
  const lab = await startLab({ clock: () => nowMs, vms: 8, containers: 3, nodes: 3 });
  const said: string[] = [];
  const io: Io = {
    stdout: (text) => said.push(text),
    stderr: (text) => said.push(text),
    env: { ...lab.env(), DATABASE_URL: await databaseAt(path.join(dir, 'lab.db')), NO_COLOR: '1' },
    cwd: dir,
    isTTY: false,
    isErrTTY: false,
    signal: new AbortController().signal,
    clock: () => new Date(nowMs),
    newId: () => `n${(ids += 1)}`.padEnd(16, 'x'),
  };
  const tick = () => (nowMs += 5_000);
  const seen = new Set<string>();
  const discover = async (title: string): Promise<string[]> => {
    nowMs += 60_000;
    const status = await run(['discover-all'], io);
    if (status !== EXIT_DONE) throw new Error(`${title}: ended with ${status}\n${said.join('')}`);
    const context = new CliContext(io);
    const history = await context.app.history();
    const all = await history.listChanges();
    const { problems } = await (await context.app.audit()).verify();
    await context.app.close();
    expect(problems).toEqual([]);
    const fresh = all.filter(({ rev, seq }) => !seen.has(`${rev}/${seq}`));
    for (const { rev, seq } of all) seen.add(`${rev}/${seq}`);
    const lines = toLines(0, fresh).map(({ guest, what, values, by }) =>
      [guest, what, values, 'by', by].filter(Boolean).join(' '),
    );
    return lines.map((line) => `${title}: ${line}`).toSorted();
  };
  try {
    await discover('baseline');
    const told: string[] = [];
    for (const { title, acts } of SCENES) {
      nowMs += 60_000;
      acts(lab, tick);
      told.push(...(await discover(title)));
    }
    expect(told).toEqual(
      SCENES.flatMap(({ title, told: lines }) => lines.map((line) => `${title}: ${line}`).toSorted()),
    );
  } finally {
    await lab.close();
  }
}, 60_000);
