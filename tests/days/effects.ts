import { hasWorked, type Operation } from './recorded-day.ts';

/** What an operation says about the value that was found afterwards. */
export type Saying = 'equal' | 'differs' | 'open';

/** What one operation of a recorded day did, or may have done, to one guest: read from the truth, not from any record. */
export interface Effect {
  step: number;
  /** `qemu/101`. */
  guest: string;
  what: 'create' | 'clone' | 'restore' | 'destroy' | 'rollback' | 'migrate' | 'power' | 'ha' | 'edit' | 'snapshot';
  /** null: no record of the server names anybody. */
  by: string | null;
  says: (path: string, found: string | null) => Saying | null;
}

type Params = Readonly<Record<string, string>>;

const GUEST = /^\/nodes\/([^/]+)\/(qemu|lxc)(?:\/(\d+))?(?:\/(.*))?$/;
const DRIVE = /^(?:scsi|ide|sata|virtio|efidisk|tpmstate|mp|rootfs)\d*$/;
const LEADS_TO: Readonly<Record<string, readonly string[]>> = {
  start: ['running'],
  resume: ['running'],
  stop: ['stopped'],
  shutdown: ['stopped'],
  suspend: ['suspended', 'stopped'],
};

const PENDING = 'pending.';
const PENDING_DELETE = 'pending.delete.';

function rootOf(path: string): string {
  return path.split('.')[0] ?? path;
}

function words(text: string): string {
  return [...new Set(text.toLowerCase().split(/[;, ]+/))]
    .filter((word) => word !== '')
    .sort()
    .join(';');
}

/** The value of `net0.tag` in `virtio=…,bridge=vmbr0,tag=21`; undefined: it has none. */
function partOf(value: string, leaf: string): string | undefined {
  const parts = value.split(',').map((part) => part.split('=') as [string, string?]);
  return parts.find(([name]) => name === leaf)?.[1];
}

function compare(path: string, said: string, found: string | null): Saying {
  const [root, leaf] = [rootOf(path), path.includes('.') ? path.slice(path.indexOf('.') + 1) : null];
  if (root === 'boot') return 'open';
  if (leaf === null) {
    if (said === '' || found === null) return said === '' && found === null ? 'equal' : 'differs';
    if (root === 'tags') return words(said) === words(found) ? 'equal' : 'differs';
    return said.trim() === found.trim() || said.includes('$(') ? 'equal' : 'differs';
  }
  if (DRIVE.test(root) || root === 'smbios1') return 'open';
  const part = partOf(said, leaf);
  if (part === undefined) return found === null ? 'equal' : 'open';
  return part === found ? 'equal' : 'differs';
}

/** An edit of the configuration: values by key, keys that were deleted, and what the server changes along with drives. */
function edit(values: Params, deleted: readonly string[]): Effect['says'] {
  const touchesDrive = [...Object.keys(values), ...deleted].some(
    (key) => DRIVE.test(key) || /^(?:net|unused)\d+$/.test(key),
  );
  return (path, found) => {
    const root = rootOf(path);
    const said = values[root];
    if (said !== undefined) return compare(path, said, found);
    if (deleted.includes(root)) return found === null ? 'equal' : 'differs';
    return touchesDrive && /^(?:unused\d+|boot)$/.test(root) ? 'open' : null;
  };
}

const anything: Effect['says'] = (path) => (/^(?:node$|pool$|ha\.|snapshot\.)/.test(path) ? null : 'open');

function power(action: string): Effect['says'] {
  const states = LEADS_TO[action];
  return (path, found) => {
    if (states === undefined) return null;
    if (path === 'vmstate') return 'open';
    if (path !== 'status') return null;
    return states.includes(found ?? '') ? 'equal' : 'differs';
  };
}

function keys(text = ''): string[] {
  return text.split(/[,; ]+/).filter((key) => key !== '');
}

function ofRoots(...roots: readonly string[]): Effect['says'] {
  return (path) => (roots.includes(rootOf(path)) || /^(?:unused\d+|boot)$/.test(rootOf(path)) ? 'open' : null);
}

interface Guest {
  kind: string;
  vmid: string;
}

type Part = Pick<Effect, 'guest' | 'what' | 'by' | 'says'>;

function ofConfig({ kind, vmid }: Guest, by: string, params: Params): Part {
  const { delete: deleted, revert, ...set } = params;
  const says = edit(set, keys(deleted));
  const reverted = keys(revert);
  return {
    guest: `${kind}/${vmid}`,
    what: 'edit',
    // An edit of a container leaves no record.
    by: kind === 'lxc' ? null : by,
    says: (path, found) => says(path, found) ?? (reverted.includes(rootOf(path)) ? 'open' : null),
  };
}

