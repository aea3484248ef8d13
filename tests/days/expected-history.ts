import { type RawGuest, trackedKey, viewOf } from './raw-view.ts';
import { type DayStep, hasWorked, type Operation, type RecordedDay } from './recorded-day.ts';

/** One line of the table that is compared. */
export interface HistoryLine {
  step: number;
  guest: string;
  /** `created`, `created [cloned]`, `removed`, or the path that changed, without its parts. */
  what: string;
  /** `512 → 768`; empty where a value has parts. */
  values: string;
  by: string;
}

const UNKNOWN = 'unknown';
const GUEST_PATH = /^\/nodes\/([^/]+)\/(qemu|lxc)(?:\/(\d+))?(?:\/(.*))?$/;

interface GuestOperation extends Operation {
  by: string;
  step: number;
  kind: 'qemu' | 'lxc';
  /** The guest that the operation changes: of a clone the new one. */
  guest: string;
  /** `config`, `status/start`, `clone`, `snapshot`, `snapshot/NAME/rollback`, …; `create`, `destroy`. */
  action: string;
}

function toGuestOperation(operation: Operation, step: number): GuestOperation | null {
  const { method = '', path = '', params, by } = operation;
  const [, , kind, vmid, rest = ''] = GUEST_PATH.exec(path) ?? [];
  if (by === undefined || (kind !== 'qemu' && kind !== 'lxc') || !hasWorked(operation)) return null;
  if (method === 'POST' && vmid === undefined) {
    return { ...operation, by, step, kind, guest: `${kind}/${params?.['vmid']}`, action: 'create' };
  }
  if (method === 'DELETE' && rest === '')
    return { ...operation, by, step, kind, guest: `${kind}/${vmid}`, action: 'destroy' };
  const target = rest === 'clone' ? params?.['newid'] : vmid;
  return { ...operation, by, step, kind, guest: `${kind}/${target}`, action: rest };
}

function keysOf({ params }: Operation): string[] {
  const { delete: deleted = '', revert = '', ...set } = params ?? {};
  return [...Object.keys(set), ...deleted.split(/[,; ]+/), ...revert.split(/[,; ]+/)].filter((key) => key !== '');
}

const DRIVE = /^(?:scsi|ide|sata|virtio|efidisk|tpmstate|mp|rootfs)\d*$/;
const LEADS_TO: Readonly<Record<string, readonly string[]>> = {
  start: ['running'],
  resume: ['running'],
  stop: ['stopped'],
  shutdown: ['stopped'],
  suspend: ['stopped', 'suspended', 'paused'],
};

/** The last operation that may have changed a key of the raw configuration. */
function ownerOf(path: string, operations: readonly GuestOperation[], isApplied: boolean): GuestOperation | undefined {
  const key = path.replace(/^pending\.(?:delete\.)?/, '');
  if (isApplied) return operations.findLast(({ action }) => /^status\/(?:start|stop|shutdown|reboot)$/.test(action));
  return operations.findLast(({ action, params, ...operation }) => {
    if (action.endsWith('/rollback')) return true;
    if (action === 'create') return true;
    if (key === 'parent') return /^snapshot(?:\/[^/]+)?$/.test(action);
    if (action === 'template') return key === 'template' || DRIVE.test(key);
    if (/^(?:resize|move_disk|move_volume)$/.test(action)) {
      return (
        key === (params?.['disk'] ?? params?.['volume']) || (action.startsWith('move') && key.startsWith('unused'))
      );
    }
    if (action !== 'config') return false;
    const keys = keysOf({ ...operation, params: params ?? null });
    return keys.includes(key) || (/^(?:unused\d+|boot)$/.test(key) && keys.some((one) => DRIVE.test(one)));
  });
}

/** An edit of a container leaves no trace. */
function actorOf(owner: GuestOperation | undefined): string {
  return owner === undefined || (owner.action === 'config' && owner.kind === 'lxc') ? UNKNOWN : owner.by;
}

function eventOf(owner: GuestOperation | undefined): string {
  if (owner === undefined) return '';
  if (owner.action.endsWith('/rollback')) return ' [rolled-back]';
  return owner.action === 'create' ? ' [restored]' : '';
}

/** The last writer of another value is the owner: who writes what is there changes nothing. */
function withoutRepeats(key: string, operations: readonly GuestOperation[]): GuestOperation[] {
  return operations.filter((operation, position) => {
    const written = operation.action === 'config' ? operation.params?.[key] : undefined;
    const before = operations
      .slice(0, position)
      .findLast((one) => one.action !== 'config' || keysOf(one).includes(key));
    return written === undefined || before === undefined || before.params?.[key] !== written;
  });
}

function lineValues(before: string, after: string): string {
  return before === '…' || after === '…' ? '' : `${before} → ${after}`;
}

type Line = Omit<HistoryLine, 'step' | 'guest'>;

/** Whether a value that waited is in effect now: told of both its paths. */
function tookEffect(path: string, before: RawGuest['config'] = {}, after: RawGuest['config'] = {}): boolean {
  const key = path.replace(/^pending\.(?:delete\.)?/, '');
  const [set, deleted] = [`pending.${key}`, `pending.delete.${key}`];
  if (before[deleted] !== undefined) return after[deleted] === undefined && after[key] === undefined;
  return before[set] !== undefined && after[set] === undefined && after[key] === before[set];
}

