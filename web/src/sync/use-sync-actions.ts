import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import { api } from '../api/request.ts';
import { announce } from '../parts/announce.tsx';
import { countText, messageOf } from '../parts/format.ts';

export interface SyncActions {
  /** Ids of providers that are being asked for. */
  asking: readonly string[];
  sync: (ids: readonly string[], acceptRemovals?: boolean) => Promise<void>;
  cancel: (operationId: string) => Promise<void>;
}

/** Asks for operations; how they go is in the feed. */
export function useSyncActions(): SyncActions {
  const queries = useQueryClient();
  const [asking, setAsking] = useState<readonly string[]>([]);
  async function told(what: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      announce(what);
    } catch (error) {
      announce(`${what} failed: ${messageOf(error)}`);
    }
    await queries.invalidateQueries({ queryKey: queryKeys.operations });
  }
  return {
    asking,
    async sync(ids, acceptRemovals = false) {
      setAsking(ids);
      await told(`Sync of ${countText(ids.length, 'provider')} requested`, () =>
        Promise.all(ids.map((id) => api.requestSync(id, acceptRemovals ? { acceptRemovals } : {}))),
      );
      setAsking([]);
    },
    cancel: (operationId) => told('Cancelling', () => api.cancelOperation(operationId)),
  };
}
