import { useQuery } from '@tanstack/react-query';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import { api } from '../api/request.ts';
import { Modal } from '../parts/modal.tsx';
import { Failure, Loading } from '../parts/notice.tsx';
import { safe, Text } from '../parts/text.tsx';
import { Ago, When } from '../parts/when.tsx';
import { OperationProgress } from './progress.tsx';
import { SyncResultView } from './sync-result-view.tsx';
import { toSyncResults } from './to-sync-results.ts';

/** One operation with what came of it. */
export function ResultDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: [...queryKeys.operations, id],
    queryFn: () => api.getOperation(id),
  });
  const title = data === undefined ? 'Operation' : `${data.kind} ${safe(data.providerName ?? '')}`;
  return (
    <Modal title={title} isOpen onClose={onClose}>
      {data === undefined && (error === null ? <Loading what="the operation" /> : <Failure error={error} />)}
      {data !== undefined && (
        <>
          <dl className="facts">
            <dt>State</dt>
            <dd>
              <OperationProgress operation={data} />
            </dd>
            <dt>Requested</dt>
            <dd>
              <Ago at={data.requestedAt} /> by <Text>{[data.requestedBy, ...data.alsoAskedBy].join(', ')}</Text>
            </dd>
            <dt>Ended</dt>
            <dd>
              <When at={data.finishedAt} none="not yet" />
            </dd>
          </dl>
          {data.error !== null && <Failure error={data.error} />}
          {toSyncResults(data.result).map((result) => (
            <SyncResultView key={result.providerId} result={result} />
          ))}
        </>
      )}
    </Modal>
  );
}
