import { useCallback, useEffect, useMemo, useState } from 'react';
import { type FeedState, findById, type Operation, type Provider, type SyncParameters } from '../public.ts';
import { useRollcallClient } from './rollcall-context.ts';
import { useFeed } from './use-feed.ts';

/** Somebody syncs it: by this server, or by any other process. */
export interface RunningSync {
  holder: string;
  since: Date;
}

export interface ProviderSync {
  provider: Provider | undefined;
  /** The sync that waits or runs, with its progress. */
  operation: Operation | undefined;
  /** A run that is under way, whoever asked for it; null: none that began since this is shown. */
  running: RunningSync | null;
  isSyncing: boolean;
  /** Asks for a sync. Throws `RollcallError`. */
  request(parameters?: SyncParameters): Promise<Operation>;
  /** Cancels the operation, if there is one. Throws `RollcallError`. */
  cancel(): Promise<void>;
}

/** The sync of one provider: what is under way, and what starts and ends it. */
export function useProviderSync(providerId: string): ProviderSync {
  const client = useRollcallClient();
  const selectProvider = useMemo(
    () => (state: FeedState | null) => findById(state?.providers ?? [], providerId),
    [providerId],
  );
  const selectOperation = useMemo(() => (state: FeedState | null) => openSync(state, providerId), [providerId]);
  const provider = useFeed(selectProvider);
  const operation = useFeed(selectOperation);
  const running = useRunning(providerId);
  const request = useCallback(
    (parameters: SyncParameters = {}) => client.api.requestSync(providerId, parameters),
    [client, providerId],
  );
  const operationId = operation?.id;
  const cancel = useCallback(async () => {
    if (operationId !== undefined) await client.api.cancelOperation(operationId);
  }, [client, operationId]);
  return { provider, operation, running, isSyncing: operation !== undefined || running !== null, request, cancel };
}

function openSync(state: FeedState | null, providerId: string): Operation | undefined {
  return state?.operations.find((one) => one.kind === 'sync' && one.providerId === providerId);
}

function useRunning(providerId: string): RunningSync | null {
  const client = useRollcallClient();
  const [running, setRunning] = useState<(RunningSync & { providerId: string }) | null>(null);
  useEffect(() => {
    const ends = [
      client.on('run_started', ({ providerId: of, holder, at }) => {
        if (of === providerId) setRunning({ providerId, holder, since: new Date(at) });
      }),
      client.on('run_finished', ({ providerId: of }) => {
        if (of === providerId) setRunning(null);
      }),
      // What ended while there was no stream is not told later.
      client.subscribe(() => {
        if (client.transport !== 'websocket') setRunning(null);
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [client, providerId]);
  return running?.providerId === providerId ? running : null;
}
