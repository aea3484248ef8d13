import { Link } from '@tanstack/react-router';
import { groupByRelease } from '../lifecycle/group-by-release.ts';
import { UrgencySign } from '../lifecycle/urgency-sign.tsx';
import { useLifecycle } from '../lifecycle/use-lifecycle.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Text } from '../parts/text.tsx';

const MOST = 6;

export function WarningsPanel() {
  const { warnings, error, retry } = useLifecycle();
  return (
    <Panel title="End of life" aside={<Link to="/lifecycle">All warnings</Link>}>
      {warnings === undefined &&
        (error === null ? <Loading what="warnings" /> : <Failure error={error} retry={retry} />)}
      {warnings?.length === 0 && (
        <Empty title="Nothing ends soon">Releases, systems and certificates are current.</Empty>
      )}
      {warnings !== undefined && warnings.length > 0 && (
        <ul className="list">
          {groupByRelease(warnings)
            .slice(0, MOST)
            .map(({ first: { id, subject, what, ends, urgency, moveTo }, warnings: all }) => (
              <li key={id}>
                <UrgencySign urgency={urgency} /> <Text>{what}</Text> on{' '}
                {all.length === 1 ? <Text>{subject.name ?? subject.ref}</Text> : all.length.toLocaleString('en')}{' '}
                <span className="muted">
                  {ends}, move to <Text>{moveTo}</Text>
                </span>
              </li>
            ))}
        </ul>
      )}
    </Panel>
  );
}
