import type { Ownership } from '../../types/account.ts';
import type { Comparison, FindingKind, Severity } from '../../types/finding.ts';
import type { PanelRecord } from '../../types/panel.ts';
import { hasOtherUuid } from './candidates.ts';
import type { ComparedGuest } from './compared-guest.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** What differs between a record and its guest. */
export interface PairDifference {
  kind: FindingKind;
  severity: Severity;
  text: string;
  comparisons: readonly Comparison[];
}

/** `owners`: who owns it by the rules, and by the panel; null: not known. Pure. */
export function comparePair(
  record: PanelRecord,
  guest: ComparedGuest,
  owners: { guest: Ownership | null; record: Ownership | null },
): PairDifference[] {
  return [
    ...uuidDifference(record, guest),
    ...ownerDifference(owners),
    ...sizeDifference(record, guest),
    ...stateDifference(record, guest),
  ];
}

function uuidDifference(record: PanelRecord, guest: ComparedGuest): PairDifference[] {
  if (!hasOtherUuid(record, guest)) return [];
  return [
    {
      kind: 'uuid-mismatch',
      severity: 'high',
      text: 'the panel knows another machine by this id: it was replaced, or the record is wrong',
      comparisons: [{ field: 'uuid', panel: record.uuid, inventory: guest.uuid }],
    },
  ];
}

function ownerDifference({ guest, record }: { guest: Ownership | null; record: Ownership | null }): PairDifference[] {
  if (guest === null || record === null || guest.key === record.key) return [];
  return [
    {
      kind: 'owner-mismatch',
      severity: 'high',
      text: `by ${guest.by} it belongs to somebody else than the panel says`,
      comparisons: [{ field: 'owner', panel: record.name, inventory: guest.name }],
    },
  ];
}

function sizeDifference(record: PanelRecord, guest: ComparedGuest): PairDifference[] {
  const sizes = [
    { field: 'cores', panel: record.cores, inventory: guest.cores, unit: '' },
    {
      field: 'memory',
      panel: inUnits(record.memoryBytes, MIB),
      inventory: inUnits(guest.memoryBytes, MIB),
      unit: ' MiB',
    },
    { field: 'disk', panel: inUnits(record.diskBytes, GIB), inventory: inUnits(guest.diskBytes, GIB), unit: ' GiB' },
  ];
  const different = sizes.flatMap(({ field, panel, inventory, unit }) =>
    panel === null || inventory === null || panel === inventory
      ? []
      : [{ field, panel: `${panel}${unit}`, inventory: `${inventory}${unit}`, isMore: inventory > panel }],
  );
  if (different.length === 0) return [];
  const isMore = different.some((one) => one.isMore);
  return [
    {
      kind: 'size-mismatch',
      severity: isMore ? 'medium' : 'low',
      text: isMore ? 'it has more than is billed' : 'it has less than is billed',
      comparisons: different.map(({ field, panel, inventory }) => ({ field, panel, inventory })),
    },
  ];
}

/** Whole units, as panels sell them: a disk of 10.02 GiB is one of 10. */
function inUnits(bytes: number | null, unit: number): number | null {
  return bytes === null ? null : Math.round(bytes / unit);
}

/** Whoever stops his own server does nothing wrong: only what should not run and does is told. */
function stateDifference({ state }: PanelRecord, { status }: ComparedGuest): PairDifference[] {
  if (state === null || state === 'running' || status !== 'running') return [];
  return [
    {
      kind: 'state-mismatch',
      severity: state === 'stopped' ? 'low' : 'high',
      text: `the panel says ${state}, and it runs`,
      comparisons: [{ field: 'state', panel: state, inventory: status }],
    },
  ];
}