function ofMove({ kind, vmid }: Guest, by: string, params: Params): Part[] {
  const disk = String(params['disk'] ?? params['volume']);
  const own: Part = { guest: `${kind}/${vmid}`, what: 'edit', by, says: ofRoots(disk) };
  const target = params['target-vmid'];
  if (target === undefined) return [own];
  const taken = params['target-disk'] ?? params['target-volume'] ?? disk;
  return [own, { guest: `${kind}/${target}`, what: 'edit', by, says: ofRoots(taken) }];
}

/** A deletion chains those that came after anew. */
function saysOfSnapshot(
  path: string,
  found: string | null,
  { method, made, deleted }: { method: string; made: string; deleted: string },
): Saying | null {
  const [, name, leaf] = path.split('.');
  if (method !== 'DELETE') return name === made ? 'open' : null;
  if (name === deleted) return found === null ? 'equal' : 'differs';
  return leaf === 'parent' ? 'open' : null;
}

function ofSnapshot(guest: string, by: string, method: string, rest: string, params: Params): Part[] {
  const [, name = '', last] = rest.split('/');
  if (last === 'rollback') {
    return [
      {
        guest,
        what: 'rollback',
        by,
        says: (path, found) => {
          if (path === 'parent') return found === name ? 'equal' : 'differs';
          // The description and unused disks stay as they are.
          return /^(?:description$|unused)/.test(path) ? null : anything(path, found);
        },
      },
    ];
  }
  if (last === 'config') {
    const says: Effect['says'] = (path) => (path === `snapshot.${name}.description` ? 'open' : null);
    return [{ guest, what: 'edit', by: null, says }];
  }
  const made = params['snapname'] ?? '';
  const says: Effect['says'] = (path, found) => {
    if (path.startsWith('snapshot.')) return saysOfSnapshot(path, found, { method, made, deleted: name });
    if (path !== 'parent') return null;
    if (method === 'DELETE') return found === name ? 'differs' : 'open';
    return found === made ? 'equal' : 'differs';
  };
  return [{ guest, what: 'snapshot', by, says }];
}

function ofStatus(guest: string, by: string, action: string, upid: string): Part[] {
  if (!/:ha(?:start|stop):/.test(upid)) return [{ guest, what: 'power', by, says: power(action) }];
  const state = action === 'start' ? 'started' : 'stopped';
  const says: Effect['says'] = (path, found) =>
    path === 'ha.state' ? (found === state ? 'equal' : 'differs') : power(action)(path, found);
  return [{ guest, what: 'ha', by, says }];
}

function ofGuestCall(
  operation: Operation,
  by: string,
  [, , kind = '', vmid, rest = '']: readonly (string | undefined)[],
): Part[] {
  const { method = '', upid } = operation;
  const params = toParams(operation.params ?? {});
  if (vmid === undefined) {
    const isRestored = params['archive'] !== undefined || params['restore'] !== undefined;
    const guest = `${kind}/${String(params['vmid'])}`;
    // A restore that fails has done a part of its work.
    if (!hasWorked(operation) && !isRestored) return [];
    return method === 'POST' ? [{ guest, what: isRestored ? 'restore' : 'create', by, says: anything }] : [];
  }
  const guest = `${kind}/${vmid}`;
  if (!hasWorked(operation)) return [];
  if (method === 'DELETE' && rest === '') return [{ guest, what: 'destroy', by, says: anything }];
  if (rest === 'clone') return [{ guest: `${kind}/${String(params['newid'])}`, what: 'clone', by, says: anything }];
  if (rest === 'config') return [ofConfig({ kind, vmid }, by, params)];
  if (rest === 'unlink') return [{ guest, what: 'edit', by, says: edit({}, keys(params['idlist'])) }];
  if (/^move_(?:disk|volume)$/.test(rest)) return ofMove({ kind, vmid }, by, params);
  if (rest === 'resize') return [{ guest, what: 'edit', by, says: ofRoots(String(params['disk'])) }];
  if (rest === 'template') {
    return [
      { guest, what: 'edit', by, says: (path) => (path === 'template' || DRIVE.test(rootOf(path)) ? 'open' : null) },
    ];
  }
  if (rest === 'migrate')
    return [
      { guest, what: 'migrate', by, says: (path) => (path === 'node' || DRIVE.test(rootOf(path)) ? 'open' : null) },
    ];
  if (rest.startsWith('snapshot')) return ofSnapshot(guest, by, method, rest, params);
  if (rest.startsWith('status/')) return ofStatus(guest, by, rest.slice('status/'.length), upid ?? '');
  return [];
}

