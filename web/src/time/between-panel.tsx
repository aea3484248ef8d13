import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { actorText } from '../../../src/cli/changes/change-record.ts';
import type { ChangeQuery } from '../../../src/client/api.ts';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';
import { listChanges } from '../api/calls.ts';
import { ChangeList } from '../parts/change-list.tsx';
import { countText } from '../parts/format.ts';
import { newestFirst } from '../parts/newest-first.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ConfidenceSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { TimeInput } from '../parts/time-input.tsx';
import type { TimeSearch } from '../search-types.ts';
import { SelectorField } from './selector-field.tsx';

interface Props {
  search: TimeSearch;
  onChange: (part: { [K in keyof TimeSearch]: string | undefined }) => void;
}

const LIMIT = 2000;
const SHOWN = 200;
const DAY = '24h';

/** What changed between two times, by person. */
export function BetweenPanel({ search, onChange }: Props) {
  const { since, until, q, by } = search;
  const query: ChangeQuery = {
    since: since ?? DAY,
    limit: LIMIT,
    ...(until !== undefined && { until }),
    ...(q !== undefined && { selector: q }),
  };
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.history, 'between', query],
    queryFn: () => listChanges(query),
    placeholderData: (before) => before,
  });
  const records = useMemo(() => newestFirst(data ?? []), [data]);
  const shown = by === undefined ? records : records.filter((record) => actorText(record) === by);
  return (
    <Panel title="What changed between two times">
      <div className="panel-body times">
        <TimeInput label="Since (a day ago if empty)" value={since} onChange={(iso) => onChange({ since: iso })} />
        <TimeInput label="Until" value={until} onChange={(iso) => onChange({ until: iso })} />
        <SelectorField value={q ?? ''} onChange={(text) => onChange({ q: text })} />
      </div>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {error === null && data === undefined && <Loading what="changes" />}
      {data !== undefined && <People records={records} chosen={by} onChoose={(name) => onChange({ by: name })} />}
      {data !== undefined && shown.length === 0 && (
        <Empty title="Nothing changed in that time">Choose an earlier beginning, or another selector.</Empty>
      )}
      {shown.length > 0 && <ChangeList records={shown.slice(0, SHOWN)} label="Changes" />}
      {shown.length > SHOWN && (
        <p className="panel-body muted">
          The newest {SHOWN} of {countText(shown.length, 'change')}; a shorter time shows the others.
        </p>
      )}
    </Panel>
  );
}

interface PeopleProps {
  records: readonly ChangeRecord[];
  chosen: string | undefined;
  onChoose: (name: string | undefined) => void;
}

function People({ records, chosen, onChoose }: PeopleProps) {
  const people = useMemo(() => countPeople(records), [records]);
  if (people.length === 0) return null;
  return (
    <fieldset className="people">
      <legend className="visually-hidden">Who</legend>
      <Person
        name="Everybody"
        count={records.length}
        isChosen={chosen === undefined}
        onChoose={() => onChoose(undefined)}
      />
      {people.map(({ name, count, confidence }) => (
        <Person
          key={name}
          name={name}
          count={count}
          confidence={confidence}
          isChosen={chosen === name}
          onChoose={() => onChoose(name)}
        />
      ))}
    </fieldset>
  );
}

interface PersonProps {
  name: string;
  count: number;
  confidence?: ChangeRecord['confidence'];
  isChosen: boolean;
  onChoose: () => void;
}

function Person({ name, count, confidence, isChosen, onChoose }: PersonProps) {
  return (
    <button type="button" className="person" aria-pressed={isChosen} onClick={onChoose}>
      <Text>{name}</Text>
      <strong>{count.toLocaleString('en')}</strong>
      {confidence !== undefined && confidence !== 'none' && <ConfidenceSign confidence={confidence} />}
    </button>
  );
}

/** Who did most first. How sure: as sure as the least sure of the changes. */
function countPeople(
  records: readonly ChangeRecord[],
): { name: string; count: number; confidence: ChangeRecord['confidence'] }[] {
  const people = new Map<string, { name: string; count: number; confidence: ChangeRecord['confidence'] }>();
  for (const record of records) {
    const name = actorText(record);
    const { count, confidence } = people.get(name) ?? { count: 0, confidence: 'exact' };
    const isSure = confidence === 'exact' && record.confidence === 'exact';
    people.set(name, {
      name,
      count: count + 1,
      confidence: isSure ? 'exact' : record.actor === null ? 'none' : 'likely',
    });
  }
  return [...people.values()].sort((a, b) => b.count - a.count);
}
