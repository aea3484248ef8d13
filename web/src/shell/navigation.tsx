import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import { useSession } from './session.tsx';

/** In the order of the menu; the key follows `g`. */
const PLACES = [
  { to: '/', title: 'Overview', key: 'o' },
  { to: '/hosts', title: 'Hosts', key: 'h' },
  { to: '/time', title: 'Time', key: 't' },
  { to: '/sync', title: 'Sync', key: 's' },
  { to: '/providers', title: 'Providers', key: 'p' },
  { to: '/import', title: 'Import', key: 'i' },
  { to: '/lifecycle', title: 'Lifecycle', key: 'l' },
  { to: '/cross-check', title: 'Cross-check', key: 'c' },
  { to: '/api', title: 'API', key: 'a' },
] as const;

/** All that a customer sees. */
const OF_CUSTOMERS = [{ to: '/servers', title: 'My servers', key: 'm' }] as const;

export type Place = (typeof PLACES)[number] | (typeof OF_CUSTOMERS)[number];

/** The views that whoever looks at the page may see. */
export function usePlaces(): readonly Place[] {
  const { session, role } = useSession();
  const isPart = session?.principal?.scope != null;
  // Memoized: the shortcuts listen anew with every other list.
  return useMemo(() => {
    if (role === 'customer') return OF_CUSTOMERS;
    return isPart ? PLACES.filter(({ to }) => to !== '/cross-check') : PLACES;
  }, [role, isPart]);
}

export function Navigation() {
  const places = usePlaces();
  const nav = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // On a narrow screen the menu scrolls: the place that it shows is in sight.
  useEffect(() => {
    nav.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  return (
    <nav ref={nav} className="nav" aria-label="Views">
      <ul>
        {places.map(({ to, title }) => (
          <li key={to}>
            <Link to={to} className="nav-link" activeOptions={{ exact: to === '/', includeSearch: false }}>
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
