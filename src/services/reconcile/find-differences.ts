import type { Comparison, FindingKind, FoundDifference, Severity } from '../../types/finding.ts';
import { groupBy } from '../../types/group-by.ts';
import type { PanelRecord } from '../../types/panel.ts';
import { comparePair } from './compare-pair.ts';
import type { ComparedGuest } from './compared-guest.ts';
import type { Matching, Undecided } from './match-records.ts';
import type { PanelOwners } from './owners.ts';

/** One panel and the guests that it is about. */
export interface PanelComparison {
  panelName: string;
  matching: Matching;
  /** Those of the scope of the panel that are not gone, without templates. */
  guests: readonly ComparedGuest[];
  owners: PanelOwners;
  /** Whether the guest was read by a run that nothing is to be held against: {@link doubtOf}. */
  isSure: (guest: ComparedGuest) => boolean;
  /** When its panel was read: what was seen first after that is not expected in it. */
  readAt: Date;
  /** Whether the record was there already when guests were last listed: its machine would have been seen. */
  isListedSince: (record: PanelRecord) => boolean;
  /** Why the guests of that provider (by name; null: of any in the scope) may not be all; null: they are. */
  missingDoubt: (providerName: string | null) => string | null;
}

interface Subject {
  guest?: ComparedGuest | undefined;
  record?: PanelRecord | undefined;
}

interface Said {
  kind: FindingKind;
  severity: Severity;
  text: string;
  comparisons?: readonly Comparison[];
  guests?: readonly ComparedGuest[];
  records?: readonly PanelRecord[];
}

/** What differs between a panel whose list is whole and the inventory. Pure. */
export function findDifferences(comparison: PanelComparison): FoundDifference[] {
  return [
    ...pairDifferences(comparison),
    ...billedTwice(comparison),
    ...externalServers(comparison),
    ...orphanedRecords(comparison),
    ...undecided(comparison),
  ];
}

/** The same for the same difference. */
export function findingKey(kind: FindingKind, panelName: string, { guest, record }: Subject): string {
  return JSON.stringify([kind, panelName, guest?.id ?? null, record?.id ?? null]);
}

function pairDifferences(comparison: PanelComparison): FoundDifference[] {
  const { matching, owners, isSure } = comparison;
  return matching.matches.flatMap(({ record, guest }) => {
    if (!isSure(guest)) return [];
    const known = { guest: owners.ofGuest(guest), record: owners.ofRecord(record) };
    return comparePair(record, guest, known).map((said) => toFound(comparison, said, { guest, record }));
  });
}

function billedTwice(comparison: PanelComparison): FoundDifference[] {
  const paid = comparison.matching.matches.filter(
    ({ record }) => record.state !== 'terminated' && record.isBilled !== false,
  );
  return [...groupBy(paid, ({ guest }) => guest.id).values()].flatMap((matches) => {
    const [first] = matches;
    if (first === undefined || matches.length < 2) return [];
    const records = matches.map(({ record }) => record);
    const text = `${records.length} records are this server`;
    return [toFound(comparison, { kind: 'billed-twice', severity: 'high', text, records }, { guest: first.guest })];
  });
}

function externalServers(comparison: PanelComparison): FoundDifference[] {
  const { matching, guests, isSure, readAt } = comparison;
  const concerned = new Set([
    ...matching.matches.map(({ guest }) => guest.id),
    ...[...matching.duplicates, ...matching.ambiguous].flatMap((one) => one.guests.map(({ id }) => id)),
  ]);
  return guests.flatMap((guest) => {
    if (concerned.has(guest.id) || !isSure(guest) || guest.firstSeenAt > readAt) return [];
    const isRunning = guest.status === 'running';
    return [
      toFound(
        comparison,
        {
          kind: 'external-server',
          severity: isRunning ? 'high' : 'medium',
          text: `it ${isRunning ? 'runs' : 'exists'}, and the panel does not know it`,
        },
        { guest },
      ),
    ];
  });
}

function orphanedRecords(comparison: PanelComparison): FoundDifference[] {
  const { matching, missingDoubt, isListedSince } = comparison;
  const isSure = ({ provider }: PanelRecord) => missingDoubt(provider) === null;
  const isExpected = ({ state }: PanelRecord) => state !== 'terminated';
  const gone = matching.gone.filter(({ record }) => isExpected(record) && isSure(record));
  const unknown = matching.unknown.filter((record) => isExpected(record) && isSure(record) && isListedSince(record));
  return [
    ...gone.map(({ record, guest }) =>
      toFound(
        comparison,
        {
          kind: 'orphaned-record',
          severity: 'high',
          text: `its machine ${guest.ref} is gone${guest.goneAt === null ? '' : ` since ${guest.goneAt.toISOString()}`}`,
          guests: [guest],
        },
        { record },
      ),
    ),
    ...unknown.map((record) =>
      toFound(
        comparison,
        { kind: 'orphaned-record', severity: 'medium', text: 'no machine of the inventory is it' },
        { record },
      ),
    ),
  ];
}

function undecided(comparison: PanelComparison): FoundDifference[] {
  const { duplicates, ambiguous } = comparison.matching;
  const isExpected = ({ record }: Undecided) => record.state !== 'terminated';
  return [
    ...duplicates
      .filter(isExpected)
      .map(({ record, guests, by }) =>
        toFound(
          comparison,
          { kind: 'duplicate', severity: 'medium', text: `${guests.length} machines have the same ${by}`, guests },
          { record },
        ),
      ),
    ...ambiguous.filter(isExpected).map(({ record, guests, by }) => {
      const text =
        guests.length > 1 ? `${guests.length} machines may be it by ${by}` : `another record has the same ${by}`;
      return toFound(comparison, { kind: 'ambiguous-match', severity: 'medium', text, guests }, { record });
    }),
  ];
}

function toFound({ panelName, owners }: PanelComparison, said: Said, { guest, record }: Subject): FoundDifference {
  const { kind, severity, text, guests = [], records = [] } = said;
  const comparisons = [...(said.comparisons ?? []), ...packageOf(record ?? records[0])];
  const [first] = records;
  const owned = record ?? first;
  const owner = (owned && owners.ofRecord(owned)) ?? (guest && owners.ofGuest(guest)) ?? null;
  return {
    kind,
    key: findingKey(kind, panelName, { guest, record }),
    severity,
    panelName,
    guestId: guest?.id ?? null,
    recordId: record?.id ?? null,
    accountKey: owner?.key ?? null,
    subject: guest === undefined ? (record?.name ?? record?.id ?? '') : subjectOf(guest),
    evidence: { text, comparisons, guests: guests.map(({ ref }) => ref), records: records.map(({ id }) => id) },
  };
}

/** What is paid for it, for whoever bills or credits it. */
function packageOf(record: PanelRecord | undefined): Comparison[] {
  const name = record?.package ?? null;
  return name === null ? [] : [{ field: 'package', panel: name, inventory: null }];
}

export function subjectOf({ ref, name }: ComparedGuest): string {
  return name === null ? ref : `${ref} (${name})`;
}
