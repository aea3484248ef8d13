import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { LifecycleWarning } from '../../../src/protocol/feed.ts';
import { countText } from '../parts/format.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { Text } from '../parts/text.tsx';
import { groupByRelease, type ReleaseWarnings } from './group-by-release.ts';
import { UrgencySign } from './urgency-sign.tsx';
import { useLifecycle } from './use-lifecycle.ts';

const GROUPS = [
  ['ended', 'Support has ended'],
  ['soon', 'Ends soon'],
  ['later', 'Ends later'],
] as const;
const MOST = 100;

export function LifecycleView() {
  const { warnings, error, retry } = useLifecycle();
  const releases = useMemo(() => groupByRelease(warnings ?? []), [warnings]);
  return (
    <div className="view">
      <div className="view-head">
        <h1>Lifecycle</h1>
        {warnings !== undefined && (
          <span className="muted" role="status">
            {countText(warnings.length, 'warning')}
          </span>
        )}
      </div>
      {warnings === undefined &&
        (error === null ? <Loading what="warnings" /> : <Failure error={error} retry={retry} />)}
      {warnings?.length === 0 && (
        <Empty title="Nothing ends soon">
          Releases of platforms and systems, certificates and tokens are looked at with every run.
        </Empty>
      )}
      {GROUPS.map(([urgency, title]) => (
        <Group key={urgency} title={title} releases={releases.filter(({ first }) => first.urgency === urgency)} />
      ))}
    </div>
  );
}

function Group({ title, releases }: { title: string; releases: readonly ReleaseWarnings[] }) {
  if (releases.length === 0) return null;
  return (
    <Panel title={title}>
      <ScrollRegion label={`${title}, table`}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Ends</th>
              <th scope="col">Urgency</th>
              <th scope="col">Move to</th>
              <th scope="col">On</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {releases.map((release) => (
              <ReleaseRow key={release.first.id} release={release} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

function ReleaseRow({ release: { first, warnings } }: { release: ReleaseWarnings }) {
  const { what, ends, urgency, moveTo, note, source } = first;
  return (
    <tr>
      <td>
        <Text>{what}</Text>
        {note !== null && (
          <p className="muted">
            <Text>{note}</Text>
          </p>
        )}
      </td>
      <td className="nowrap">{ends}</td>
      <td>
        <UrgencySign urgency={urgency} />
      </td>
      <td>
        <Text>{moveTo}</Text>
      </td>
      <td>{warnings.length === 1 ? <Subject warning={first} /> : <Subjects warnings={warnings} />}</td>
      <td className="muted source">
        <Text>{source}</Text>
      </td>
    </tr>
  );
}

function Subjects({ warnings }: { warnings: readonly LifecycleWarning[] }) {
  return (
    <details>
      <summary>{warnings.length.toLocaleString('en')} of them</summary>
      <ul>
        {warnings.slice(0, MOST).map((warning) => (
          <li key={warning.id}>
            <Subject warning={warning} />
          </li>
        ))}
      </ul>
      {warnings.length > MOST && (
        <p className="muted">
          and {(warnings.length - MOST).toLocaleString('en')} more: <code>rollcall list-lifecycle</code>
        </p>
      )}
    </details>
  );
}

function Subject({ warning: { subject, basis } }: { warning: LifecycleWarning }) {
  const name = <Text>{subject.name ?? subject.ref}</Text>;
  return (
    <>
      {subject.kind === 'guest' ? (
        <Link to="/hosts/$id" params={{ id: subject.id }} preload={false}>
          {name}
        </Link>
      ) : (
        name
      )}{' '}
      <span className="muted">
        <Text>{`${subject.provider}, by ${basis}`}</Text>
      </span>
    </>
  );
}
