import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/** In the order of the menu; the key follows `g`. */
export const PLACES = [
  { to: '/', title: 'Overview', key: 'o' },
  { to: '/hosts', title: 'Hosts', key: 'h' },
  { to: '/time', title: 'Time', key: 't' },
  { to: '/sync', title: 'Sync', key: 's' },
  { to: '/providers', title: 'Providers', key: 'p' },
  { to: '/import', title: 'Import', key: 'i' },
  { to: '/lifecycle', title: 'Lifecycle', key: 'l' },
  { to: '/api', title: 'API', key: 'a' },
] as const;

export function Navigation() {
  const nav = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // On a narrow screen the menu scrolls: the place that it shows is in sight.
  useEffect(() => {
    nav.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  return (
    <nav ref={nav} className="nav" aria-label="Views">
      <ul>
        {PLACES.map(({ to, title }) => (
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
