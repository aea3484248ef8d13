import type { ImportedGuest } from '../../services/imports/import-service.ts';
import type { Column } from '../output/column.ts';
import { formatLocal } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { guestRef, presenceText } from '../resources/columns.ts';

/** An imported guest as JSON has it. */
export type ImportRecord = ReturnType<typeof toRecord>;

export function toRecord({ mark, guest, isGone }: ImportedGuest) {
  const { guestId: _, ...rest } = mark;
  const { id: hostId, providerName, nativeId, name: guestName, presence, presenceReason, goneAt } = guest;
  return { ...rest, hostId, providerName, nativeId, guestName, presence, presenceReason, goneAt, isGone };
}

const COLUMNS: readonly Column<ImportRecord>[] = [
  { key: 'name', header: 'CONNECTION', raw: ({ name }) => name },
  { key: 'guest', raw: (row) => guestRef(row) },
  {
    key: 'guestName',
    header: 'NAME',
    raw: ({ guestName }) => guestName,
    detail: (rows) => rows.some(({ name, guestName }) => name !== guestName),
  },
  { key: 'address', raw: ({ address }) => address },
  { key: 'user', raw: ({ login }) => login.user, detail: (rows) => rows.some(({ login }) => login.user !== undefined) },
  {
    key: 'group',
    raw: ({ login }) => login.group,
    detail: (rows) => rows.some(({ login }) => login.group !== undefined),
  },
  { key: 'target', header: 'FILE', raw: ({ target }) => target, spare: 2 },
  {
    key: 'presence',
    raw: ({ presence }) => presence,
    text: presenceText,
    detail: (rows) => rows.some(({ isGone }) => isGone),
  },
  timeColumn('goneAt', 'GONE AT', ({ goneAt }) => goneAt),
  timeColumn('archivedAt', 'ARCHIVED', ({ archivedAt }) => archivedAt),
  { key: 'connectionId', header: 'ID', raw: ({ connectionId }) => connectionId, detail: 'wide' },
  {
    key: 'importedAt',
    header: 'IMPORTED',
    raw: ({ importedAt }) => importedAt,
    text: ({ importedAt }) => formatLocal(importedAt),
    detail: 'wide',
  },
  { key: 'importedBy', header: 'BY', raw: ({ importedBy }) => importedBy, detail: 'wide' },
];

function timeColumn(key: string, header: string, time: (row: ImportRecord) => Date | null): Column<ImportRecord> {
  return {
    key,
    header,
    isSolid: true,
    raw: time,
    text: (row) => {
      const at = time(row);
      return at === null ? '' : formatLocal(at);
    },
    detail: (rows) => rows.some((row) => time(row) !== null),
  };
}

export function importView(empty: string): View<readonly ImportRecord[], ImportRecord> {
  return { columns: COLUMNS, rows: (value) => value, ref: guestRef, empty };
}
