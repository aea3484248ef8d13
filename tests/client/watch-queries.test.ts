import { expect, it, jest } from '@jest/globals';
import { QueryClient } from '@tanstack/react-query';
import type { FeedState } from '../../src/client/feed-state.ts';
import type { News } from '../../src/client/feed-store.ts';
import { queryKeys, watchQueries } from '../../src/client/react/query-keys.ts';
import type { Operation } from '../../src/protocol/resources.ts';

const STATE: FeedState = {
  version: '1',
  epoch: 'e',
  rev: 1,
  at: '2026-11-27T12:00:00.000Z',
  providers: [],
  nodes: [],
  storages: [],
  operations: [],
  hosts: [],
};

const OPERATION: Operation = {
  id: 'o1',
  kind: 'sync',
  providerId: 'p1',
  providerName: 'lab',
  parameters: {},
  state: 'done',
  requestedBy: 'alice',
  requestedVia: 'web',
  requestedAt: STATE.at,
  startedAt: STATE.at,
  finishedAt: STATE.at,
  progress: null,
  error: null,
  cancelledBy: null,
  alsoAskedBy: [],
};

/** What is refreshed when a client goes on to another state by an increment. */
async function refreshed(after: Partial<FeedState>, events: News['increment']['events']): Promise<unknown[]> {
  let state = STATE;
  const listeners: (() => void)[] = [];
  const followers: ((news: News['increment']) => void)[] = [];
  const queries = new QueryClient();
  const invalidate = jest.spyOn(queries, 'invalidateQueries');
  const end = watchQueries(
    {
      getState: () => state,
      subscribe: (listener) => {
        listeners.push(listener);
        return () => undefined;
      },
      on: (_name, listener) => {
        followers.push(listener as (news: News['increment']) => void);
        return () => undefined;
      },
    },
    queries,
  );
  state = { ...STATE, version: '2', ...after };
  for (const listener of listeners) listener();
  const { epoch, rev, at } = state;
  for (const follower of followers) follower({ from: '1', version: '2', epoch, rev, at, events });
  await Promise.resolve();
  end();
  return invalidate.mock.calls.map(([filters]) => filters?.queryKey);
}

it('refreshes operations for one that came and ended between two versions', async () => {
  const events = [{ type: 'operation_changed', operation: OPERATION } as const];
  expect(await refreshed({}, events)).toEqual([queryKeys.operations]);
});

it('refreshes each answer once', async () => {
  const running = { ...OPERATION, state: 'running', finishedAt: null } as const;
  const events = [{ type: 'operation_changed', operation: running } as const];
  expect(await refreshed({ rev: 2, operations: [running] }, events)).toEqual([queryKeys.history, queryKeys.operations]);
});

it('refreshes nothing for a host that only looks otherwise', async () => {
  expect(await refreshed({}, [{ type: 'host_removed', id: 'h1' }])).toEqual([]);
});