function configLines(kind: string, before: RawGuest, after: RawGuest, operations: readonly GuestOperation[]): Line[] {
  if (before.config === undefined || after.config === undefined) return [];
  const lines: Line[] = [];
  for (const key of new Set([...Object.keys(before.config), ...Object.keys(after.config)])) {
    const [old, now] = [trackedKey(kind, key, before.config[key]), trackedKey(kind, key, after.config[key])];
    if (old === null || now === null || before.config[key] === after.config[key]) continue;
    if (old.value !== '…' && old.value === now.value) continue;
    const owner = ownerOf(key, withoutRepeats(key, operations), tookEffect(key, before.config, after.config));
    lines.push({ what: now.path + eventOf(owner), values: lineValues(old.value, now.value), by: actorOf(owner) });
  }
  return lines;
}

function placeLines(before: RawGuest, after: RawGuest, operations: readonly GuestOperation[]): Line[] {
  const lines: Line[] = [];
  if (before.status !== after.status) {
    const by = operations.findLast(({ action }) => {
      return action.endsWith('/rollback') || LEADS_TO[action.replace('status/', '')]?.includes(after.status);
    });
    lines.push({ what: `status${eventOf(by)}`, values: `${before.status} → ${after.status}`, by: by?.by ?? UNKNOWN });
  }
  if (before.node !== after.node) {
    const by = operations.findLast(({ action }) => action === 'migrate')?.by ?? UNKNOWN;
    lines.push({ what: 'node [migrated]', values: `${before.node} → ${after.node}`, by });
  }
  if (before.pool !== undefined && after.pool !== undefined && before.pool !== after.pool) {
    lines.push({ what: 'pool', values: `${before.pool || '–'} → ${after.pool || '–'}`, by: UNKNOWN });
  }
  if (before.ha !== after.ha) lines.push({ what: 'ha', values: '', by: UNKNOWN });
  return lines;
}

/** A line for each snapshot that came, went or was written anew. */
function snapshotLines(before: RawGuest, after: RawGuest, operations: readonly GuestOperation[]): Line[] {
  if (before.snapshots === undefined || after.snapshots === undefined) return [];
  const names = new Set([...Object.keys(before.snapshots), ...Object.keys(after.snapshots)]);
  return [...names].flatMap((name) => {
    if (before.snapshots?.[name] === after.snapshots?.[name]) return [];
    const by = operations.findLast(({ action }) => /^snapshot(?:\/[^/]+)?$/.test(action))?.by ?? UNKNOWN;
    return [{ what: 'snapshot', values: '', by }];
  });
}

function creationLine(operation: GuestOperation | undefined): Line {
  const isRestored = ['archive', 'restore'].some((name) => operation?.params?.[name] !== undefined);
  const event = operation?.action === 'clone' ? ' [cloned]' : isRestored ? ' [restored]' : '';
  return { what: `created${event}`, values: '', by: operation?.by ?? UNKNOWN };
}

/** What a whole day must leave in the history, from the truth of what was done and the answers that were recorded. */
export function expectHistory(day: RecordedDay): HistoryLine[] {
  const known = new Map<string, RawGuest>();
  const waiting = new Map<string, GuestOperation[]>();
  return day.steps.flatMap((step, position) => {
    for (const operation of step.ops.flatMap((one) => toGuestOperation(one, step.step) ?? [])) {
      waiting.set(operation.guest, [...(waiting.get(operation.guest) ?? []), operation]);
    }
    return linesOf(step, position === 0, known, waiting);
  });
}

/** What HA was asked to do may show one step later. */
function isPending({ upid, step }: GuestOperation, now: number): boolean {
  return step === now && /:ha(?:start|stop|migrate):/.test(upid ?? '');
}

function linesOf(
  { step, answers }: DayStep,
  isFirst: boolean,
  known: Map<string, RawGuest>,
  waiting: Map<string, GuestOperation[]>,
): HistoryLine[] {
  const view = viewOf(answers);
  const lines: HistoryLine[] = [];
  const add = (guest: string, line: Line) => lines.push({ step, guest, ...line });
  for (const [guest, operations] of waiting) {
    const destroyed = operations.findLast(({ action }) => action === 'destroy');
    if (destroyed === undefined || !known.has(guest)) continue;
    known.delete(guest);
    add(guest, {
      what: view.has(guest) ? 'removed [replaced]' : 'removed',
      values: '',
      by: operations.find(({ action }) => action === 'destroy')?.by ?? UNKNOWN,
    });
  }
  for (const [guest, now] of view) {
    const [operations, before] = [waiting.get(guest) ?? [], known.get(guest)];
    waiting.set(
      guest,
      operations.filter((one) => isPending(one, step)),
    );
    known.set(guest, {
      ...now,
      pool: now.pool ?? before?.pool,
      config: now.config ?? before?.config,
      snapshots: now.snapshots ?? before?.snapshots,
    });
    if (isFirst) continue;
    if (before === undefined) {
      // First seen later than the day began: a node was off, or somebody made it.
      const maker = operations.findLast(({ action }) => action === 'create' || action === 'clone');
      if (maker !== undefined) add(guest, creationLine(maker));
      continue;
    }
    const found = [
      ...configLines(guest.split('/')[0] ?? '', before, now, operations),
      ...placeLines(before, now, operations),
      ...snapshotLines(before, now, operations),
    ];
    for (const line of found) add(guest, line);
  }
  return lines;
}
