import { QueryClientContext } from '@tanstack/react-query';
import { type ReactNode, useContext, useEffect } from 'react';
import type { RollcallClient } from '../public.ts';
import { watchQueries } from './query-keys.ts';
import { RollcallContext } from './rollcall-context.ts';

export interface RollcallProviderProps {
  /** Made and destroyed by whoever renders this; it is started here. */
  client: RollcallClient;
  children?: ReactNode;
}

/** Gives a client to the hooks below it. Below a `QueryClientProvider` it also refreshes their queries when something changed. */
export function RollcallProvider({ client, children }: RollcallProviderProps): ReactNode {
  const queries = useContext(QueryClientContext);
  useEffect(() => {
    void client.initialize();
  }, [client]);
  useEffect(() => (queries ? watchQueries(client, queries) : undefined), [client, queries]);
  return <RollcallContext value={client}>{children}</RollcallContext>;
}
