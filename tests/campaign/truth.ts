import type { Lab, LabGuestView } from '../../src/lab/lab.ts';
import type { Document, Value } from '../../src/types/document.ts';

/** The fields that the campaign compares: told by the lab's own state, not by its API. */
export const COMPARED = [
  'name',
  'node',
  'status',
  'memory',
  'cores',
  'pending.memory',
  'pending.cores',
  'description',
  'tags',
  'net0.bridge',
  'parent',
  'pool',
];

export interface TrueGuest {
  vmid: number;
  kind: 'qemu' | 'lxc';
  fields: Document;
}

export function trueGuests(lab: Lab): Map<number, TrueGuest> {
  return new Map(
    lab.guests().map((guest) => [guest.vmid, { vmid: guest.vmid, kind: guest.kind, fields: fieldsOf(guest) }]),
  );
}

function fieldsOf({ kind, node, power, effective: config, config: merged, pool }: LabGuestView): Document {
  const name = config[kind === 'qemu' ? 'name' : 'hostname'];
  const bridge = /bridge=([^,]+)/.exec(String(config['net0'] ?? ''))?.[1];
  const tags = String(config['tags'] ?? '')
    .split(';')
    .filter((tag) => tag !== '')
    .sort();
  const description = String(config['description'] ?? '').replace(/\n$/, '');
  const fields: Record<string, Value | undefined> = {
    name: name === undefined ? undefined : String(name),
    node,
    status: power === 'stopped' ? 'stopped' : 'running',
    memory: config['memory'] === undefined ? undefined : Number(config['memory']),
    cores: config['cores'] === undefined ? undefined : Number(config['cores']),
    'pending.memory': merged['memory'] === config['memory'] ? undefined : Number(merged['memory']),
    'pending.cores': merged['cores'] === config['cores'] ? undefined : Number(merged['cores']),
    description: description === '' ? undefined : description,
    tags: tags.length === 0 ? undefined : tags,
    'net0.bridge': bridge,
    parent: config['parent'] === undefined ? undefined : String(config['parent']),
    pool: pool ?? undefined,
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([path, value]) => (value === undefined ? [] : [[path, value]])),
  );
}

/** `vmid path before -> after` for everything that differs, in the order of vmids and paths. */
export function differences(
  before: Document,
  after: Document,
): { path: string; before: Value | null; after: Value | null }[] {
  return COMPARED.flatMap((path) => {
    const [was, is] = [before[path] ?? null, after[path] ?? null];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ path, before: was, after: is }];
  });
}
