import { type ChangeRecord, toRecords } from '../../types/change-record.ts';
import {
  disksOf,
  type GuestDisk,
  type GuestNetwork,
  type GuestSnapshot,
  networksOf,
  snapshotsOf,
} from '../../types/guest-parts.ts';
import type { GuestLookup, GuestRow } from '../../types/inventory.ts';
import type { MachineLink } from '../../types/machine-link.ts';
import { isPendingPath } from '../../types/pending-path.ts';
import { byTime } from '../changes/change-record.ts';
import { historyBlock } from '../changes/history-block.ts';
import type { CliContext } from '../context.ts';
import type { Look } from '../output/column.ts';
import type { SafeText } from '../output/escape.ts';
import { formatAge, formatBytes, formatDuration, formatPercent } from '../output/format.ts';
import type { Draw, View } from '../output/output.ts';
import { guestRef, hasMoreDisks, presenceText, statusText } from './columns.ts';
import { pendingLines } from './pending-lines.ts';
import { dataAge } from './presence.ts';
import { SHEET_COLUMNS, type SheetLine, seenAt, toConfigLines, toStateLines } from './sheet-lines.ts';

/** What `-o json` prints. */
interface ShownGuest extends GuestRow {
  disks: readonly GuestDisk[];
  networks: readonly GuestNetwork[];
  snapshots: readonly GuestSnapshot[];
  history: readonly ChangeRecord[];
}

export async function showState(context: CliContext, ref: string, lookup: GuestLookup): Promise<void> {
  const { guest, history } = await (await context.app.history())
    .showGuest(ref, lookup)
    .catch(async (error: unknown) => (await import('./history-begin.ts')).explainTime(context, error, lookup.at));
  const { document } = guest;
  const [managed = guest] = await (await context.app.managers()).withManagers([guest], lookup);
  const parts = { disks: disksOf(document), networks: networksOf(document), snapshots: snapshotsOf(document) };
  const value: ShownGuest = { ...managed, ...parts, history: byTime(toRecords(history)) };
  const look = { now: context.now(), isWide: context.options.output === 'wide' };
  const view: View<ShownGuest, SheetLine> = {
    columns: SHEET_COLUMNS,
    rows: (shown) => {
      const lines = [...stateLines(shown, look), ...configLines(shown), ...pendingLines(shown.document)];
      return context.options.output === 'name' ? lines.slice(0, 1) : lines;
    },
    ref: () => guestRef(guest),
    layout: (shown, draw) => sheet(shown, draw),
    footer: () => dataAge(context, lookup.at),
  };
  await context.output.print(value, view);
}

function sheet(shown: ShownGuest, draw: Draw<SheetLine>): SafeText[] {
  const parts = [
    draw.plain(stateLines(shown, draw)),
    draw.line(''),
    draw.line('CONFIGURATION'),
    draw.plain(configLines(shown)),
  ];
  const pending = pendingLines(shown.document);
  if (pending.length > 0) parts.push(draw.line(''), draw.line('PENDING, until the next restart'), draw.plain(pending));
  return [...parts, ...historyBlock(shown.history, draw)];
}

function stateLines(guest: ShownGuest, { now }: Look): SheetLine[] {
  const { telemetry } = guest;
  const used = telemetry === null ? '' : ` (${formatBytes(telemetry.memoryUsedBytes)} used)`;
  const load = telemetry === null ? '' : ` (${formatPercent(telemetry.cpu)} in use)`;
  const uptime = telemetry?.uptimeSeconds ? `, up ${formatDuration(telemetry.uptimeSeconds * 1000)}` : '';
  return toStateLines({
    guest: guestRef(guest),
    name: guest.name,
    status: `${statusText(guest, { now })}${uptime}`,
    presence: presenceText(guest),
    node: guest.node,
    'managed by': linkText(guest.managedBy),
    manages: linkText(guest.manages),
    ha: typeof guest.document['ha.state'] === 'string' ? guest.document['ha.state'] : null,
    pool: guest.pool,
    tags: guest.tags.length === 0 ? null : guest.tags.join(', '),
    template: guest.isTemplate ? 'yes' : null,
    lock: guest.lock,
    cpus: guest.cpus === null ? null : `${guest.cpus}${load}`,
    memory: guest.memoryBytes === null ? null : `${formatBytes(guest.memoryBytes)}${used}`,
    disk: guest.diskBytes === null ? null : formatBytes(guest.diskBytes),
    'boot disk': hasMoreDisks(guest) ? formatBytes(guest.bootDiskBytes) : null,
    os: guest.os?.name ?? null,
    addresses: addressText(guest, now),
    'not told': guest.status === 'running' ? guest.addressesIssue : null,
    networks: joined(guest.networks, networkText),
    disks: joined(guest.disks, diskText),
    snapshots: joined(guest.snapshots, ({ name, at }) => (at === null ? name : `${name} (${formatAge(at, now)})`)),
    'last backup': backupText(guest, now),
    'backup by': guest.backupJobs === null ? null : guest.backupJobs.join(', ') || 'none',
    'first seen': seenAt(guest.firstSeenAt, now),
    'last seen': seenAt(guest.lastSeenAt, now),
    gone: guest.goneAt === null ? null : seenAt(guest.goneAt, now),
  });
}

/** `bigfix/12345 (exact, by mac)`. */
function linkText(link: MachineLink | undefined): string | null {
  if (link === undefined) return null;
  return `${guestRef(link)} (${link.confidence}, by ${link.by.replaceAll('-', ' ')})`;
}

function joined<T>(items: readonly T[], toText: (item: T) => string): string | null {
  return items.length === 0 ? null : items.map(toText).join(', ');
}

function networkText({ name, bridge, vlan }: GuestNetwork): string {
  return `${bridge ?? '?'}${vlan === null ? '' : ` VLAN ${vlan}`} (${name})`;
}

function diskText({ name, storage, bytes, format }: GuestDisk): string {
  const parts = [bytes === null ? null : formatBytes(bytes), storage === null ? null : `on ${storage}`, format];
  return `${parts.filter((part) => part !== null).join(' ')} (${name})`.trimStart();
}

/** With the time of those that the guest told, which may be long ago. */
function addressText({ addresses, addressesAt }: ShownGuest, now: Date): string | null {
  if (addresses.length === 0) return null;
  const texts = addresses.map((one) => (one.interface === null ? one.address : `${one.address} (${one.interface})`));
  const isTold = addressesAt !== null && addresses.some(({ source }) => source === 'guest');
  return `${[...new Set(texts)].join(', ')}${isTold ? `, read ${formatAge(addressesAt, now)}` : ''}`;
}

function backupText({ lastBackup }: ShownGuest, now: Date): string | null {
  if (lastBackup === null) return null;
  return lastBackup.bytes === null
    ? seenAt(lastBackup.at, now)
    : `${seenAt(lastBackup.at, now)}, ${formatBytes(lastBackup.bytes)}`;
}

const SHOWN_ABOVE = new Set(['ha.state', 'name', 'node', 'status', 'qmpstatus', 'tags', 'pool', 'template']);

function configLines({ document }: ShownGuest): SheetLine[] {
  return toConfigLines(document, (path) => SHOWN_ABOVE.has(path) || isPendingPath(path));
}
