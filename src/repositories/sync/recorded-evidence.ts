import { lineKey } from '../../types/record-key.ts';
import type { RecordedEvidence } from '../../types/recorded-evidence.ts';
import { bulkJson, placeholder, textListSql } from '../db/dialect.ts';
import type { Reader } from '../db/reader.ts';
import { decodeChange, EXPLAINED_SQL } from '../history/change-codec.ts';
import { LabelDecoder } from '../history/change-label.ts';

const NO_TIME = new Date(0);

/** The records to which the history of some vmids refers, for every guest that ever had one of them. */
export async function findRecordedEvidence(
  reader: Reader,
  providerId: string,
  { vmids, since }: { vmids: readonly number[]; since: Date },
): Promise<RecordedEvidence> {
  const { columns, from, noun, key } = EXPLAINED_SQL;
  const [owner, among] = [placeholder(reader.provider, 1), textListSql(reader.provider, 2)];
  const sql = `SELECT ${columns}, g."vmid" FROM ${from} JOIN "guests" g ON g."id" = t."text"
    WHERE c."resource" IN (SELECT x."id" FROM "texts" x WHERE x."text" IN (SELECT o."id" FROM "guests" o
      WHERE o."providerId" = ${owner} AND CAST(o."vmid" AS TEXT) IN (${among})))`;
  const query = { sql, values: [providerId, bulkJson(vmids.map(String))], noun, key };
  const labels = new LabelDecoder();
  const refs = new Set<string>();
  const vagueVmids = new Set<number>();
  await reader.list(query, (row) => {
    const { kind, attribution } = decodeChange(row, (text) => labels.decode(text));
    const { ref, source, effectiveAt } = attribution;
    if (ref !== null) refs.add(source === 'log' ? lineKey({ ref, at: effectiveAt ?? NO_TIME }) : ref);
    else if (kind !== 'changed' && (row.numberOrNull('at') ?? 0) > since.getTime())
      vagueVmids.add(row.numberOrNull('vmid') ?? 0);
  });
  return { refs, vagueVmids };
}
