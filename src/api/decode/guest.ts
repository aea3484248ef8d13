import * as z from 'zod';
import { MAX_CONFIG_CHARACTERS, MAX_CONFIG_KEYS, Oversize } from '../limits.ts';
import type { PveMigratePreconditions } from '../plan-types.ts';
import type {
  PveGuestConfig,
  PveGuestListEntry,
  PveGuestStatus,
  PveHaResource,
  PveHaStatus,
  PvePendingEntry,
  PveSnapshot,
} from '../pve-types.ts';
import {
  flag,
  isRecord,
  list,
  name,
  number,
  record,
  text,
  toFlag,
  toJsonText,
  toList,
  toNumber,
  toText,
  toVmid,
  vmid,
} from './primitives.ts';
import { rowRecord, unreadable } from './rows.ts';

const listEntry = {
  name: text,
  status: text,
  template: flag,
  tags: list,
  lock: text,
  cpus: number,
  cpu: number,
  mem: number,
  maxmem: number,
  disk: number,
  maxdisk: number,
  uptime: number,
  netin: number,
  netout: number,
};

/** By hand, as the rows of /cluster/resources: every guest has one. */
export const guestListEntry = rowRecord.transform((row, context): PveGuestListEntry => {
  const known = toVmid(row['vmid']);
  if (known === undefined) return unreadable(context, 'vmid');
  return {
    vmid: known,
    name: toText(row['name']),
    status: toText(row['status']),
    qmpstatus: toText(row['qmpstatus']),
    template: toFlag(row['template']),
    tags: toList(row['tags']),
    lock: toText(row['lock']),
    cpus: toNumber(row['cpus']),
    cpu: toNumber(row['cpu']),
    mem: toNumber(row['mem']),
    maxmem: toNumber(row['maxmem']),
    disk: toNumber(row['disk']),
    maxdisk: toNumber(row['maxdisk']),
    uptime: toNumber(row['uptime']),
    netin: toNumber(row['netin']),
    netout: toNumber(row['netout']),
  };
});

/** `/status/current` of the guest that was asked for, whose vmid it need not repeat. */
export function guestStatus(asked: number): z.ZodType<PveGuestStatus> {
  return z.object({ vmid, ...listEntry, qmpstatus: text, ha: record }).transform(({ ha, ...row }) => ({
    ...row,
    vmid: row.vmid ?? asked,
    ha: ha && {
      managed: toFlag(ha['managed']) ?? false,
      state: toText(ha['state']),
      group: toText(ha['group']),
    },
  }));
}

function toScalar(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'object' && value !== null ? toJsonText(value) : undefined;
}

/** Throws Oversize for more than the file of a guest can hold. */
function checkSize(config: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(config);
  let characters = 0;
  for (const key of keys) {
    const value = config[key];
    characters += key.length + (typeof value === 'string' ? value.length : 0);
  }
  if (keys.length > MAX_CONFIG_KEYS) throw new Oversize(`it has more than ${MAX_CONFIG_KEYS} keys`);
  if (characters > MAX_CONFIG_CHARACTERS) throw new Oversize(`it has more than ${MAX_CONFIG_CHARACTERS} characters`);
}

/** As nearly every configuration comes. */
function isDecoded(config: Readonly<Record<string, unknown>>): config is PveGuestConfig {
  return Object.keys(config).every((key) => {
    const value = config[key];
    return key !== '__proto__' && typeof value !== 'object' && toScalar(value) !== undefined;
  });
}

/** Every key; objects and arrays (`lxc`: raw lines of a container) as their JSON text. */
export const guestConfig: z.ZodType<PveGuestConfig> = z.unknown().transform(decodeConfig);

/** undefined stands for one that is known. */
export const guestConfigUnless: z.ZodType<PveGuestConfig | undefined> = z
  .unknown()
  .transform((config, context) => (config === undefined ? undefined : decodeConfig(config, context)));

