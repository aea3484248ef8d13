import { describe, expect, it } from '@jest/globals';
import { decideIncarnation } from '../../src/providers/proxmox/rules/guest-identity.ts';
import type { GuestIdentity, GuestKind } from '../../src/types/guest.ts';
import { type LifecycleTasks, NO_TASKS } from '../../src/types/incarnation.ts';
import { task } from '../helpers/sync-state.ts';

interface Case {
  name: string;
  kind?: GuestKind;
  seenKind?: GuestKind;
  known: GuestIdentity;
  seen: GuestIdentity;
  tasks?: Partial<LifecycleTasks>;
  expected: [
    decision: 'same' | 'new',
    event: 'rolled-back' | 'restored' | null,
    confidence: 'exact' | 'likely' | 'none',
  ];
}

const VM: GuestIdentity = { uuid: 'a', ctime: 1, vmgenid: 'g1', macs: ['AA'] };
const CT: GuestIdentity = { macs: ['AA'], rootfs: 'local:1', hostname: 'web' };
const OTHER_CT: GuestIdentity = { macs: ['BB'], rootfs: 'local:2', hostname: 'db' };

const created = task('qmcreate', 100, 3);
const destroyed = task('qmdestroy', 100, 2);
const restored = task('qmrestore', 100, 4);
const rolledBack = task('qmrollback', 100, 5);

const OPERATIONS: Case[] = [
  { name: 'nothing happened', known: VM, seen: VM, expected: ['same', null, 'exact'] },
  { name: 'migrate or rename', known: VM, seen: { ...VM, macs: ['BB'] }, expected: ['same', null, 'exact'] },
  {
    name: 'snapshot rollback, by its task',
    known: VM,
    seen: { ...VM, vmgenid: 'g2' },
    tasks: { rolledBack },
    expected: ['same', 'rolled-back', 'exact'],
  },
  {
    name: 'snapshot rollback, without a task',
    known: VM,
    seen: { ...VM, vmgenid: 'g2' },
    expected: ['same', 'rolled-back', 'likely'],
  },
  {
    name: 'a rollback task of before, and the same vmgenid',
    known: VM,
    seen: VM,
    tasks: { rolledBack },
    expected: ['same', null, 'exact'],
  },
  {
    name: 'restore over the same vmid',
    known: VM,
    seen: { ...VM, vmgenid: 'g2' },
    tasks: { restored },
    expected: ['same', 'restored', 'exact'],
  },
  {
    name: 'restore and rollback after it',
    known: VM,
    seen: { ...VM, vmgenid: 'g2' },
    tasks: { restored, rolledBack },
    expected: ['same', 'rolled-back', 'exact'],
  },
  {
    name: 'restore over the same vmid with --unique',
    known: VM,
    seen: { uuid: 'b', ctime: 1, vmgenid: 'g2', macs: ['BB'] },
    tasks: { restored },
    expected: ['same', 'restored', 'likely'],
  },
  {
    name: 'destroyed, then its backup restored to the same vmid',
    known: VM,
    seen: { ...VM, vmgenid: 'g2' },
    tasks: { destroyed, restored },
    expected: ['same', 'restored', 'exact'],
  },
  {
    name: "another machine's backup restored over it",
    known: VM,
    seen: { uuid: 'b', ctime: 2, vmgenid: 'g2' },
    tasks: { restored },
    expected: ['new', 'restored', 'exact'],
  },
  {
    name: 'destroyed and created with the same vmid',
    known: VM,
    seen: { uuid: 'b', ctime: 2, vmgenid: 'g2' },
    tasks: { destroyed, created },
    expected: ['new', null, 'exact'],
  },
  {
    name: 'the same without any task',
    known: VM,
    seen: { uuid: 'b', ctime: 2, vmgenid: 'g2' },
    expected: ['new', null, 'exact'],
  },
  {
    name: 'destroyed and cloned again from the same template, which keeps its ctime',
    known: VM,
    seen: { uuid: 'b', ctime: 1, vmgenid: 'g2', macs: ['AA'] },
    tasks: { destroyed },
    expected: ['new', null, 'exact'],
  },
  {
    name: 'the same, where tasks cannot be seen',
    known: VM,
    seen: { uuid: 'b', ctime: 1, vmgenid: 'g2', macs: ['BB'] },
    expected: ['new', null, 'likely'],
  },
  {
    name: 'only the uuid was edited',
    known: VM,
    seen: { ...VM, uuid: 'b' },
    expected: ['same', null, 'likely'],
  },
  {
    name: 'created again with the uuid of the one before',
    known: VM,
    seen: { ...VM, ctime: 2, vmgenid: 'g2' },
    tasks: { destroyed, created },
    expected: ['new', null, 'likely'],
  },
  {
    name: 'a VM became a container',
    seenKind: 'lxc',
    known: VM,
    seen: CT,
    expected: ['new', null, 'exact'],
  },
  { name: 'configuration not read', known: VM, seen: {}, expected: ['same', null, 'none'] },
  {
    name: 'configuration not read, destroyed and created by tasks',
    known: VM,
    seen: {},
    tasks: { destroyed, created },
    expected: ['new', null, 'likely'],
  },
  {
    name: 'configuration not read, destroyed and restored',
    known: VM,
    seen: {},
    tasks: { destroyed, created, restored },
    expected: ['same', null, 'none'],
  },
];

