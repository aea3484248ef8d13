import { Link } from '@tanstack/react-router';
import type { LifecycleWarning } from '../../../src/protocol/feed.ts';
import { countText } from '../parts/format.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { Text } from '../parts/text.tsx';
import { UrgencySign } from './urgency-sign.tsx';
import { useLifecycle } from './use-lifecycle.ts';

const GROUPS = [
  ['ended', 'Support has ended'],
  ['soon', 'Ends soon'],
  ['later', 'Ends later'],
] as const;

export function LifecycleView() {
  const { warnings, error, retry } = useLifecycle();
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
      {warnings !== undefined &&
        GROUPS.map(([urgency, title]) => (
          <Group key={urgency} title={title} warnings={warnings.filter((one) => one.urgency === urgency)} />
        ))}
    </div>
  );
}

function Group({ title, warnings }: { title: string; warnings: readonly LifecycleWarning[] }) {
  if (warnings.length === 0) return null;
  return (
    <Panel title={title}>
      <ScrollRegion label={`${title}, table`}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">On</th>
              <th scope="col">Ends</th>
              <th scope="col">Urgency</th>
              <th scope="col">Move to</th>
              <th scope="col">Known by</th>
            </tr>
          </thead>
          <tbody>
            {warnings.map((warning) => (
              <WarningRow key={warning.id} warning={warning} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

function WarningRow({ warning }: { warning: LifecycleWarning }) {
  const { subject, what, ends, urgency, moveTo, source, basis } = warning;
  const name = <Text>{subject.name ?? subject.id}</Text>;
  return (
    <tr>
      <td>
        <Text>{what}</Text>
      </td>
      <td>
        {subject.kind === 'guest' ? (
          <Link to="/hosts/$id" params={{ id: subject.id }}>
            {name}
          </Link>
        ) : (
          name
        )}{' '}
        <span className="muted">
          {subject.kind === 'guest' ? '' : `${subject.kind} `}
          <Text>{subject.provider}</Text>
        </span>
      </td>
      <td className="nowrap">{ends}</td>
      <td>
        <UrgencySign urgency={urgency} />
      </td>
      <td>
        <Text>{moveTo}</Text>
      </td>
      <td className="muted">
        <Text>{`${basis}; ${source}`}</Text>
      </td>
    </tr>
  );
}