function decodeConfig(config: unknown, context: z.RefinementCtx): PveGuestConfig {
  if (!isRecord(config)) {
    context.addIssue({ code: 'invalid_type', expected: 'record', input: config });
    return z.NEVER;
  }
  checkSize(config);
  if (isDecoded(config)) return config;
  const entries: [string, string | number | boolean][] = [];
  for (const [key, value] of Object.entries(config)) {
    const scalar = toScalar(value);
    // Set by assignment somewhere it would be no key but the prototype.
    if (scalar !== undefined && key !== '__proto__') entries.push([key, scalar]);
  }
  return Object.fromEntries(entries);
}

const pendingValue = z
  .unknown()
  .transform((value) => {
    const scalar = toScalar(value);
    return typeof scalar === 'boolean' ? Number(scalar) : scalar;
  })
  .optional();

/** `delete` is 1, or 2 for a forced one. */
export const pendingEntry = z
  .object({ key: name, value: pendingValue, pending: pendingValue, delete: flag })
  .transform(
    (row, context): PvePendingEntry => (row.key === undefined ? unreadable(context, 'key') : { ...row, key: row.key }),
  );

export const snapshot = z
  .object({ name, description: text, parent: text, snaptime: number, vmstate: flag })
  .transform(
    (row, context): PveSnapshot =>
      row.name === undefined
        ? unreadable(context, 'name')
        : { ...row, name: row.name, isCurrent: row.name === 'current' },
  );

export const feature = z.object({ hasFeature: flag });

/** Names of what a node lacks, or of HA resources that keep it away. */
function toReasons(value: unknown): string[] {
  const items = Array.isArray(value) ? value : [];
  return items.flatMap((item) => toText(isRecord(item) ? item['sid'] : item) ?? []).sort();
}

function toRefusedNodes(value: unknown): PveMigratePreconditions['refusedNodes'] {
  const nodes = Object.entries(isRecord(value) ? value : {});
  return new Map(
    nodes.map(([node, why]) => {
      const reasons = isRecord(why) ? why : {};
      return [
        node,
        {
          storages: toReasons(reasons['unavailable_storages']),
          resources: toReasons(reasons['unavailable-resources']),
          haResources: toReasons(reasons['blocking-ha-resources']),
        },
      ];
    }),
  );
}

function toLocalDisks(value: unknown): PveMigratePreconditions['localDisks'] {
  const rows = Array.isArray(value) ? value.filter(isRecord) : [];
  const disks = rows.flatMap((row) => {
    const volid = toText(row['volid']);
    const inSnapshots = row['referenced_in_snapshot'];
    return volid === undefined
      ? []
      : {
          volid,
          sizeBytes: toNumber(row['size']) ?? null,
          isCdrom: toFlag(row['cdrom']) ?? false,
          isAttached: toFlag(row['is_attached']) ?? true,
          isInSnapshot: isRecord(inSnapshots) && Object.keys(inSnapshots).length > 0,
        };
  });
  return disks.sort((a, b) => (a.volid < b.volid ? -1 : 1));
}

/** Words have `_` of a VM and `-` of a container. */
export const migratePreconditions = rowRecord.transform(
  (answer): PveMigratePreconditions => ({
    isRunning: toFlag(answer['running']) ?? false,
    allowedNodes: toList(answer['allowed_nodes'] ?? answer['allowed-nodes']) ?? [],
    refusedNodes: toRefusedNodes(answer['not_allowed_nodes'] ?? answer['not-allowed-nodes']),
    localDisks: toLocalDisks(answer['local_disks']),
    localResources: toReasons(answer['local_resources']),
  }),
);

export const haResource = z
  .object({ sid: name, type: text, state: text, group: text, comment: text })
  .transform(
    (row, context): PveHaResource =>
      row.sid === undefined
        ? unreadable(context, 'sid')
        : { ...row, sid: row.sid, type: row.type ?? row.sid.split(':')[0] ?? '' },
  );

export const haStatus = z
  .object({
    id: name,
    type: text,
    sid: text,
    node: text,
    status: text,
    state: text,
    request_state: text,
    crm_state: text,
    quorate: flag,
  })
  .transform(
    ({ request_state: requestState, crm_state: crmState, ...row }, context): PveHaStatus =>
      row.id === undefined
        ? unreadable(context, 'id')
        : { ...row, id: row.id, type: row.type ?? '', requestState, crmState },
  );
