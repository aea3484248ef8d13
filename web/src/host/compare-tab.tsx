import { useQuery } from '@tanstack/react-query';
import { formatValue } from '../../../src/cli/output/format-value.ts';
import { findHost } from '../api/calls.ts';
import type { ChangeRecord, Facts, HostDetails, Value } from '../api/types.ts';
import { actorText } from '../parts/change-text.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { ConfidenceSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { TimeInput } from '../parts/time-input.tsx';
import type { HostSearch } from '../search-types.ts';

interface Props {
  host: HostDetails;
  records: readonly ChangeRecord[];
  search: HostSearch;
  onChange: (part: HostSearch) => void;
}

const DAY_MS = 86_400_000;

/** Field by field, what is different between two times. */
export function CompareTab({ host, records, search, onChange }: Props) {
  const from = search.from ?? defaultFrom(host, records);
  const before = useQuery({ queryKey: ['host', host.id, from], queryFn: () => findHost(host.id, from) });
  const after = useQuery({
    queryKey: ['host', host.id, search.to ?? 'now'],
    queryFn: () => findHost(host.id, search.to),
  });
  const error = before.error ?? after.error;
  return (
    <section className="panel" aria-label="Differences">
      <div className="panel-head times">
        <TimeInput label="From" value={from} onChange={(iso) => onChange({ from: iso ?? '' })} />
        <TimeInput label="To" value={search.to} onChange={(iso) => onChange({ to: iso ?? '' })} />
      </div>
      {error !== null && <Failure error={error} />}
      {error === null && (before.data === undefined || after.data === undefined) && <Loading what="both times" />}
      {before.data !== undefined && after.data !== undefined && (
        <Differences before={before.data.document} after={after.data.document} records={records} />
      )}
    </section>
  );
}

interface DifferenceProps {
  before: Facts;
  after: Facts;
  records: readonly ChangeRecord[];
}

function Differences({ before, after, records }: DifferenceProps) {
  const rows = differences(before, after);
  if (rows.length === 0)
    return <Empty title="No field is different">Choose an earlier time, or look at the history.</Empty>;
  return (
    <ScrollRegion label="Differences, table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            <th scope="col">Who, last</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, left, right }) => (
            <tr key={path}>
              <th scope="row" className="mono path">
                <Text>{path}</Text>
              </th>
              <td className="value removed">
                <span aria-hidden="true">− </span>
                <Text>{formatValue(path, left)}</Text>
              </td>
              <td className="value added">
                <span aria-hidden="true">+ </span>
                <Text>{formatValue(path, right)}</Text>
              </td>
              <td>
                <Who record={records.find((record) => record.path === path)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Who({ record }: { record: ChangeRecord | undefined }) {
  if (record === undefined) return <span className="none">not recorded</span>;
  return (
    <>
      <Text>{actorText(record)}</Text> <ConfidenceSign confidence={record.confidence} />
    </>
  );
}

function differences(before: Facts, after: Facts): { path: string; left: Value | null; right: Value | null }[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths
    .map((path) => ({ path, left: before[path] ?? null, right: after[path] ?? null }))
    .filter(({ left, right }) => JSON.stringify(left) !== JSON.stringify(right));
}

/** A day ago; of a younger one when it was first seen. */
function defaultFrom({ firstSeenAt }: HostDetails, records: readonly ChangeRecord[]): string {
  const oldest = records.at(-1)?.notBefore ?? firstSeenAt;
  const dayAgo = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS).toISOString();
  return dayAgo > firstSeenAt ? dayAgo : oldest;
}
