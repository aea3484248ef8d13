import type { LogEntry, Task } from '../../src/providers/proxmox/records/record.ts';
import type { Outcome } from '../../src/types/audit-record.ts';
import type { Patch, Value } from '../../src/types/document.ts';
import type { Evidence, UnattributedChange } from '../../src/types/evidence.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import { logLine, taskRecord } from '../helpers/records.ts';

/** All times in these tests are seconds after this one. */
const EPOCH_S = 1_800_000_000;
let serial = 0;

export function at(seconds: number): Date {
  return new Date((EPOCH_S + seconds) * 1000);
}

export function ctime(seconds: number): number {
  return EPOCH_S + seconds;
}

function splitUser(userid: string): { actor: string; credential: string | null } {
  const [actor = '', credential = null] = userid.split('!');
  return { actor, credential };
}

/** `task('qmstart 100', 'alice@pve!cli', 10, 12)`: ended well unless told otherwise; `end` null: running. */
export function task(
  what: string,
  by: string,
  start: number,
  end: number | null = start,
  more: { node?: string; state?: Outcome } = {},
): Task {
  const [type = '', id = ''] = what.split(' ');
  const node = more.node ?? 'pve1';
  serial += 1;
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
  return taskRecord({
    ref: `UPID:${node}:${hex(serial)}:${hex(serial)}:${hex(EPOCH_S + start)}:${type}:${id}:${by}:`,
    place: node,
    at: at(start),
    native: type,
    target: id,
    ...splitUser(by),
    endedAt: end === null ? null : at(end),
    outcome: more.state ?? (end === null ? 'running' : 'ok'),
    text: end === null ? null : 'OK',
  });
}

function rootOf(path: string): string {
  return path.split('.')[0] ?? path;
}

/** A line `update VM N`. `keys` are those set without a value that could be told, such as `net0` of `-net0 virtio`. */
export function edit(
  vmid: number,
  by: string,
  seconds: number,
  said: {
    set?: Record<string, Value>;
    keys?: readonly string[];
    deleted?: readonly string[];
    reverted?: readonly string[];
    isAmbiguous?: boolean;
  },
): LogEntry {
  const set = said.set ?? {};
  return {
    ...note(`update VM ${vmid}: …`, by, seconds),
    update: {
      vmid,
      set,
      setKeys: [...new Set([...Object.keys(set).map(rootOf), ...(said.keys ?? [])])],
      deletedKeys: said.deleted ?? [],
      revertedKeys: said.reverted ?? [],
      isAmbiguous: said.isAmbiguous ?? false,
    },
  };
}

export function note(message: string, by: string, seconds: number): LogEntry {
  serial += 1;
  return logLine({ ref: `pve1/${serial}`, at: at(seconds), ...splitUser(by), text: message });
}

export function evidence(...of: readonly (Task | LogEntry)[]): Evidence {
  return { records: of, clockSkewMs: 0, sources: [] };
}

type Guest = NonNullable<UnattributedChange['guest']>;

/** A change of VM 100 on pve1 within the window of 100 to 200 seconds, unless told otherwise. */
export function change(
  patch: Patch,
  more: Partial<Omit<UnattributedChange, 'guest'>> & { guest?: Partial<Guest> } = {},
): UnattributedChange {
  const vmid = more.guest?.vmid ?? 100;
  const base = { kind: 'qemu' as const, nativeId: `${vmid}`, vmid, node: 'pve1', identity: {}, isHaManaged: false };
  const guest = { ...base, ...more.guest };
  return {
    resourceType: 'guest',
    resourceId: `guest-${guest.vmid}`,
    kind: 'changed',
    event: null,
    notBefore: at(100),
    notAfter: at(200),
    ...more,
    patch,
    guest,
  };
}

/** One line for each row: `memory: alice@pve!cli exact task qmstart`. */
export function told(rows: readonly PlannedChange[]): string[] {
  return rows.map(({ patch, kind, event, attribution: { actor, token, source, via, confidence } }) => {
    const what = kind === 'changed' ? patch.map(([path]) => path).join(' ') : kind;
    const who = actor === null ? 'unknown' : token === null ? actor : `${actor}!${token}`;
    const how = confidence === 'none' ? '' : ` ${confidence} ${source} ${via}`;
    return `${what}${event === null ? '' : ` [${event}]`}: ${who}${how}`;
  });
}
