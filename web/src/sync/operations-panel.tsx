import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import type { Operation } from '../../../src/protocol/resources.ts';
import { api } from '../api/request.ts';
import { Action } from '../parts/action.tsx';
import { Empty, Failure } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { OperationProgress } from './progress.tsx';
import type { SyncActions } from './use-sync-actions.ts';

interface Props {
  /** Those that wait or run. */
  current: readonly Operation[];
  actions: SyncActions;
  refusal: string | null;
}

/** The queue, and what has ended: who asked for it, and what came of it. */
export function OperationsPanel({ current, actions, refusal }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.operations, 'list'],
    queryFn: () => api.listOperations(),
    placeholderData: (before) => before,
  });
  const operations = useMemo(() => merged(current, data ?? []), [current, data]);
  return (
    <Panel title="Operations">
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {error === null && operations.length === 0 && (
        <Empty title="Nothing was asked for yet">What you or others start here is listed with its result.</Empty>
      )}
      {operations.length > 0 && (
        <ScrollRegion label="Operations, table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col">Requested</th>
                <th scope="col">By</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {operations.map((operation) => (
                <OperationRow key={operation.id} operation={operation} actions={actions} refusal={refusal} />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Panel>
  );
}

interface RowProps {
  operation: Operation;
  actions: SyncActions;
  refusal: string | null;
}

function OperationRow({ operation, actions, refusal }: RowProps) {
  const { id, kind, providerName, requestedAt, requestedBy, requestedVia, alsoAskedBy, error, finishedAt } = operation;
  return (
    <tr>
      <td className="nowrap">
        <Link to="/sync" search={{ operation: id }} replace resetScroll={false}>
          {kind} {providerName !== null && <Text>{providerName}</Text>}
        </Link>
      </td>
      <td className="nowrap">
        <Ago at={requestedAt} />
      </td>
      <td>
        <Text>{[requestedBy, ...alsoAskedBy].join(', ')}</Text> <span className="muted">{requestedVia}</span>
      </td>
      <td>
        <OperationProgress operation={operation} />
        {error !== null && (
          <p className="muted">
            <Text>{error.message}</Text>
          </p>
        )}
      </td>
      <td className="number">
        {finishedAt === null && (
          <Action
            onClick={() => void actions.cancel(id)}
            refusal={refusal}
            label={`Cancel: ${kind} ${providerName ?? ''}`}
          >
            Cancel
          </Action>
        )}
      </td>
    </tr>
  );
}

/** What the feed says is newer. */
function merged(current: readonly Operation[], listed: readonly Operation[]): Operation[] {
  const known = new Set(current.map(({ id }) => id));
  const ended = listed.filter(({ id, finishedAt }) => !known.has(id) && finishedAt !== null);
  return [...current, ...ended].sort((a, b) => b.requestedAt.localeCompare(a.requestedAt));
}