const OLD_VMS: Case[] = [
  {
    name: 'nothing known of either',
    known: { macs: ['AA'] },
    seen: { macs: ['AA'] },
    expected: ['same', null, 'none'],
  },
  { name: 'only ctime, the same', known: { ctime: 1 }, seen: { ctime: 1 }, expected: ['same', null, 'likely'] },
  { name: 'only ctime, another', known: { ctime: 1 }, seen: { ctime: 2 }, expected: ['new', null, 'likely'] },
  {
    name: 'destroyed and created',
    known: { macs: ['AA'] },
    seen: { macs: ['BB'] },
    tasks: { destroyed, created },
    expected: ['new', null, 'likely'],
  },
  {
    name: 'restored',
    known: { macs: ['AA'] },
    seen: { macs: ['AA'] },
    tasks: { restored },
    expected: ['same', 'restored', 'likely'],
  },
  {
    name: 'rolled back, without vmgenid',
    known: { macs: ['AA'] },
    seen: { macs: ['AA'] },
    tasks: { rolledBack },
    expected: ['same', 'rolled-back', 'none'],
  },
  {
    name: 'a uuid, and no vmgenid, rolled back',
    known: { uuid: 'a' },
    seen: { uuid: 'a' },
    tasks: { rolledBack },
    expected: ['same', 'rolled-back', 'exact'],
  },
  { name: 'a uuid alone', known: { uuid: 'a' }, seen: { uuid: 'a' }, expected: ['same', null, 'exact'] },
];

const CONTAINERS: Case[] = [
  { name: 'nothing happened', known: CT, seen: CT, expected: ['same', null, 'likely'] },
  { name: 'rename', known: CT, seen: { ...CT, hostname: 'db' }, expected: ['same', null, 'likely'] },
  { name: 'moved to another storage', known: CT, seen: { ...CT, rootfs: 'nfs:1' }, expected: ['same', null, 'likely'] },
  { name: 'another network card', known: CT, seen: { ...CT, macs: ['BB'] }, expected: ['same', null, 'likely'] },
  {
    name: 'another card and disk, the same name: not enough',
    known: CT,
    seen: { ...OTHER_CT, hostname: 'web' },
    expected: ['same', null, 'none'],
  },
  { name: 'MACs, root disk and host name differ', known: CT, seen: OTHER_CT, expected: ['new', null, 'likely'] },
  {
    name: 'destroyed and created by tasks, all the same names',
    known: CT,
    seen: { ...CT, macs: ['AA'] },
    tasks: { destroyed, created },
    expected: ['new', null, 'exact'],
  },
  {
    name: 'created at the edge of the window',
    known: CT,
    seen: CT,
    tasks: { created },
    expected: ['same', null, 'likely'],
  },
  {
    name: 'created by a task, with other MACs',
    known: CT,
    seen: { ...CT, macs: ['BB'] },
    tasks: { created },
    expected: ['new', null, 'exact'],
  },
  { name: 'restored over itself', known: CT, seen: CT, tasks: { restored }, expected: ['same', 'restored', 'exact'] },
  {
    name: "another container's backup restored over it",
    known: CT,
    seen: OTHER_CT,
    tasks: { restored },
    expected: ['new', 'restored', 'likely'],
  },
  { name: 'rolled back', known: CT, seen: CT, tasks: { rolledBack }, expected: ['same', 'rolled-back', 'exact'] },
  { name: 'no evidence at all', known: {}, seen: { hostname: 'web' }, expected: ['same', null, 'none'] },
];

function check({ kind = 'qemu', seenKind = kind, known, seen, tasks, expected }: Case): void {
  const decided = decideIncarnation(
    { kind, identity: known },
    { kind: seenKind, identity: seen },
    { ...NO_TASKS, ...tasks },
  );
  expect([decided.decision, decided.event, decided.confidence]).toEqual(expected);
  expect(decided.reason).toMatch(/\S/);
}

describe('whether a vmid still is the same machine', () => {
  it.each(OPERATIONS)('VM: $name', check);
  it.each(OLD_VMS)('VM without uuid or ctime: $name', check);
  it.each(CONTAINERS.map((one) => ({ ...one, kind: 'lxc' as const })))('container: $name', check);
});
