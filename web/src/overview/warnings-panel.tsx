import { Link } from '@tanstack/react-router';
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
          {warnings.slice(0, MOST).map(({ id, subject, what, ends, urgency, moveTo }) => (
            <li key={id}>
              <UrgencySign urgency={urgency} /> <Text>{what}</Text> on <Text>{subject.name ?? subject.id}</Text>{' '}
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
