import { actorText, changeText, isFirstSight, timeOf } from '../../../src/cli/changes/change-record.ts';
import { formatLocalDay } from '../../../src/cli/output/format.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';
import { newestFirst } from '../parts/newest-first.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { ConfidenceSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';

interface Props {
  records: readonly ChangeRecord[] | undefined;
  error: unknown;
  retry: () => void;
}

/** A timeline, newest first: each change with its fields, who did it, and how sure that is. */
export function HistoryTab({ records, error, retry }: Props) {
  if (records === undefined)
    return error === null ? <Loading what="the history" /> : <Failure error={error} retry={retry} />;
  const days = byDay(newestFirst(records));
  if (days.length === 0) return <Empty title="No change is recorded">It is as it was when it was first seen.</Empty>;
  return (
    <ol className="timeline">
      {days.map(([day, changes]) => (
        <li key={day}>
          <h2 className="timeline-day">{day}</h2>
          <ol>
            {changes.map((fields) => (
              <Entry key={`${fields[0].rev}.${fields[0].seq}`} fields={fields} />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

type Fields = readonly [ChangeRecord, ...ChangeRecord[]];

function Entry({ fields }: { fields: Fields }) {
  const [first] = fields;
  return (
    <li className={`timeline-entry ${first.kind}`}>
      <p className="timeline-head">
        <When at={timeOf(first)} />
        <strong>
          <Text>{actorText(first)}</Text>
        </strong>
        {!isFirstSight(first) && <ConfidenceSign {...first} />}
        {first.via !== null && (
          <span className="muted">
            <Text>{first.via}</Text>
          </span>
        )}
      </p>
      <ul>
        {fields.map((field) => (
          <li key={field.path ?? ''}>
            <Text>{changeText(field)}</Text>
          </li>
        ))}
      </ul>
      {first.effectiveAt === null && first.notBefore !== null && (
        <p className="muted">
          Seen by revision {first.rev}; it happened after <When at={first.notBefore} />
        </p>
      )}
    </li>
  );
}

function byDay(records: readonly ChangeRecord[]): [day: string, changes: Fields[]][] {
  const changes = new Map<string, [ChangeRecord, ...ChangeRecord[]]>();
  for (const record of records) {
    const key = `${record.rev}.${record.seq}`;
    const known = changes.get(key);
    if (known === undefined) changes.set(key, [record]);
    else known.push(record);
  }
  const days = new Map<string, Fields[]>();
  for (const fields of changes.values()) {
    const day = formatLocalDay(timeOf(fields[0]));
    days.set(day, [...(days.get(day) ?? []), fields]);
  }
  return [...days];
}
