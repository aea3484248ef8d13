import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import type { Host, Provider } from '../../../src/protocol/resources.ts';
import { listHosts } from '../api/calls.ts';
import { useLive, useProvidersById, useRefresh } from '../live/live-context.tsx';
import { type Compiled, compileSelector } from '../selectors/compile-selector.ts';
import { toSelectable } from '../selectors/to-selectable.ts';
import type { HostRow } from './columns.tsx';

export interface HostRows {
  rows: readonly HostRow[];
  /** With those that the selector here does not mean. */
  all: readonly HostRow[];
  /** Before the selector; null: not known yet. */
  total: number | null;
  compiled: Compiled;
  /** The server chooses, now or for a past time. */
  isRemote: boolean;
  isLoading: boolean;
  error: unknown;
  retry: () => void;
}

const NO_HOSTS: readonly Host[] = [];

/** The hosts that a selector means: of the feed where it tells enough, else as the server answers. */
export function useHostRows(text: string, at: string | undefined): HostRows {
  const { state, error } = useLive();
  const providers = useProvidersById();
  const refresh = useRefresh();
  const compiled = useMemo(() => compileSelector(text, momentOf(at)), [text, at]);
  const isRemote = at !== undefined || compiled.kind === 'remote';
  const query = useQuery({
    queryKey: [...queryKeys.history, 'hosts', compiled.kind === 'remote' ? text : '', at],
    queryFn: () => listHosts({ at, selector: compiled.kind === 'remote' ? text : undefined }),
    enabled: isRemote,
    placeholderData: (before) => before,
  });
  const hosts = isRemote ? (query.data ?? NO_HOSTS) : (state?.hosts ?? NO_HOSTS);
  const all = useMemo(
    () => hosts.map((host): HostRow => ({ host, provider: providers.get(host.providerId) })),
    [hosts, providers],
  );
  const rows = useMemo(() => {
    if (compiled.kind !== 'local') return all;
    return all.filter(({ host, provider }) => compiled.selector.matches(toSelectable(host, provider)));
  }, [all, compiled]);
  useWarmUp(hosts, providers);
  const isWaiting = state === null && error === null;
  return {
    rows,
    all,
    total: isRemote ? (query.data?.length ?? null) : (state?.hosts.length ?? null),
    compiled,
    isRemote,
    isLoading: isRemote ? query.isPending : isWaiting,
    error: isRemote ? query.error : state === null ? error : null,
    retry: () => void (isRemote ? query.refetch() : refresh()),
  };
}

/** Ages in a selector are counted back from the time that is shown, as the server does. */
function momentOf(at: string | undefined): Date {
  const moment = at === undefined ? new Date() : new Date(at);
  return Number.isNaN(moment.getTime()) ? new Date() : moment;
}

/** Prepares hosts for selectors while nothing else is to do, so that the first keystroke is as quick as the others. */
function useWarmUp(hosts: readonly Host[], providers: ReadonlyMap<string, Provider>): void {
  useEffect(() => {
    const id = requestIdleCallback(() => {
      for (const host of hosts) toSelectable(host, providers.get(host.providerId));
    });
    return () => cancelIdleCallback(id);
  }, [hosts, providers]);
}