/** What is asked of several guests in one call, and of HA. */
function ofClusterCall({ path = '', ...operation }: Operation, by: string): Part[] {
  const params = toParams(operation.params ?? {});
  const bulk = /\/(start|stop|suspend|shutdown)(?:all)?$/.exec(path)?.[1];
  const vms = keys(params['vms']);
  if (bulk !== undefined) {
    return vms.flatMap((vmid) =>
      ['qemu', 'lxc'].map((kind): Part => ({ guest: `${kind}/${vmid}`, what: 'power', by, says: power(bulk) })),
    );
  }
  const sid = /^\/cluster\/ha\/resources(?:\/(.+))?$/.exec(path);
  const [type, vmid] = (sid?.[1] ?? params['sid'] ?? '').split(':');
  if (sid === null || vmid === undefined) return [];
  const says: Effect['says'] = (path_) => (path_ === 'ha.state' || path_ === 'status' ? 'open' : null);
  return [{ guest: `${type === 'ct' ? 'lxc' : 'qemu'}/${vmid}`, what: 'ha', by: null, says }];
}

/** A command of root's shell: `qm` writes its line and its task, an editor leaves nothing. */
function ofShell(command: string): Part[] {
  const root = 'root@pam';
  const [, setVmid, options = ''] = /^qm set (\d+) (.*)$/.exec(command) ?? [];
  if (setVmid !== undefined) {
    const values = Array.from(options.matchAll(/--([\w-]+) ('[^']*'|\S+)/g), ([, key = '', value = '']) => [
      key,
      value.replace(/^'|'$/g, ''),
    ]);
    return [{ guest: `qemu/${setVmid}`, what: 'edit', by: root, says: edit(Object.fromEntries(values) as Params, []) }];
  }
  const destroyed = /^qm destroy (\d+)/.exec(command)?.[1];
  if (destroyed !== undefined) return [{ guest: `qemu/${destroyed}`, what: 'destroy', by: root, says: anything }];
  const edited = /\/etc\/pve\/(qemu-server|lxc)\/(\d+)\.conf/.exec(command);
  const kind = edited?.[1] === 'lxc' ? 'lxc' : 'qemu';
  const names = Array.from(command.matchAll(/\^(\w+):/g), ([, key]) => key);
  if (edited !== null) {
    return [
      {
        guest: `${kind}/${edited[2]}`,
        what: 'edit',
        by: null,
        says: (path) => (names.includes(rootOf(path)) ? 'open' : null),
      },
    ];
  }
  const container = /^pct set (\d+)/.exec(command)?.[1];
  if (container !== undefined) return [{ guest: `lxc/${container}`, what: 'edit', by: null, says: anything }];
  const imported = /qm disk import (\d+)/.exec(command)?.[1];
  if (imported !== undefined)
    return [
      {
        guest: `qemu/${imported}`,
        what: 'edit',
        by: null,
        says: (path) => (path.startsWith('unused') ? 'open' : null),
      },
    ];
  const killed = /qemu-server\/(\d+)\.(?:pid|qmp)/.exec(command)?.[1];
  return killed === undefined ? [] : [{ guest: `qemu/${killed}`, what: 'power', by: null, says: power('stop') }];
}

/** The truth has numbers and lists as well. */
function toParams(params: Readonly<Record<string, unknown>>): Params {
  const texts = Object.entries(params).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts) as Params;
}

/** What waits for a restart is what an edit set; it goes when another edit takes it back, or when it is in effect. */
function withPending(part: Part): Part {
  return {
    ...part,
    says: (path, found) => {
      if (!path.startsWith(PENDING)) return part.says(path, found);
      const isDeletion = path.startsWith(PENDING_DELETE);
      const target = path.slice((isDeletion ? PENDING_DELETE : PENDING).length);
      if (found !== null) return part.says(target, isDeletion ? null : found);
      return isRestart(part) || part.says(target, null) !== null ? 'open' : null;
    },
  };
}

function isRestart({ what }: Pick<Effect, 'what'>): boolean {
  return what === 'power' || what === 'ha';
}

/** A start or a stop puts in effect what waits for it. */
export function withApplied(effect: Effect, waiting: ReadonlySet<string>): Effect {
  if (!isRestart(effect)) return effect;
  const waits = (path: string) => [PENDING + path, PENDING_DELETE + rootOf(path)].some((name) => waiting.has(name));
  return { ...effect, says: (path, found) => effect.says(path, found) ?? (waits(path) ? 'open' : null) };
}

/** What the operations of one step did to guests, in their order. */
export function effectsOf(step: number, operations: readonly Operation[]): Effect[] {
  return operations.flatMap((operation) => {
    const { cli, by, path = '' } = operation;
    if (cli !== undefined) return ofShell(cli).map((part) => ({ step, ...withPending(part) }));
    if (by === undefined) return [];
    const match = GUEST.exec(path);
    const parts =
      match === null ? (hasWorked(operation) ? ofClusterCall(operation, by) : []) : ofGuestCall(operation, by, match);
    return parts.map((part) => ({ step, ...withPending(part) }));
  });
}
