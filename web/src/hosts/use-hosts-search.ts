import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { HostsSearch } from '../search-types.ts';

const route = getRouteApi('/hosts');

/** The whole view is in the address. */
export function useHostsSearch(): [HostsSearch, (change: { [K in keyof HostsSearch]: string | undefined }) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (part: { [K in keyof HostsSearch]: string | undefined }) => {
      void navigate({
        search: (before) => {
          const next: HostsSearch = {};
          for (const name of ['q', 'cols', 'sort', 'at'] as const) {
            const value = name in part ? part[name] : before[name];
            if (value !== undefined && value !== '') next[name] = value;
          }
          return next;
        },
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}
