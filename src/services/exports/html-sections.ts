import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow, StorageRow } from '../../types/inventory.ts';
import { storageBytes } from '../../types/storage.ts';
import { DAY_MS } from './days.ts';
import type { Inventory } from './export-format.ts';
import { osOf, reachableAddresses, referenceOf } from './guest-values.ts';
import { charts, countOf, meter } from './html-charts.ts';
import { type Cell, table } from './html-table.ts';
import { dayText, type Html, html, sizeText, timeText } from './html-text.ts';
import { type Overdue, oldBackups, oldSnapshots } from './overdue.ts';

const MOST_ACTIONS = 100;

function guestText(guest: GuestRow): string {
  return guest.name === null ? referenceOf(guest) : `${referenceOf(guest)} ${guest.name}`;
}

export function overdueSection({ guests, madeAt }: Inventory, days: { backup: number; snapshot: number }): Html {
  const backups = oldBackups(guests, madeAt, days.backup);
  const snapshots = oldSnapshots(guests, madeAt, days.snapshot);
  return html`<section><h2>Overdue</h2>
<h3>Guests without a known backup of the last ${days.backup} days: ${backups.length}</h3>
${overdueTable(backups, madeAt)}
<h3>Snapshots older than ${days.snapshot} days: ${snapshots.length}</h3>
${overdueTable(snapshots, madeAt)}
<p class="soft">Of Proxmox VE, backups that its tasks tell of.</p></section>`;
}

function overdueTable(rows: readonly Overdue[], now: Date): Html | null {
  if (rows.length === 0) return null;
  return table(
    ['Guest', 'Node', 'What', 'Since', 'Days'],
    rows.map(({ guest, what, since }) => ({
      cells: [
        { of: guestText(guest) },
        { of: guest.node },
        { of: what },
        since === null ? { of: 'none known', look: 'warn' } : { of: timeText(since), look: 'plain' },
        { of: since === null ? 'unknown' : Math.floor((now.getTime() - since.getTime()) / DAY_MS), look: 'number' },
      ],
    })),
  );
}

export function changesSection({ actions, begin, madeAt }: Inventory, days: number): Html {
  const isYoung = begin !== null && madeAt.getTime() - begin.getTime() < days * DAY_MS;
  const recorded = begin === null ? ' Nothing is recorded yet.' : isYoung ? ` Recorded since ${timeText(begin)}.` : '';
  const words = html`<h2>Changes of the last ${days} days</h2>
<p class="soft">${countOf(actions.length)}; what one person did to one resource in one go counts once.${recorded}</p>`;
  if (actions.length === 0) return html`<section>${words}</section>`;
  const rows = actions.slice(-MOST_ACTIONS).reverse();
  return html`<section>${words}
${charts(actions, madeAt, days)}
<h3>${rows.length < actions.length ? `The newest ${rows.length}` : 'All of them'}</h3>
${table(
  ['Time', 'Resource', 'Change', 'By'],
  rows.map(({ at, of, what, by }) => ({
    cells: [{ of: timeText(at), look: 'plain' }, { of }, { of: what }, { of: by }],
  })),
)}</section>`;
}

export function storageSection({ storages }: Inventory): Html {
  if (storages.length === 0) return html`<section><h2>Storage</h2><p class="soft">None is known.</p></section>`;
  const total = (figure: 'totalBytes' | 'usedBytes'): number =>
    storages.reduce((sum, storage) => sum + (storageBytes(storage, figure) ?? 0), 0);
  return html`<section><h2>Storage</h2>
<p>${sizeText(total('usedBytes'))} of ${sizeText(total('totalBytes'))} are used. <span class="soft">A storage that nodes share counts once.</span></p>
${table(['Storage', 'Type', 'Shared', 'Nodes', 'Content', 'Size', 'Used', 'Share', ''], storages.map(storageLine))}</section>`;
}

function storageLine(storage: StorageRow): { cells: Cell[]; isDim: boolean } {
  const [total, used] = [storageBytes(storage, 'totalBytes'), storageBytes(storage, 'usedBytes')];
  const share = total === null || used === null || total === 0 ? null : used / total;
  const percent = share === null ? 'unknown' : `${Math.round(share * 100)} %`;
  return {
    isDim: storage.isStale,
    cells: [
      { of: `${storage.providerName}/${storage.name}` },
      { of: storage.type },
      { of: storage.isShared ? 'yes' : 'no' },
      { of: storage.onNodes.map(({ node }) => node).join(', ') },
      { of: storage.content.join(', ') },
      { of: sizeText(total), look: 'number' },
      { of: sizeText(used), look: 'number' },
      { of: share !== null && share >= 0.9 ? `${percent}, nearly full` : percent, look: 'number' },
      { of: share === null ? '' : meter(share) },
    ],
  };
}

export function guestsSection({ guests }: Inventory): Html {
  return html`<section><h2>Guests</h2>
${table(
  [
    'Guest',
    'Name',
    'Kind',
    'Status',
    'Node',
    'Pool',
    'Tags',
    'System',
    'Addresses',
    'CPUs',
    'Memory',
    'Disks',
    'Last backup',
  ],
  guests.map((guest) => ({ isDim: guest.isStale, cells: guestCells(guest) })),
)}
${guests.some(({ isStale }) => isStale) ? html`<p class="soft">Guests in grey could not be observed: they are as they were when they were last seen.</p>` : null}</section>`;
}

function guestCells(guest: GuestRow): Cell[] {
  const { name, kind, status, node, pool, tags, cpus, memoryBytes, diskBytes, isTemplate, isStale, lastSeenAt } = guest;
  return [
    { of: referenceOf(guest), look: 'word' },
    { of: name },
    { of: isTemplate ? `${KIND_WORDS[kind]} template` : KIND_WORDS[kind], look: 'word' },
    { of: isStale ? `${status}, seen ${timeText(lastSeenAt)}` : status, look: 'word' },
    { of: node },
    { of: pool },
    { of: tags.join(', ') },
    { of: osOf(guest) },
    { of: reachableAddresses(guest).join(', ') || 'none known' },
    { of: cpus ?? 'unknown', look: 'number' },
    { of: sizeText(memoryBytes), look: 'number' },
    { of: sizeText(diskBytes), look: 'number' },
    { of: guest.lastBackup === null ? 'none known' : dayText(guest.lastBackup.at), look: 'plain' },
  ];
}
