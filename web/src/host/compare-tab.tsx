import { useQuery } from '@tanstack/react-query';
import { actorText } from '../../../src/cli/changes/change-record.ts';
import { formatValue } from '../../../src/cli/output/format-value.ts';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';
import type { Patch } from '../../../src/types/document.ts';
import { diffHost } from '../api/calls.ts';
import type { HostDetails } from '../api/types.ts';
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
  onChange: (part: { [K in keyof HostSearch]: string | undefined }) => void;
}

const WEEK_MS = 7 * 86_400_000;

/** Field by field, what is different between two times. */
export function CompareTab({ host, records, search, onChange }: Props) {
  const from = search.from ?? defaultFrom(host);
  const { to } = search;
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.history, 'diff', host.id, from, to],
    queryFn: () => diffHost(host.id, from, to),
  });
  return (
    <section className="panel" aria-label="Differences">
      <div className="panel-head times">
        <TimeInput label="From" value={from} onChange={(iso) => onChange({ from: iso })} />
        <TimeInput label="To" value={to} onChange={(iso) => onChange({ to: iso })} />
      </div>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {error === null && data === undefined && <Loading what="both times" />}
      {data !== undefined && <Differences patch={data.patch} records={records} />}
    </section>
  );
}

function Differences({ patch, records }: { patch: Patch; records: readonly ChangeRecord[] }) {
  if (patch.length === 0)
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
          {patch.map(([path, before, after]) => (
            <tr key={path}>
              <th scope="row" className="mono path">
                <Text>{path}</Text>
              </th>
              <td className="value before">
                <span aria-hidden="true">− </span>
                <Text>{formatValue(path, before)}</Text>
              </td>
              <td className="value after">
                <span aria-hidden="true">+ </span>
                <Text>{formatValue(path, after)}</Text>
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
      <Text>{actorText(record)}</Text> <ConfidenceSign {...record} />
    </>
  );
}

/** A week ago; of a younger one when it was first seen. Whole minutes, so that the question stays the same. */
function defaultFrom({ firstSeenAt }: HostDetails): string {
  const weekAgo = new Date(Math.floor((Date.now() - WEEK_MS) / 60_000) * 60_000).toISOString();
  return weekAgo > firstSeenAt ? weekAgo : firstSeenAt;
}
