import type { PanelReading, PanelRecord, RecordField, RecordState } from '../types/panel.ts';
import { type Said, textOf, toAddresses, toAmount, toFlag, toMacs, toText, toUuid } from './field-values.ts';
import { toRecordState } from './record-states.ts';

/** A row whose keys are fields of a record. Others are ignored. */
export type MappedRow = Readonly<Partial<Record<RecordField, unknown>>>;

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** More of them say no more. */
const MOST_NOTES = 20;

/** A record, and the fields whose values could not be used. */
export interface ConvertedRow {
  record: PanelRecord;
  wrong: readonly RecordField[];
}

/** null: the row has no id. */
export function toRecord(row: MappedRow): ConvertedRow | null {
  const id = textOf(row.id);
  if (id === null) return null;
  const wrong: RecordField[] = [];
  const take = <T>(field: RecordField, said: Said<T>): T => {
    if (said.isWrong) wrong.push(field);
    return said.value;
  };
  const record: PanelRecord = {
    id,
    provider: take('provider', toText(row.provider)),
    nativeId: take('native_id', toText(row.native_id)),
    uuid: take('uuid', toUuid(row.uuid)),
    macs: take('mac', toMacs(row.mac)),
    addresses: take('address', toAddresses(row.address)),
    name: take('name', toText(row.name)),
    owner: take('owner', toText(row.owner)),
    state: take('state', toState(row.state)),
    cores: take('cores', toAmount(row.cores)),
    memoryBytes: take('memory_mb', toAmount(row.memory_mb, MIB)),
    diskBytes: take('disk_gb', toAmount(row.disk_gb, GIB)),
    package: take('package', toText(row.package)),
    isBilled: take('billed', toFlag(row.billed)),
  };
  return { record, wrong };
}

function toState(value: unknown): Said<RecordState | null> {
  const { value: text, isWrong } = toText(value);
  const state = text === null ? null : toRecordState(text);
  return { value: state ?? null, isWrong: isWrong || state === undefined };
}

/** `doubt`: why rows may be missing; null: all of them are there. Rows without an id, or with that of another, make it doubtful. */
export function toReading(rows: readonly MappedRow[], doubt: string | null = null): PanelReading {
  const records = new Map<string, PanelRecord>();
  const twice = new Set<string>();
  const notes: string[] = [];
  let nameless = 0;
  for (const row of rows) {
    const converted = toRecord(row);
    if (converted === null) {
      nameless += 1;
      continue;
    }
    const { record, wrong } = converted;
    if (records.has(record.id)) twice.add(record.id);
    else records.set(record.id, record);
    for (const field of wrong) notes.push(`record ${record.id}: its ${field} cannot be used`);
  }
  return {
    records: [...records.values()],
    doubt: doubtOf(doubt, nameless, twice),
    ...(notes.length > 0 && { notes: shortened(notes) }),
  };
}

function doubtOf(doubt: string | null, nameless: number, twice: ReadonlySet<string>): string | null {
  const [first] = twice;
  const reasons = [
    ...(doubt === null ? [] : [doubt]),
    ...(nameless === 0 ? [] : [`${nameless === 1 ? 'one record has' : `${nameless} records have`} no id`]),
    ...(first === undefined
      ? []
      : [`${twice.size === 1 ? 'an id is' : `${twice.size} ids are`} there twice (${first})`]),
  ];
  return reasons.length === 0 ? null : reasons.join('; ');
}

function shortened(notes: readonly string[]): string[] {
  const rest = notes.length - MOST_NOTES;
  return rest > 0 ? [...notes.slice(0, MOST_NOTES), `and ${rest} more`] : [...notes];
}

/** A row by the names of a panel, as one by ours. Without a map the names are ours. */
export function mapRow(row: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, string>>): MappedRow {
  const mapped = Object.entries(fields).map(([field, column]) => [
    field,
    Object.hasOwn(row, column) ? row[column] : null,
  ]);
  return { ...row, ...Object.fromEntries(mapped) };
}
