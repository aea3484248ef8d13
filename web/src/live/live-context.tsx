import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { watchQueries } from '../../../src/client/react/query-keys.ts';
import { RollcallContext } from '../../../src/client/react/rollcall-context.ts';
import type { Provider } from '../../../src/protocol/resources.ts';
import { SESSION_KEY, useSession } from '../shell/session.tsx';
import { type Live, LiveFeed } from './live-feed.ts';

export type { Live };

const LiveContext = createContext<LiveFeed | null>(null);

const NOT_STARTED: Live = {
  state: null,
  status: 'disconnected',
  transport: 'none',
  staleSince: null,
  error: null,
  progress: {},
  warnings: null,
};
const subscribeToNothing = () => () => undefined;
const nothing = () => NOT_STARTED;

/** One connection for the whole page, as soon as it is known who looks at it. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const { reader } = useSession();
  const queries = useQueryClient();
  const [feed, setFeed] = useState<LiveFeed | null>(null);
  useEffect(() => {
    if (reader === null) return;
    const started = new LiveFeed(reader);
    const unwatch = watchQueries(started.client, queries);
    // The session has ended, or was revoked: it is asked anew who looks at the page.
    const unsubscribe = started.subscribe(() => {
      if (started.getSnapshot().error?.status === 401) void queries.invalidateQueries({ queryKey: SESSION_KEY });
    });
    started.start();
    setFeed(started);
    return () => {
      setFeed(null);
      unwatch();
      unsubscribe();
      started.end();
      // Whoever reads here next may see less: another window may have logged out, or in as somebody else.
      void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
    };
  }, [reader, queries]);
  return (
    <LiveContext value={feed}>
      <RollcallContext value={feed?.client ?? null}>{children}</RollcallContext>
    </LiveContext>
  );
}

export function useLive(): Live {
  const feed = useContext(LiveContext);
  return useSyncExternalStore(feed?.subscribe ?? subscribeToNothing, feed?.getSnapshot ?? nothing);
}

export function useRefresh(): () => Promise<void> {
  const feed = useContext(LiveContext);
  return feed?.refresh ?? (async () => undefined);
}

export function useProvidersById(): ReadonlyMap<string, Provider> {
  const { state } = useLive();
  const providers = state?.providers;
  return useMemo(() => new Map((providers ?? []).map((one) => [one.id, one])), [providers]);
}
