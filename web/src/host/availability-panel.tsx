import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import { api } from '../api/request.ts';
import { useProvidersById } from '../live/live-context.tsx';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';

/** When it could not be observed, and where else the same machine is seen. */
export function AvailabilityPanel({ id }: { id: string }) {
  const providers = useProvidersById();
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.runs, 'host', id],
    queryFn: () => api.hostAvailability(id),
  });
  return (
    <Panel title="Availability">
      {data === undefined &&
        (error === null ? <Loading what="availability" /> : <Failure error={error} retry={() => void refetch()} />)}
      {data !== undefined && data.spans.length + data.elsewhere.length === 0 && (
        <Empty title="Every run could see it">Nothing is recorded of a time when it could not be observed.</Empty>
      )}
      {data !== undefined && (
        <ul className="list">
          {data.elsewhere.map(({ otherId, otherProviderId }) => (
            <li key={otherId}>
              Also seen by <Text>{providers.get(otherProviderId)?.name ?? otherProviderId}</Text>:{' '}
              <Link to="/hosts/$id" params={{ id: otherId }}>
                the same machine
              </Link>
            </li>
          ))}
          {data.spans.map(({ since, until, reason }) => (
            <li key={since}>
              <When at={since} /> – <When at={until} none="now" />: <Text>{reason}</Text>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
