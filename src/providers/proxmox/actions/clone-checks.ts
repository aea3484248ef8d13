import type { PveGuestConfig, PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action, Check, Risk } from '../../../types/action.ts';
import { splitPropertyString } from '../property-string.ts';
import { boundPaths, bytesText, usedDisks } from './disk.ts';
import { contentCheck, roomCheck, usesOf } from './new-disks.ts';
import type { LiveGuest, Scene } from './scene.ts';
import { diskContent } from './storage-check.ts';

export type CloneAction = Extract<Action, { verb: 'clone' }>;

/** What is cloned, and how. */
export interface Source {
  scene: Scene;
  guest: LiveGuest;
  /** Of the guest as it is, or as it was when the snapshot was taken. */
  config: PveGuestConfig;
  isFull: boolean;
  target: string;
  /** Of the target. */
  storages: readonly PveNodeStorage[];
}

/** Source: qemu-server src/PVE/API2/Qemu.pm clone_vm, pve-container src/PVE/API2/LXC.pm clone_vm. */
export function wayChecks({ full, storage, snapshot }: CloneAction, { scene, guest, isFull, config }: Source): Check[] {
  const refused = (text: string, hint: string): Check[] => [{ name: 'template', ok: false, text, hint }];
  if (full === false && !guest.isTemplate)
    return refused('only a template has linked clones', 'leave --linked out: a full copy is made');
  if (!isFull && storage !== null)
    return refused('a linked clone is on the storage of its template', 'leave --storage or --linked out');
  if (scene.subject.kind === 'lxc' && isFull && guest.isRunning && snapshot === null) {
    return [
      {
        name: 'power',
        ok: false,
        text: 'a running container is copied from a snapshot alone',
        hint: 'name one with --snapshot, or shut it down',
      },
    ];
  }
  const [bound] = scene.subject.kind === 'lxc' ? boundPaths(config) : [];
  if (bound !== undefined)
    return [{ name: 'disk', ok: false, text: `${bound} is a folder or a device of its node, which is not cloned` }];
  return [{ name: 'template', ok: true, text: `${isFull ? 'a full copy' : 'linked to its template'}` }];
}

export function snapshotCheck(name: string | null, names: readonly string[]): Check[] {
  if (name === null) return [];
  if (names.includes(name)) return [{ name: 'snapshot', ok: true, text: `it has the snapshot ${name}` }];
  const hint = names.length === 0 ? 'it has none' : `it has: ${names.toSorted().join(', ')}`;
  return [{ name: 'snapshot', ok: false, text: `it has no snapshot ${name}`, hint }];
}

/** Storages of the clone: there, with the content type, shared where the clone goes to another node, with room for a copy. */
export function storageChecks({ storage }: CloneAction, source: Source): Check[] {
  const { scene, config, isFull, target, storages } = source;
  const { kind, node } = scene.subject;
  const disks = usedDisks(kind, config);
  const uses = usesOf(
    disks.map((disk) => ({ storage: storage ?? disk.storage, bytes: disk.sizeBytes })),
    { node: target, content: diskContent(kind) },
  );
  const isElsewhere = target !== node;
  const shared = isElsewhere
    ? [...new Set([...disks.map((disk) => disk.storage), ...uses.map((use) => use.storage)])]
    : [];
  return [
    ...uses.map((use) => contentCheck(use, storages)),
    ...shared.sort().flatMap((name) => sharedCheck(name, target, storages)),
    ...(isFull ? uses.flatMap((use) => roomCheck(use, storages)) : []),
  ];
}

function sharedCheck(storage: string, target: string, storages: readonly PveNodeStorage[]): Check[] {
  if (storages.find((row) => row.storage === storage)?.shared === true) return [];
  return [
    {
      name: 'storage',
      ok: false,
      text: `its storage ${storage} is local: a clone cannot go to node ${target}`,
      hint: 'clone it on its own node, and migrate the clone',
    },
  ];
}

export function cloneRisks({ scene, guest, config, isFull }: Source): Risk[] {
  const { kind } = scene.subject;
  const bytes = usedDisks(kind, config).reduce((sum, disk) => sum + (disk.sizeBytes ?? 0), 0);
  return [
    ...(isFull && bytes > 0 ? [{ kind: 'copies', text: `copies ${bytesText(bytes)}` }] : []),
    ...(isFull && guest.isRunning && kind === 'qemu'
      ? [{ kind: 'source-runs', text: 'it runs: its disks are copied as a power cut would leave them' }]
      : []),
    ...addressRisks(config),
  ];
}

/** A clone has its own MAC addresses, and the fixed IP addresses of its source. */
function addressRisks(config: PveGuestConfig): Risk[] {
  const addresses = Object.keys(config)
    .filter((key) => /^(?:net|ipconfig)\d+$/.test(key))
    .flatMap((key) => {
      const parts = splitPropertyString(String(config[key]), 'model');
      return ['ip', 'ip6'].flatMap((name) => parts?.get(name) ?? []);
    })
    .filter((address) => address.includes('/'))
    .sort();
  if (addresses.length === 0) return [];
  return [{ kind: 'same-address', text: `the clone is set up with the same address: ${addresses.join(', ')}` }];
}
