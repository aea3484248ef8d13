import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { type Live, LiveFeed } from './live-feed.ts';

export type { Live };

const LiveContext = createContext<LiveFeed | null>(null);

/** One connection for the whole page. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [feed] = useState(() => new LiveFeed());
  useEffect(() => {
    void feed.start();
    return () => feed.end();
  }, [feed]);
  return <LiveContext value={feed}>{children}</LiveContext>;
}

function useFeed(): LiveFeed {
  const feed = useContext(LiveContext);
  if (feed === null) throw new Error('LiveProvider is missing');
  return feed;
}

export function useLive(): Live {
  const feed = useFeed();
  return useSyncExternalStore(feed.subscribe, feed.getSnapshot);
}

export function useRefresh(): () => Promise<void> {
  return useFeed().refresh;
}

export function useProvidersById(): ReadonlyMap<string, Provider> {
  const { state } = useLive();
  const providers = state?.providers;
  return useMemo(() => new Map((providers ?? []).map((one) => [one.id, one])), [providers]);
}
