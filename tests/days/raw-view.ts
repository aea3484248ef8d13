import type { ReplayAnswers } from '../helpers/replay-server.ts';

/** A guest as the recorded answers have it, not interpreted. */
export interface RawGuest {
  node: string;
  status: string;
  /** undefined: none is told, and the token sees no pools. */
  pool: string | undefined;
  /** State of the HA resource, empty when HA does not manage the guest. */
  ha: string;
  /** undefined: its configuration was not answered. */
  config: Readonly<Record<string, string>> | undefined;
  /** By name, whatever there is of them; undefined: not answered. */
  snapshots: Readonly<Record<string, string>> | undefined;
}

/** By `qemu/100`. */
export type RawView = ReadonlyMap<string, RawGuest>;

type Row = Record<string, unknown>;

function dataOf(answers: ReplayAnswers, request: string): unknown {
  const answer = answers[request];
  if (answer === undefined || answer.status !== 200 || typeof answer.body !== 'object') return undefined;
  return (answer.body as { data?: unknown }).data;
}

function configOf(data: unknown): Record<string, string> | undefined {
  if (data === undefined) return undefined;
  return Object.fromEntries(Object.entries(data as Row).map(([key, value]) => [key, String(value)]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is in effect, with `pending.cores` and `pending.delete.net1` for what waits for a restart. */
function withPending(config: Record<string, string> | undefined, rows: unknown): Record<string, string> | undefined {
  if (config === undefined || !Array.isArray(rows)) return config;
  const told = { ...config };
  for (const { key, value, pending, delete: isDeleted } of rows as Row[]) {
    const name = String(key);
    if (pending === undefined && isDeleted === undefined) continue;
    if (value === undefined) delete told[name];
    else told[name] = textOf(value);
    if (pending === undefined) told[`pending.delete.${name}`] = 'true';
    else told[`pending.${name}`] = textOf(pending);
  }
  return told;
}

function snapshotsOf(rows: readonly Row[]): Record<string, string> {
  const own = rows.filter(({ name }) => name !== 'current');
  return Object.fromEntries(
    own.map((row) => [
      String(row['name']),
      JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  );
}

/** The guests of one step whose node answered for itself; of the others a listing says nothing that can be relied on. */
export function viewOf(answers: ReplayAnswers): RawView {
  const view = new Map<string, RawGuest>();
  const pools = dataOf(answers, 'GET /pools');
  const noPool = Array.isArray(pools) && pools.length > 0 ? '' : undefined;
  for (const row of (dataOf(answers, 'GET /cluster/resources') ?? []) as Row[]) {
    if (row['type'] !== 'qemu' && row['type'] !== 'lxc') continue;
    const [kind, vmid, node] = [row['type'], String(row['vmid']), String(row['node'])];
    const live = (dataOf(answers, `GET /nodes/${node}/${kind}`) ?? []) as Row[];
    const status = live.find((one) => String(one['vmid']) === vmid)?.['status'];
    const path = `GET /nodes/${node}/${kind}/${vmid}`;
    const config = withPending(configOf(dataOf(answers, `${path}/config`)), dataOf(answers, `${path}/pending`));
    if (status === undefined && config === undefined) continue;
    const { pool = noPool, hastate = '' } = row as { pool?: string; hastate?: string };
    const snapshots = dataOf(answers, `GET /nodes/${node}/${kind}/${vmid}/snapshot`);
    view.set(`${kind}/${vmid}`, {
      node,
      snapshots: Array.isArray(snapshots) ? snapshotsOf(snapshots as Row[]) : undefined,
      status: String(status ?? row['status']),
      pool,
      ha: hastate,
      config,
    });
  }
  return view;
}

/** Kept out of the inventory: marks of the server, and what changes by itself. */
const UNTRACKED = /^(?:digest|lock|meta|vmgenid|snapstate|lastsnapshot|snaptime|running.*|pending|ha\..*)$/;

/** Keys whose value has parts; only that they changed is compared. */
const HAS_PARTS =
  /^(?:(?:net|scsi|ide|sata|virtio|efidisk|tpmstate|unused|mp|ipconfig|hostpci|usb|serial|parallel|numa|audio|rng|dev|virtiofs)\d*|rootfs|agent|boot|cpu|smbios1|vga|startup|watchdog|features|cipassword|sshkeys|amd-sev|spice_enhancements|vmstate)$/;

/** The key as the history has it, with its value; null for what is not tracked. */
export function trackedKey(
  kind: string,
  key: string,
  value: string | undefined,
): { path: string; value: string } | null {
  const [, prefix = '', waiting] = /^(pending\.(?:delete\.)?)(.+)$/.exec(key) ?? [];
  if (waiting !== undefined) {
    const tracked = trackedKey(kind, waiting, value);
    return tracked && { ...tracked, path: prefix + tracked.path };
  }
  if (UNTRACKED.test(key)) return null;
  const path = kind === 'lxc' && key === 'hostname' ? 'name' : key;
  if (HAS_PARTS.test(key)) return { path, value: '…' };
  if (value === undefined) return { path, value: '–' };
  if (key === 'tags')
    return {
      path,
      value: value
        .split(/[;, ]+/)
        .sort()
        .join(';'),
    };
  if (key === 'template') return { path, value: 'true' };
  return { path, value: value.replace(/\n$/, '') };
}
